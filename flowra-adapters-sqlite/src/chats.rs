//! The port [`ChatStore`].

use std::sync::Arc;

use flowra_core::chat::{Chat, ChatKind, ChatScope, ChatStore, Participant};
use flowra_core::event::Claim;
use flowra_core::page::{Limit, Page, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::{BoxFuture, ChatId, PortResult, UserId, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::SqliteStore;
use crate::cache::{Found, fill};
use crate::codec::{self, ChatHeader};
use crate::fault::Outcome;
use crate::sql::{self, Prepare};

impl ChatStore for SqliteStore {
    fn load(&self, id: ChatId) -> BoxFuture<'_, PortResult<Option<Arc<Chat>>>> {
        Box::pin(async move {
            let place = match self.inner.shared.caches.chats.find(&id) {
                Found::Here(chat) => return Ok(Some(chat)),
                Found::Missing(place) => place,
            };
            let read = move |db: &Connection| by_id(db, id);
            let chat = self.inner.readers.read("sqlite.chat_store.load", read).await?;
            if let Some(chat) = &chat {
                fill(place, chat);
            }
            Ok(chat)
        })
    }

    fn find_direct(
        &self,
        workspace: WorkspaceId,
        one: UserId,
        other: UserId,
    ) -> BoxFuture<'_, PortResult<Option<ChatId>>> {
        let claim = Claim::DirectChat(workspace, one, other);
        Box::pin(
            self.inner
                .readers
                .read("sqlite.chat_store.find_direct", move |db| {
                    Ok(db
                        .statement(sql::CLAIM_HOLDER)?
                        .query_row([claim.name()], |row| codec::id(row, 0))
                        .optional()?)
                }),
        )
    }

    fn list(
        &self,
        workspace: WorkspaceId,
        scope: ChatScope,
        page: PageRequest<ChatId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Chat>>>> {
        Box::pin(self.inner.readers.read("sqlite.chat_store.list", move |db| {
            let (user, kinds) = match scope {
                ChatScope::Taken(user) => (user, &[][..]),
                ChatScope::TakenAndChannels(user) => (user, &[ChatKind::Channel][..]),
                ChatScope::TakenChannelsAndGroups(user) => (user, &[ChatKind::Channel, ChatKind::Group][..]),
            };
            // Each range gives as many as could all stand on the page; the first of all of them do.
            let mut ids = taken(db, workspace, user, page.after, codec::one_too_many(page.limit))?;
            for kind in kinds {
                ids.extend(of_kind(db, workspace, *kind, page.after, page.limit)?);
            }
            ids.sort_unstable();
            ids.dedup();
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
        }))
    }

    fn of_participant(&self, workspace: WorkspaceId, user: UserId) -> BoxFuture<'_, PortResult<Vec<ChatId>>> {
        let what = "sqlite.chat_store.of_participant";
        Box::pin(
            self.inner
                .readers
                .read(what, move |db| taken(db, workspace, user, None, i64::MAX)),
        )
    }
}

fn taken(
    db: &Connection,
    workspace: WorkspaceId,
    user: UserId,
    after: Option<ChatId>,
    limit: i64,
) -> Outcome<Vec<ChatId>> {
    Ok(db
        .statement(sql::CHATS_TAKEN)?
        .query_map(
            params![
                user.as_bytes(),
                workspace.as_bytes(),
                codec::after(after.as_ref()),
                limit
            ],
            |row| codec::id(row, 0),
        )?
        .collect::<rusqlite::Result<_>>()?)
}

fn of_kind(
    db: &Connection,
    workspace: WorkspaceId,
    kind: ChatKind,
    after: Option<ChatId>,
    limit: Limit,
) -> Outcome<Vec<ChatId>> {
    Ok(db
        .statement(sql::CHATS_OF_KIND)?
        .query_map(
            params![
                workspace.as_bytes(),
                codec::chat_kind(kind),
                codec::after(after.as_ref()),
                codec::one_too_many(limit)
            ],
            |row| codec::id(row, 0),
        )?
        .collect::<rusqlite::Result<_>>()?)
}

/// Reads it from the file.
pub(crate) fn by_id(db: &Connection, id: ChatId) -> Outcome<Option<Arc<Chat>>> {
    let json: Option<String> = db
        .statement(sql::CHAT)?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(json) = json else {
        return Ok(None);
    };
    let header: ChatHeader<'_> = codec::decode(&json, || format!("chat {id}"))?;
    let mut chat = header.into_chat();
    let mut select = db.statement(sql::PARTICIPANTS)?;
    let mut rows = select.query([id.as_bytes()])?;
    while let Some(row) = rows.next()? {
        let user: UserId = codec::id(row, 0)?;
        let role = codec::from_word(row.get(1)?, || format!("participant {user} of chat {id}"))?;
        let joined_at = Timestamp::from_millis(row.get(2)?);
        chat.participants.insert(user, Participant { role, joined_at });
    }
    Ok(Some(Arc::new(chat)))
}
