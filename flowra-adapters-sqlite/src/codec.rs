//! How ids, events and documents are written into rows and read from them.
//!
//! A workspace's members and invites and a chat's participants are rows of their own, so that a change of one does not rewrite ten thousand;
//! their documents are stored as headers without them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flowra_core::chat::{Chat, ChatKind, ChatState, Title, Topic};
use flowra_core::event::{Document, Event, Position, Recorded, StreamId, Version};
use flowra_core::page::Limit;
use flowra_core::time::Timestamp;
use flowra_core::workspace::{KeyPrefix, Workspace, WorkspaceDescription, WorkspaceName};
use flowra_core::{ChatId, Id, MessageId, UserId, WorkspaceId};
use rusqlite::Row;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::fault::{Fault, Outcome};

/// Reads an id from a column.
pub(crate) fn id<K>(row: &Row<'_>, column: usize) -> rusqlite::Result<Id<K>> {
    row.get(column).map(Id::from_bytes)
}

/// Reads stored JSON; `what` names the row when it does not decode.
pub(crate) fn decode<T: DeserializeOwned>(json: &str, what: impl FnOnce() -> String) -> Outcome<T> {
    serde_json::from_str(json).map_err(|error| Fault::corrupt(what(), error))
}

/// A `u64` for a column; what does not fit is beyond every stored number.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A `u64` from a column that never holds a negative number.
pub(crate) fn natural(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column)
        .map(|value| u64::try_from(value).unwrap_or(0))
}

/// The number that stands for a stream's kind.
pub(crate) const fn kind_of(stream: StreamId) -> i64 {
    match stream {
        StreamId::User(_) => 0,
        StreamId::Workspace(_) => 1,
        StreamId::Chat(_) => 2,
        StreamId::Message(_) => 3,
        StreamId::Task(_) => 4,
    }
}

fn stream(kind: i64, id: [u8; 16]) -> Option<StreamId> {
    Some(match kind {
        0 => StreamId::User(Id::from_bytes(id)),
        1 => StreamId::Workspace(Id::from_bytes(id)),
        2 => StreamId::Chat(Id::from_bytes(id)),
        3 => StreamId::Message(Id::from_bytes(id)),
        4 => StreamId::Task(Id::from_bytes(id)),
        _ => return None,
    })
}

/// The number that stands for a chat's kind.
pub(crate) const fn chat_kind(kind: ChatKind) -> i64 {
    match kind {
        ChatKind::Direct => 0,
        ChatKind::Group => 1,
        ChatKind::Channel => 2,
    }
}

/// Reads a row of `events`.
pub(crate) fn recorded(row: &Row<'_>) -> Outcome<Recorded> {
    let position = natural(row, 0)?;
    let what = || format!("event {position}");
    let stream = stream(row.get(1)?, row.get(2)?)
        .ok_or_else(|| Fault::corrupt(what(), "its stream is of no known kind"))?;
    let json = row
        .get_ref(8)?
        .as_str()
        .map_err(|error| Fault::corrupt(what(), error))?;
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let event = Event::deserialize_for(stream, &mut deserializer)
        .and_then(|event| deserializer.end().map(|()| event))
        .map_err(|error| Fault::corrupt(what(), error))?;
    Ok(Recorded {
        position: Position::new(position),
        stream,
        version: Version::new(natural(row, 3)?),
        actor: id(row, 4)?,
        time: Timestamp::from_millis(row.get(5)?),
        request: id(row, 6)?,
        cause: row
            .get::<_, Option<i64>>(7)?
            .map(|cause| Position::new(u64::try_from(cause).unwrap_or(0))),
        event,
    })
}

/// The JSON under which a document is stored.
pub(crate) fn document(document: &Document) -> serde_json::Result<String> {
    match document {
        Document::User(user) => json(&**user),
        Document::Workspace(workspace) => json(&WorkspaceHeader::of(workspace)),
        Document::Chat(chat) => json(&ChatHeader::of(chat)),
        Document::Message(message) => json(&**message),
        Document::Task(task) => json(&**task),
    }
}

