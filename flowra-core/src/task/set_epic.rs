//! Making a task a part of an epic.

use std::sync::Arc;

use super::access::see_epic;
use super::{Task, TaskTarget, Tasks};
use crate::TaskId;
use crate::app::Caller;
use crate::draft::Attempts;
use crate::refusal::Error;

/// Makes a task a part of an epic, or of none.
#[derive(Clone, Debug)]
pub struct SetEpic {
    /// Which task.
    pub target: TaskTarget,
    /// The epic; none clears it.
    pub epic: Option<TaskId>,
}

impl Tasks {
    /// Sets or clears the epic of which a task is a part.
    ///
    /// # Errors
    /// [`EpicNotFound`](super::TaskRefusal::EpicNotFound) when the caller sees no such epic, [`EpicInEpic`](super::TaskRefusal::EpicInEpic)
    /// when the task is an epic itself; those of [`find`](Self::find).
    pub async fn set_epic(&self, caller: &Caller, command: SetEpic) -> Result<Arc<Task>, Error> {
        if let Some(task) = self.repeated(caller, &command.target).await? {
            return Ok(task);
        }
        let mut attempts = Attempts::new();
        loop {
            let seen = self.seen(caller, &command.target).await?;
            // What is so already needs no epic that could be set anew: it may be deleted since.
            if seen.task.epic == command.epic {
                seen.task.alive()?;
                return Ok(seen.task);
            }
            let mut draft = self.draft(caller);
            let epic = match command.epic {
                None => None,
                Some(epic) => Some(see_epic(&self.ports, &seen.membership, epic).await?),
            };
            if let Some(epic) = &epic {
                draft.guard_task(epic);
            }
            let events = seen.task.set_epic(epic.as_deref())?;
            if let Some(task) = self.store(caller, draft, &seen, events).await? {
                return Ok(task);
            }
            attempts.again()?;
        }
    }
}
