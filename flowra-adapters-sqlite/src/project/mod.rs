//! From events to the rows that follow from them.
//!
//! Responsible for every row of the tables in [`schema::DERIVED`](crate::schema::DERIVED) and for moving authors' read marks. The writer and
//! `rebuild` go through the same code, so a rebuilt file equals a grown one. It refuses to know how the log is stored.

mod chats;
mod messages;
mod rooms;
mod tasks;
mod users;
mod workspaces;

use std::collections::HashMap;
use std::sync::Arc;

use flowra_core::event::{Claim, ClaimChange, Document, Event, StreamId};
use flowra_core::message::Placed;
use flowra_core::{ChatId, MessageId, UserId};
use rusqlite::{Connection, params};

use crate::codec;
use crate::fault::{Fault, Outcome};
use crate::sql::{self, Prepare};
pub(crate) use messages::{place, placed};
use rooms::Rooms;

/// New events of one stream.
pub(crate) struct Change<'a> {
    pub(crate) stream: StreamId,
    /// Whether the first of them is the stream's first.
    pub(crate) is_new: bool,
    pub(crate) events: &'a [&'a Event],
    /// The aggregate after them.
    pub(crate) document: &'a Document,
    /// The document as it is stored.
    pub(crate) json: &'a str,
}

/// What readers' caches are to hold once the transaction is durable.
pub(crate) enum Effect {
    /// A document other than a message's.
    Document(Document),
    /// A message in its place.
    Placed(Arc<Placed>),
    /// How many replies a thread has now.
    Replies(MessageId, u64),
}

/// What is gathered over the changes of one transaction and written once at its end.
pub(crate) struct Projection {
    rooms: Rooms,
    replies: HashMap<MessageId, u64>,
    marks: HashMap<(UserId, ChatId), Mark>,
    effects: Vec<Effect>,
}

/// How far an author has come by posting.
#[derive(Clone, Copy)]
struct Mark {
    number: u64,
    root_number: u64,
    message: MessageId,
}

impl Projection {
    pub(crate) fn new() -> Self {
        Self {
            rooms: Rooms::new(),
            replies: HashMap::new(),
            marks: HashMap::new(),
            effects: Vec::new(),
        }
    }

    /// Forgets everything, because the transaction was rolled back.
    pub(crate) fn clear(&mut self) {
        self.rooms.clear();
        self.replies.clear();
        self.marks.clear();
        self.effects.clear();
    }

    /// Writes the rows that follow from a change.
    pub(crate) fn apply(&mut self, db: &Connection, change: &Change<'_>) -> Outcome<()> {
        match change.document {
            Document::User(user) => users::write(db, user, change.json)?,
            Document::Workspace(workspace) => workspaces::write(db, workspace, change)?,
            Document::Chat(chat) => {
                self.rooms.of(db, chat.id)?;
                chats::write(db, chat, change)?;
                if chat.is_deleted {
                    let room = self.rooms.of(db, chat.id)?;
                    tasks::unlist(db, room.no)?;
                }
            }
            Document::Message(message) => return self.message(db, message, change),
            Document::Task(task) => {
                let room = task.chat.map(|chat| self.rooms.of(db, chat)).transpose()?;
                tasks::write(db, task, room.map_or(0, |room| room.no), change)?;
            }
        }
        self.effects.push(Effect::Document(change.document.clone()));
        Ok(())
    }

    /// Writes what was gathered; to be called before every commit. Answers what the caches are to hold after it.
    pub(crate) fn finish(&mut self, db: &Connection) -> Outcome<Vec<Effect>> {
        self.rooms.write(db)?;
        let mut replies = db.statement(sql::MESSAGE_REPLIES)?;
        for (root, more) in self.replies.drain() {
            let mut rows = replies.query(params![root.as_bytes(), codec::number(more)])?;
            while let Some(row) = rows.next()? {
                self.effects.push(Effect::Replies(root, codec::natural(row, 0)?));
            }
        }
        let mut move_mark = db.statement(sql::MARK_MOVE)?;
        for ((user, chat), mark) in self.marks.drain() {
            move_mark.execute(params![
                user.as_bytes(),
                chat.as_bytes(),
                codec::number(mark.number),
                codec::number(mark.root_number),
                mark.message.as_bytes()
            ])?;
        }
        Ok(std::mem::take(&mut self.effects))
    }
}

/// Takes and releases the claims of an event.
pub(crate) fn claim(db: &Connection, stream: StreamId, event: &Event) -> Outcome<()> {
    for change in event.claims() {
        match change {
            ClaimChange::Take(claim) => db.statement(sql::CLAIM_TAKE)?.execute(params![
                claim.name(),
                codec::kind_of(stream),
                stream.id_bytes()
            ])?,
            ClaimChange::Release(claim) => db.statement(sql::CLAIM_RELEASE)?.execute([claim.name()])?,
        };
    }
    Ok(())
}

/// Whether a claim is held.
pub(crate) fn is_held(db: &Connection, claim: &Claim) -> rusqlite::Result<bool> {
    db.statement(sql::CLAIM_HOLDER)?.exists([claim.name()])
}

/// The JSON of a part of a document.
fn json<T: serde::Serialize>(value: &T, what: impl FnOnce() -> String) -> Outcome<String> {
    serde_json::to_string(value).map_err(|error| Fault::corrupt(what(), error))
}
