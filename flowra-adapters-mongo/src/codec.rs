//! How ids, numbers and documents are written into BSON and read from it.

use flowra_core::chat::ChatKind;
use flowra_core::event::{Document, Event, StreamId};
use flowra_core::{Digest, Id};
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{self, Binary, Bson, doc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::{Fault, Outcome};

/// Bytes as a BSON value of the general kind.
pub(crate) fn binary(bytes: &[u8]) -> Binary {
    Binary {
        subtype: BinarySubtype::Generic,
        bytes: bytes.to_vec(),
    }
}

/// An id as a BSON value of 16 bytes.
pub(crate) fn id<K: ?Sized>(id: Id<K>) -> Bson {
    Bson::Binary(binary(id.as_bytes()))
}

/// Ids as a BSON array.
pub(crate) fn ids<K>(all: impl IntoIterator<Item = Id<K>>) -> Bson {
    Bson::Array(all.into_iter().map(id).collect())
}

/// A digest as a BSON value of 32 bytes.
pub(crate) fn digest(digest: Digest) -> Bson {
    Bson::Binary(binary(digest.as_bytes()))
}

/// The sixteen bytes of an id.
pub(crate) fn bytes<const N: usize>(binary: &Binary, what: impl FnOnce() -> String) -> Outcome<[u8; N]> {
    binary
        .bytes
        .as_slice()
        .try_into()
        .map_err(|error| Fault::corrupt(what(), error))
}

/// Reads an id from a field.
pub(crate) fn read_id<K>(from: &bson::Document, field: &str) -> Outcome<Id<K>> {
    from.get_binary_generic(field)
        .map_err(|error| Fault::corrupt(format!("field {field}"), error))
        .and_then(|bytes| {
            <[u8; 16]>::try_from(bytes.as_slice())
                .map_err(|error| Fault::corrupt(format!("field {field}"), error))
        })
        .map(Id::from_bytes)
}

/// Reads an id from a value; `what` names it when it is none.
pub(crate) fn to_id<K>(value: &Bson, what: &str) -> Outcome<Id<K>> {
    let Bson::Binary(binary) = value else {
        return Err(Fault::corrupt(what, "it is no id"));
    };
    bytes(binary, || what.to_owned()).map(Id::from_bytes)
}

/// Reads an id from a field that may be absent or null.
pub(crate) fn optional_id<K>(from: &bson::Document, field: &str) -> Outcome<Option<Id<K>>> {
    match from.get(field) {
        None | Some(Bson::Null) => Ok(None),
        Some(_) => read_id(from, field).map(Some),
    }
}

/// The range of the ids after this one.
pub(crate) fn following<K>(after: Option<Id<K>>) -> bson::Document {
    let after = after.map_or_else(|| binary(&[]), |id| binary(id.as_bytes()));
    doc! { "$gt": after, "$lte": binary(&[u8::MAX; 16]) }
}

/// Reads a number that is never negative from a field; an absent one is 0.
pub(crate) fn natural(from: &bson::Document, field: &str) -> u64 {
    let stored = match from.get(field) {
        Some(Bson::Int64(number)) => *number,
        Some(Bson::Int32(number)) => i64::from(*number),
        _ => 0,
    };
    u64::try_from(stored).unwrap_or(0)
}

/// A `u64` for a field; what does not fit is beyond every stored number.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The JSON under which something is stored.
pub(crate) fn json<T: Serialize>(value: &T, what: impl FnOnce() -> String) -> Outcome<String> {
    serde_json::to_string(value).map_err(|error| Fault::corrupt(what(), error))
}

/// Reads stored JSON; `what` names it when it does not decode.
pub(crate) fn decode<T: DeserializeOwned>(json: &str, what: impl FnOnce() -> String) -> Outcome<T> {
    serde_json::from_str(json).map_err(|error| Fault::corrupt(what(), error))
}

/// Reads the event of a stream.
pub(crate) fn event(stream: StreamId, json: &str) -> Outcome<Event> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Event::deserialize_for(stream, &mut deserializer)
        .and_then(|event| deserializer.end().map(|()| event))
        .map_err(|error| Fault::corrupt(format!("event of {stream}"), error))
}

/// The JSON of a document.
pub(crate) fn document(document: &Document) -> Outcome<String> {
    let what = || document.stream().to_string();
    match document {
        Document::User(user) => json(&**user, what),
        Document::Workspace(workspace) => json(&**workspace, what),
        Document::Chat(chat) => json(&**chat, what),
        Document::Message(message) => json(&**message, what),
        Document::Task(task) => json(&**task, what),
    }
}

/// Reads the document of a stream from its JSON.
pub(crate) fn read_document(stream: StreamId, json: &str) -> Outcome<Document> {
    let what = || stream.to_string();
    Ok(match stream {
        StreamId::User(_) => Document::User(decode(json, what)?),
        StreamId::Workspace(_) => Document::Workspace(decode(json, what)?),
        StreamId::Chat(_) => Document::Chat(decode(json, what)?),
        StreamId::Message(_) => Document::Message(decode(json, what)?),
        StreamId::Task(_) => Document::Task(decode(json, what)?),
    })
}

/// The number that stands for a chat's kind.
pub(crate) const fn chat_kind(kind: ChatKind) -> i32 {
    match kind {
        ChatKind::Direct => 0,
        ChatKind::Group => 1,
        ChatKind::Channel => 2,
    }
}
