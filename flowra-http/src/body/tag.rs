//! What a tag of a message did.

use flowra_core::TaskId;
use flowra_core::tag::TagResult;
use salvo::oapi::ToSchema;
use serde::Serialize;

/// What one tag did, for the message's author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TagBody {
    /// The tag with its `#`.
    pub tag: String,
    /// Whether it took effect.
    pub ok: bool,
    /// What it did, or why it did not.
    pub message: String,
    /// The task that it acted on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    pub task_id: Option<TaskId>,
    /// That task's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_key: Option<String>,
}

impl From<&TagResult> for TagBody {
    fn from(result: &TagResult) -> Self {
        Self {
            tag: result.tag.clone(),
            ok: result.ok,
            message: result.message.clone(),
            task_id: result.task.as_ref().map(|(id, _)| *id),
            task_key: result.task.as_ref().map(|(_, key)| key.to_string()),
        }
    }
}
