//! What a tag did.

use crate::TaskId;
use crate::task::TaskKey;

/// What one tag of a message did, for the author's answer and the bot's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TagResult {
    /// The tag with its `#`, such as `#status`.
    pub tag: String,
    /// Whether it took effect (or what it asks for was so already).
    pub ok: bool,
    /// The bot's sentence about it, without the mark in front.
    pub message: String,
    /// The task it acted on.
    pub task: Option<(TaskId, TaskKey)>,
}
