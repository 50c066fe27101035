//! The port [`TaskBoard`].
//!
//! A member sees the public tasks and those of their private chats, a guest those of their chats: each is a range of its own in rank order,
//! and a column is the two merged.

use std::collections::HashMap;
use std::sync::Arc;

use flowra_core::chat::ChatKind;
use flowra_core::event::StreamId;
use flowra_core::page::{Limit, Page, PageRequest};
use flowra_core::task::{
    BoardColumn, Column, Rank, SortKey, Task, TaskBoard, TaskFilter, TaskScope, TaskSort,
};
use flowra_core::{BoxFuture, ChatId, PortResult, TaskId, WorkspaceId};
use futures_util::future::try_join_all;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::Hint;

use crate::boards::Counts;
use crate::fault::{Fault, Outcome};
use crate::{MongoStore, codec, load, schema};

impl TaskBoard for MongoStore {
    fn columns(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        limit: Limit,
    ) -> BoxFuture<'_, PortResult<Vec<BoardColumn>>> {
        Box::pin(async move {
            self.columns_of(workspace, scope, limit)
                .await
                .map_err(|fault| fault.into_failure("mongo.task_board.columns"))
        })
    }

    fn column(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        column: Column,
        page: PageRequest<(Rank, TaskId)>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Task>>>> {
        Box::pin(async move {
            self.column_of(workspace, scope, column, page)
                .await
                .map_err(|fault| fault.into_failure("mongo.task_board.column"))
        })
    }

    fn neighbour(
        &self,
        workspace: WorkspaceId,
        column: Column,
        of: Rank,
        after: bool,
    ) -> BoxFuture<'_, PortResult<Option<Rank>>> {
        Box::pin(async move {
            self.rank_beside(workspace, column, &of, after)
                .await
                .map_err(|fault| fault.into_failure("mongo.task_board.neighbour"))
        })
    }

    fn list(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        filter: TaskFilter,
        sort: TaskSort,
        page: PageRequest<(SortKey, TaskId)>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Task>>>> {
        Box::pin(async move {
            self.list_of(workspace, scope, filter, sort, page)
                .await
                .map_err(|fault| fault.into_failure("mongo.task_board.list"))
        })
    }
}

/// What somebody sees of a workspace's tasks.
pub(crate) struct Sight {
    /// Whether they see the public tasks.
    pub(crate) public: bool,
    /// The chats whose tasks they see besides; those without tasks are left out.
    pub(crate) chats: Vec<ChatId>,
    counts: Counts,
}

impl Sight {
    pub(crate) fn chat_ids(&self) -> Bson {
        codec::ids(self.chats.iter().copied())
    }
}

impl MongoStore {
    /// From the board in memory and the documents of the chats that have tasks, which usually are there, too.
    pub(crate) async fn sight(&self, workspace: WorkspaceId, scope: TaskScope) -> Outcome<Sight> {
        let (user, public) = match scope {
            TaskScope::Member(user) => (user, true),
            TaskScope::Guest(user) => (user, false),
        };
        let all = self.board(workspace).await?.counts();
        let chats = load::streams(all.iter().filter_map(|(chat, _)| *chat).collect(), StreamId::Chat);
        let chats = self.inner.shared.load_many(chats).await?;
        let chats: HashMap<_, _> = chats
            .into_iter()
            .filter_map(load::chat)
            .map(|chat| (chat.id, chat))
            .collect();
        let mut sight = Sight {
            public,
            chats: Vec::new(),
            counts: Counts::default(),
        };
        for (chat, counts) in all {
            let is_seen = match chat.map(|chat| chats.get(&chat)) {
                None => public,
                Some(None) => false,
                Some(Some(chat)) if chat.is_deleted => false,
                Some(Some(chat)) if public && chat.kind == ChatKind::Channel => true,
                Some(Some(chat)) => {
                    let is_taken = chat.participants.contains_key(&user);
                    if is_taken {
                        sight.chats.push(chat.id);
                    }
                    is_taken
                }
            };
            if is_seen {
                for (sum, count) in sight.counts.iter_mut().zip(counts) {
                    *sum += count;
                }
            }
        }
        Ok(sight)
    }

