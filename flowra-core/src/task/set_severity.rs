//! Saying how bad a bug is.

use std::sync::Arc;

use super::{Task, TaskTarget, Tasks, input};
use crate::app::Caller;
use crate::refusal::Error;

/// Says how bad a bug is, or takes that back.
#[derive(Clone, Debug)]
pub struct SetSeverity {
    /// Which task.
    pub target: TaskTarget,
    /// The severity's word, in any case; none clears it.
    pub severity: Option<String>,
}

impl Tasks {
    /// Sets or clears how bad a bug is.
    ///
    /// # Errors
    /// [`UnknownWord`](super::TaskRefusal::UnknownWord), [`SeverityOfBugsOnly`](super::TaskRefusal::SeverityOfBugsOnly); those of [`find`](Self::find).
    pub async fn set_severity(&self, caller: &Caller, command: SetSeverity) -> Result<Arc<Task>, Error> {
        let severity = command
            .severity
            .as_deref()
            .map(|text| input::word("severity", text))
            .transpose()?;
        self.change(caller, &command.target, |task| task.set_severity(severity))
            .await
    }
}
