//! The port [`TaskBoard`].
//!
//! A member sees the public tasks and those of their private chats, a guest those of their chats: each is a range of its own in rank order,
//! and a column is the ranges merged, each read no further than a page.

use std::collections::HashSet;
use std::sync::Arc;

use flowra_core::chat::ChatKind;
use flowra_core::page::{Limit, Page, PageRequest};
use flowra_core::task::{
    BoardColumn, Column, Rank, SortKey, Task, TaskBoard, TaskFilter, TaskScope, TaskSort,
};
use flowra_core::{BoxFuture, PortResult, TaskId, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::fault::{Fault, Outcome};
use crate::sql::{self, Prepare};
use crate::{SqliteStore, codec, list, tasks};

impl TaskBoard for SqliteStore {
    fn columns(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        limit: Limit,
    ) -> BoxFuture<'_, PortResult<Vec<BoardColumn>>> {
        Box::pin(self.inner.readers.read("sqlite.task_board.columns", move |db| {
            let sight = Sight::of(db, workspace, &scope)?;
            let counts = sight.counts(db, workspace)?;
            Column::ALL
                .into_iter()
                .zip(counts)
                .map(|(column, count)| {
                    let tasks = sight.cards(db, workspace, column, &PageRequest::first(limit))?;
                    Ok(BoardColumn { column, count, tasks })
                })
                .collect()
        }))
    }

    fn column(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        column: Column,
        page: PageRequest<(Rank, TaskId)>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Task>>>> {
        Box::pin(self.inner.readers.read("sqlite.task_board.column", move |db| {
            Sight::of(db, workspace, &scope)?.cards(db, workspace, column, &page)
        }))
    }

    fn neighbour(
        &self,
        workspace: WorkspaceId,
        column: Column,
        of: Rank,
        after: bool,
    ) -> BoxFuture<'_, PortResult<Option<Rank>>> {
        let what = "sqlite.task_board.neighbour";
        Box::pin(self.inner.readers.read(what, move |db| {
            let select = if after { sql::RANK_AFTER } else { sql::RANK_BEFORE };
            let rank: Option<String> = db
                .statement(select)?
                .query_row(params![workspace.as_bytes(), column as i64, of.as_str()], |row| {
                    row.get(0)
                })
                .optional()?;
            rank.map(|rank| {
                rank.parse()
                    .map_err(|error| Fault::corrupt(format!("rank {rank}"), error))
            })
            .transpose()
        }))
    }

    fn list(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        filter: TaskFilter,
        sort: TaskSort,
        page: PageRequest<(SortKey, TaskId)>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Task>>>> {
        Box::pin(self.inner.readers.read("sqlite.task_board.list", move |db| {
            let sight = Sight::of(db, workspace, &scope)?;
            let rows = list::page(db, workspace, &sight, &filter, sort, &page)?;
            let page = Page::from_one_too_many(rows, page.limit);
            let items = page
                .items
                .into_iter()
                .map(|no| tasks::by_row(db, no))
                .collect::<Outcome<_>>()?;
            Ok(Page {
                items,
                has_more: page.has_more,
            })
        }))
    }
}

type Card = (String, [u8; 16], i64);

fn card(row: &Row<'_>) -> rusqlite::Result<Card> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

/// What somebody sees: whether the public tasks, and the rooms whose tasks they see besides.
pub(crate) struct Sight {
    pub(crate) public: bool,
    pub(crate) rooms: HashSet<i64>,
}

impl Sight {
    fn of(db: &Connection, workspace: WorkspaceId, scope: &TaskScope) -> Outcome<Self> {
        let (user, public) = match scope {
            TaskScope::Member(user) => (user, true),
            TaskScope::Guest(user) => (user, false),
        };
        let mut rooms = HashSet::new();
        let mut select = db.statement(sql::ROOMS_TAKEN)?;
        let mut rows = select.query(params![user.as_bytes(), workspace.as_bytes()])?;
        while let Some(row) = rows.next()? {
            // The tasks of channels are public: a member sees them already.
            if !(public && row.get::<_, i64>(1)? == codec::chat_kind(ChatKind::Channel)) {
                rooms.insert(row.get(0)?);
            }
        }
        Ok(Self { public, rooms })
    }

    /// How many tasks each column has.
    fn counts(&self, db: &Connection, workspace: WorkspaceId) -> Outcome<[u64; Column::ALL.len()]> {
        let everybody = self.public.then_some(0);
        let mut counts = [0; Column::ALL.len()];
        let mut select = db.statement(sql::TASK_COUNTS)?;
        for room in self.rooms.iter().copied().chain(everybody) {
            let mut rows = select.query(params![workspace.as_bytes(), room])?;
            while let Some(row) = rows.next()? {
                let column: u8 = row.get(0)?;
                if let Some(count) = counts.get_mut(usize::from(column)) {
                    *count += codec::natural(row, 1)?;
                }
            }
        }
        Ok(counts)
    }

    /// A page of a column.
    fn cards(
        &self,
        db: &Connection,
        workspace: WorkspaceId,
        column: Column,
        page: &PageRequest<(Rank, TaskId)>,
    ) -> Outcome<Page<Arc<Task>>> {
        let (rank, id) = match &page.after {
            Some((rank, id)) => (rank.as_str(), &id.as_bytes()[..]),
            None => ("", &[][..]),
        };
        let limit = codec::one_too_many(page.limit);
        let mut cards: Vec<Card> = Vec::new();
        if self.public {
            let range = params![workspace.as_bytes(), column as i64, rank, id, limit];
            let mut select = db.statement(sql::COLUMN_PUBLIC)?;
            for card in select.query_map(range, card)? {
                cards.push(card?);
            }
        }
        let mut select = db.statement(sql::COLUMN_ROOM)?;
        for room in &self.rooms {
            let range = params![room, column as i64, rank, id, limit];
            for card in select.query_map(range, card)? {
                cards.push(card?);
            }
        }
        cards.sort_unstable();
        let page = Page::from_one_too_many(cards, page.limit);
        let items = page
            .items
            .iter()
            .map(|(_, _, no)| tasks::by_row(db, *no))
            .collect::<Outcome<_>>()?;
        Ok(Page {
            items,
            has_more: page.has_more,
        })
    }

    /// Whether a task is seen.
    pub(crate) fn has(&self, room: i64, public: bool) -> bool {
        (self.public && public) || self.rooms.contains(&room)
    }
}
