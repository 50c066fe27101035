//! From what is pending to the rows that follow from the log.
//!
//! Every write is guarded by what is stored, so that it may be repeated, come late, or come from two processes.

pub(crate) mod messages;
pub(crate) mod tasks;

use flowra_core::event::{Document, Version};
use flowra_core::{ChatId, Id, UserId};
use mongodb::bson::{self, RawBson, RawDocumentBuf, doc};

use crate::codec;
use crate::fault::{Fault, Outcome};
use crate::pending::{Key, Late, Mark, Value};
use crate::schema;

/// How something pending is written.
pub(crate) enum Write {
    /// A new row, which costs the server a fraction of an update that may insert. Where the row is there already, [`guarded`] is the way.
    Insert(RawDocumentBuf),
    /// An update.
    Update(bson::Document),
}

impl Write {
    /// The update that comes to the same, whether the row is there or not.
    pub(crate) fn into_update(self) -> Outcome<bson::Document> {
        match self {
            Self::Insert(row) => guarded(&row),
            Self::Update(update) => Ok(update),
        }
    }
}

/// The collection and the write of something pending.
pub(crate) fn write(key: &Key, late: &Late, chats: &tasks::Chats) -> Outcome<Option<(&'static str, Write)>> {
    let (collection, query, change) = match (key, &late.value) {
        (Key::Document(stream), Value::Document(stored)) => {
            let version = stored.document.version();
            let is_new = version == Version::NONE.next();
            let mut row = RawDocumentBuf::new();
            row.append("_id", codec::binary(stream.id_bytes()));
            match (&stored.document, stored.place) {
                (Document::Message(message), Some(place)) => {
                    messages::fill(&mut row, message, place, is_new);
                }
                (Document::Message(_), None) => return Ok(None),
                (Document::User(user), _) => extend(&mut row, doc! { "name": user.username.folded() })?,
                (Document::Workspace(workspace), _) => {
                    let members = codec::ids(workspace.members.keys().copied());
                    extend(
                        &mut row,
                        doc! { "deleted": workspace.is_deleted, "members": members },
                    )?;
                }
                (Document::Chat(chat), _) => {
                    let fields = doc! {
                        "workspace": codec::id(chat.workspace_id),
                        "kind": codec::chat_kind(chat.kind),
                        "deleted": chat.is_deleted,
                        "participants": codec::ids(chat.participants.keys().copied()),
                    };
                    extend(&mut row, fields)?;
                }
                (Document::Task(task), _) => extend(&mut row, tasks::row(task, chats))?,
            }
            row.append("v", codec::number(version.get()));
            row.append("json", codec::document(&stored.document)?);
            let write = if is_new {
                Write::Insert(row)
            } else {
                Write::Update(guarded(&row)?)
            };
            return Ok(Some((schema::collection(*stream), write)));
        }
        (Key::Thread(root), Value::Thread(replies)) => (
            schema::MESSAGES,
            doc! { "_id": codec::id(*root) },
            doc! { "$max": { "replies": codec::number(*replies) } },
        ),
        (Key::Room(chat), Value::Room(room)) => (
            schema::ROOMS,
            doc! { "_id": codec::id(*chat) },
            doc! { "$max": { "last": codec::number(room.last), "roots": codec::number(room.roots) } },
        ),
        (Key::Claim(name), Value::Claim(holder)) => {
            let fields = if let Some(stream) = holder {
                let id = bson::Bson::Binary(codec::binary(stream.id_bytes()));
                doc! { "held": true, "kind": stream.kind(), "stream": id, "seq": late.seq }
            } else {
                doc! { "held": false, "seq": late.seq }
            };
            (
                schema::CLAIMS,
                doc! { "_id": name, "seq": { "$not": { "$gte": late.seq } } },
                doc! { "$set": fields },
            )
        }
        (Key::Mark(user, chat), Value::Mark(at)) => {
            let (query, change) = mark(*user, *chat, *at);
            (schema::MARKS, query, change)
        }
        (Key::Invite(digest), Value::Invite(workspace, invite)) => (
            schema::INVITES,
            doc! { "_id": codec::digest(*digest) },
            doc! { "$setOnInsert": { "workspace": codec::id(*workspace), "invite": codec::id(*invite) } },
        ),
        (
            Key::Document(_) | Key::Thread(_) | Key::Room(_) | Key::Claim(_) | Key::Mark(..) | Key::Invite(_),
            _,
        ) => return Ok(None),
    };
    let update = doc! { "q": query, "u": change, "upsert": true };
    Ok(Some((collection, Write::Update(update))))
}

/// Adds fields to a row.
fn extend(row: &mut RawDocumentBuf, fields: bson::Document) -> Outcome<()> {
    for (name, value) in fields {
        let value = RawBson::try_from(value).map_err(|error| Fault::corrupt(name.clone(), error))?;
        row.append(name, value);
    }
    Ok(())
}

/// The update that writes the row of a document unless it is there as new or newer.
pub(crate) fn guarded(row: &RawDocumentBuf) -> Outcome<bson::Document> {
    let mut row = row.to_document().map_err(|error| Fault::corrupt("row", error))?;
    let id = row.remove("_id");
    let version = row.get("v").cloned();
    Ok(doc! {
        "q": { "_id": id, "v": { "$not": { "$gte": version } } },
        "u": { "$set": row },
        "upsert": true,
    })
}

/// The `_id` of somebody's mark in a chat: both ids, one behind the other.
pub(crate) fn mark_id(user: UserId, chat: ChatId) -> bson::Bson {
    let bytes = [&user.as_bytes()[..], &chat.as_bytes()[..]].concat();
    bson::Bson::Binary(codec::binary(&bytes))
}

/// Whose mark in which chat has this `_id`.
pub(crate) fn mark_of(row: &bson::Document) -> Outcome<(UserId, ChatId)> {
    let fault = || Fault::corrupt("mark", "its _id is not that of a user and a chat");
    let bytes = row.get_binary_generic("_id").map_err(|_| fault())?;
    let (user, chat) = bytes.split_first_chunk::<16>().ok_or_else(fault)?;
    let chat: [u8; 16] = chat.try_into().map_err(|_| fault())?;
    Ok((Id::from_bytes(*user), Id::from_bytes(chat)))
}

/// The query and the change that move somebody's mark forward.
pub(crate) fn mark(user: UserId, chat: ChatId, mark: Mark) -> (bson::Document, bson::Document) {
    let number = codec::number(mark.number);
    let query = doc! { "_id": mark_id(user, chat), "number": { "$not": { "$gte": number } } };
    let fields = doc! {
        "number": number,
        "root_number": codec::number(mark.root_number),
        "message": codec::id(mark.message),
    };
    (query, doc! { "$set": fields })
}
