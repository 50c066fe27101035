//! The fields by which messages are found.

use flowra_core::ChatId;
use flowra_core::message::Message;
use mongodb::bson::{Document, doc};

use crate::cache::Place;
use crate::codec;

/// Where a root stands among all roots: its chat and its number there as one value, so that roots of many chats are found at once. A text,
/// because not every server bounds a range of bytes.
pub(crate) fn root_place(chat: ChatId, number: u64) -> String {
    format!("{chat}/{number:016x}")
}

/// The row; `is_new` when there was none before.
pub(super) fn row(message: &Message, place: Place, is_new: bool) -> Document {
    let mut row = doc! {
        "chat": codec::id(message.chat_id),
        "number": codec::number(place.number),
        "root_number": codec::number(place.root_number),
    };
    // So that only messages which mention or once mentioned somebody are in that index.
    if !is_new || !message.mentions.is_empty() {
        row.insert("mentions", codec::ids(message.mentions.iter().copied()));
    }
    match message.parent {
        None => {
            row.insert("root_place", root_place(message.chat_id, place.root_number));
        }
        Some(parent) => {
            row.insert("parent", codec::id(parent));
            row.insert("reply_no", codec::number(place.replies));
        }
    }
    row
}
