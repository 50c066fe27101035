//! What all changes of one task share: which task is meant, and the way from its current state to the log.

use std::sync::Arc;

use super::access::{Seen, visible_task};
use super::{Task, TaskEvent, TaskRefusal, Tasks};
use crate::WorkspaceId;
use crate::app::Caller;
use crate::draft::{Attempts, Draft, Written, earlier};
use crate::event::{Outcome, Version};
use crate::refusal::Error;

/// Which task a command means.
#[derive(Clone, Debug)]
pub struct TaskTarget {
    /// Where it belongs.
    pub workspace: WorkspaceId,
    /// Its id or its key.
    pub task: String,
    /// The version that the caller knows; when it is not the current one, the command is refused with
    /// [`ConcurrentModification`](crate::Refusal::ConcurrentModification).
    pub expected: Option<Version>,
}

impl Tasks {
    /// Makes one change that rests on the task alone, again when others were first.
    pub(super) async fn change(
        &self,
        caller: &Caller,
        target: &TaskTarget,
        decide: impl Fn(&Task) -> Result<Vec<TaskEvent>, TaskRefusal> + Send + Sync,
    ) -> Result<Arc<Task>, Error> {
        if let Some(task) = self.repeated(caller, target).await? {
            return Ok(task);
        }
        let mut attempts = Attempts::new();
        loop {
            let seen = self.seen(caller, target).await?;
            let events = decide(&seen.task)?;
            if let Some(task) = self.store(caller, self.draft(caller), &seen, events).await? {
                return Ok(task);
            }
            attempts.again()?;
        }
    }

    /// The task as it is now, when this very request changed it before.
    pub(super) async fn repeated(
        &self,
        caller: &Caller,
        target: &TaskTarget,
    ) -> Result<Option<Arc<Task>>, Error> {
        match earlier(&self.ports, caller).await? {
            None => Ok(None),
            Some(_) => self.current(caller, target).await.map(Some),
        }
    }

    /// The task, which the caller must see at the version that they expect.
    pub(super) async fn seen(&self, caller: &Caller, target: &TaskTarget) -> Result<Seen, Error> {
        let seen = visible_task(&self.ports, caller, target.workspace, &target.task).await?;
        seen.expect(target.expected)?;
        Ok(seen)
    }

    pub(super) fn draft(&self, caller: &Caller) -> Draft {
        Draft::new(caller, self.ports.clock.now())
    }

    /// Stores the events, which hold only while the caller sees the task; the task after them, or nothing when others were first.
    pub(super) async fn store(
        &self,
        caller: &Caller,
        mut draft: Draft,
        seen: &Seen,
        events: Vec<TaskEvent>,
    ) -> Result<Option<Arc<Task>>, Error> {
        let task = draft.task(Arc::clone(&seen.task), caller.user, events)?;
        if draft.is_empty() {
            return Ok(Some(task));
        }
        draft.guard_user(&seen.membership.user);
        draft.guard_workspace(&seen.membership.workspace);
        if let Some(chat) = &seen.chat {
            draft.guard_chat(chat);
        }
        match draft.write(&self.ports, caller, Outcome::Done).await? {
            Written::Now => Ok(Some(task)),
            // The same request came twice at once: the other one made the change, and this one answers it as it reads it.
            Written::Before(_) => Ok(self.ports.tasks.load(task.id).await?),
            Written::Conflict(_) => Ok(None),
        }
    }

    async fn current(&self, caller: &Caller, target: &TaskTarget) -> Result<Arc<Task>, Error> {
        let seen = visible_task(&self.ports, caller, target.workspace, &target.task).await?;
        Ok(seen.task)
    }
}
