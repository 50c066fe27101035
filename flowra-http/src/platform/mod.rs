//! What the machine gives the core: time, waiting, ids, secrets, and slow password hashes; and the threads on which all of it runs.

mod passwords;
pub mod runtime;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flowra_core::time::Timestamp;
use flowra_core::{BoxFuture, Clock, Digest, IdGenerator, Secrets, Timer};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub use passwords::Argon2id;

/// The machine's clock, UTC.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        Timestamp::from_millis(millis)
    }
}

/// Waiting by the clock of Tokio, which goes on at the same pace when somebody sets the machine's.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioTimer;

impl Timer for TokioTimer {
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Time-ordered ids (UUIDv7), in the order in which one server makes them.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeOrderedIds;

impl IdGenerator for TimeOrderedIds {
    fn next(&self) -> [u8; 16] {
        *Uuid::now_v7().as_bytes()
    }
}

/// Secrets of 256 random bits; their digests are SHA-256, which is enough for what cannot be guessed.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomSecrets;

impl Secrets for RandomSecrets {
    fn mint(&self) -> String {
        let mut bytes = [0; 32];
        // Without randomness there is no secret worth having: ending the request is the only honest answer, and the guard makes it a 500.
        #[expect(
            clippy::panic,
            reason = "a server without randomness must not hand out guessable secrets"
        )]
        if let Err(error) = getrandom::fill(&mut bytes) {
            panic!("the operating system gives no randomness: {error}");
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn digest(&self, secret: &str) -> Digest {
        Digest::from_bytes(Sha256::digest(secret.as_bytes()).into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use flowra_testkit::Memory;
    use flowra_testkit::contract::{self, Sources};

    use super::*;

    #[test]
    fn secrets_differ_and_their_digests_are_theirs() {
        let (one, other) = (RandomSecrets.mint(), RandomSecrets.mint());
        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
        assert_eq!(RandomSecrets.digest(&one), RandomSecrets.digest(&one));
        assert_ne!(RandomSecrets.digest(&one), RandomSecrets.digest(&other));
    }

    #[tokio::test]
    async fn the_timer_keeps_its_contract_by_the_clock() {
        let sources = Sources {
            clock: Arc::new(SystemClock),
            timer: Arc::new(TokioTimer),
            ..Sources::of(&Memory::seeded(1))
        };
        contract::timer::a_sleep_lasts_its_time(sources).await;
    }

    #[test]
    fn ids_grow() {
        let ids: Vec<_> = (0..1_000).map(|_| TimeOrderedIds.next()).collect();
        assert!(ids.is_sorted());
    }
}
