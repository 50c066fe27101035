//! Finding a task.

use std::sync::Arc;

use super::access::visible_task;
use super::{Task, Tasks};
use crate::WorkspaceId;
use crate::app::Caller;
use crate::refusal::Error;

/// Finds one task.
#[derive(Clone, Debug)]
pub struct FindTask {
    /// Where it belongs.
    pub workspace: WorkspaceId,
    /// Its id or its key.
    pub task: String,
}

impl Tasks {
    /// The task with this id or key.
    ///
    /// # Errors
    /// [`BadReference`](super::TaskRefusal::BadReference) when it is neither; [`NotFound`](super::TaskRefusal::NotFound) when there is none that
    /// the caller may see; [`Deleted`](super::TaskRefusal::Deleted) when they could see it before.
    pub async fn find(&self, caller: &Caller, query: FindTask) -> Result<Arc<Task>, Error> {
        let seen = visible_task(&self.ports, caller, query.workspace, &query.task).await?;
        Ok(seen.task)
    }
}
