//! What a tag did, and how the bot says so.

use super::Tag;
use crate::TaskId;
use crate::message::Content;
use crate::task::{Task, TaskKey};

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

impl TagResult {
    /// It took effect.
    pub(crate) fn done(tag: Tag<'_>, task: Option<&Task>, message: String) -> Self {
        Self {
            tag: tag.name.as_str().to_owned(),
            ok: true,
            message,
            task: task.map(|task| (task.id, task.key.clone())),
        }
    }

    /// It failed; the sentence names the tag with its value.
    pub(crate) fn failed(tag: Tag<'_>, task: Option<&Task>, why: &str) -> Self {
        let gap = if tag.value.is_empty() { "" } else { " " };
        let message = format!("{}{gap}{}: {why}", tag.name.as_str(), shortened(tag.value, 100));
        Self {
            tag: tag.name.as_str().to_owned(),
            ok: false,
            message,
            task: task.map(|task| (task.id, task.key.clone())),
        }
    }
}

fn shortened(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The bot's one answer to a message: a line a tag.
pub(crate) fn bot_answer(results: &[TagResult]) -> Option<Content> {
    let lines: Vec<String> = results
        .iter()
        .map(|result| format!("{} {}", if result.ok { '✅' } else { '❌' }, result.message))
        .collect();
    Content::parse(&shortened(&lines.join("\n"), 9_990)).ok()
}
