//! The port [`MessageStore`].

use std::sync::Arc;

use flowra_core::message::{MessageStore, Placed, Range, Which};
use flowra_core::page::{Page, PageRequest};
use flowra_core::{BoxFuture, ChatId, MessageId, PortResult};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::SqliteStore;
use crate::cache::{Found, fill};
use crate::codec;
use crate::fault::Outcome;
use crate::project::{place, placed};
use crate::readers::each_once;
use crate::sql::{self, Prepare, Statement};

impl MessageStore for SqliteStore {
    fn load(&self, id: MessageId) -> BoxFuture<'_, PortResult<Option<Placed>>> {
        Box::pin(async move {
            let place = match self.inner.shared.caches.messages.find(&id) {
                Found::Here(message) => return Ok(Some((*message).clone())),
                Found::Missing(place) => place,
            };
            let read = move |db: &Connection| by_id(db, id);
            let message = self.inner.readers.read("sqlite.message_store.load", read).await?;
            if let Some(message) = &message {
                fill(place, &Arc::new(message.clone()));
            }
            Ok(message)
        })
    }

    fn load_many(&self, ids: Vec<MessageId>) -> BoxFuture<'_, PortResult<Vec<Placed>>> {
        Box::pin(async move {
            let (mut messages, mut missing) = (Vec::with_capacity(ids.len()), Vec::new());
            for id in each_once(ids) {
                match self.inner.shared.caches.messages.get(&id) {
                    Some(message) => messages.push((*message).clone()),
                    None => missing.push(id),
                }
            }
            if !missing.is_empty() {
                let read = move |db: &Connection| {
                    missing
                        .into_iter()
                        .filter_map(|id| by_id(db, id).transpose())
                        .collect::<Outcome<Vec<_>>>()
                };
                let what = "sqlite.message_store.load_many";
                messages.extend(self.inner.readers.read(what, read).await?);
            }
            Ok(messages)
        })
    }

    fn page(&self, chat: ChatId, which: Which, range: Range) -> BoxFuture<'_, PortResult<Page<Placed>>> {
        let what = "sqlite.message_store.page";
        Box::pin(self.inner.readers.read(what, move |db| {
            let Some(room) = room(db, chat)? else {
                return Ok(Page {
                    items: Vec::new(),
                    has_more: false,
                });
            };
            let (down, up) = match which {
                Which::Roots => (sql::ROOTS_DOWN, sql::ROOTS_UP),
                Which::All => (sql::MESSAGES_DOWN, sql::MESSAGES_UP),
            };
            let (first, last) = (place(room, 0), place(room, u64::MAX));
            let (select, low, high, limit) = match range {
                Range::Newest(limit) => (down, first, last, limit),
                Range::Before(number, limit) => (down, first, place(room, number), limit),
                Range::After(number, limit) => (up, place(room, number), last, limit),
            };
            let messages = many(db, select, params![low, high, codec::one_too_many(limit)])?;
            let mut page = Page::from_one_too_many(messages, limit);
            if !matches!(range, Range::After(..)) {
                page.items.reverse();
            }
            Ok(page)
        }))
    }

    fn thread(&self, root: MessageId, page: PageRequest<u64>) -> BoxFuture<'_, PortResult<Page<Placed>>> {
        let what = "sqlite.message_store.thread";
        Box::pin(self.inner.readers.read(what, move |db| {
            let at: Option<i64> = db
                .statement(sql::MESSAGE_PLACE)?
                .query_row([root.as_bytes()], |row| row.get(0))
                .optional()?;
            // A thread lies in its root's chat, so that a number there is a place.
            let chat = at.map_or(0, |at| at / place(1, 0));
            let after = place(chat, page.after.unwrap_or(0));
            let replies = many(
                db,
                sql::REPLIES_AFTER,
                params![root.as_bytes(), after, codec::one_too_many(page.limit)],
            )?;
            Ok(Page::from_one_too_many(replies, page.limit))
        }))
    }

    fn newest(&self, chats: Vec<ChatId>) -> BoxFuture<'_, PortResult<Vec<Placed>>> {
        let what = "sqlite.message_store.newest";
        Box::pin(self.inner.readers.read(what, move |db| {
            let mut newest = Vec::with_capacity(chats.len());
            for chat in chats {
                let Some(room) = room(db, chat)? else {
                    continue;
                };
                let range = params![place(room, 0), place(room, u64::MAX), 1];
                newest.extend(many(db, sql::ROOTS_DOWN, range)?);
            }
            Ok(newest)
        }))
    }
}

fn room(db: &Connection, chat: ChatId) -> Outcome<Option<i64>> {
    Ok(db
        .statement(sql::ROOM)?
        .query_row([chat.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// Reads it from the file.
pub(crate) fn by_id(db: &Connection, id: MessageId) -> Outcome<Option<Placed>> {
    Ok(many(db, sql::MESSAGE, [id.as_bytes()])?.pop())
}

fn many(db: &Connection, select: Statement, with: impl Params) -> Outcome<Vec<Placed>> {
    let mut select = db.statement(select)?;
    let mut rows = select.query(with)?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        messages.push(from_row(row)?);
    }
    Ok(messages)
}

fn from_row(row: &Row<'_>) -> Outcome<Placed> {
    let at: i64 = row.get(0)?;
    let json: String = row.get(3)?;
    let message = codec::decode(&json, || format!("message at place {at}"))?;
    Ok(placed(
        Arc::new(message),
        at,
        codec::natural(row, 1)?,
        codec::natural(row, 2)?,
    ))
}
