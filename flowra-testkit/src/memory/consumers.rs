//! Checkpoints, dead letters and leases in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use flowra_core::event::{
    Checkpoint, CheckpointStore, DeadLetter, DeadLetterStore, Fence, Lease, LeaseStore, LetterKey, Position,
};
use flowra_core::page::{Page, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::{BoxFuture, PortResult};

use super::{Memory, page_of};

/// What the ports of consumers store.
#[derive(Default)]
pub(super) struct Consumers {
    checkpoints: BTreeMap<String, Checkpoint>,
    letters: BTreeMap<LetterKey, DeadLetter>,
    /// A lease that was released has run out at the earliest time there is.
    leases: BTreeMap<String, Lease>,
}

impl Consumers {
    fn is_shut_out(&self, consumer: &str, fence: Fence) -> bool {
        let checkpoint = self.checkpoints.get(consumer);
        checkpoint.is_some_and(|checkpoint| checkpoint.fence > fence)
    }

    fn advance(&mut self, consumer: String, fence: Fence, position: Position) -> Option<Position> {
        if self.is_shut_out(&consumer, fence) {
            return None;
        }
        let checkpoint = self
            .checkpoints
            .entry(consumer)
            .or_insert(Checkpoint { position, fence });
        checkpoint.fence = fence;
        checkpoint.position = checkpoint.position.max(position);
        Some(checkpoint.position)
    }

    fn held(&mut self, lease: &Lease) -> Option<&mut Lease> {
        let current = self.leases.get_mut(&lease.name)?;
        (current.fence == lease.fence && current.holder == lease.holder).then_some(current)
    }
}

impl CheckpointStore for Memory {
    fn load(&self, consumer: &str) -> BoxFuture<'_, PortResult<Option<Checkpoint>>> {
        let consumer = consumer.to_owned();
        self.ask(move |state| state.consumers.checkpoints.get(&consumer).copied())
    }

    fn claim(&self, consumer: &str, fence: Fence) -> BoxFuture<'_, PortResult<Option<Position>>> {
        let consumer = consumer.to_owned();
        self.ask(move |state| state.consumers.advance(consumer, fence, Position::START))
    }

    fn save(&self, consumer: &str, fence: Fence, position: Position) -> BoxFuture<'_, PortResult<bool>> {
        let consumer = consumer.to_owned();
        self.ask(move |state| state.consumers.advance(consumer, fence, position).is_some())
    }
}

impl DeadLetterStore for Memory {
    fn put(&self, letter: DeadLetter, fence: Fence) -> BoxFuture<'_, PortResult<bool>> {
        self.ask(move |state| {
            let accepted = !state.consumers.is_shut_out(&letter.key.consumer, fence);
            if accepted {
                state.consumers.letters.insert(letter.key.clone(), letter);
            }
            accepted
        })
    }

    fn list(&self, page: PageRequest<LetterKey>) -> BoxFuture<'_, PortResult<Page<DeadLetter>>> {
        self.ask(move |state| {
            let letters = state.consumers.letters.values().cloned();
            page_of(letters, |letter| letter.key.clone(), &page)
        })
    }

    fn load(&self, key: LetterKey) -> BoxFuture<'_, PortResult<Option<DeadLetter>>> {
        self.ask(move |state| state.consumers.letters.get(&key).cloned())
    }

    fn ask_replay(&self, key: LetterKey) -> BoxFuture<'_, PortResult<bool>> {
        self.ask(move |state| {
            let letter = state.consumers.letters.get_mut(&key);
            letter.map(|letter| letter.is_replay_due = true).is_some()
        })
    }

    fn next_replay(&self, consumer: &str) -> BoxFuture<'_, PortResult<Option<DeadLetter>>> {
        let consumer = consumer.to_owned();
        self.ask(move |state| {
            let mut letters = state.consumers.letters.values();
            letters
                .find(|letter| letter.is_replay_due && letter.key.consumer == consumer)
                .cloned()
        })
    }

    fn remove(&self, key: LetterKey) -> BoxFuture<'_, PortResult<bool>> {
        self.ask(move |state| state.consumers.letters.remove(&key).is_some())
    }
}

impl LeaseStore for Memory {
    fn acquire(
        &self,
        name: &str,
        holder: &str,
        above: Fence,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'_, PortResult<Option<Lease>>> {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        self.ask(move |state| {
            let leases = &mut state.consumers.leases;
            let last = leases.get(&name);
            if last.is_some_and(|last| last.until > now && last.holder != holder) {
                return None;
            }
            let lease = Lease {
                name: name.clone(),
                holder,
                fence: last.map_or(above, |last| last.fence.max(above)).next(),
                until: now.plus(ttl),
            };
            leases.insert(name, lease.clone());
            Some(lease)
        })
    }

    fn renew(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'_, PortResult<Option<Lease>>> {
        let lease = lease.clone();
        self.ask(move |state| {
            let held = state.consumers.held(&lease).filter(|held| held.until > now)?;
            held.until = now.plus(ttl);
            Some(held.clone())
        })
    }

    fn release(&self, lease: &Lease) -> BoxFuture<'_, PortResult<()>> {
        let lease = lease.clone();
        self.ask(move |state| {
            if let Some(held) = state.consumers.held(&lease) {
                held.until = Timestamp::MIN;
            }
        })
    }
}
