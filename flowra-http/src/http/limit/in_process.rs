//! The rate limiter of a single server: counts in memory, and in a bounded amount of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};
use quick_cache::sync::Cache;

use super::{LimitKey, Quota, RateLimiter, Verdict};

/// How many keys are counted at a time, about 100 bytes each. Beyond it the longest quiet are forgotten and start anew.
const MAX_KEYS: usize = 100_000;

/// Remembers one number for each key: the time at which, at the quota's even pace, all events so far would be over (the generic cell
/// rate algorithm). An event may happen while that time is less than a burst ahead of now.
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
        let now = nanos(now);
        let pace = nanos(Duration::from_mins(1)) / u64::from(quota.per_minute);
        let burst = pace.saturating_mul(u64::from(quota.burst));
        let over_at = self.entry(key);
        let taken = over_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |over_at| {
            let next = over_at.max(now).saturating_add(pace);
            (next - now <= burst).then_some(next)
        });
        let (over_at, retry_after) = match taken {
            Ok(before) => (before.max(now).saturating_add(pace), None),
            Err(before) => {
                let wait = before
                    .saturating_add(pace)
                    .saturating_sub(burst)
                    .saturating_sub(now);
                (before, Some(Duration::from_nanos(wait.max(1))))
            }
        };
        let ahead = over_at.saturating_sub(now);
        Verdict {
            limit: quota.burst,
            remaining: u32::try_from(burst.saturating_sub(ahead) / pace).unwrap_or(u32::MAX),
            reset: Duration::from_nanos(ahead),
            retry_after,
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
        future::ready(self.take_at(key, quota, self.started.elapsed())).boxed()
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
