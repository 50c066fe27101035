//! Giving a task to somebody.

use std::sync::Arc;

use super::access::assignable;
use super::{Task, TaskRefusal, TaskTarget, Tasks};
use crate::UserId;
use crate::app::Caller;
use crate::draft::Attempts;
use crate::refusal::Error;

/// Gives a task to somebody, or to nobody.
#[derive(Clone, Debug)]
pub struct SetAssignee {
    /// Which task.
    pub target: TaskTarget,
    /// Who is to do it; none clears it.
    pub assignee: Option<UserId>,
}

impl Tasks {
    /// Sets or clears who does a task.
    ///
    /// # Errors
    /// [`AssigneeCannotSee`](TaskRefusal::AssigneeCannotSee) when they are no active member of the workspace who sees the task; those of
    /// [`find`](Self::find).
    pub async fn set_assignee(&self, caller: &Caller, command: SetAssignee) -> Result<Arc<Task>, Error> {
        if let Some(task) = self.repeated(caller, &command.target).await? {
            return Ok(task);
        }
        let mut attempts = Attempts::new();
        loop {
            let seen = self.seen(caller, &command.target).await?;
            let events = seen.task.assign(command.assignee)?;
            let mut draft = self.draft(caller);
            if let Some(assignee) = command.assignee
                && !events.is_empty()
            {
                let (workspace, chat) = (&seen.membership.workspace, seen.chat.as_deref());
                let assignee = assignable(&self.ports, workspace, chat, assignee).await?;
                draft.guard_user(assignee.ok_or(TaskRefusal::AssigneeCannotSee)?.as_ref());
            }
            if let Some(task) = self.store(caller, draft, &seen, events).await? {
                return Ok(task);
            }
            attempts.again()?;
        }
    }
}
