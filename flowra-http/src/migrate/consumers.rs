//! Brings how far the consumers are, and what they could not handle.
//!
//! Both logs number their events alike, so a position means the same in both. Leases stay behind: nobody holds one of a store at rest.

use flowra_core::event::{ConsumerPorts, Fence};
use flowra_core::page::{Limit, PageRequest};

use super::MigrateError;

/// Carries all dead letters and the checkpoints of these consumers over, under the lowest fence there is: a consumer that has run on the
/// target already is ahead of what is carried, and stays so.
///
/// # Errors
/// [`MigrateError::Store`]; running it again begins anew and does no harm.
pub async fn carry(
    source: &ConsumerPorts,
    target: &ConsumerPorts,
    consumers: &[&'static str],
) -> Result<(), MigrateError> {
    let mut page = PageRequest::first(Limit::MAX);
    loop {
        let letters = source.dead_letters.list(page.clone()).await?;
        let last = letters.items.last().filter(|_| letters.has_more);
        page.after = last.map(|letter| letter.key.clone());
        for letter in letters.items {
            target.dead_letters.put(letter, Fence::NONE).await?;
        }
        if page.after.is_none() {
            break;
        }
    }
    for consumer in consumers {
        if let Some(checkpoint) = source.checkpoints.load(consumer).await? {
            target
                .checkpoints
                .save(consumer, Fence::NONE, checkpoint.position)
                .await?;
        }
    }
    Ok(())
}
