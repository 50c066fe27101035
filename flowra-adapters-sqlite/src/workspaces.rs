//! The port [`WorkspaceStore`].

use std::sync::Arc;

use flowra_core::page::{Page, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::workspace::{Member, Workspace, WorkspaceStore};
use flowra_core::{BoxFuture, Digest, InviteId, PortResult, UserId, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::cache::{Found, fill};
use crate::codec::{self, WorkspaceHeader};
use crate::fault::Outcome;
use crate::sql::{self, Prepare};

impl WorkspaceStore for SqliteStore {
    fn load(&self, id: WorkspaceId) -> BoxFuture<'_, PortResult<Option<Arc<Workspace>>>> {
        Box::pin(async move {
            let place = match self.inner.shared.caches.workspaces.find(&id) {
                Found::Here(workspace) => return Ok(Some(workspace)),
                Found::Missing(place) => place,
            };
            let read = move |db: &Connection| by_id(db, id);
            let workspace = self
                .inner
                .readers
                .read("sqlite.workspace_store.load", read)
                .await?;
            if let Some(workspace) = &workspace {
                fill(place, workspace);
            }
            Ok(workspace)
        })
    }

    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<WorkspaceId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Workspace>>>> {
        Box::pin(async move {
            let read = move |db: &Connection| {
                let ids = db
                    .statement(sql::WORKSPACES_OF_USER)?
                    .query_map(
                        params![
                            user.as_bytes(),
                            codec::after(page.after.as_ref()),
                            codec::one_too_many(page.limit)
                        ],
                        |row| codec::id(row, 0),
                    )?
                    .collect::<rusqlite::Result<Vec<WorkspaceId>>>()?;
                let page = Page::from_one_too_many(ids, page.limit);
                let items = page
                    .items
                    .into_iter()
                    .filter_map(|id| by_id(db, id).transpose())
                    .collect::<Outcome<Vec<_>>>()?;
                Ok(Page {
                    items,
                    has_more: page.has_more,
                })
            };
            self.inner
                .readers
                .read("sqlite.workspace_store.of_user", read)
                .await
        })
    }

    fn members(
        &self,
        id: WorkspaceId,
        page: PageRequest<UserId>,
    ) -> BoxFuture<'_, PortResult<Page<(UserId, Member)>>> {
        let what = "sqlite.workspace_store.members";
        Box::pin(self.inner.readers.read(what, move |db| {
            let mut select = db.statement(sql::MEMBERS_AFTER)?;
            let mut rows = select.query(params![
                id.as_bytes(),
                codec::after(page.after.as_ref()),
                codec::one_too_many(page.limit)
            ])?;
            let mut members = Vec::new();
            while let Some(row) = rows.next()? {
                members.push(member(row, id)?);
            }
            Ok(Page::from_one_too_many(members, page.limit))
        }))
    }

    fn find_invite(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<(WorkspaceId, InviteId)>>> {
        let what = "sqlite.workspace_store.find_invite";
        Box::pin(self.inner.readers.read(what, move |db| {
            Ok(db
                .statement(sql::INVITE_BY_DIGEST)?
                .query_row([digest.as_bytes()], |row| {
                    Ok((codec::id(row, 0)?, codec::id(row, 1)?))
                })
                .optional()?)
        }))
    }
}

fn member(row: &Row<'_>, workspace: WorkspaceId) -> Outcome<(UserId, Member)> {
    let user = codec::id(row, 0)?;
    let role = codec::from_word(row.get(1)?, || format!("member {user} of workspace {workspace}"))?;
    let joined_at = Timestamp::from_millis(row.get(2)?);
    Ok((user, Member { role, joined_at }))
}

/// Reads it from the file.
pub(crate) fn by_id(db: &Connection, id: WorkspaceId) -> Outcome<Option<Arc<Workspace>>> {
    let json: Option<String> = db
        .statement(sql::WORKSPACE)?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(json) = json else {
        return Ok(None);
    };
    let header: WorkspaceHeader<'_> = codec::decode(&json, || format!("workspace {id}"))?;
    let mut workspace = header.into_workspace();
    let mut select = db.statement(sql::MEMBERS)?;
    let mut rows = select.query([id.as_bytes()])?;
    while let Some(row) = rows.next()? {
        workspace.members.extend([member(row, id)?]);
    }
    let mut select = db.statement(sql::INVITES)?;
    let mut rows = select.query([id.as_bytes()])?;
    while let Some(row) = rows.next()? {
        let invite: InviteId = codec::id(row, 0)?;
        let json: String = row.get(1)?;
        let value = codec::decode(&json, || format!("invite {invite} of workspace {id}"))?;
        workspace.invites.insert(invite, value);
    }
    Ok(Some(Arc::new(workspace)))
}
