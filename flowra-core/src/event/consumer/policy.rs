//! How patient a runner is.

use std::time::Duration;

/// How much a runner does at once, and how long it tries and waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Events that are read at once, and after which the checkpoint is saved at the latest; at least 1.
    pub batch: usize,
    /// Failures after which an event is set aside; at least 1.
    pub attempts: u32,
    /// The wait after the first failure; it doubles with each further one.
    pub first_delay: Duration,
    /// The longest wait.
    pub longest_delay: Duration,
    /// How long a lease lasts that is not renewed: how long a dead node's consumers stand still. It is renewed after a third of it.
    pub lease: Duration,
}

impl Default for Policy {
    /// Batches of 256, 8 attempts that wait from 200 ms to 30 s (25 s in all), leases of 6 s.
    fn default() -> Self {
        Self {
            batch: 256,
            attempts: 8,
            first_delay: Duration::from_millis(200),
            longest_delay: Duration::from_secs(30),
            lease: Duration::from_secs(6),
        }
    }
}

impl Policy {
    /// The wait after so many failures in a row. It follows from the number alone, so that a run can be repeated.
    #[must_use]
    pub fn delay(&self, failures: u32) -> Duration {
        let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first_delay.saturating_mul(doubled).min(self.longest_delay)
    }

    /// How often a lease is renewed, and asked for by who does not have it.
    pub(super) fn beat(&self) -> Duration {
        self.lease / 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest() {
        let policy = Policy {
            first_delay: Duration::from_millis(100),
            longest_delay: Duration::from_millis(500),
            ..Policy::default()
        };
        let delays: Vec<_> = [1, 2, 3, 4, 33, u32::MAX]
            .map(|failures| policy.delay(failures).as_millis())
            .into();
        assert_eq!(delays, [100, 200, 400, 500, 500, 500]);
    }

    #[test]
    fn the_usual_attempts_last_as_long_as_documented() {
        let policy = Policy::default();
        let all: Duration = (1..policy.attempts).map(|failures| policy.delay(failures)).sum();
        assert_eq!(all.as_secs(), 25);
    }
}
