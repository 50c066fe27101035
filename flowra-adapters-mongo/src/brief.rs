//! Things that every request asks for, kept for a moment: a session, a token.
//!
//! What another process ends is over here once the moment has passed; what this one ends is over at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use flowra_core::Digest;
use quick_cache::sync::Cache;

/// How long something is believed after it was read: half of the second within which an ended session must be refused everywhere.
pub(crate) const MOMENT: Duration = Duration::from_millis(500);
/// So many things at most.
const MOST: usize = 16_384;

/// Things found by a digest, each for a moment.
pub(crate) struct Brief<T> {
    found: Cache<Digest, Found<T>>,
    /// Goes up when something ends here: what was read before may be what ended.
    ends: AtomicU64,
}

struct Found<T> {
    it: Arc<T>,
    at: Instant,
    ends: u64,
}

impl<T> Clone for Found<T> {
    fn clone(&self) -> Self {
        Self {
            it: Arc::clone(&self.it),
            at: self.at,
            ends: self.ends,
        }
    }
}

/// A read that is about to begin.
#[derive(Clone, Copy)]
pub(crate) struct Begun {
    at: Instant,
    ends: u64,
}

impl<T> Brief<T> {
    pub(crate) fn new() -> Self {
        Self {
            found: Cache::new(MOST),
            ends: AtomicU64::new(0),
        }
    }

    /// What was found by this digest a moment ago.
    pub(crate) fn get(&self, digest: Digest) -> Option<Arc<T>> {
        let found = self.found.get(&digest)?;
        let is_current = found.ends == self.ends.load(Ordering::Acquire) && found.at.elapsed() < MOMENT;
        is_current.then_some(found.it)
    }

    /// To be called before a read whose result is kept.
    pub(crate) fn begin(&self) -> Begun {
        Begun {
            at: Instant::now(),
            ends: self.ends.load(Ordering::Acquire),
        }
    }

    /// Keeps what a read found; not believed when something ended since the read began.
    pub(crate) fn keep(&self, begun: Begun, digest: Digest, it: &Arc<T>) {
        let found = Found {
            it: Arc::clone(it),
            at: begun.at,
            ends: begun.ends,
        };
        self.found.insert(digest, found);
    }

    /// Something has ended, and the collections know it.
    pub(crate) fn end(&self) {
        self.ends.fetch_add(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use flowra_core::Digest;

    use super::Brief;

    #[test]
    fn what_was_read_before_an_end_is_not_believed_after_it() {
        let digest = Digest::from_bytes([1; 32]);
        let brief = Brief::new();
        let (early, it) = (brief.begin(), Arc::new(1));
        brief.keep(early, digest, &it);
        assert_eq!(brief.get(digest).as_deref(), Some(&1));
        brief.end();
        assert_eq!(brief.get(digest), None);
        brief.keep(early, digest, &it);
        assert_eq!(brief.get(digest), None, "the read was under way when it ended");
        brief.keep(brief.begin(), digest, &it);
        assert_eq!(brief.get(digest).as_deref(), Some(&1));
    }
}
