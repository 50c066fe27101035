//! What stands where on the boards, kept in memory for the workspaces that are asked for: which tasks each column of each chat has, in their order.
//!
//! A board is read once from the collection and from then on follows the log. Each task is known by its version, so that the two may overlap
//! and come in any order. A page of a column is then as many steps as it has cards, whatever stands behind it, and the database is asked for
//! documents by their ids only.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::convert::Infallible;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flowra_core::task::{Column, Rank, Task};
use flowra_core::{ChatId, Id, TaskId, WorkspaceId};
use mongodb::bson::doc;
use quick_cache::sync::Cache;
use tokio::sync::OnceCell;

use crate::fault::{Fault, Outcome};
use crate::{MongoStore, codec, schema};

/// At most so many workspaces; the others are read again when they are asked for.
const BOARDS: usize = 256;

/// Where a task stands in its column.
pub(crate) type Place = (Rank, TaskId);

/// The tasks of one chat, or of none, by column.
type Lanes = [BTreeSet<Place>; Column::ALL.len()];

/// The first tasks of a column, and how many it has.
pub(crate) struct Front {
    pub(crate) column: Column,
    pub(crate) count: u64,
    pub(crate) places: Vec<Place>,
}

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
    /// Every task with its version, and where it stands.
    tasks: HashMap<TaskId, (u64, Option<Standing>)>,
    lanes: HashMap<Option<ChatId>, Lanes>,
    last_number: u64,
}

#[derive(Clone)]
struct Standing {
    chat: Option<ChatId>,
    column: Column,
    rank: Rank,
}

impl State {
    fn put(&mut self, id: TaskId, version: u64, standing: Option<Standing>) {
        if self.tasks.get(&id).is_some_and(|(known, _)| *known >= version) {
            return;
        }
        let before = self.tasks.insert(id, (version, standing.clone()));
        if let Some((_, Some(before))) = before
            && let Some(lanes) = self.lanes.get_mut(&before.chat)
        {
            lanes[before.column as usize].remove(&(before.rank, id));
            if lanes.iter().all(BTreeSet::is_empty) {
                self.lanes.remove(&before.chat);
            }
        }
        if let Some(after) = standing {
            let lanes = self.lanes.entry(after.chat).or_default();
            lanes[after.column as usize].insert((after.rank, id));
        }
    }

    /// The tasks of these chats in a column, behind a place in it.
    fn places(
        &self,
        chats: &[Option<ChatId>],
        column: Column,
        after: Option<&Place>,
        limit: usize,
    ) -> Vec<Place> {
        let behind = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let mut lanes: Vec<_> = chats
            .iter()
            .filter_map(|chat| self.lanes.get(chat))
            .map(|lanes| lanes[column as usize].range(behind))
            .collect();
        // Each lane is in order: the next place is the least of their heads.
        let mut heads: BinaryHeap<_> = lanes
            .iter_mut()
            .enumerate()
            .filter_map(|(lane, places)| Some(Reverse((places.next()?, lane))))
            .collect();
        let mut places = Vec::with_capacity(limit);
        while places.len() < limit
            && let Some(Reverse((place, lane))) = heads.pop()
        {
            places.push(place.clone());
            let next = lanes.get_mut(lane).and_then(Iterator::next);
            heads.extend(next.map(|place| Reverse((place, lane))));
        }
        places
    }
}

impl Board {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chats that have tasks; none for the tasks without a chat.
    pub(crate) fn chats(&self) -> Vec<Option<ChatId>> {
        self.state().lanes.keys().copied().collect()
    }

    /// How many tasks of these chats each column has, and the first of them; all at one moment.
    pub(crate) fn fronts(&self, chats: &[Option<ChatId>], limit: usize) -> Vec<Front> {
        let state = self.state();
        let front = |column| Front {
            column,
            count: chats
                .iter()
                .filter_map(|chat| state.lanes.get(chat))
                .map(|lanes| lanes[column as usize].len() as u64)
                .sum(),
            places: state.places(chats, column, None, limit),
        };
        Column::ALL.map(front).into()
    }

    /// The tasks of these chats in a column, behind a place in it.
    pub(crate) fn places(
        &self,
        chats: &[Option<ChatId>],
        column: Column,
        after: Option<&Place>,
        limit: usize,
    ) -> Vec<Place> {
        self.state().places(chats, column, after, limit)
    }

    /// The rank directly before, or behind, this one in a column of the whole workspace.
    pub(crate) fn beside(&self, column: Column, of: &Rank, after: bool) -> Option<Rank> {
        let state = self.state();
        let lanes = state.lanes.values().map(|lanes| &lanes[column as usize]);
        // Whatever its id: from the first place of that rank on, and up to the last.
        let (first, last) = (Id::from_bytes([0; 16]), Id::from_bytes([u8::MAX; 16]));
        let beside = if after {
            let from = Bound::Excluded((of.clone(), last));
            lanes
                .filter_map(|lane| lane.range((from.clone(), Bound::Unbounded)).next())
                .min()
        } else {
            lanes
                .filter_map(|lane| lane.range(..(of.clone(), first)).next_back())
                .max()
        };
        beside.map(|(rank, _)| rank.clone())
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
                rank: task.rank.clone(),
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
            .projection(doc! { "_id": 1, "col": 1, "rank": 1, "chat": 1, "v": 1 })
            .await?;
        while rows.advance().await? {
            let row = rows.deserialize_current()?;
            let id = codec::read_id(&row, "_id")?;
            let column = usize::try_from(codec::natural(&row, "col")).unwrap_or(usize::MAX);
            let column = Column::ALL
                .get(column)
                .ok_or_else(|| Fault::corrupt(format!("task {id}"), "its column is of no known kind"))?;
            let rank = row.get_str("rank").unwrap_or_default();
            let standing = Standing {
                chat: codec::optional_id(&row, "chat")?,
                column: *column,
                rank: rank
                    .parse()
                    .map_err(|error| Fault::corrupt(format!("rank {rank}"), error))?,
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
