//! The number of each chat and how many messages it has.

use std::collections::HashMap;

use flowra_core::ChatId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::codec;
use crate::fault::Outcome;
use crate::recent::Recent;
use crate::sql::{self, Prepare};

/// So many chats at least are counted without asking the file.
const KEPT: usize = 4096;

/// A chat as messages and tasks name it.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    /// Its number, in the order in which the log first names chats.
    pub(crate) no: i64,
    /// How many messages it has.
    pub(crate) last: u64,
    /// How many of them are roots.
    pub(crate) roots: u64,
}

/// The rooms in use; counters are written once a transaction.
pub(crate) struct Rooms {
    recent: Recent<ChatId, Room>,
    changed: HashMap<ChatId, Room>,
}

impl Rooms {
    pub(crate) fn new() -> Self {
        Self {
            recent: Recent::new(KEPT),
            changed: HashMap::new(),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.recent.clear();
        self.changed.clear();
    }

    /// The room of a chat; a chat that has none gets the next number.
    pub(crate) fn of(&mut self, db: &Connection, chat: ChatId) -> Outcome<Room> {
        if let Some(room) = self.changed.get(&chat) {
            return Ok(*room);
        }
        if let Some(room) = self.recent.get(chat) {
            return Ok(room);
        }
        let stored = db
            .statement(sql::ROOM)?
            .query_row([chat.as_bytes()], |row| {
                Ok(Room {
                    no: row.get(0)?,
                    last: codec::natural(row, 1)?,
                    roots: codec::natural(row, 2)?,
                })
            })
            .optional()?;
        let room = match stored {
            Some(room) => room,
            None => Room {
                no: db.statement(sql::ROOM_INSERT)?.insert([chat.as_bytes()])?,
                last: 0,
                roots: 0,
            },
        };
        self.recent.insert(chat, room);
        Ok(room)
    }

    /// The room with one message more.
    pub(crate) fn count(&mut self, db: &Connection, chat: ChatId, is_root: bool) -> Outcome<Room> {
        let mut room = self.of(db, chat)?;
        room.last += 1;
        room.roots += u64::from(is_root);
        self.changed.insert(chat, room);
        Ok(room)
    }

    /// Writes the counters that changed.
    pub(crate) fn write(&mut self, db: &Connection) -> Outcome<()> {
        let mut update = db.statement(sql::ROOM_UPDATE)?;
        for (chat, room) in self.changed.drain() {
            update.execute(params![
                room.no,
                codec::number(room.last),
                codec::number(room.roots)
            ])?;
            self.recent.insert(chat, room);
        }
        Ok(())
    }
}
