//! What happened to a task.

use super::Tasks;
use super::access::visible_task;
use crate::WorkspaceId;
use crate::app::Caller;
use crate::event::{Recorded, StreamId, Version};
use crate::page::{Page, PageRequest};
use crate::refusal::Error;

/// Lists what happened to a task, the newest last; the keys are versions.
#[derive(Clone, Debug)]
pub struct ListActivity {
    /// Where it belongs.
    pub workspace: WorkspaceId,
    /// Its id or its key.
    pub task: String,
    /// Which part of the list.
    pub page: PageRequest<Version>,
}

impl Tasks {
    /// A page of a task's events.
    ///
    /// # Errors
    /// Those of [`find`](Self::find).
    pub async fn activity(&self, caller: &Caller, query: ListActivity) -> Result<Page<Recorded>, Error> {
        let seen = visible_task(&self.ports, caller, query.workspace, &query.task).await?;
        let after = query.page.after.unwrap_or(Version::NONE);
        let limit = query.page.limit;
        let events = self
            .ports
            .log
            .stream(StreamId::Task(seen.task.id), after, limit.get() + 1)
            .await?;
        Ok(Page::from_one_too_many(events, limit))
    }
}
