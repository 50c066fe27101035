//! The ports of consumers: [`CheckpointStore`], [`DeadLetterStore`] and [`LeaseStore`].
//!
//! A checkpoint and a lease are one document each, changed on the condition that it still is what was read, so that of two who change it at
//! once one begins again.

use std::time::Duration;

use flowra_core::event::{
    Checkpoint, CheckpointStore, DeadLetter, DeadLetterStore, Fence, Lease, LeaseStore, LetterKey, Position,
};
use flowra_core::page::{Page, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::{BoxFuture, PortResult};
use mongodb::bson::{Document, doc};
use mongodb::options::{ReadConcern, ReturnDocument};

use crate::codec::{natural, number};
use crate::fault::{Fault, Outcome, is_duplicate};
use crate::{MongoStore, schema};

impl CheckpointStore for MongoStore {
    fn load(&self, consumer: &str) -> BoxFuture<'_, PortResult<Option<Checkpoint>>> {
        let consumer = consumer.to_owned();
        Box::pin(async move {
            let stored = self.one(schema::CHECKPOINTS, doc! { "_id": consumer }).await;
            let stored = stored.map_err(|fault| fault.into_failure("mongo.checkpoint_store.load"))?;
            Ok(stored.as_ref().map(checkpoint))
        })
    }

    fn claim(&self, consumer: &str, fence: Fence) -> BoxFuture<'_, PortResult<Option<Position>>> {
        let consumer = consumer.to_owned();
        Box::pin(async move {
            let claimed = self.advance(&consumer, fence, Position::START).await;
            claimed.map_err(|fault| fault.into_failure("mongo.checkpoint_store.claim"))
        })
    }

    fn save(&self, consumer: &str, fence: Fence, position: Position) -> BoxFuture<'_, PortResult<bool>> {
        let consumer = consumer.to_owned();
        Box::pin(async move {
            let saved = self.advance(&consumer, fence, position).await;
            saved
                .map(|position| position.is_some())
                .map_err(|fault| fault.into_failure("mongo.checkpoint_store.save"))
        })
    }
}

fn checkpoint(stored: &Document) -> Checkpoint {
    Checkpoint {
        position: Position::new(natural(stored, "position")),
        fence: Fence::new(natural(stored, "fence")),
    }
}

impl MongoStore {
    /// What most servers have stored, so that no fence is forgotten when one of them fails.
    async fn one(&self, collection: &str, filter: Document) -> Outcome<Option<Document>> {
        let collection = self.durable(collection);
        let found = collection.find_one(filter);
        Ok(found.read_concern(ReadConcern::majority()).await?)
    }

