//! The rows of messages: their places, the replies of threads, mentions, and their authors' read marks.

use std::sync::Arc;

use flowra_core::UserId;
use flowra_core::event::Event;
use flowra_core::message::{Message, MessageEvent, MessageKind, Placed};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Change, Effect, Mark, Projection};
use crate::codec;
use crate::fault::{Fault, Outcome};
use crate::sql::{self, Prepare};

/// How many low bits of a place are the message's number in its room: room for a million million messages a chat and eight million chats.
const NUMBER_BITS: u32 = 40;
const LAST_NUMBER: u64 = (1 << NUMBER_BITS) - 1;

/// The place of a number in a room; numbers beyond every message stand last.
pub(crate) fn place(room: i64, number: u64) -> i64 {
    (room << NUMBER_BITS) | codec::number(number.min(LAST_NUMBER))
}

/// The number of a place in its room.
fn number(place: i64) -> u64 {
    u64::try_from(place).unwrap_or(0) & LAST_NUMBER
}

/// A message with the columns `place`, `root_number` and `replies` of its row.
pub(crate) fn placed(message: Arc<Message>, place: i64, root_number: u64, replies: u64) -> Placed {
    Placed {
        message,
        number: number(place),
        root_number,
        replies,
    }
}

impl Projection {
    pub(super) fn message(
        &mut self,
        db: &Connection,
        message: &Arc<Message>,
        change: &Change<'_>,
    ) -> Outcome<()> {
        let mentioned = if change.is_new || !changes_mentions(change) {
            Vec::new()
        } else {
            mentioned_before(db, message, change)?
        };
        let placed = if change.is_new {
            self.post(db, message, change.json)?
        } else {
            db.statement(sql::MESSAGE_UPDATE)?
                .query_row(params![message.id.as_bytes(), change.json], |row| {
                    Ok(placed(
                        Arc::clone(message),
                        row.get(0)?,
                        codec::natural(row, 1)?,
                        codec::natural(row, 2)?,
                    ))
                })
                .optional()?
                .ok_or_else(|| Fault::corrupt(change.stream.to_string(), "its row is missing"))?
        };
        if changes_mentions(change) {
            let room = self.rooms.of(db, message.chat_id)?;
            let row = |user: &UserId| (*user.as_bytes(), room.no, codec::number(placed.number));
            for user in mentioned.iter().filter(|user| !message.mentions.contains(user)) {
                db.statement(sql::MENTION_DELETE)?.execute(row(user))?;
            }
            for user in message.mentions.iter().filter(|user| !mentioned.contains(user)) {
                db.statement(sql::MENTION_INSERT)?.execute(row(user))?;
            }
        }
        self.effects.push(Effect::Placed(Arc::new(placed)));
        Ok(())
    }

    fn post(&mut self, db: &Connection, message: &Arc<Message>, json: &str) -> Outcome<Placed> {
        let is_root = message.parent.is_none();
        let room = self.rooms.count(db, message.chat_id, is_root)?;
        let place = place(room.no, room.last);
        db.statement(sql::MESSAGE_INSERT)?.execute(params![
            place,
            message.id.as_bytes(),
            is_root.then(|| self::place(room.no, room.roots)),
            codec::number(room.roots),
            message.parent.as_ref().map(flowra_core::Id::as_bytes),
            json
        ])?;
        if let Some(root) = message.parent {
            *self.replies.entry(root).or_default() += 1;
        }
        if message.kind == MessageKind::User {
            let mark = Mark {
                number: room.last,
                root_number: room.roots,
                message: message.id,
            };
            self.marks.insert((message.author, message.chat_id), mark);
        }
        Ok(placed(Arc::clone(message), place, room.roots, 0))
    }
}

/// Whether events change whom their message mentions.
fn changes_mentions(change: &Change<'_>) -> bool {
    change.events.iter().any(|event| {
        matches!(
            event,
            Event::Message(
                MessageEvent::Mentioned { .. } | MessageEvent::Edited { .. } | MessageEvent::Deleted
            )
        )
    })
}

/// Whom the stored message mentions.
fn mentioned_before(db: &Connection, message: &Message, change: &Change<'_>) -> Outcome<Vec<UserId>> {
    let json: Option<String> = db
        .statement(sql::MESSAGE)?
        .query_row([message.id.as_bytes()], |row| row.get(3))
        .optional()?;
    let Some(json) = json else {
        return Ok(Vec::new());
    };
    let stored: Message = codec::decode(&json, || change.stream.to_string())?;
    Ok(stored.mentions)
}