/// The JSON of something stored, in a buffer that most of them fit into.
pub(crate) fn json<T: Serialize>(value: &T) -> serde_json::Result<String> {
    let mut bytes = Vec::with_capacity(1024);
    serde_json::to_writer(&mut bytes, value)?;
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

/// A workspace without its members and invites.
#[derive(Serialize, Deserialize)]
pub(crate) struct WorkspaceHeader<'a> {
    id: WorkspaceId,
    name: Cow<'a, WorkspaceName>,
    description: Cow<'a, WorkspaceDescription>,
    key_prefix: Cow<'a, KeyPrefix>,
    edit_window_seconds: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
    is_deleted: bool,
    version: Version,
}

impl<'a> WorkspaceHeader<'a> {
    fn of(workspace: &'a Workspace) -> Self {
        // Taken apart in full: a new field must be put into the header or into rows.
        let Workspace {
            id,
            name,
            description,
            key_prefix,
            edit_window_seconds,
            members: _,
            invites: _,
            created_at,
            updated_at,
            is_deleted,
            version,
        } = workspace;
        Self {
            id: *id,
            name: Cow::Borrowed(name),
            description: Cow::Borrowed(description),
            key_prefix: Cow::Borrowed(key_prefix),
            edit_window_seconds: *edit_window_seconds,
            created_at: *created_at,
            updated_at: *updated_at,
            is_deleted: *is_deleted,
            version: *version,
        }
    }

    /// The workspace, its members and invites still to be filled in.
    pub(crate) fn into_workspace(self) -> Workspace {
        Workspace {
            id: self.id,
            name: self.name.into_owned(),
            description: self.description.into_owned(),
            key_prefix: self.key_prefix.into_owned(),
            edit_window_seconds: self.edit_window_seconds,
            members: BTreeMap::new(),
            invites: BTreeMap::new(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            is_deleted: self.is_deleted,
            version: self.version,
        }
    }
}

/// A chat without its participants.
#[derive(Serialize, Deserialize)]
pub(crate) struct ChatHeader<'a> {
    id: ChatId,
    workspace_id: WorkspaceId,
    kind: ChatKind,
    title: Option<Cow<'a, Title>>,
    topic: Cow<'a, Topic>,
    created_by: UserId,
    created_at: Timestamp,
    state: ChatState,
    pins: Cow<'a, [MessageId]>,
    is_deleted: bool,
    version: Version,
}

impl<'a> ChatHeader<'a> {
    fn of(chat: &'a Chat) -> Self {
        // Taken apart in full: a new field must be put into the header or into rows.
        let Chat {
            id,
            workspace_id,
            kind,
            title,
            topic,
            created_by,
            created_at,
            state,
            participants: _,
            pins,
            is_deleted,
            version,
        } = chat;
        Self {
            id: *id,
            workspace_id: *workspace_id,
            kind: *kind,
            title: title.as_ref().map(Cow::Borrowed),
            topic: Cow::Borrowed(topic),
            created_by: *created_by,
            created_at: *created_at,
            state: *state,
            pins: Cow::Borrowed(pins),
            is_deleted: *is_deleted,
            version: *version,
        }
    }

    /// The chat, its participants still to be filled in.
    pub(crate) fn into_chat(self) -> Chat {
        Chat {
            id: self.id,
            workspace_id: self.workspace_id,
            kind: self.kind,
            title: self.title.map(Cow::into_owned),
            topic: self.topic.into_owned(),
            created_by: self.created_by,
            created_at: self.created_at,
            state: self.state,
            participants: BTreeMap::new(),
            pins: self.pins.into_owned(),
            is_deleted: self.is_deleted,
            version: self.version,
        }
    }
}

/// A word of a closed set for a column, as its `serde` writes it; the same for reading.
pub(crate) fn word<T: Serialize>(value: &T) -> Outcome<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(_) => Err(Fault::corrupt("word", "it is not written as text")),
        Err(error) => Err(Fault::corrupt("word", error)),
    }
}

/// Reads a word of a closed set.
pub(crate) fn from_word<T: DeserializeOwned>(word: String, what: impl FnOnce() -> String) -> Outcome<T> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(|error| Fault::corrupt(what(), error))
}

/// The key after which a page begins; nothing stands before the empty one.
pub(crate) fn after<K>(key: Option<&Id<K>>) -> &[u8] {
    key.map_or(&[], |id| id.as_bytes())
}

/// One row more than a page has, which tells whether more follow.
pub(crate) fn one_too_many(limit: Limit) -> i64 {
    number(limit.get() as u64 + 1)
}
