//! The port [`DeadLetterStore`].
//!
//! Letters carry the number of the put that wrote them, which grows with each put of their consumer. A removed letter stays for a day, unseen,
//! so that a slow process that moves the same put once more does not bring it back.

use flowra_core::event::{DeadLetter, DeadLetterStore, Fence, LetterKey, Position};
use flowra_core::page::{Page, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::{BoxFuture, PortResult};
use mongodb::bson::{self, Document, doc};

use crate::fault::{Fault, Outcome, is_duplicate};
use crate::{MongoStore, codec, schema};

/// How long a removed letter stays, in milliseconds: far longer than any process is paused in the middle of a move.
const REMOVED: i64 = 24 * 60 * 60 * 1000;

impl DeadLetterStore for MongoStore {
    fn put(&self, letter: DeadLetter, fence: Fence) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            self.put_letter(&letter, fence)
                .await
                .map_err(|fault| fault.into_failure("mongo.dead_letter_store.put"))
        })
    }

    fn list(&self, page: PageRequest<LetterKey>) -> BoxFuture<'_, PortResult<Page<DeadLetter>>> {
        Box::pin(async move {
            self.letters_after(page)
                .await
                .map_err(|fault| fault.into_failure("mongo.dead_letter_store.list"))
        })
    }

    fn load(&self, key: LetterKey) -> BoxFuture<'_, PortResult<Option<DeadLetter>>> {
        Box::pin(async move {
            let letters = self.letters(live(&key), 1).await;
            let letters = letters.map_err(|fault| fault.into_failure("mongo.dead_letter_store.load"))?;
            Ok(letters.into_iter().next())
        })
    }

    fn ask_replay(&self, key: LetterKey) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            let asked = self
                .durable(schema::DEAD_LETTERS)
                .update_one(live(&key), doc! { "$set": { "due": true } })
                .await
                .map_err(|error| Fault::from(error).into_failure("mongo.dead_letter_store.ask_replay"))?;
            Ok(asked.matched_count == 1)
        })
    }

    fn next_replay(&self, consumer: &str) -> BoxFuture<'_, PortResult<Option<DeadLetter>>> {
        let due = doc! { "due": true, "consumer": consumer };
        Box::pin(async move {
            let letters = self.letters(due, 1).await;
            let letters =
                letters.map_err(|fault| fault.into_failure("mongo.dead_letter_store.next_replay"))?;
            Ok(letters.into_iter().next())
        })
    }

    fn remove(&self, key: LetterKey) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            let expires = bson::DateTime::now().timestamp_millis() + REMOVED;
            let removal = doc! {
                "live": false,
                "due": false,
                "expires": bson::DateTime::from_millis(expires),
            };
            let removed = self
                .durable(schema::DEAD_LETTERS)
                .update_one(live(&key), doc! { "$set": removal })
                .await
                .map_err(|error| Fault::from(error).into_failure("mongo.dead_letter_store.remove"))?;
            Ok(removed.matched_count == 1)
        })
    }
}

impl MongoStore {
    async fn put_letter(&self, letter: &DeadLetter, fence: Fence) -> Outcome<bool> {
        let consumer = &letter.key.consumer;
        let put = doc! {
            "$set": { "pending": row(letter) },
            "$inc": { "puts": 1_i64 },
            "$setOnInsert": { "fence": 0_i64 },
        };
        let none_pending = doc! { "pending": { "$exists": false } };
        loop {
            let is_put = self
                .change_under(consumer, fence, none_pending.clone(), put.clone())
                .await?;
            if !is_put && self.is_shut_out(consumer, fence).await? {
                return Ok(false);
            }
            // Moves this letter, or the one that is in its way.
            self.settled(consumer).await?;
            if is_put {
                return Ok(true);
            }
        }
    }

    /// Stores a letter under the number of its put, unless that put or a later one of the same event was stored before.
    pub(super) async fn store_letter(&self, mut row: Document, puts: i64) -> Outcome<()> {
        let id = row.get_document("_id").cloned();
        let id = id.map_err(|error| Fault::corrupt("pending dead letter", error))?;
        row.insert("puts", puts);
        let stored = self
            .durable(schema::DEAD_LETTERS)
            .replace_one(doc! { "_id": id, "puts": { "$lt": puts } }, row)
            .upsert(true)
            .await;
        match stored {
            Err(error) if !is_duplicate(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn letters_after(&self, page: PageRequest<LetterKey>) -> Outcome<Page<DeadLetter>> {
        let limit = page.limit.get() + 1;
        let (consumer, position) = page.after.map_or_else(
            || (String::new(), 0),
            |after| (after.consumer, codec::number(after.position.get())),
        );
        let same = doc! { "live": true, "consumer": &consumer, "position": { "$gt": position } };
        let mut letters = self.letters(same, limit).await?;
        if letters.len() < limit {
            let others = doc! { "live": true, "consumer": { "$gt": consumer } };
            letters.extend(self.letters(others, limit - letters.len()).await?);
        }
        Ok(Page::from_one_too_many(letters, page.limit))
    }

    async fn letters(&self, wanted: Document, limit: usize) -> Outcome<Vec<DeadLetter>> {
        let mut found = self
            .collection(schema::DEAD_LETTERS)
            .find(wanted)
            .sort(doc! { "consumer": 1, "position": 1 })
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .await?;
        let mut letters = Vec::new();
        while found.advance().await? {
            letters.push(letter(&found.deserialize_current()?)?);
        }
        Ok(letters)
    }
}

fn live(key: &LetterKey) -> Document {
    doc! { "_id": id(key), "live": true }
}

fn id(key: &LetterKey) -> Document {
    doc! { "c": &key.consumer, "p": codec::number(key.position.get()) }
}

fn row(letter: &DeadLetter) -> Document {
    doc! {
        "_id": id(&letter.key),
        "live": true,
        "consumer": &letter.key.consumer,
        "position": codec::number(letter.key.position.get()),
        "event": &letter.event,
        "reason": &letter.reason,
        "failures": i64::from(letter.failures),
        "time": letter.time.millis(),
        "due": letter.is_replay_due,
    }
}

fn letter(row: &Document) -> Outcome<DeadLetter> {
    let read = || {
        Ok(DeadLetter {
            key: LetterKey {
                consumer: row.get_str("consumer")?.to_owned(),
                position: Position::new(codec::natural(row, "position")),
            },
            event: row.get_str("event")?.to_owned(),
            reason: row.get_str("reason")?.to_owned(),
            failures: u32::try_from(codec::natural(row, "failures")).unwrap_or(u32::MAX),
            time: Timestamp::from_millis(row.get_i64("time")?),
            is_replay_due: row.get_bool("due")?,
        })
    };
    read().map_err(|error: bson::document::ValueAccessError| Fault::corrupt("dead letter", error))
}
