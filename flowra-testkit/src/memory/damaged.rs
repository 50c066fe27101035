//! A log with damage in it, for those who must go on all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use flowra_core::event::{
    AppendError, Appended, Commit, Entry, EventLog, Outcome, Position, Recorded, StreamId, Version,
};
use flowra_core::{BoxFuture, PortFailure, PortResult, UserId};

/// A log of which one event cannot be read, as after a damaged disk, or when a newer version of the program wrote it.
pub struct DamagedLog {
    log: Arc<dyn EventLog>,
    /// Where the damage is; nowhere, at 0.
    at: AtomicU64,
    /// Whether who reads there panics.
    is_trap: AtomicBool,
}

impl DamagedLog {
    /// The same log, not damaged yet.
    #[must_use]
    pub const fn of(log: Arc<dyn EventLog>) -> Self {
        Self {
            log,
            at: AtomicU64::new(0),
            is_trap: AtomicBool::new(false),
        }
    }

    /// Damages the event at this position, and mends any other.
    pub fn damage(&self, at: Position) {
        self.at.store(at.get(), Ordering::Relaxed);
    }

    /// Makes whoever reads the event at this position panic, as an error in a store would.
    pub fn trap(&self, at: Position) {
        self.is_trap.store(true, Ordering::Relaxed);
        self.damage(at);
    }
}

impl EventLog for DamagedLog {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.log.append(commit)
    }

    /// As stores do, it refuses whatever has the damage in it.
    fn read(&self, after: Position, limit: usize) -> BoxFuture<'_, PortResult<Vec<Entry>>> {
        Box::pin(async move {
            let entries = self.log.read(after, limit).await?;
            let at = Position::new(self.at.load(Ordering::Relaxed));
            if entries.iter().any(|entry| entry.recorded.position == at) {
                assert!(!self.is_trap.load(Ordering::Relaxed), "event {at} is a trap");
                return Err(PortFailure::corrupt(format!("event {at}"), "it is damaged"));
            }
            Ok(entries)
        })
    }

    fn stream(
        &self,
        stream: StreamId,
        after: Version,
        limit: usize,
    ) -> BoxFuture<'_, PortResult<Vec<Recorded>>> {
        self.log.stream(stream, after, limit)
    }

    fn head(&self) -> BoxFuture<'_, PortResult<Position>> {
        self.log.head()
    }

    fn wait_past(&self, position: Position) -> BoxFuture<'_, PortResult<Position>> {
        self.log.wait_past(position)
    }

    fn outcome(&self, user: UserId, key: &str) -> BoxFuture<'_, PortResult<Option<([u8; 32], Outcome)>>> {
        self.log.outcome(user, key)
    }
}
