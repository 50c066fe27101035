//! The port [`WorkspaceStore`].

use std::ops::Bound;
use std::sync::Arc;

use flowra_core::event::StreamId;
use flowra_core::page::{Page, PageRequest};
use flowra_core::workspace::{Member, Workspace, WorkspaceStore};
use flowra_core::{BoxFuture, Digest, InviteId, PortResult, UserId, WorkspaceId};
use mongodb::bson::doc;

use crate::fault::Outcome;
use crate::pending::{Key, Value};
use crate::{MongoStore, codec, load, schema};

impl WorkspaceStore for MongoStore {
    fn load(&self, id: WorkspaceId) -> BoxFuture<'_, PortResult<Option<Arc<Workspace>>>> {
        Box::pin(async move {
            let stored = self.inner.shared.load(StreamId::Workspace(id)).await;
            let stored = stored.map_err(|fault| fault.into_failure("mongo.workspace_store.load"))?;
            Ok(stored.and_then(load::workspace))
        })
    }

    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<WorkspaceId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Workspace>>>> {
        Box::pin(async move {
            self.workspaces_of(user, page)
                .await
                .map_err(|fault| fault.into_failure("mongo.workspace_store.of_user"))
        })
    }

    fn members(
        &self,
        id: WorkspaceId,
        page: PageRequest<UserId>,
    ) -> BoxFuture<'_, PortResult<Page<(UserId, Member)>>> {
        Box::pin(async move {
            let workspace = WorkspaceStore::load(self, id).await?;
            let from = page.after.map_or(Bound::Unbounded, Bound::Excluded);
            let members = workspace.map_or_else(Vec::new, |workspace| {
                workspace
                    .members
                    .range((from, Bound::Unbounded))
                    .take(page.limit.get() + 1)
                    .map(|(user, member)| (*user, *member))
                    .collect()
            });
            Ok(Page::from_one_too_many(members, page.limit))
        })
    }

    fn find_invite(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<(WorkspaceId, InviteId)>>> {
        Box::pin(async move {
            self.invite(digest)
                .await
                .map_err(|fault| fault.into_failure("mongo.workspace_store.find_invite"))
        })
    }
}

impl MongoStore {
    async fn workspaces_of(
        &self,
        user: UserId,
        page: PageRequest<WorkspaceId>,
    ) -> Outcome<Page<Arc<Workspace>>> {
        self.barrier().await;
        let collection = self.collection(schema::WORKSPACES);
        let find = collection
            .find(doc! {
                "members": codec::id(user),
                "_id": codec::following(page.after),
                "deleted": false,
            })
            .sort(doc! { "_id": 1 })
            .limit(codec::number(page.limit.get() as u64 + 1));
        let mut workspaces = Vec::new();
        for row in self.listed(find).await? {
            let stream = StreamId::Workspace(codec::read_id(&row, "_id")?);
            workspaces.extend(load::from_row(stream, &row)?.and_then(load::workspace));
        }
        Ok(Page::from_one_too_many(workspaces, page.limit))
    }

    async fn invite(&self, digest: Digest) -> Outcome<Option<(WorkspaceId, InviteId)>> {
        if let Some(Value::Invite(workspace, invite)) = self.inner.shared.pending.get(&Key::Invite(digest)) {
            return Ok(Some((workspace, invite)));
        }
        let row = self
            .collection(schema::INVITES)
            .find_one(doc! { "_id": codec::digest(digest) })
            .await?;
        row.map(|row| {
            Ok((
                codec::read_id(&row, "workspace")?,
                codec::read_id(&row, "invite")?,
            ))
        })
        .transpose()
    }
}
