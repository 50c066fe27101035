//! How often a client may ask: what is counted, for whom, and what the client is told.
//!
//! Counting is behind [`RateLimiter`], so that several servers can count together. The rest of the server uses [`RateLimits`].
//! The rate of a user is theirs over all their sessions; for that, whoever puts [`SignedIn`] into the depot must stand
//! before [`RequestLimit`] in the chain. Without it the address counts.

mod in_process;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use flowra_core::UserId;
use flowra_core::cluster::{LimitKey, Quota, RateLimiter, Scope, Verdict, Who};
use salvo::http::header::{HeaderName, RETRY_AFTER};
use salvo::http::{HeaderValue, StatusCode};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use sha2::{Digest, Sha256};

pub use in_process::InProcessLimiter;

use super::{ApiError, SignedIn, client_address};
use crate::config::Limits;
use crate::web::problem;

const RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RATELIMIT_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// WebSocket frames that one client may send at once, over and above the rate.
const FRAME_BURST: u32 = 120;

/// Who sends `req`: the user when known, else the address.
#[must_use]
pub fn sender(req: &Request, depot: &Depot) -> Who {
    match depot.get_typed::<SignedIn>() {
        Ok(user) => Who::User(UserId::from_bytes(user.0.into_bytes())),
        Err(_) => Who::address(client_address(req)),
    }
}

/// Whoever signs in as `name`.
#[must_use]
pub fn account(name: &str) -> Who {
    let digest = Sha256::digest(name.trim().to_lowercase().as_bytes());
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    Who::Account(key)
}

fn headers(verdict: Verdict) -> [(HeaderName, u64); 3] {
    [
        (RATELIMIT_LIMIT, u64::from(verdict.limit)),
        (RATELIMIT_REMAINING, u64::from(verdict.remaining)),
        (RATELIMIT_RESET, whole_seconds(verdict.reset)),
    ]
}

/// The answer to a refused event; `None` when it may happen.
#[must_use]
pub fn refusal(verdict: Verdict) -> Option<ApiError> {
    let wait = whole_seconds(verdict.retry_after?).max(1);
    let error = ApiError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "RATE_LIMIT_EXCEEDED",
        format!(
            "too many requests; try again in {wait} second{}",
            if wait == 1 { "" } else { "s" }
        ),
    );
    let error = error.with_header(RETRY_AFTER, HeaderValue::from(wait));
    Some(headers(verdict).into_iter().fold(error, |error, (name, value)| {
        error.with_header(name, value.into())
    }))
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
        for who in [Who::address(address), self::account(account)] {
            let verdict = self.take(Scope::Logins, who, self.logins).await;
            if let Some(refusal) = verdict.and_then(refusal) {
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
        let Some(verdict) = self.limits.request(sender(req, depot)).await else {
            return;
        };
        if let Some(refusal) = refusal(verdict) {
            problem::render(refusal, req, depot, res);
            ctrl.skip_rest();
            return;
        }
        for (name, value) in headers(verdict) {
            res.headers_mut().insert(name, value.into());
        }
    }
}

#[cfg(test)]
mod tests;