    /// Moves a checkpoint on, never back; answers where it stands then, or none when it has seen a higher fence.
    async fn advance(&self, consumer: &str, fence: Fence, position: Position) -> Outcome<Option<Position>> {
        loop {
            let moved = self
                .durable(schema::CHECKPOINTS)
                .find_one_and_update(
                    doc! { "_id": consumer, "fence": { "$lte": number(fence.get()) } },
                    doc! { "$max": { "fence": number(fence.get()), "position": number(position.get()) } },
                )
                .upsert(true)
                .return_document(ReturnDocument::After)
                .await;
            match moved {
                Ok(stored) => return Ok(stored.as_ref().map(|stored| checkpoint(stored).position)),
                // It is there: with a higher fence, or another made it at the same time.
                Err(error) if is_duplicate(&error) => {
                    if self.is_fenced_off(consumer, fence).await? {
                        return Ok(None);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn is_fenced_off(&self, consumer: &str, fence: Fence) -> Outcome<bool> {
        let stored = self.one(schema::CHECKPOINTS, doc! { "_id": consumer }).await?;
        Ok(stored.is_some_and(|stored| checkpoint(&stored).fence > fence))
    }

    /// Two documents cannot be written as one, so the fence is looked at before and after: whoever was shut out in between takes its letter
    /// back. If it dies before that, an operator finds a letter too many, whose replay has no second effect.
    async fn put_letter(&self, letter: &DeadLetter, fence: Fence) -> Outcome<bool> {
        if self.is_fenced_off(&letter.key.consumer, fence).await? {
            return Ok(false);
        }
        let letters = self.durable(schema::DEAD_LETTERS);
        let row = doc! {
            "_id": place(&letter.key),
            "consumer": &letter.key.consumer,
            "position": number(letter.key.position.get()),
            "event": &letter.event,
            "reason": &letter.reason,
            "failures": i64::from(letter.failures),
            "time": letter.time.millis(),
            "replay": letter.is_replay_due,
            "fence": number(fence.get()),
        };
        letters
            .replace_one(doc! { "_id": place(&letter.key) }, row)
            .upsert(true)
            .await?;
        if self.is_fenced_off(&letter.key.consumer, fence).await? {
            letters
                .delete_one(doc! { "_id": place(&letter.key), "fence": number(fence.get()) })
                .await?;
            return Ok(false);
        }
        Ok(true)
    }

    async fn letters(&self, filter: Document, limit: usize) -> Outcome<Vec<DeadLetter>> {
        let mut found = self
            .durable(schema::DEAD_LETTERS)
            .find(filter)
            .sort(doc! { "consumer": 1, "position": 1 })
            .limit(number(limit as u64))
            .read_concern(ReadConcern::majority())
            .await?;
        let mut letters = Vec::new();
        while found.advance().await? {
            letters.push(letter(&found.deserialize_current()?)?);
        }
        Ok(letters)
    }

    /// Gives the lease to this holder if nobody else has it.
    async fn give(&self, wanted: &Lease, above: Fence, now: Timestamp) -> Outcome<Option<Lease>> {
        let leases = self.durable(schema::LEASES);
        loop {
            let stored = self.one(schema::LEASES, doc! { "_id": &wanted.name }).await?;
            let (before, is_free) = stored.as_ref().map_or((Fence::NONE, true), |stored| {
                let is_own = stored.get_str("holder") == Ok(wanted.holder.as_str());
                let is_over = stored.get_i64("until").unwrap_or(i64::MIN) <= now.millis();
                (Fence::new(natural(stored, "fence")), is_own || is_over)
            });
            if !is_free {
                return Ok(None);
            }
            let fence = before.max(above).next();
            let row = doc! {
                "holder": &wanted.holder,
                "fence": number(fence.get()),
                "until": wanted.until.millis(),
            };
            let given = if let Some(stored) = &stored {
                let mut unchanged = stored.clone();
                unchanged.remove("_id");
                let mut filter = doc! { "_id": &wanted.name };
                filter.extend(unchanged);
                let replaced = leases.replace_one(filter, row).await?;
                replaced.matched_count == 1
            } else {
                let mut row = row;
                row.insert("_id", &wanted.name);
                match leases.insert_one(row).await {
                    Ok(_) => true,
                    Err(error) if is_duplicate(&error) => false,
                    Err(error) => return Err(error.into()),
                }
            };
            if given {
                return Ok(Some(Lease {
                    fence,
                    ..wanted.clone()
                }));
            }
        }
    }
}

/// The `_id` of a letter.
fn place(key: &LetterKey) -> Document {
    doc! { "consumer": &key.consumer, "position": number(key.position.get()) }
}

fn letter(row: &Document) -> Outcome<DeadLetter> {
    let text = |field: &str| -> Outcome<String> {
        row.get_str(field)
            .map(str::to_owned)
            .map_err(|error| Fault::corrupt(format!("dead letter {row:?}"), error))
    };
    Ok(DeadLetter {
        key: LetterKey {
            consumer: text("consumer")?,
            position: Position::new(natural(row, "position")),
        },
        event: text("event")?,
        reason: text("reason")?,
        failures: u32::try_from(natural(row, "failures")).unwrap_or(u32::MAX),
        time: Timestamp::from_millis(row.get_i64("time").unwrap_or_default()),
        is_replay_due: row.get_bool("replay").unwrap_or_default(),
    })
}

impl DeadLetterStore for MongoStore {
    fn put(&self, letter: DeadLetter, fence: Fence) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            let put = self.put_letter(&letter, fence).await;
            put.map_err(|fault| fault.into_failure("mongo.dead_letter_store.put"))
        })
    }

    fn list(&self, page: PageRequest<LetterKey>) -> BoxFuture<'_, PortResult<Page<DeadLetter>>> {
        Box::pin(async move {
            let all = || doc! { "consumer": { "$gt": "" } };
            let filter = page.after.map_or_else(all, |after| {
                doc! { "$or": [
                    { "consumer": { "$gt": &after.consumer } },
                    { "consumer": &after.consumer, "position": { "$gt": number(after.position.get()) } },
                ] }
            });
            let letters = self.letters(filter, page.limit.get() + 1).await;
            letters
                .map(|letters| Page::from_one_too_many(letters, page.limit))
                .map_err(|fault| fault.into_failure("mongo.dead_letter_store.list"))
        })
    }

    fn load(&self, key: LetterKey) -> BoxFuture<'_, PortResult<Option<DeadLetter>>> {
        Box::pin(async move {
            let stored = self.one(schema::DEAD_LETTERS, doc! { "_id": place(&key) }).await;
            stored
                .and_then(|stored| stored.as_ref().map(letter).transpose())
                .map_err(|fault| fault.into_failure("mongo.dead_letter_store.load"))
        })
    }

