//! Deleting a task.

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
    /// Deletes a task.
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
            let seen = self.seen(caller, &command.target).await?;
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
