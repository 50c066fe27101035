//! Documents by their streams: from memory, from what is pending, from the collections.

use std::collections::HashMap;
use std::sync::Arc;

use flowra_core::ChatId;
use flowra_core::event::{Document, StreamId};
use mongodb::bson::{self, doc};

use crate::cache::{Found, Place, Stored, fill};
use crate::codec;
use crate::fault::{Fault, Outcome};
use crate::pending::{Key, Room, Value};
use crate::{Shared, schema};

impl Shared {
    /// The document of a stream as far as this process follows the log; none without events.
    pub(crate) async fn load(&self, stream: StreamId) -> Outcome<Option<Stored>> {
        let place = match self.cache.find(stream) {
            Found::Here(stored) => return Ok(Some(stored)),
            Found::Missing(place) => place,
        };
        let replies = self.pending_replies(stream);
        let mut stored = if let Some(Value::Document(stored)) = self.pending.get(&Key::Document(stream)) {
            Some(*stored)
        } else {
            let id = bson::Bson::Binary(codec::binary(stream.id_bytes()));
            self.collection(schema::collection(stream))
                .find_one(doc! { "_id": id })
                .await?
                .map(|row| from_row(stream, &row))
                .transpose()?
                .flatten()
        };
        if let Some(stored) = &mut stored {
            count_replies(stored, replies);
            fill(place, stored);
        }
        Ok(stored)
    }

    /// Those of these streams that have a document, in no particular order; what is not in memory comes in one read. All are of one kind.
    pub(crate) async fn load_many(&self, streams: Vec<StreamId>) -> Outcome<Vec<Stored>> {
        let mut found = Vec::with_capacity(streams.len());
        let mut missing = HashMap::new();
        for stream in streams {
            let place = match self.cache.find(stream) {
                Found::Here(stored) => {
                    found.push(stored);
                    continue;
                }
                Found::Missing(place) => place,
            };
            let replies = self.pending_replies(stream);
            if let Some(Value::Document(mut stored)) = self.pending.get(&Key::Document(stream)) {
                count_replies(&mut stored, replies);
                fill(place, &stored);
                found.push(*stored);
            } else {
                missing.insert(stream, (place, replies));
            }
        }
        let Some(first) = missing.keys().next().copied() else {
            return Ok(found);
        };
        let ids: Vec<_> = missing
            .keys()
            .map(|stream| bson::Bson::Binary(codec::binary(stream.id_bytes())))
            .collect();
        let kind = first.kind();
        let mut rows = self
            .collection(schema::collection(first))
            .find(doc! { "_id": { "$in": ids } })
            .await?;
        while rows.advance().await? {
            let row = rows.deserialize_current()?;
            let id = codec::read_id::<()>(&row, "_id")?;
            let stream = StreamId::from_parts(kind, *id.as_bytes())
                .ok_or_else(|| Fault::corrupt(kind, "it is of no known kind"))?;
            // What was changed while the read was under way is in memory, in its newer state.
            if let Some(newer) = self.cache.get(stream) {
                found.push(newer);
            } else if let Some(mut stored) = from_row(stream, &row)? {
                let (place, replies) = missing.remove(&stream).unwrap_or_default();
                count_replies(&mut stored, replies);
                fill(place, &stored);
                found.push(stored);
            }
        }
        Ok(found)
    }

    /// How many messages a chat has.
    pub(crate) async fn room(&self, chat: ChatId) -> Outcome<Room> {
        if let Some(room) = self.rooms.get(chat) {
            return Ok(room);
        }
        if let Some(Value::Room(room)) = self.pending.get(&Key::Room(chat)) {
            return Ok(room);
        }
        let row = self
            .collection(schema::ROOMS)
            .find_one(doc! { "_id": codec::id(chat) })
            .await?
            .unwrap_or_default();
        Ok(read_room(&row))
    }

    /// How many messages each of these chats has; those without any are left out.
    pub(crate) async fn rooms(&self, chats: Vec<ChatId>) -> Outcome<Vec<(ChatId, Room)>> {
        let (mut rooms, mut missing) = (Vec::with_capacity(chats.len()), Vec::new());
        for chat in chats {
            let in_memory = self
                .rooms
                .get(chat)
                .or_else(|| match self.pending.get(&Key::Room(chat)) {
                    Some(Value::Room(room)) => Some(room),
                    _ => None,
                });
            match in_memory {
                Some(room) => rooms.push((chat, room)),
                None => missing.push(codec::id(chat)),
            }
        }
        if missing.is_empty() {
            return Ok(rooms);
        }
        let mut rows = self
            .collection(schema::ROOMS)
            .find(doc! { "_id": { "$in": missing } })
            .await?;
        while rows.advance().await? {
            let row = rows.deserialize_current()?;
            rooms.push((codec::read_id(&row, "_id")?, read_room(&row)));
        }
        Ok(rooms)
    }

    /// How many replies a message has as far as that is not in its row yet. To be asked for before the row is read, so that a count which is written
    /// meanwhile is seen in the one place or the other.
    fn pending_replies(&self, stream: StreamId) -> u64 {
        let StreamId::Message(root) = stream else { return 0 };
        match self.pending.get(&Key::Thread(root)) {
            Some(Value::Thread(replies)) => replies,
            _ => 0,
        }
    }
}

/// Replies are counted apart from the message that they answer.
fn count_replies(stored: &mut Stored, replies: u64) {
    if let Some(place) = &mut stored.place {
        place.replies = place.replies.max(replies);
    }
}

fn read_room(row: &bson::Document) -> Room {
    Room {
        last: codec::natural(row, "last"),
        roots: codec::natural(row, "roots"),
    }
}

/// Reads a row of a collection of documents; one that only counts replies of a message that is yet to come is none.
pub(crate) fn from_row(stream: StreamId, row: &bson::Document) -> Outcome<Option<Stored>> {
    let Ok(json) = row.get_str("json") else {
        return Ok(None);
    };
    let document = codec::read_document(stream, json)?;
    let place = match &document {
        Document::Message(message) => Some(Place {
            number: codec::natural(row, "number"),
            root_number: codec::natural(row, "root_number"),
            replies: codec::natural(
                row,
                if message.parent.is_none() {
                    "replies"
                } else {
                    "reply_no"
                },
            ),
        }),
        _ => None,
    };
    Ok(Some(Stored { document, place }))
}

/// The streams of these ids, each once.
pub(crate) fn streams<T>(ids: Vec<T>, stream: impl Fn(T) -> StreamId) -> Vec<StreamId> {
    let mut streams: Vec<_> = ids.into_iter().map(stream).collect();
    streams.sort_unstable();
    streams.dedup();
    streams
}

/// The user in a stored document, if it is one; the same for the other kinds below.
macro_rules! kind {
    ($name:ident, $kind:ident, $type:ty) => {
        pub(crate) fn $name(stored: Stored) -> Option<Arc<$type>> {
            match stored.document {
                Document::$kind(it) => Some(it),
                _ => None,
            }
        }
    };
}

kind!(user, User, flowra_core::user::User);
kind!(workspace, Workspace, flowra_core::workspace::Workspace);
kind!(chat, Chat, flowra_core::chat::Chat);
kind!(message, Message, flowra_core::message::Message);
kind!(task, Task, flowra_core::task::Task);
