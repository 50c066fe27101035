//! The limits of all servers together: one script a count, by the clock of Redis.

use std::time::Duration;

use flowra_core::cluster::{LimitKey, Quota, RateLimiter, Scope, Verdict, Who};
use flowra_core::{BoxFuture, PortResult};
use redis::Script;

use crate::node::RedisNode;

pub(crate) fn script() -> Script {
    Script::new(include_str!("take.lua"))
}

impl RateLimiter for RedisNode {
    fn take(&self, key: LimitKey, quota: Quota) -> BoxFuture<'_, Verdict> {
        Box::pin(async move {
            match self.count(key, quota).await {
                Ok(verdict) => verdict,
                // The link logs why, once.
                Err(_) => self.alone.take(key, quota).await,
            }
        })
    }
}

impl RedisNode {
    async fn count(&self, key: LimitKey, quota: Quota) -> PortResult<Verdict> {
        const WHAT: &str = "redis.rate_limiter.take";
        let mut connection = self.link.connection(WHAT)?;
        let mut call = self.take.key(self.options.key(name(key)));
        call.arg(micros(quota.pace())).arg(micros(quota.window()));
        let (passes, ahead): (bool, u64) = self.link.answer(WHAT, call.invoke_async(&mut connection)).await?;
        let ahead = Duration::from_micros(ahead);
        Ok(if passes {
            quota.passed(ahead)
        } else {
            quota.refused(ahead)
        })
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn name(key: LimitKey) -> String {
    let scope = match key.scope {
        Scope::Requests => "requests",
        Scope::Logins => "logins",
        Scope::Frames => "frames",
    };
    match key.who {
        Who::User(user) => format!("limit:{scope}:user:{user}"),
        Who::Address(address) => format!("limit:{scope}:address:{address}"),
        Who::Account(digest) => format!("limit:{scope}:account:{:032x}", u128::from_be_bytes(digest)),
    }
}
