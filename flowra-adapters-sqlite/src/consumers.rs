//! The ports of consumers: [`CheckpointStore`], [`DeadLetterStore`] and [`LeaseStore`].
//!
//! All writes go through the one writer, so what is read and then written in one of them is one step.

use std::time::Duration;

use flowra_core::event::{
    Checkpoint, CheckpointStore, DeadLetter, DeadLetterStore, Fence, Lease, LeaseStore, LetterKey, Position,
};
use flowra_core::page::{Page, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::{BoxFuture, PortResult};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::codec::{self, natural, number};
use crate::fault::Outcome;
use crate::sql::{self, Prepare};

impl CheckpointStore for SqliteStore {
    fn load(&self, consumer: &str) -> BoxFuture<'_, PortResult<Option<Checkpoint>>> {
        let (consumer, what) = (consumer.to_owned(), "sqlite.checkpoint_store.load");
        Box::pin(self.inner.readers.read(what, move |db| checkpoint(db, &consumer)))
    }

    fn claim(&self, consumer: &str, fence: Fence) -> BoxFuture<'_, PortResult<Option<Position>>> {
        let (consumer, what) = (consumer.to_owned(), "sqlite.checkpoint_store.claim");
        Box::pin(self.inner.writer.write(what, move |group| {
            if !advance(group.db, &consumer, fence, Position::START)? {
                return Ok(None);
            }
            Ok(checkpoint(group.db, &consumer)?.map(|checkpoint| checkpoint.position))
        }))
    }

    fn save(&self, consumer: &str, fence: Fence, position: Position) -> BoxFuture<'_, PortResult<bool>> {
        let (consumer, what) = (consumer.to_owned(), "sqlite.checkpoint_store.save");
        Box::pin(
            self.inner
                .writer
                .write(what, move |group| advance(group.db, &consumer, fence, position)),
        )
    }
}

fn checkpoint(db: &Connection, consumer: &str) -> Outcome<Option<Checkpoint>> {
    let checkpoint = db.statement(sql::CHECKPOINT)?.query_row([consumer], |row| {
        Ok(Checkpoint {
            position: Position::new(natural(row, 0)?),
            fence: Fence::new(natural(row, 1)?),
        })
    });
    Ok(checkpoint.optional()?)
}

fn advance(db: &Connection, consumer: &str, fence: Fence, position: Position) -> Outcome<bool> {
    let changed = db.statement(sql::CHECKPOINT_ADVANCE)?.execute(params![
        consumer,
        number(position.get()),
        number(fence.get())
    ])?;
    Ok(changed == 1)
}

