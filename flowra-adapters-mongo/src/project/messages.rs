//! The fields by which messages are found.

use flowra_core::message::Message;
use mongodb::bson::{Document, doc};

use crate::cache::Place;
use crate::codec;

pub(super) fn row(message: &Message, place: Place) -> Document {
    let mut row = doc! {
        "chat": codec::id(message.chat_id),
        "number": codec::number(place.number),
        "root_number": codec::number(place.root_number),
        "root": message.parent.is_none(),
        "mentions": codec::ids(message.mentions.iter().copied()),
    };
    if let Some(parent) = message.parent {
        row.insert("parent", codec::id(parent));
        row.insert("reply_no", codec::number(place.replies));
    }
    row
}
