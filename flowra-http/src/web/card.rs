//! A task as a card: the same partial on a board, in the answer to a move, and in a live fragment.

use askama::Template;
use flowra_core::task::Column;

use super::message::{self, initials};
use crate::body::TaskBody;

/// A card. Its place is told by its column and rank, so that a page can put it where it belongs.
#[derive(Template)]
#[template(path = "card.html")]
pub(super) struct CardView {
    pub(super) task: TaskBody,
    /// The column as part of an id.
    pub(super) slug: String,
    /// Of who does it.
    pub(super) initials: String,
}

impl CardView {
    /// The card of a task.
    pub(super) fn new(task: TaskBody) -> Self {
        let assignee = task.assignee.as_ref();
        Self {
            initials: assignee.map_or_else(String::new, |person| initials(&person.display_name)),
            slug: slug(task.column),
            task,
        }
    }

    /// Whether it is still to be done.
    pub(super) fn is_open(&self) -> bool {
        ![Column::Done.as_str(), Column::Cancelled.as_str()].contains(&self.task.column)
    }

    /// Which of the colours of avatars the assignee has, 0 to 11.
    pub(super) fn hue(&self) -> u8 {
        self.task
            .assignee
            .as_ref()
            .map_or(0, |person| message::hue(person.id))
    }
}

/// A word of a closed set as part of an id or a class.
pub(super) fn slug(word: &str) -> String {
    word.to_ascii_lowercase().replace(' ', "-")
}
