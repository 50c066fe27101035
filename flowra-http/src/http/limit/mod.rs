//! How often a client may ask: what is counted, for whom, and what the client is told.
//!
//! Counting is behind [`RateLimiter`], so that several servers can count together later. The rest of the server uses [`RateLimits`].
//! The rate of a user is theirs over all their sessions; for that, whoever puts [`SignedIn`] into the depot must stand
//! before [`RequestLimit`] in the chain. Without it the address counts.

mod in_process;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use salvo::http::header::{HeaderName, RETRY_AFTER};
use salvo::http::{HeaderValue, StatusCode};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use sha2::{Digest, Sha256};

pub use in_process::InProcessLimiter;

use super::{ApiError, SignedIn, client_address};
use crate::config::Limits;

const RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RATELIMIT_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// WebSocket frames that one client may send at once, over and above the rate.
const FRAME_BURST: u32 = 120;

/// Counts events and says when one comes too early.
///
/// - `take` MUST count the event when it lets it pass, and MUST NOT when it refuses it.
/// - Different keys MUST NOT influence one another, except that an implementation of bounded memory may forget the keys that have been
///   quiet the longest.
/// - `take` MUST answer soon: an implementation whose store is out of reach lets the event pass and logs that it did.
pub trait RateLimiter: Send + Sync + 'static {
    /// Asks for one event of `key` now.
    fn take(&self, key: LimitKey, quota: Quota) -> BoxFuture<'_, Verdict>;
}

/// What is counted, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LimitKey {
    scope: Scope,
    who: Who,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scope {
    Requests,
    Logins,
    Frames,
}

/// Whom a count belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// A signed-in user, by the bits of their id.
    User(u128),
    /// A network address; of an IPv6 address the first 64 bits, which one household or machine has to itself.
    Address(IpAddr),
    /// An account somebody tries to sign in to, whether it exists or not, by a hash of its lower-cased name.
    Account([u8; 16]),
}

impl Who {
    /// Who sends `req`: the user when known, else the address.
    #[must_use]
    pub fn sends(req: &Request, depot: &Depot) -> Self {
        match depot.get_typed::<SignedIn>() {
            Ok(user) => Self::User(user.0.as_u128()),
            Err(_) => Self::address(client_address(req)),
        }
    }

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

    /// Whoever signs in as `name`.
    #[must_use]
    pub fn account(name: &str) -> Self {
        let digest = Sha256::digest(name.trim().to_lowercase().as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Self::Account(key)
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

impl Verdict {
    fn headers(self) -> [(HeaderName, u64); 3] {
        [
            (RATELIMIT_LIMIT, u64::from(self.limit)),
            (RATELIMIT_REMAINING, u64::from(self.remaining)),
            (RATELIMIT_RESET, whole_seconds(self.reset)),
        ]
    }

    /// The answer to a refused event; `None` when it may happen.
    #[must_use]
    pub fn refusal(self) -> Option<ApiError> {
        let wait = whole_seconds(self.retry_after?).max(1);
        let error = ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "RATE_LIMIT_EXCEEDED",
            format!("too many requests; try again in {wait} seconds"),
        );
        let error = error.with_header(RETRY_AFTER, HeaderValue::from(wait));
        Some(self.headers().into_iter().fold(error, |error, (name, value)| {
            error.with_header(name, value.into())
        }))
    }
}

/// Rounded up, so that whoever waits that long has waited long enough.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// The limits of one server. A limit that is not set lets everything pass.
pub struct RateLimits {
    limiter: Arc<dyn RateLimiter>,
    requests: Option<Quota>,
    logins: Option<Quota>,
    frames: Option<Quota>,
}

impl RateLimits {
    /// The limits of `settings`, counted by `limiter`.
    #[must_use]
    pub fn new(limiter: Arc<dyn RateLimiter>, settings: Limits) -> Self {
        Self {
            limiter,
            requests: settings.requests_per_minute.map(Quota::per_minute),
            logins: settings.logins_per_minute.map(Quota::per_minute),
            frames: settings
                .frames_per_minute
                .map(|rate| Quota::per_minute(rate).with_burst(FRAME_BURST)),
        }
    }

    /// One request of `who`; `None` when requests are not limited.
    pub async fn request(&self, who: Who) -> Option<Verdict> {
        self.take(Scope::Requests, who, self.requests).await
    }

    /// One WebSocket frame of `who`; `None` when frames are not limited.
    pub async fn frame(&self, who: Who) -> Option<Verdict> {
        self.take(Scope::Frames, who, self.frames).await
    }

    /// One attempt to sign in to `account` from `address`. Each is counted on its own: a password guessed from many places is slowed
    /// by the account, many accounts tried from one place by the address.
    ///
    /// # Errors
    /// 429 `RATE_LIMIT_EXCEEDED` when either has had too many.
    pub async fn login(&self, address: IpAddr, account: &str) -> Result<(), ApiError> {
        for who in [Who::address(address), Who::account(account)] {
            let verdict = self.take(Scope::Logins, who, self.logins).await;
            if let Some(refusal) = verdict.and_then(Verdict::refusal) {
                return Err(refusal);
            }
        }
        Ok(())
    }

    async fn take(&self, scope: Scope, who: Who, quota: Option<Quota>) -> Option<Verdict> {
        Some(self.limiter.take(LimitKey { scope, who }, quota?).await)
    }
}

/// The step of the chain that limits requests and tells each client how much it has left.
pub struct RequestLimit {
    limits: Arc<RateLimits>,
}

impl RequestLimit {
    /// Limits by `limits`.
    #[must_use]
    pub fn new(limits: Arc<RateLimits>) -> Self {
        Self { limits }
    }
}

#[async_trait]
impl Handler for RequestLimit {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let Some(verdict) = self.limits.request(Who::sends(req, depot)).await else {
            return;
        };
        if let Some(refusal) = verdict.refusal() {
            refusal.render(depot, res);
            ctrl.skip_rest();
            return;
        }
        for (name, value) in verdict.headers() {
            res.headers_mut().insert(name, value.into());
        }
    }
}

#[cfg(test)]
mod tests;
