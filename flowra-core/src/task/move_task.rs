//! Moving a task on the board.

use std::sync::Arc;

use super::access::{Seen, see};
use super::{Column, Rank, Task, TaskEvent, TaskRefusal, TaskTarget, Tasks, input};
use crate::TaskId;
use crate::app::Caller;
use crate::draft::{Attempts, Draft};
use crate::refusal::{Error, Refusal};

/// Moves a task to a column, to a place in its column, or both.
#[derive(Clone, Debug)]
pub struct MoveTask {
    /// Which task.
    pub target: TaskTarget,
    /// The column's word, in any case; none keeps the column.
    pub column: Option<String>,
    /// The task directly before which it is to stand.
    pub before: Option<TaskId>,
    /// The task behind which it is to stand: directly, unless `before` says more.
    pub after: Option<TaskId>,
}

impl Tasks {
    /// Moves a task. Into another column it takes the status of its kind that stands there; without a neighbour it keeps its rank, as a
    /// change of status does.
    ///
    /// # Errors
    /// [`NoStatusInColumn`](TaskRefusal::NoStatusInColumn) for its kind, [`Cancelled`](TaskRefusal::Cancelled),
    /// [`NeighbourNotFound`](TaskRefusal::NeighbourNotFound), [`NeighboursCrossed`](TaskRefusal::NeighboursCrossed); those of
    /// [`find`](Self::find).
    pub async fn move_task(&self, caller: &Caller, command: MoveTask) -> Result<Arc<Task>, Error> {
        let column = command
            .column
            .as_deref()
            .map(|text| input::word("column", text))
            .transpose()?;
        if let Some(task) = self.repeated(caller, &command.target).await? {
            return Ok(task);
        }
        let mut attempts = Attempts::new();
        loop {
            let seen = self.seen(caller, &command.target).await?;
            let mut draft = self.draft(caller);
            let events = self.decide_move(&seen, &mut draft, column, &command).await?;
            if let Some(task) = self.store(caller, draft, &seen, events).await? {
                return Ok(task);
            }
            attempts.again()?;
        }
    }

    async fn decide_move(
        &self,
        seen: &Seen,
        draft: &mut Draft,
        column: Option<Column>,
        command: &MoveTask,
    ) -> Result<Vec<TaskEvent>, Error> {
        let task = &seen.task;
        let column = column.unwrap_or(task.status.column());
        let mut events = Vec::new();
        if column != task.status.column() {
            let status = task.kind.status_in(column);
            events = task.set_status(status.ok_or(TaskRefusal::NoStatusInColumn { kind: task.kind })?)?;
        }
        let before = self
            .neighbour(seen, draft, column, ("before", command.before))
            .await?;
        let after = self
            .neighbour(seen, draft, column, ("after", command.after))
            .await?;
        if let Some(rank) = self
            .rank_between(task, column, before.as_deref(), after.as_deref())
            .await?
        {
            events.extend(task.move_to(rank)?);
        }
        Ok(events)
    }

    /// A task named as neighbour: another one that the caller sees in the column, and that must still stand there when the move is stored.
    async fn neighbour(
        &self,
        seen: &Seen,
        draft: &mut Draft,
        column: Column,
        (field, id): (&'static str, Option<TaskId>),
    ) -> Result<Option<Arc<Task>>, Error> {
        let Some(id) = id else {
            return Ok(None);
        };
        let not_found = TaskRefusal::NeighbourNotFound { field };
        let neighbour = match see(&self.ports, &seen.membership, id).await {
            Ok(neighbour) => neighbour.task,
            Err(Error::Refused(Refusal::Task(TaskRefusal::NotFound | TaskRefusal::Deleted))) => {
                return Err(not_found.into());
            }
            Err(error) => return Err(error),
        };
        if neighbour.id == seen.task.id || neighbour.status.column() != column {
            return Err(not_found.into());
        }
        draft.guard_task(&neighbour);
        Ok(Some(neighbour))
    }

    /// The rank directly before `before`, else directly behind `after`, among all tasks of the column, those included that the caller does
    /// not see. Its present one when it stands there; nothing when no neighbour is named.
    async fn rank_between(
        &self,
        task: &Task,
        column: Column,
        before: Option<&Task>,
        after: Option<&Task>,
    ) -> Result<Option<Rank>, Error> {
        let (board, workspace) = (&self.ports.board, task.workspace_id);
        let (low, high) = match (before, after) {
            (None, None) => return Ok(None),
            (Some(before), _) => {
                if after.is_some_and(|after| after.rank >= before.rank) {
                    return Err(TaskRefusal::NeighboursCrossed.into());
                }
                let low = board
                    .neighbour(workspace, column, before.rank.clone(), false)
                    .await?;
                (low, Some(before.rank.clone()))
            }
            (None, Some(after)) => {
                let high = board
                    .neighbour(workspace, column, after.rank.clone(), true)
                    .await?;
                (Some(after.rank.clone()), high)
            }
        };
        if low.as_ref() == Some(&task.rank) || high.as_ref() == Some(&task.rank) {
            return Ok(Some(task.rank.clone()));
        }
        let rank = Rank::between(low.as_ref(), high.as_ref(), task.key.number);
        Ok(Some(rank.ok_or(TaskRefusal::NeighboursCrossed)?))
    }
}
