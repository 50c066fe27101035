//! The port [`CheckpointStore`].
//!
//! A consumer has one document, and whatever its fence guards is one write to that document. A dead letter is too: it is written there as
//! pending and then moved to the letters. Whoever reads the document next finishes a move that its writer did not.

use flowra_core::event::{Checkpoint, CheckpointStore, Fence, Position};
use flowra_core::{BoxFuture, PortResult};
use mongodb::bson::{Document, doc};

use crate::fault::{Outcome, is_duplicate};
use crate::{MongoStore, codec, schema};

impl CheckpointStore for MongoStore {
    fn load(&self, consumer: &str) -> BoxFuture<'_, PortResult<Option<Checkpoint>>> {
        let consumer = consumer.to_owned();
        Box::pin(async move {
            let stored = self.settled(&consumer).await;
            let stored = stored.map_err(|fault| fault.into_failure("mongo.checkpoint_store.load"))?;
            Ok(stored.as_ref().and_then(checkpoint))
        })
    }

    fn claim(&self, consumer: &str, fence: Fence) -> BoxFuture<'_, PortResult<Option<Position>>> {
        let consumer = consumer.to_owned();
        Box::pin(async move {
            let claimed = async {
                if !self.advance(&consumer, fence, Position::START).await? {
                    return Outcome::Ok(None);
                }
                let stored = self.settled(&consumer).await?;
                Ok(stored.as_ref().and_then(checkpoint))
            };
            let claimed = claimed
                .await
                .map_err(|fault| fault.into_failure("mongo.checkpoint_store.claim"))?;
            Ok(claimed.map(|checkpoint| checkpoint.position))
        })
    }

    fn save(&self, consumer: &str, fence: Fence, position: Position) -> BoxFuture<'_, PortResult<bool>> {
        let consumer = consumer.to_owned();
        Box::pin(async move {
            self.advance(&consumer, fence, position)
                .await
                .map_err(|fault| fault.into_failure("mongo.checkpoint_store.save"))
        })
    }
}

impl MongoStore {
    async fn advance(&self, consumer: &str, fence: Fence, position: Position) -> Outcome<bool> {
        let change = doc! {
            "$max": { "position": codec::number(position.get()) },
            "$set": { "fence": codec::number(fence.get()) },
        };
        loop {
            if self
                .change_under(consumer, fence, Document::new(), change.clone())
                .await?
            {
                return Ok(true);
            }
            if self.is_shut_out(consumer, fence).await? {
                return Ok(false);
            }
        }
    }

    /// Changes a consumer's document, or makes it, unless it has seen a higher fence or lacks what else is wanted of it.
    pub(super) async fn change_under(
        &self,
        consumer: &str,
        fence: Fence,
        wanted: Document,
        change: Document,
    ) -> Outcome<bool> {
        let mut guarded = doc! { "_id": consumer, "fence": { "$lte": codec::number(fence.get()) } };
        guarded.extend(wanted);
        let changed = self
            .durable(schema::CHECKPOINTS)
            .update_one(guarded, change)
            .upsert(true)
            .await;
        match changed {
            Ok(_) => Ok(true),
            Err(error) if is_duplicate(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a consumer's document has seen a higher fence.
    pub(super) async fn is_shut_out(&self, consumer: &str, fence: Fence) -> Outcome<bool> {
        let stored = self
            .collection(schema::CHECKPOINTS)
            .find_one(doc! { "_id": consumer })
            .await?;
        Ok(stored.is_some_and(|stored| codec::natural(&stored, "fence") > fence.get()))
    }

    /// A consumer's document, once the dead letter that was pending in it is among the letters.
    pub(super) async fn settled(&self, consumer: &str) -> Outcome<Option<Document>> {
        let stored = self
            .collection(schema::CHECKPOINTS)
            .find_one(doc! { "_id": consumer })
            .await?;
        if let Some(stored) = &stored
            && let Ok(letter) = stored.get_document("pending")
        {
            let puts = codec::number(codec::natural(stored, "puts"));
            self.store_letter(letter.clone(), puts).await?;
            self.durable(schema::CHECKPOINTS)
                .update_one(
                    doc! { "_id": consumer, "puts": puts },
                    doc! { "$unset": { "pending": "" } },
                )
                .await?;
        }
        Ok(stored)
    }
}

/// None when the document was made by a dead letter alone.
fn checkpoint(stored: &Document) -> Option<Checkpoint> {
    stored.contains_key("position").then(|| Checkpoint {
        position: Position::new(codec::natural(stored, "position")),
        fence: Fence::new(codec::natural(stored, "fence")),
    })
}
