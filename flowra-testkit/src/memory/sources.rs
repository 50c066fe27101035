//! Time, waiting, ids, secrets, password hashes and presence that a test can foresee and set.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use flowra_core::chat::Presence;
use flowra_core::time::Timestamp;
use flowra_core::user::PasswordHasher;
use flowra_core::{BoxFuture, Clock, Digest, IdGenerator, PortResult, Secrets, Timer, UserId};

/// When time begins unless a test says otherwise: 2026-01-01T00:00:00Z, in milliseconds.
const EPOCH: i64 = 1_767_225_600_000;

/// A clock that stands still until it is set or moved, or steps at every look.
pub struct TestClock {
    millis: AtomicI64,
    step: i64,
}

impl TestClock {
    /// A clock that shows this time until it is moved.
    #[must_use]
    pub const fn at(time: Timestamp) -> Self {
        Self::stepping(time, 0)
    }

    /// A clock that moves on by so many milliseconds whenever somebody looks at it.
    #[must_use]
    pub const fn stepping(time: Timestamp, step_millis: i64) -> Self {
        Self {
            millis: AtomicI64::new(time.millis()),
            step: step_millis,
        }
    }

    /// Sets it, backwards too.
    pub fn set(&self, time: Timestamp) {
        self.millis.store(time.millis(), Ordering::Relaxed);
    }

    /// Moves it on, to the millisecond.
    pub fn advance(&self, duration: Duration) {
        self.set(Timestamp::from_millis(self.millis.load(Ordering::Relaxed)).plus(duration));
    }

    /// Moves it on.
    pub fn advance_seconds(&self, seconds: i64) {
        self.millis.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }
}

impl Default for TestClock {
    /// 2026-01-01T00:00:00Z, standing still.
    fn default() -> Self {
        Self::at(Timestamp::from_millis(EPOCH))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.fetch_add(self.step, Ordering::Relaxed))
    }
}

/// A timer whose sleeps take no time: each moves the clock on by its length and remembers it.
///
/// A sleep that is begun beside other work moves the clock only if that work has to wait.
pub struct TestTimer {
    clock: Arc<TestClock>,
    slept: Mutex<Vec<Duration>>,
}

impl TestTimer {
    /// A timer that moves this clock.
    #[must_use]
    pub const fn moving(clock: Arc<TestClock>) -> Self {
        Self {
            clock,
            slept: Mutex::new(Vec::new()),
        }
    }

    /// How long each sleep since the last call was to be.
    #[must_use]
    pub fn take_slept(&self) -> Vec<Duration> {
        std::mem::take(&mut self.slept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Timer for TestTimer {
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // Whatever else waits gets its turn, so that a loop of sleeps can be stopped.
            tokio::task::yield_now().await;
            self.clock.advance(duration);
            let mut slept = self.slept.lock().unwrap_or_else(PoisonError::into_inner);
            slept.push(duration);
        })
    }
}

/// Ids that follow from a seed: shaped like `UUIDv7`, growing, and never the same twice from one generator.
pub struct SeededIds {
    seed: u64,
    made: AtomicU64,
}

impl SeededIds {
    /// The ids of this seed, from the first on.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            made: AtomicU64::new(0),
        }
    }
}

impl IdGenerator for SeededIds {
    fn next(&self) -> [u8; 16] {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let millis = EPOCH.unsigned_abs() + number;
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        bytes[6..8].copy_from_slice(&scramble(self.seed ^ !number).to_be_bytes()[..2]);
        bytes[8..].copy_from_slice(&scramble(self.seed.rotate_left(32) ^ number).to_be_bytes());
        bytes[6] = bytes[6] & 0x0f | 0x70;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        bytes
    }
}

/// Secrets that follow from a seed, and a digest that is quick instead of one-way. Never for anything that must stay secret.
pub struct SeededSecrets {
    seed: u64,
    minted: AtomicU64,
}

impl SeededSecrets {
    /// The secrets of this seed, from the first on.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            minted: AtomicU64::new(0),
        }
    }
}

impl Secrets for SeededSecrets {
    fn mint(&self) -> String {
        let number = self.minted.fetch_add(1, Ordering::Relaxed);
        quick_digest(&format!("{}/{number}", self.seed)).to_string()
    }

    fn digest(&self, secret: &str) -> Digest {
        quick_digest(secret)
    }
}

/// Hashes passwords at once and not safely, so that tests need not wait; what it hashes it verifies, each hash with a salt of its own.
#[derive(Default)]
pub struct FastPasswordHasher {
    salts: AtomicU64,
}

impl PasswordHasher for FastPasswordHasher {
    fn hash(&self, password: String) -> BoxFuture<'_, PortResult<String>> {
        Box::pin(async move {
            let salt = self.salts.fetch_add(1, Ordering::Relaxed).to_string();
            Ok(encode(&salt, &password))
        })
    }

    fn verify(&self, password: String, hash: Option<String>) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            let hash = hash.as_deref().unwrap_or("$fast$none$");
            let salt = hash.split('$').nth(2).unwrap_or_default();
            Ok(encode(salt, &password) == hash)
        })
    }
}

fn encode(salt: &str, password: &str) -> String {
    format!("$fast${salt}${}", quick_digest(&format!("{salt}${password}")))
}

/// Those are online whom a test says to be.
#[derive(Default)]
pub struct InMemoryPresence {
    online: Mutex<BTreeSet<UserId>>,
}

impl InMemoryPresence {
    /// This user is online from now on, or is not.
    pub fn set(&self, user: UserId, is_online: bool) {
        let mut online = self.online.lock().unwrap_or_else(PoisonError::into_inner);
        if is_online {
            online.insert(user);
        } else {
            online.remove(&user);
        }
    }
}

impl Presence for InMemoryPresence {
    fn online(&self, users: Vec<UserId>) -> BoxFuture<'_, Vec<UserId>> {
        Box::pin(async move {
            let online = self.online.lock().unwrap_or_else(PoisonError::into_inner);
            users.into_iter().filter(|user| online.contains(user)).collect()
        })
    }
}

/// Spreads a number over 64 bits; different numbers stay different (the finalizer of `SplitMix64`).
pub(crate) const fn scramble(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn quick_digest(text: &str) -> Digest {
    let mut bytes = [0; 32];
    for (lane, chunk) in (1_u64..).zip(bytes.chunks_exact_mut(8)) {
        let sum = text
            .bytes()
            .fold(scramble(lane), |sum, byte| scramble(sum ^ u64::from(byte)));
        chunk.copy_from_slice(&sum.to_be_bytes());
    }
    Digest::from_bytes(bytes)
}
