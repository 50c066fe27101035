//! The port [`EventLog`].

use flowra_core::event::{
    AppendError, Appended, Commit, Entry, EventLog, Outcome as Made, Position, Recorded, StreamId, Version,
};
use flowra_core::{BoxFuture, PortFailure, PortResult, UserId};
use rusqlite::{Connection, OptionalExtension, Rows, params};

use crate::SqliteStore;
use crate::codec;
use crate::fault::Outcome;
use crate::sql::{self, Prepare};
use crate::writer::Prepared;

impl EventLog for SqliteStore {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(async move { self.inner.writer.commit(Prepared::new(commit)?).await })
    }

    fn read(&self, after: Position, limit: usize) -> BoxFuture<'_, PortResult<Vec<Entry>>> {
        Box::pin(async move {
            if let Some(entries) = self.inner.shared.tail.after(after, limit) {
                return Ok(entries);
            }
            let read = move |db: &Connection| events_after(db, after, limit);
            let recorded = self.inner.readers.read("sqlite.event_log.read", read).await?;
            let old = |recorded: Recorded| Entry {
                recorded: recorded.into(),
                document: None,
            };
            Ok(recorded.into_iter().map(old).collect())
        })
    }

    fn stream(
        &self,
        stream: StreamId,
        after: Version,
        limit: usize,
    ) -> BoxFuture<'_, PortResult<Vec<Recorded>>> {
        Box::pin(self.inner.readers.read("sqlite.event_log.stream", move |db| {
            let mut select = db.statement(sql::EVENTS_OF_STREAM)?;
            collect(select.query(params![
                stream.id_bytes(),
                codec::kind_of(stream),
                codec::number(after.get()),
                codec::number(limit as u64)
            ])?)
        }))
    }

    fn head(&self) -> BoxFuture<'_, PortResult<Position>> {
        Box::pin(std::future::ready(Ok(self.inner.shared.tail.head())))
    }

    fn wait_past(&self, position: Position) -> BoxFuture<'_, PortResult<Position>> {
        Box::pin(async move {
            let mut head = self.inner.shared.tail.follow();
            head.wait_for(|head| *head > position)
                .await
                .map(|head| *head)
                .map_err(|closed| PortFailure::unavailable("sqlite.event_log.wait_past", closed))
        })
    }

    fn outcome(&self, user: UserId, key: &str) -> BoxFuture<'_, PortResult<Option<([u8; 32], Made)>>> {
        if self.inner.shared.keys.is_new(user, key) {
            return Box::pin(std::future::ready(Ok(None)));
        }
        let key = key.to_owned();
        Box::pin(self.inner.readers.read("sqlite.event_log.outcome", move |db| {
            let stored = db
                .statement(sql::OUTCOME)?
                .query_row(params![user.as_bytes(), key], |row| {
                    Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, String>(1)?))
                })
                .optional()?;
            let Some((fingerprint, json)) = stored else {
                return Ok(None);
            };
            let outcome = codec::decode(&json, || format!("outcome under key {key} of user {user}"))?;
            Ok(Some((fingerprint, outcome)))
        }))
    }
}

/// Events of the log after a position, in order.
pub(crate) fn events_after(db: &Connection, after: Position, limit: usize) -> Outcome<Vec<Recorded>> {
    let mut select = db.statement(sql::EVENTS_AFTER)?;
    collect(select.query(params![codec::number(after.get()), codec::number(limit as u64)])?)
}

fn collect(mut rows: Rows<'_>) -> Outcome<Vec<Recorded>> {
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(codec::recorded(row)?);
    }
    Ok(events)
}
