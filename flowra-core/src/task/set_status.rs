//! Bringing a task to another status.

use std::sync::Arc;

use super::{Task, TaskTarget, Tasks, input};
use crate::app::Caller;
use crate::refusal::Error;

/// Brings a task to another status of its kind.
#[derive(Clone, Debug)]
pub struct SetStatus {
    /// Which task.
    pub target: TaskTarget,
    /// The status's word, in any case.
    pub status: String,
}

impl Tasks {
    /// Brings a task to another status; into its present one changes nothing.
    ///
    /// # Errors
    /// [`UnknownWord`](super::TaskRefusal::UnknownWord) when no kind of task has such a status, [`NoSuchStatus`](super::TaskRefusal::NoSuchStatus)
    /// when this one has not, [`Cancelled`](super::TaskRefusal::Cancelled); those of [`find`](Self::find).
    pub async fn set_status(&self, caller: &Caller, command: SetStatus) -> Result<Arc<Task>, Error> {
        let status = input::word("status", &command.status)?;
        self.change(caller, &command.target, |task| task.set_status(status))
            .await
    }
}
