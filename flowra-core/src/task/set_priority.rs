//! Making a task more or less urgent.

use std::sync::Arc;

use super::{Task, TaskTarget, Tasks, input};
use crate::app::Caller;
use crate::refusal::Error;

/// Makes a task more or less urgent.
#[derive(Clone, Debug)]
pub struct SetPriority {
    /// Which task.
    pub target: TaskTarget,
    /// The priority's word, in any case.
    pub priority: String,
}

impl Tasks {
    /// Sets how urgent a task is.
    ///
    /// # Errors
    /// [`UnknownWord`](super::TaskRefusal::UnknownWord); those of [`find`](Self::find).
    pub async fn set_priority(&self, caller: &Caller, command: SetPriority) -> Result<Arc<Task>, Error> {
        let priority = input::word("priority", &command.priority)?;
        self.change(caller, &command.target, |task| task.set_priority(priority))
            .await
    }
}