    async fn columns_of(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        limit: Limit,
    ) -> Outcome<Vec<BoardColumn>> {
        self.barrier().await;
        let sight = self.sight(workspace, scope).await?;
        let (sight, first) = (&sight, &PageRequest::first(limit));
        let columns = Column::ALL
            .into_iter()
            .zip(sight.counts)
            .map(|(column, count)| async move {
                let tasks = self.cards(workspace, sight, column, first).await?;
                Ok(BoardColumn { column, count, tasks })
            });
        try_join_all(columns).await
    }

    async fn column_of(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        column: Column,
        page: PageRequest<(Rank, TaskId)>,
    ) -> Outcome<Page<Arc<Task>>> {
        self.barrier().await;
        let sight = self.sight(workspace, scope).await?;
        self.cards(workspace, &sight, column, &page).await
    }

    async fn cards(
        &self,
        workspace: WorkspaceId,
        sight: &Sight,
        column: Column,
        page: &PageRequest<(Rank, TaskId)>,
    ) -> Outcome<Page<Arc<Task>>> {
        let mut ranges = Vec::new();
        if sight.public {
            ranges.push(doc! { "workspace": codec::id(workspace), "public": true });
        }
        if !sight.chats.is_empty() {
            ranges.push(doc! { "chat": { "$in": sight.chat_ids() } });
        }
        let mut cards = Vec::new();
        for mut range in ranges {
            range.insert("listed", true);
            range.insert("col", column as i32);
            let from = page.after.as_ref().map_or("", |(rank, _)| rank.as_str());
            range.insert("rank", doc! { "$gte": from });
            if let Some((rank, id)) = &page.after {
                let seen = doc! { "rank": rank.as_str(), "_id": { "$lte": codec::id(*id) } };
                range.insert("$nor", vec![seen]);
            }
            cards.extend(
                self.tasks(range, doc! { "rank": 1, "_id": 1 }, page.limit.get() + 1, None)
                    .await?,
            );
        }
        cards.sort_unstable_by(|one, other| (&one.rank, one.id).cmp(&(&other.rank, other.id)));
        Ok(Page::from_one_too_many(cards, page.limit))
    }

    async fn rank_beside(
        &self,
        workspace: WorkspaceId,
        column: Column,
        of: &Rank,
        after: bool,
    ) -> Outcome<Option<Rank>> {
        self.barrier().await;
        let (beside, order) = if after {
            (doc! { "$gt": of.as_str() }, 1)
        } else {
            (doc! { "$lt": of.as_str() }, -1)
        };
        let row = self
            .collection(schema::TASKS)
            .find_one(doc! {
                "workspace": codec::id(workspace),
                "listed": true,
                "col": column as i32,
                "rank": beside,
            })
            .sort(doc! { "rank": order })
            .projection(doc! { "_id": 0, "rank": 1 })
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let rank = row.get_str("rank").unwrap_or_default();
        rank.parse()
            .map(Some)
            .map_err(|error| Fault::corrupt(format!("rank {rank}"), error))
    }

    /// The first tasks that a query finds, as they were when it found them: what changed since may have taken them elsewhere.
    pub(crate) async fn tasks(
        &self,
        filter: Document,
        sort: Document,
        limit: usize,
        hint: Option<Hint>,
    ) -> Outcome<Vec<Arc<Task>>> {
        let tasks = self.collection(schema::TASKS);
        let mut find = tasks
            .find(filter)
            .sort(sort)
            .limit(codec::number(limit as u64))
            .projection(doc! { "_id": 1, "v": 1, "json": 1 });
        if let Some(hint) = hint {
            find = find.hint(hint);
        }
        let mut rows = find.await?;
        let mut tasks = Vec::new();
        while rows.advance().await? {
            let row = rows.deserialize_current()?;
            let stream = StreamId::Task(codec::read_id(&row, "_id")?);
            let version = codec::natural(&row, "v");
            let cached = self.inner.shared.cache.get(stream);
            let stored = match cached.filter(|cached| cached.document.version().get() == version) {
                Some(stored) => Some(stored),
                None => load::from_row(stream, &row)?,
            };
            tasks.extend(stored.and_then(load::task));
        }
        Ok(tasks)
    }
}
