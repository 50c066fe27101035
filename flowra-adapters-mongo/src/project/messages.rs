//! The fields by which messages are found.

use flowra_core::ChatId;
use flowra_core::message::Message;
use mongodb::bson::{RawArrayBuf, RawDocumentBuf};

use crate::cache::Place;
use crate::codec;

/// Where a root stands among all roots: its chat and its number there as one value, so that roots of many chats are found at once. A text,
/// because not every server bounds a range of bytes.
pub(crate) fn root_place(chat: ChatId, number: u64) -> String {
    format!("{chat}/{number:016x}")
}

/// Adds the fields to a row; `is_new` when there was none before.
pub(super) fn fill(row: &mut RawDocumentBuf, message: &Message, place: Place, is_new: bool) {
    row.append("chat", codec::binary(message.chat_id.as_bytes()));
    row.append("number", codec::number(place.number));
    row.append("root_number", codec::number(place.root_number));
    // So that only messages which mention or once mentioned somebody are in that index.
    if !is_new || !message.mentions.is_empty() {
        let mut mentions = RawArrayBuf::new();
        for user in &message.mentions {
            mentions.push(codec::binary(user.as_bytes()));
        }
        row.append("mentions", mentions);
    }
    match message.parent {
        None => {
            row.append("root_place", root_place(message.chat_id, place.root_number));
        }
        Some(parent) => {
            row.append("parent", codec::binary(parent.as_bytes()));
            row.append("reply_no", codec::number(place.replies));
        }
    }
}
