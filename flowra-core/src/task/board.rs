//! The board: a workspace's tasks by column.

use std::sync::Arc;

use super::{Column, Rank, Task, Tasks, input};
use crate::app::Caller;
use crate::page::{Limit, Page, PageRequest};
use crate::refusal::Error;
use crate::{TaskId, WorkspaceId};

/// Shows all columns of a board with their first cards.
#[derive(Clone, Copy, Debug)]
pub struct ShowBoard {
    /// Whose board.
    pub workspace: WorkspaceId,
    /// At most so many cards a column.
    pub limit: Limit,
}

/// Shows more of one column of a board.
#[derive(Clone, Debug)]
pub struct ShowColumn {
    /// Whose board.
    pub workspace: WorkspaceId,
    /// The column's word, in any case.
    pub column: String,
    /// Which part of it; the keys are ranks with ids.
    pub page: PageRequest<(Rank, TaskId)>,
}

/// A column, as far as somebody sees it.
#[derive(Clone, Debug)]
pub struct BoardColumn {
    /// Which.
    pub column: Column,
    /// How many tasks it has for them.
    pub count: u64,
    /// The first of them.
    pub tasks: Page<Arc<Task>>,
}

impl Tasks {
    /// All columns in the order of [`Column::ALL`], with the tasks that the caller sees.
    ///
    /// # Errors
    /// The workspace's, when the caller is no member.
    pub async fn board(&self, caller: &Caller, query: ShowBoard) -> Result<Vec<BoardColumn>, Error> {
        let membership = self.ports.membership(caller, query.workspace).await?;
        let scope = membership.viewer.task_scope();
        Ok(self
            .ports
            .board
            .columns(query.workspace, scope, query.limit)
            .await?)
    }

    /// A page of one column, with the tasks that the caller sees.
    ///
    /// # Errors
    /// [`UnknownWord`](super::TaskRefusal::UnknownWord) when there is no such column; the workspace's, when the caller is no member.
    pub async fn column(&self, caller: &Caller, query: ShowColumn) -> Result<Page<Arc<Task>>, Error> {
        let column = input::word("column", &query.column)?;
        let membership = self.ports.membership(caller, query.workspace).await?;
        let scope = membership.viewer.task_scope();
        Ok(self
            .ports
            .board
            .column(query.workspace, scope, column, query.page)
            .await?)
    }
}
