//! The port [`ChatStore`].

use std::sync::Arc;

use flowra_core::chat::{Chat, ChatKind, ChatScope, ChatStore};
use flowra_core::event::{Claim, StreamId};
use flowra_core::page::{Page, PageRequest};
use flowra_core::{BoxFuture, ChatId, PortResult, UserId, WorkspaceId};
use mongodb::bson::{Document, doc};

use crate::fault::Outcome;
use crate::pending::{Key, Value};
use crate::{MongoStore, codec, load, schema};

impl ChatStore for MongoStore {
    fn load(&self, id: ChatId) -> BoxFuture<'_, PortResult<Option<Arc<Chat>>>> {
        Box::pin(async move {
            let stored = self.inner.shared.load(StreamId::Chat(id)).await;
            let stored = stored.map_err(|fault| fault.into_failure("mongo.chat_store.load"))?;
            Ok(stored.and_then(load::chat))
        })
    }

    fn find_direct(
        &self,
        workspace: WorkspaceId,
        one: UserId,
        other: UserId,
    ) -> BoxFuture<'_, PortResult<Option<ChatId>>> {
        Box::pin(async move {
            self.direct(Claim::DirectChat(workspace, one, other).name())
                .await
                .map_err(|fault| fault.into_failure("mongo.chat_store.find_direct"))
        })
    }

    fn list(
        &self,
        workspace: WorkspaceId,
        scope: ChatScope,
        page: PageRequest<ChatId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Chat>>>> {
        Box::pin(async move {
            self.chats(workspace, scope, page)
                .await
                .map_err(|fault| fault.into_failure("mongo.chat_store.list"))
        })
    }

    fn of_participant(&self, workspace: WorkspaceId, user: UserId) -> BoxFuture<'_, PortResult<Vec<ChatId>>> {
        Box::pin(async move {
            self.barrier().await;
            self.chat_ids(taken(workspace, user, None), None)
                .await
                .map_err(|fault| fault.into_failure("mongo.chat_store.of_participant"))
        })
    }
}

impl MongoStore {
    async fn direct(&self, claim: String) -> Outcome<Option<ChatId>> {
        match self.inner.shared.pending.get(&Key::Claim(claim.clone())) {
            Some(Value::Claim(Some(StreamId::Chat(chat)))) => return Ok(Some(chat)),
            Some(Value::Claim(_)) => return Ok(None),
            _ => {}
        }
        let row = self
            .collection(schema::CLAIMS)
            .find_one(doc! { "_id": claim })
            .await?;
        row.filter(|row| row.get_bool("held").unwrap_or(false))
            .map(|row| codec::read_id(&row, "stream"))
            .transpose()
    }

    async fn chats(
        &self,
        workspace: WorkspaceId,
        scope: ChatScope,
        page: PageRequest<ChatId>,
    ) -> Outcome<Page<Arc<Chat>>> {
        self.barrier().await;
        let (user, kinds) = match scope {
            ChatScope::Taken(user) => (user, &[][..]),
            ChatScope::TakenAndChannels(user) => (user, &[ChatKind::Channel][..]),
            ChatScope::TakenChannelsAndGroups(user) => (user, &[ChatKind::Channel, ChatKind::Group][..]),
        };
        // Each range gives as many as could all stand on the page; the first of all of them do.
        let most = Some(page.limit.get() + 1);
        let mut ids = self.chat_ids(taken(workspace, user, page.after), most).await?;
        for kind in kinds {
            ids.extend(self.chat_ids(of_kind(workspace, *kind, page.after), most).await?);
        }
        ids.sort_unstable();
        ids.dedup();
        let page = Page::from_one_too_many(ids, page.limit);
        let streams = page.items.into_iter().map(StreamId::Chat).collect();
        let stored = self.inner.shared.load_many(streams).await?;
        let mut items: Vec<_> = stored.into_iter().filter_map(load::chat).collect();
        items.sort_unstable_by_key(|chat| chat.id);
        Ok(Page {
            items,
            has_more: page.has_more,
        })
    }

    async fn chat_ids(&self, filter: Document, most: Option<usize>) -> Outcome<Vec<ChatId>> {
        let chats = self.collection(schema::CHATS);
        let mut find = chats
            .find(filter)
            .projection(doc! { "_id": 1 })
            .sort(doc! { "_id": 1 });
        if let Some(most) = most {
            find = find.limit(codec::number(most as u64));
        }
        let rows = self.listed(find).await?;
        rows.iter().map(|row| codec::read_id(row, "_id")).collect()
    }
}

fn taken(workspace: WorkspaceId, user: UserId, after: Option<ChatId>) -> Document {
    doc! {
        "participants": codec::id(user),
        "workspace": codec::id(workspace),
        "_id": codec::following(after),
        "deleted": false,
    }
}

fn of_kind(workspace: WorkspaceId, kind: ChatKind, after: Option<ChatId>) -> Document {
    doc! {
        "workspace": codec::id(workspace),
        "kind": codec::chat_kind(kind),
        "_id": codec::following(after),
        "deleted": false,
    }
}
