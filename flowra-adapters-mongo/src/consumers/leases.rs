//! The port [`LeaseStore`].
//!
//! A lease is one document, replaced only as it was read. So one of those who ask at once gets it, and its fence never falls.

use std::time::Duration;

use flowra_core::event::{Fence, Lease, LeaseStore};
use flowra_core::time::Timestamp;
use flowra_core::{BoxFuture, PortResult};
use mongodb::bson::{Document, doc};

use crate::fault::{Fault, Outcome, is_duplicate};
use crate::{MongoStore, codec, schema};

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
            fence: above.next(),
            until: now.plus(ttl),
        };
        Box::pin(async move {
            self.take_lease(wanted, now)
                .await
                .map_err(|fault| fault.into_failure("mongo.lease_store.acquire"))
        })
    }

    fn renew(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'_, PortResult<Option<Lease>>> {
        let mut held = held(lease);
        held.insert("until", doc! { "$gt": now.millis() });
        let renewed = Lease {
            until: now.plus(ttl),
            ..lease.clone()
        };
        Box::pin(async move {
            let changed = self
                .durable(schema::LEASES)
                .update_one(held, doc! { "$set": { "until": renewed.until.millis() } })
                .await
                .map_err(|error| Fault::from(error).into_failure("mongo.lease_store.renew"))?;
            Ok((changed.matched_count == 1).then_some(renewed))
        })
    }

    fn release(&self, lease: &Lease) -> BoxFuture<'_, PortResult<()>> {
        let held = held(lease);
        Box::pin(async move {
            self.durable(schema::LEASES)
                .update_one(held, doc! { "$set": { "until": Timestamp::MIN.millis() } })
                .await
                .map(drop)
                .map_err(|error| Fault::from(error).into_failure("mongo.lease_store.release"))
        })
    }
}

impl MongoStore {
    /// Looks again whenever another changed the lease after it was read, until that other holds it.
    async fn take_lease(&self, mut wanted: Lease, now: Timestamp) -> Outcome<Option<Lease>> {
        let leases = self.durable(schema::LEASES);
        let above = wanted.fence;
        loop {
            let Some(stored) = leases.find_one(doc! { "_id": &wanted.name }).await? else {
                wanted.fence = above;
                match leases.insert_one(row(&wanted)).await {
                    Ok(_) => return Ok(Some(wanted)),
                    Err(error) if is_duplicate(&error) => continue,
                    Err(error) => return Err(error.into()),
                }
            };
            let until = stored
                .get_i64("until")
                .map_err(|error| Fault::corrupt(format!("lease {}", wanted.name), error))?;
            if until > now.millis() && stored.get_str("holder") != Ok(&wanted.holder) {
                return Ok(None);
            }
            wanted.fence = Fence::new(codec::natural(&stored, "fence")).next().max(above);
            let taken = leases.replace_one(stored, row(&wanted)).await?;
            if taken.matched_count == 1 {
                return Ok(Some(wanted));
            }
        }
    }
}

fn row(lease: &Lease) -> Document {
    doc! {
        "_id": &lease.name,
        "holder": &lease.holder,
        "fence": codec::number(lease.fence.get()),
        "until": lease.until.millis(),
    }
}

/// Finds a lease that is still this one.
fn held(lease: &Lease) -> Document {
    doc! { "_id": &lease.name, "holder": &lease.holder, "fence": codec::number(lease.fence.get()) }
}
