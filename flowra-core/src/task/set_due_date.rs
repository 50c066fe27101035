//! Saying until when a task is to be done.

use std::sync::Arc;

use super::{Task, TaskTarget, Tasks, input};
use crate::app::Caller;
use crate::refusal::Error;

/// Says until when a task is to be done, or takes that back.
#[derive(Clone, Debug)]
pub struct SetDueDate {
    /// Which task.
    pub target: TaskTarget,
    /// A day (`2026-11-22`) or a time (RFC 3339); none clears it.
    pub due_date: Option<String>,
}

impl Tasks {
    /// Sets or clears when a task is due.
    ///
    /// # Errors
    /// [`Invalid`](super::TaskRefusal::Invalid) when it is neither a day nor a time; those of [`find`](Self::find).
    pub async fn set_due_date(&self, caller: &Caller, command: SetDueDate) -> Result<Arc<Task>, Error> {
        let due = command
            .due_date
            .as_deref()
            .map(|text| input::due("due_date", text))
            .transpose()?;
        self.change(caller, &command.target, |task| task.set_due(due))
            .await
    }
}
