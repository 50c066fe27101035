//! Saying what a task is about.

use std::sync::Arc;

use super::{Task, TaskTarget, Tasks, input};
use crate::app::Caller;
use crate::refusal::Error;

/// Gives a task these labels and no others.
#[derive(Clone, Debug)]
pub struct SetLabels {
    /// Which task.
    pub target: TaskTarget,
    /// All its labels from now on.
    pub labels: Vec<String>,
}

impl Tasks {
    /// Replaces the labels of a task.
    ///
    /// # Errors
    /// [`Invalid`](super::TaskRefusal::Invalid) for a label that breaks its rule, [`TooManyLabels`](super::TaskRefusal::TooManyLabels); those of [`find`](Self::find).
    pub async fn set_labels(&self, caller: &Caller, command: SetLabels) -> Result<Arc<Task>, Error> {
        let labels = input::labels("labels", &command.labels)?;
        self.change(caller, &command.target, |task| task.set_labels(labels.clone()))
            .await
    }
}
