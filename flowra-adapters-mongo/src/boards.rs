//! How many tasks stand in each column of each chat, kept in memory for the workspaces that are asked for.
//!
//! A board is read once from the collection and from then on follows the log. Each task is known by its version, so that the two may overlap
//! and come in any order.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flowra_core::task::{Column, Task};
use flowra_core::{ChatId, TaskId, WorkspaceId};
use mongodb::bson::doc;
use quick_cache::sync::Cache;
use tokio::sync::OnceCell;

use crate::fault::{Fault, Outcome};
use crate::{MongoStore, codec, schema};

/// At most so many workspaces; the others are read again when they are asked for.
const BOARDS: usize = 256;

/// How many tasks each column has.
pub(crate) type Counts = [u64; Column::ALL.len()];

/// The boards of late.
pub(crate) struct Boards(Cache<WorkspaceId, Arc<Board>>);

/// What is known of one workspace's tasks.
#[derive(Default)]
pub(crate) struct Board {
    state: Mutex<State>,
    /// Whether the tasks were read that were there before the board was.
    filled: OnceCell<()>,
    /// The same of the last number.
    numbered: OnceCell<()>,
}

#[derive(Default)]
struct State {
    /// Every task with its version, and where it is counted.
    tasks: HashMap<TaskId, (u64, Option<Standing>)>,
    counts: HashMap<Option<ChatId>, Counts>,
    last_number: u64,
}

#[derive(Clone, Copy)]
struct Standing {
    chat: Option<ChatId>,
    column: Column,
}

impl State {
    fn put(&mut self, id: TaskId, version: u64, standing: Option<Standing>) {
        let before = match self.tasks.insert(id, (version, standing)) {
            Some((newer, before)) if newer >= version => {
                self.tasks.insert(id, (newer, before));
                return;
            }
            Some((_, before)) => before,
            None => None,
        };
        if let Some(before) = before
            && let Some(counts) = self.counts.get_mut(&before.chat)
        {
            counts[before.column as usize] -= 1;
            if counts.iter().all(|count| *count == 0) {
                self.counts.remove(&before.chat);
            }
        }
        if let Some(after) = standing {
            self.counts.entry(after.chat).or_default()[after.column as usize] += 1;
        }
    }
}

impl Board {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counts of each chat that has tasks, and of the tasks without a chat.
    pub(crate) fn counts(&self) -> Vec<(Option<ChatId>, Counts)> {
        let state = self.state();
        state
            .counts
            .iter()
            .map(|(chat, counts)| (*chat, *counts))
            .collect()
    }

    /// The number given last.
    pub(crate) fn last_number(&self) -> u64 {
        self.state().last_number
    }
}

impl Boards {
    pub(crate) fn new() -> Self {
        Self(Cache::new(BOARDS))
    }

    /// Follows a task; the sequencer's alone.
    pub(crate) fn take(&self, task: &Task) {
        if let Some(board) = self.0.get(&task.workspace_id) {
            let standing = (!task.is_deleted).then_some(Standing {
                chat: task.chat,
                column: task.status.column(),
            });
            let mut state = board.state();
            state.last_number = state.last_number.max(task.key.number);
            state.put(task.id, task.version.get(), standing);
        }
    }

    /// The board of a workspace, which follows the log from now on.
    fn of(&self, workspace: WorkspaceId) -> Arc<Board> {
        // Making one cannot fail.
        let made = self
            .0
            .get_or_insert_with(&workspace, || Ok::<_, Infallible>(Arc::new(Board::default())));
        match made {
            Ok(board) => board,
            Err(never) => match never {},
        }
    }
}

impl MongoStore {
    /// The board of a workspace with all its tasks.
    pub(crate) async fn board(&self, workspace: WorkspaceId) -> Outcome<Arc<Board>> {
        let board = self.inner.shared.boards.of(workspace);
        board
            .filled
            .get_or_try_init(|| self.fill(workspace, &board))
            .await?;
        Ok(board)
    }

    /// The board of a workspace with the number that was given last.
    pub(crate) async fn numbered_board(&self, workspace: WorkspaceId) -> Outcome<Arc<Board>> {
        let board = self.inner.shared.boards.of(workspace);
        board
            .numbered
            .get_or_try_init(|| self.number(workspace, &board))
            .await?;
        Ok(board)
    }

    async fn fill(&self, workspace: WorkspaceId, board: &Board) -> Outcome<()> {
        // What the board does not hear of was taken in before, and so can be found now.
        self.barrier().await;
        let mut rows = self
            .collection(schema::TASKS)
            .find(doc! { "workspace": codec::id(workspace), "listed": true })
            .sort(doc! { "col": 1, "rank": 1, "_id": 1 })
            .projection(doc! { "_id": 1, "col": 1, "chat": 1, "v": 1 })
            .await?;
        while rows.advance().await? {
            let row = rows.deserialize_current()?;
            let id = codec::read_id(&row, "_id")?;
            let column = usize::try_from(codec::natural(&row, "col")).unwrap_or(usize::MAX);
            let column = Column::ALL
                .get(column)
                .ok_or_else(|| Fault::corrupt(format!("task {id}"), "its column is of no known kind"))?;
            let standing = Standing {
                chat: codec::optional_id(&row, "chat")?,
                column: *column,
            };
            board.state().put(id, codec::natural(&row, "v"), Some(standing));
        }
        Ok(())
    }

    async fn number(&self, workspace: WorkspaceId, board: &Board) -> Outcome<()> {
        self.barrier().await;
        let row = self
            .collection(schema::TASKS)
            .find_one(doc! { "workspace": codec::id(workspace) })
            .sort(doc! { "workspace": -1, "number": -1 })
            .projection(doc! { "_id": 0, "number": 1 })
            .await?;
        let number = row.map_or(0, |row| codec::natural(&row, "number"));
        let mut state = board.state();
        state.last_number = state.last_number.max(number);
        Ok(())
    }
}
