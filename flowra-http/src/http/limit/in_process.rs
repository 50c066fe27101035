//! The rate limiter of a single server: counts in memory, and in a bounded amount of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use flowra_core::BoxFuture;
use flowra_core::cluster::{LimitKey, Quota, RateLimiter, Verdict};
use quick_cache::sync::Cache;

/// How many keys are counted at a time, about 100 bytes each. Beyond it the longest quiet are forgotten and start anew.
const MAX_KEYS: usize = 100_000;

/// Remembers for each key when all events so far would be over; see [`Quota`] for the arithmetic.
pub struct InProcessLimiter {
    started: Instant,
    /// Nanoseconds since `started`.
    over_at: Cache<LimitKey, Arc<AtomicU64>>,
}

impl Default for InProcessLimiter {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            over_at: Cache::new(MAX_KEYS),
        }
    }
}

impl InProcessLimiter {
    /// The verdict on an event of `key` at `now` after the limiter's start.
    pub(super) fn take_at(&self, key: LimitKey, quota: Quota, now: Duration) -> Verdict {
        let over_at = self.entry(key);
        let ahead_of_now = |over_at| Duration::from_nanos(over_at).saturating_sub(now);
        let taken = over_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |over_at| {
            quota
                .count(ahead_of_now(over_at))
                .map(|ahead| nanos(now.saturating_add(ahead)))
        });
        match taken {
            Ok(before) => quota.passed(ahead_of_now(before) + quota.pace()),
            Err(before) => quota.refused(ahead_of_now(before)),
        }
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> usize {
        self.over_at.len()
    }

    fn entry(&self, key: LimitKey) -> Arc<AtomicU64> {
        let made = self
            .over_at
            .get_or_insert_with(&key, || Ok::<_, std::convert::Infallible>(Arc::default()));
        match made {
            Ok(entry) => entry,
            Err(never) => match never {},
        }
    }
}

impl RateLimiter for InProcessLimiter {
    fn take(&self, key: LimitKey, quota: Quota) -> BoxFuture<'_, Verdict> {
        Box::pin(std::future::ready(self.take_at(
            key,
            quota,
            self.started.elapsed(),
        )))
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
