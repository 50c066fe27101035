//! How often something may happen, and the arithmetic that every limiter shares.
//!
//! A limiter remembers one number for each key: the time at which, at the quota's even pace, all events so far would be over (the generic
//! cell rate algorithm). An event may happen while that time is less than a burst ahead of now.

use core::net::IpAddr;
use std::time::Duration;

use crate::UserId;

/// What is counted, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LimitKey {
    /// What.
    pub scope: Scope,
    /// For whom.
    pub who: Who,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Requests to the API.
    Requests,
    /// Attempts to sign in.
    Logins,
    /// Frames of a live connection.
    Frames,
}

/// Whom a count belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// A signed-in user.
    User(UserId),
    /// A network address; of an IPv6 address the first 64 bits, which one household or machine has to itself.
    Address(IpAddr),
    /// An account somebody tries to sign in to, whether it exists or not, by a hash of its lower-cased name.
    Account([u8; 16]),
}

impl Who {
    /// The holder of `address`.
    #[must_use]
    pub fn address(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::Address(address),
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => Self::Address(v4.into()),
                None => Self::Address(IpAddr::V6((u128::from(v6) & (u128::MAX << 64)).into())),
            },
        }
    }
}

/// How often an event may happen: `burst` times at once, and then one more each `per_minute`-th part of a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    per_minute: u32,
    burst: u32,
}

impl Quota {
    /// A minute's worth at once and the rate of `per_minute` after that. Zero is read as one.
    #[must_use]
    pub fn per_minute(per_minute: u32) -> Self {
        let per_minute = per_minute.max(1);
        Self {
            per_minute,
            burst: per_minute,
        }
    }

    /// Lets `burst` events happen at once instead. Zero is read as one.
    #[must_use]
    pub fn with_burst(self, burst: u32) -> Self {
        Self {
            burst: burst.max(1),
            ..self
        }
    }

    /// The time between two events at the even rate, in whole microseconds and never none, so that a limiter may count in those.
    #[must_use]
    pub fn pace(self) -> Duration {
        Duration::from_micros((60_000_000 / u64::from(self.per_minute)).max(1))
    }

    /// How far ahead of now the count may come: as far as a burst takes it.
    #[must_use]
    pub fn window(self) -> Duration {
        self.pace() * self.burst
    }

    /// How far ahead of now a count is after one more event; `None` when that is too far, and the event is refused.
    #[must_use]
    pub fn count(self, ahead: Duration) -> Option<Duration> {
        let next = ahead + self.pace();
        (next <= self.window()).then_some(next)
    }

    /// What to tell whose event was counted and whose count is now so far ahead.
    #[must_use]
    pub fn passed(self, ahead: Duration) -> Verdict {
        let left = self.window().saturating_sub(ahead).as_micros() / self.pace().as_micros();
        Verdict {
            limit: self.burst,
            remaining: u32::try_from(left).unwrap_or(u32::MAX),
            reset: ahead,
            retry_after: None,
        }
    }

    /// What to tell whose event was refused because their count is so far ahead.
    #[must_use]
    pub fn refused(self, ahead: Duration) -> Verdict {
        let wait = (ahead + self.pace()).saturating_sub(self.window());
        Verdict {
            retry_after: Some(wait.max(Duration::from_micros(1))),
            ..self.passed(ahead)
        }
    }
}

/// Whether an event may happen, and what to tell the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many events the quota lets happen at once.
    pub limit: u32,
    /// How many may happen now, after this one.
    pub remaining: u32,
    /// Until `limit` may happen again.
    pub reset: Duration,
    /// `None` when the event may happen; else how long to wait before it may.
    pub retry_after: Option<Duration>,
}
