//! Changing what a task says.

use std::sync::Arc;

use super::{Task, TaskTarget, Tasks, input};
use crate::app::Caller;
use crate::refusal::Error;

/// Gives a task another title, another description, or both.
#[derive(Clone, Debug)]
pub struct UpdateTask {
    /// Which task.
    pub target: TaskTarget,
    /// The title from now on; none leaves it.
    pub title: Option<String>,
    /// The description from now on; none leaves it.
    pub description: Option<String>,
}

impl Tasks {
    /// Changes title and description as far as they are given.
    ///
    /// # Errors
    /// [`Invalid`](super::TaskRefusal::Invalid) for a text that breaks its rule; those of [`find`](Self::find).
    pub async fn update(&self, caller: &Caller, command: UpdateTask) -> Result<Arc<Task>, Error> {
        let title = command.title.as_deref().map(input::title).transpose()?;
        let description = command
            .description
            .as_deref()
            .map(input::description)
            .transpose()?;
        self.change(caller, &command.target, |task| {
            let mut events = Vec::new();
            if let Some(title) = &title {
                events.extend(task.rename(title.clone())?);
            }
            if let Some(description) = &description {
                events.extend(task.describe(description.clone())?);
            }
            Ok(events)
        })
        .await
    }
}
