//! The time of the story, and ids that go with it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use flowra_core::time::Timestamp;
use flowra_core::user::PasswordHasher;
use flowra_core::{BoxFuture, Clock, IdGenerator, PortResult};
use uuid::{ContextV7, Uuid};

/// A clock that shows the time of what happens in the story.
#[derive(Debug)]
pub(super) struct StoryClock(AtomicI64);

impl StoryClock {
    pub(super) const fn at(time: Timestamp) -> Self {
        Self(AtomicI64::new(time.millis()))
    }

    /// Moves on to this time; never back.
    pub(super) fn advance(&self, time: Timestamp) {
        self.0.fetch_max(time.millis(), Ordering::Relaxed);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// Time-ordered ids (UUIDv7) by the clock of the story: they grow with it, and those of the server that comes after are greater still.
pub(super) struct StoryIds {
    clock: Arc<StoryClock>,
    made: Mutex<ContextV7>,
}

impl StoryIds {
    pub(super) const fn by(clock: Arc<StoryClock>) -> Self {
        Self {
            clock,
            made: Mutex::new(ContextV7::new()),
        }
    }
}

impl IdGenerator for StoryIds {
    fn next(&self) -> [u8; 16] {
        let millis = self.clock.now().millis().unsigned_abs();
        let nanos = u32::try_from(millis % 1_000).unwrap_or_default() * 1_000_000;
        let time = uuid::Timestamp::from_unix(&self.made, millis / 1_000, nanos);
        *Uuid::new_v7(time).as_bytes()
    }
}

/// Hands out one hash that was made before: hashing is slow on purpose, and everybody in the story has the same password.
pub(super) struct OneHash {
    pub(super) password: String,
    pub(super) hash: String,
    pub(super) hasher: Arc<dyn PasswordHasher>,
}

impl PasswordHasher for OneHash {
    fn hash(&self, password: String) -> BoxFuture<'_, PortResult<String>> {
        if password == self.password {
            Box::pin(std::future::ready(Ok(self.hash.clone())))
        } else {
            self.hasher.hash(password)
        }
    }

    fn verify(&self, password: String, hash: Option<String>) -> BoxFuture<'_, PortResult<bool>> {
        self.hasher.verify(password, hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_with_the_time_of_the_story_and_within_a_moment() {
        let start = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
        let clock = Arc::new(StoryClock::at(start));
        let ids = StoryIds::by(Arc::clone(&clock));
        let mut made = Vec::new();
        for seconds in [0, 0, 1, 60, 86_400] {
            clock.advance(start.plus_seconds(seconds));
            made.extend((0..100).map(|_| ids.next()));
        }
        assert!(made.is_sorted_by(|one, next| one < next));
        let first = Uuid::from_bytes(made[0]).get_timestamp().unwrap().to_unix();
        assert_eq!(i64::try_from(first.0).unwrap() * 1_000, start.millis());
    }
}
