//! The port [`TaskBoard`].
//!
//! A member sees the public tasks and those of their private chats, a guest those of their chats. Where each stands is known in memory
//! (`boards.rs`), in rank order by chat, and a column is the chats that somebody sees, merged.

use std::collections::HashMap;
use std::sync::Arc;

use flowra_core::chat::ChatKind;
use flowra_core::event::StreamId;
use flowra_core::page::{Limit, Page, PageRequest};
use flowra_core::task::{
    BoardColumn, Column, Rank, SortKey, Task, TaskBoard, TaskFilter, TaskScope, TaskSort,
};
use flowra_core::{BoxFuture, ChatId, PortResult, TaskId, WorkspaceId};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::Hint;

use crate::boards::{Board, Front, Place};
use crate::fault::Outcome;
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
            let board = self.board(workspace).await;
            let board = board.map_err(|fault| fault.into_failure("mongo.task_board.neighbour"))?;
            Ok(board.beside(column, &of, after))
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
    /// Every chat whose tasks they see, and none for the tasks without one, as far as there are tasks.
    lanes: Vec<Option<ChatId>>,
    board: Arc<Board>,
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
        let board = self.board(workspace).await?;
        let lanes = board.chats();
        let chats = load::streams(lanes.iter().copied().flatten().collect(), StreamId::Chat);
        let chats = self.inner.shared.load_many(chats).await?;
        let chats: HashMap<_, _> = chats
            .into_iter()
            .filter_map(load::chat)
            .map(|chat| (chat.id, chat))
            .collect();
        let mut sight = Sight {
            public,
            chats: Vec::new(),
            lanes: Vec::new(),
            board,
        };
        for lane in lanes {
            let is_seen = match lane.map(|chat| chats.get(&chat)) {
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
                sight.lanes.push(lane);
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
        let sight = self.sight(workspace, scope).await?;
        let fronts = sight.board.fronts(&sight.lanes, limit.get() + 1);
        let places = fronts.iter().flat_map(|front| &front.places);
        let tasks = self.tasks_at(places).await?;
        let column = |front: Front| BoardColumn {
            column: front.column,
            count: front.count,
            tasks: page(&front.places, front.column, limit, &tasks),
        };
        Ok(fronts.into_iter().map(column).collect())
    }

    async fn column_of(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        column: Column,
        wanted: PageRequest<Place>,
    ) -> Outcome<Page<Arc<Task>>> {
        let sight = self.sight(workspace, scope).await?;
        let (after, limit) = (wanted.after.as_ref(), wanted.limit.get() + 1);
        let places = sight.board.places(&sight.lanes, column, after, limit);
        let tasks = self.tasks_at(places.iter()).await?;
        Ok(page(&places, column, wanted.limit, &tasks))
    }

    async fn tasks_at(&self, places: impl Iterator<Item = &Place>) -> Outcome<HashMap<TaskId, Arc<Task>>> {
        let streams = load::streams(places.map(|(_, id)| *id).collect(), StreamId::Task);
        let tasks = self.inner.shared.load_many(streams).await?;
        Ok(tasks
            .into_iter()
            .filter_map(load::task)
            .map(|task| (task.id, task))
            .collect())
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
        let mut tasks = Vec::new();
        for row in self.listed(find).await? {
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

/// A page of a column, of one place too many. A task that moved between the look at the board and the read of its document is left out: it is
/// found where it went.
fn page(
    places: &[Place],
    column: Column,
    limit: Limit,
    tasks: &HashMap<TaskId, Arc<Task>>,
) -> Page<Arc<Task>> {
    Page {
        items: places
            .iter()
            .take(limit.get())
            .filter_map(|(rank, id)| tasks.get(id).filter(|task| task.rank == *rank))
            .filter(|task| !task.is_deleted && task.status.column() == column)
            .cloned()
            .collect(),
        has_more: places.len() > limit.get(),
    }
}
