//! Deleting a task.

use super::access::visible_task_deleted_too;
use super::{TaskTarget, Tasks};
use crate::app::Caller;
use crate::draft::{Attempts, earlier};
use crate::refusal::Error;

/// Deletes a task for good; its number is not used again.
#[derive(Clone, Debug)]
pub struct DeleteTask {
    /// Which task.
    pub target: TaskTarget,
}

impl Tasks {
    /// Deletes a task; what is deleted already stays so, whichever version the caller saw last.
    ///
    /// # Errors
    /// [`MayNotDelete`](super::TaskRefusal::MayNotDelete) for all but its reporter and the admins of its chat and workspace; those of
    /// [`find`](Self::find).
    pub async fn delete(&self, caller: &Caller, command: DeleteTask) -> Result<(), Error> {
        if earlier(&self.ports, caller).await?.is_some() {
            return Ok(());
        }
        let mut attempts = Attempts::new();
        loop {
            let TaskTarget {
                workspace,
                task,
                expected,
            } = &command.target;
            let seen = visible_task_deleted_too(&self.ports, caller, *workspace, task).await?;
            if !seen.task.is_deleted {
                seen.expect(*expected)?;
            }
            let events = seen.task.delete(seen.membership.viewer, seen.chat.as_deref())?;
            if self
                .store(caller, self.draft(caller), &seen, events)
                .await?
                .is_some()
            {
                return Ok(());
            }
            attempts.again()?;
        }
    }
}