    fn ask_replay(&self, key: LetterKey) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            let asked = self
                .durable(schema::DEAD_LETTERS)
                .update_one(doc! { "_id": place(&key) }, doc! { "$set": { "replay": true } })
                .await;
            asked
                .map(|asked| asked.matched_count == 1)
                .map_err(|error| Fault::from(error).into_failure("mongo.dead_letter_store.ask_replay"))
        })
    }

    fn next_replay(&self, consumer: &str) -> BoxFuture<'_, PortResult<Option<DeadLetter>>> {
        let filter = doc! { "consumer": consumer, "replay": true };
        Box::pin(async move {
            let letters = self.letters(filter, 1).await;
            letters
                .map(|letters| letters.into_iter().next())
                .map_err(|fault| fault.into_failure("mongo.dead_letter_store.next_replay"))
        })
    }

    fn remove(&self, key: LetterKey) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            let removed = self
                .durable(schema::DEAD_LETTERS)
                .delete_one(doc! { "_id": place(&key) })
                .await;
            removed
                .map(|removed| removed.deleted_count == 1)
                .map_err(|error| Fault::from(error).into_failure("mongo.dead_letter_store.remove"))
        })
    }
}

impl LeaseStore for MongoStore {
    fn acquire(
        &self,
        name: &str,
        holder: &str,
        above: Fence,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'_, PortResult<Option<Lease>>> {
        let wanted = Lease {
            name: name.to_owned(),
            holder: holder.to_owned(),
            fence: Fence::NONE,
            until: now.plus(ttl),
        };
        Box::pin(async move {
            let given = self.give(&wanted, above, now).await;
            given.map_err(|fault| fault.into_failure("mongo.lease_store.acquire"))
        })
    }

    fn renew(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'_, PortResult<Option<Lease>>> {
        let lease = Lease {
            until: now.plus(ttl),
            ..lease.clone()
        };
        Box::pin(async move {
            let mut filter = held(&lease);
            filter.insert("until", doc! { "$gt": now.millis() });
            let renewed = self
                .durable(schema::LEASES)
                .update_one(filter, doc! { "$set": { "until": lease.until.millis() } })
                .await;
            renewed
                .map(|renewed| (renewed.matched_count == 1).then_some(lease))
                .map_err(|error| Fault::from(error).into_failure("mongo.lease_store.renew"))
        })
    }

    fn release(&self, lease: &Lease) -> BoxFuture<'_, PortResult<()>> {
        let filter = held(lease);
        Box::pin(async move {
            let over = doc! { "$set": { "holder": "", "until": Timestamp::MIN.millis() } };
            let released = self.durable(schema::LEASES).update_one(filter, over).await;
            released
                .map(drop)
                .map_err(|error| Fault::from(error).into_failure("mongo.lease_store.release"))
        })
    }
}

/// The lease, unless it has changed hands.
fn held(lease: &Lease) -> Document {
    doc! { "_id": &lease.name, "holder": &lease.holder, "fence": number(lease.fence.get()) }
}
