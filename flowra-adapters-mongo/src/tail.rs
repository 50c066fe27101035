//! The end of the log in memory: what followers of the log read, nearly always.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use flowra_core::event::{Entry, Position};
use tokio::sync::watch;

/// At most so many entries, and so many bytes of stored JSON.
const ENTRIES: usize = 4096;
const BYTES: usize = 4 << 20;

/// The newest entries of the log, and where it ends.
pub(crate) struct Tail {
    ring: Mutex<Ring>,
    head: watch::Sender<Position>,
}

struct Ring {
    entries: VecDeque<(Entry, usize)>,
    bytes: usize,
}

impl Tail {
    pub(crate) fn new(head: Position) -> Self {
        Self {
            ring: Mutex::new(Ring {
                entries: VecDeque::new(),
                bytes: 0,
            }),
            head: watch::Sender::new(head),
        }
    }

    /// Where the log ends.
    pub(crate) fn head(&self) -> Position {
        *self.head.borrow()
    }

    /// Follows the end of the log.
    pub(crate) fn follow(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    /// Adds committed entries, each with the length of its JSON, and wakes the followers.
    pub(crate) fn push(&self, entries: Vec<(Entry, usize)>) {
        let Some(last) = entries.last().map(|(entry, _)| entry.recorded.position) else {
            return;
        };
        {
            let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
            for (entry, bytes) in entries {
                ring.bytes += bytes;
                ring.entries.push_back((entry, bytes));
            }
            while ring.entries.len() > ENTRIES || ring.bytes > BYTES {
                let Some((_, bytes)) = ring.entries.pop_front() else {
                    break;
                };
                ring.bytes -= bytes;
            }
        }
        self.head.send_replace(last);
    }

    /// The entries after this position, when all of them are at hand.
    pub(crate) fn after(&self, position: Position, limit: usize) -> Option<Vec<Entry>> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((first, _)) = ring.entries.front() else {
            return (position >= self.head()).then(Vec::new);
        };
        let first = first.recorded.position.get();
        let skip = (position.get() + 1).checked_sub(first)?;
        let skip = usize::try_from(skip)
            .unwrap_or(usize::MAX)
            .min(ring.entries.len());
        Some(
            ring.entries
                .range(skip..)
                .take(limit)
                .map(|(entry, _)| entry.clone())
                .collect(),
        )
    }
}