impl DeadLetterStore for SqliteStore {
    fn put(&self, letter: DeadLetter, fence: Fence) -> BoxFuture<'_, PortResult<bool>> {
        let what = "sqlite.dead_letter_store.put";
        Box::pin(self.inner.writer.write(what, move |group| {
            let seen = checkpoint(group.db, &letter.key.consumer)?;
            if seen.is_some_and(|seen| seen.fence > fence) {
                return Ok(false);
            }
            group.db.statement(sql::LETTER_UPSERT)?.execute(params![
                letter.key.consumer,
                number(letter.key.position.get()),
                letter.event,
                letter.reason,
                letter.failures,
                letter.time.millis(),
                letter.is_replay_due,
            ])?;
            Ok(true)
        }))
    }

    fn list(&self, page: PageRequest<LetterKey>) -> BoxFuture<'_, PortResult<Page<DeadLetter>>> {
        let what = "sqlite.dead_letter_store.list";
        Box::pin(self.inner.readers.read(what, move |db| {
            let (consumer, position) = page.after.map_or_else(
                || (String::new(), 0),
                |after| (after.consumer, number(after.position.get())),
            );
            let letters = db
                .statement(sql::LETTERS)?
                .query_map(
                    params![consumer, position, codec::one_too_many(page.limit)],
                    letter,
                )?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(Page::from_one_too_many(letters, page.limit))
        }))
    }

    fn load(&self, key: LetterKey) -> BoxFuture<'_, PortResult<Option<DeadLetter>>> {
        let what = "sqlite.dead_letter_store.load";
        Box::pin(self.inner.readers.read(what, move |db| {
            Ok(db
                .statement(sql::LETTER)?
                .query_row(params![key.consumer, number(key.position.get())], letter)
                .optional()?)
        }))
    }

    fn ask_replay(&self, key: LetterKey) -> BoxFuture<'_, PortResult<bool>> {
        let what = "sqlite.dead_letter_store.ask_replay";
        Box::pin(self.inner.writer.write(what, move |group| {
            let changed = group
                .db
                .statement(sql::LETTER_REPLAY)?
                .execute(params![key.consumer, number(key.position.get())])?;
            Ok(changed == 1)
        }))
    }

    fn next_replay(&self, consumer: &str) -> BoxFuture<'_, PortResult<Option<DeadLetter>>> {
        let (consumer, what) = (consumer.to_owned(), "sqlite.dead_letter_store.next_replay");
        Box::pin(self.inner.readers.read(what, move |db| {
            Ok(db
                .statement(sql::LETTER_NEXT_REPLAY)?
                .query_row([consumer], letter)
                .optional()?)
        }))
    }

    fn remove(&self, key: LetterKey) -> BoxFuture<'_, PortResult<bool>> {
        let what = "sqlite.dead_letter_store.remove";
        Box::pin(self.inner.writer.write(what, move |group| {
            let removed = group
                .db
                .statement(sql::LETTER_DELETE)?
                .execute(params![key.consumer, number(key.position.get())])?;
            Ok(removed == 1)
        }))
    }
}

fn letter(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    Ok(DeadLetter {
        key: LetterKey {
            consumer: row.get(0)?,
            position: Position::new(natural(row, 1)?),
        },
        event: row.get(2)?,
        reason: row.get(3)?,
        failures: row.get(4)?,
        time: Timestamp::from_millis(row.get(5)?),
        is_replay_due: row.get(6)?,
    })
}

impl LeaseStore for SqliteStore {
    fn acquire(
        &self,
        name: &str,
        holder: &str,
        above: Fence,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'_, PortResult<Option<Lease>>> {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        let what = "sqlite.lease_store.acquire";
        Box::pin(self.inner.writer.write(what, move |group| {
            let until = now.plus(ttl);
            let fence = group
                .db
                .statement(sql::LEASE_ACQUIRE)?
                .query_row(
                    params![
                        name,
                        holder,
                        number(above.next().get()),
                        until.millis(),
                        now.millis()
                    ],
                    |row| natural(row, 0),
                )
                .optional()?;
            Ok(fence.map(|fence| Lease {
                name,
                holder,
                fence: Fence::new(fence),
                until,
            }))
        }))
    }

    fn renew(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'_, PortResult<Option<Lease>>> {
        let mut lease = lease.clone();
        let what = "sqlite.lease_store.renew";
        Box::pin(self.inner.writer.write(what, move |group| {
            lease.until = now.plus(ttl);
            let changed = group.db.statement(sql::LEASE_RENEW)?.execute(params![
                lease.name,
                lease.holder,
                number(lease.fence.get()),
                lease.until.millis(),
                now.millis()
            ])?;
            Ok((changed == 1).then_some(lease))
        }))
    }

    fn release(&self, lease: &Lease) -> BoxFuture<'_, PortResult<()>> {
        let lease = lease.clone();
        let what = "sqlite.lease_store.release";
        Box::pin(self.inner.writer.write(what, move |group| {
            group.db.statement(sql::LEASE_RELEASE)?.execute(params![
                lease.name,
                lease.holder,
                number(lease.fence.get()),
                Timestamp::MIN.millis()
            ])?;
            Ok(())
        }))
    }
}
