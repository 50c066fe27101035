//! The port [`ReadMarks`].

use flowra_core::chat::{ReadMarks, Standing};
use flowra_core::{BoxFuture, ChatId, Id, MessageId, PortResult, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::SqliteStore;
use crate::codec;
use crate::fault::Outcome;
use crate::project::place;
use crate::sql::{self, Prepare};

impl ReadMarks for SqliteStore {
    fn mark(&self, user: UserId, chat: ChatId, message: MessageId) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(self.inner.writer.write("sqlite.read_marks.mark", move |group| {
            let Some(room) = Room::of(group.db, chat)? else {
                return Ok(false);
            };
            let stored: Option<(i64, i64)> = group
                .db
                .statement(sql::MESSAGE_PLACE)?
                .query_row([message.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let number = stored.map(|(at, roots)| (at - place(room.no, 0), roots));
            let Some((number, roots)) = number.filter(|(number, _)| (1..=place(1, 0)).contains(number))
            else {
                return Ok(false);
            };
            group.db.statement(sql::MARK_MOVE)?.execute(params![
                user.as_bytes(),
                chat.as_bytes(),
                number,
                roots,
                message.as_bytes()
            ])?;
            Ok(true)
        }))
    }

    fn mute(&self, user: UserId, chat: ChatId, muted: bool) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(self.inner.writer.write("sqlite.read_marks.mute", move |group| {
            group
                .db
                .statement(sql::MARK_MUTE)?
                .execute(params![user.as_bytes(), chat.as_bytes(), muted])?;
            Ok(())
        }))
    }

    fn standings(&self, user: UserId, chats: Vec<ChatId>) -> BoxFuture<'_, PortResult<Vec<Standing>>> {
        let what = "sqlite.read_marks.standings";
        Box::pin(self.inner.readers.read(what, move |db| {
            chats
                .into_iter()
                .map(|chat| standing(db, user, chat, Room::of(db, chat)?))
                .collect()
        }))
    }

    fn standings_of(&self, chat: ChatId, users: Vec<UserId>) -> BoxFuture<'_, PortResult<Vec<Standing>>> {
        let what = "sqlite.read_marks.standings_of";
        Box::pin(self.inner.readers.read(what, move |db| {
            let room = Room::of(db, chat)?;
            users
                .into_iter()
                .map(|user| standing(db, user, chat, room))
                .collect()
        }))
    }
}

/// A chat's number and how many roots it has.
#[derive(Clone, Copy)]
struct Room {
    no: i64,
    roots: u64,
}

impl Room {
    fn of(db: &Connection, chat: ChatId) -> Outcome<Option<Self>> {
        Ok(db
            .statement(sql::ROOM)?
            .query_row([chat.as_bytes()], |row| {
                Ok(Self {
                    no: row.get(0)?,
                    roots: codec::natural(row, 2)?,
                })
            })
            .optional()?)
    }
}

fn standing(db: &Connection, user: UserId, chat: ChatId, room: Option<Room>) -> Outcome<Standing> {
    let mark = db
        .statement(sql::MARK)?
        .query_row(params![user.as_bytes(), chat.as_bytes()], |row| {
            let message: Option<[u8; 16]> = row.get(2)?;
            Ok((
                row.get::<_, i64>(0)?,
                codec::natural(row, 1)?,
                message,
                row.get(3)?,
            ))
        })
        .optional()?;
    let (number, roots, message, is_muted) = mark.unwrap_or((0, 0, None, false));
    let mentions = match room {
        None => 0,
        Some(room) => db
            .statement(sql::MENTIONS_AFTER)?
            .query_row(params![user.as_bytes(), room.no, number], |row| {
                codec::natural(row, 0)
            })?,
    };
    Ok(Standing {
        unread: room.map_or(0, |room| room.roots.saturating_sub(roots)),
        mentions,
        is_muted,
        last_read: message.map(Id::from_bytes),
    })
}
