//! Which idempotency keys are certainly new, so that a request under a new key, which nearly all are, waits for no read.
//!
//! A Bloom filter of all stored keys: it never calls a stored key new. Keys that were forgotten stay in it until the file is opened again,
//! and the more keys it holds, the more often it does not know; then the file is asked.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flowra_core::UserId;
use rusqlite::Connection;

use crate::codec;
use crate::fault::Outcome;
use crate::sql::{self, Prepare};

/// 2 MiB of bits, of which memory is taken up only where keys are: with a million keys, it does not know one new key in two hundred.
const WORDS: usize = 1 << 18;
/// How many bits a key has.
const PROBES: u64 = 4;

/// The keys of this file.
pub(crate) struct Keys {
    hasher: RandomState,
    bits: Mutex<Vec<u64>>,
    /// Whether the keys from before the file was opened are in it.
    is_complete: AtomicBool,
}

impl Keys {
    /// Knows nothing until [`load`](Self::load) is done.
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            bits: Mutex::new(vec![0; WORDS]),
            is_complete: AtomicBool::new(false),
        }
    }

    /// Takes in the keys that are stored. Those that are stored meanwhile are the writer's to [`add`](Self::add).
    pub(crate) fn load(&self, db: &Connection) -> Outcome<()> {
        let mut select = db.statement(sql::OUTCOME_KEYS)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let key: String = row.get(1)?;
            self.add(codec::id(row, 0)?, &key);
        }
        self.is_complete.store(true, Ordering::Release);
        Ok(())
    }

    /// To be called for every key that was stored, before anybody hears of it.
    pub(crate) fn add(&self, user: UserId, key: &str) {
        let places = self.places(user, key);
        let mut bits = self.bits();
        for (word, bit) in places {
            bits[word] |= bit;
        }
    }

    /// Whether nothing can be stored under the key.
    pub(crate) fn is_new(&self, user: UserId, key: &str) -> bool {
        if !self.is_complete.load(Ordering::Acquire) {
            return false;
        }
        let mut places = self.places(user, key);
        let bits = self.bits();
        places.any(|(word, bit)| bits[word] & bit == 0)
    }

    /// The words of a key's bits, and the bits in them.
    fn places(&self, user: UserId, key: &str) -> impl Iterator<Item = (usize, u64)> + use<> {
        let hash = self.hasher.hash_one((user, key));
        // Odd, so that the probes of one key do not meet.
        let (first, step) = (hash, hash.rotate_left(32) | 1);
        (0..PROBES).map(move |probe| {
            let place = first.wrapping_add(step.wrapping_mul(probe));
            let word = usize::try_from(place >> 6).unwrap_or(usize::MAX) % WORDS;
            (word, 1 << (place & 63))
        })
    }

    fn bits(&self) -> MutexGuard<'_, Vec<u64>> {
        self.bits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    const ADA: UserId = UserId::from_bytes([1; 16]);
    const BOB: UserId = UserId::from_bytes([2; 16]);

    fn stored(keys: &[&str]) -> Connection {
        let mut db = Connection::open_in_memory().unwrap();
        schema::migrate(&mut db, 0).unwrap();
        for key in keys {
            let values = rusqlite::params![ADA.as_bytes(), key, [0_u8; 32], "{}", 0];
            db.statement(sql::OUTCOME_INSERT)
                .unwrap()
                .execute(values)
                .unwrap();
        }
        db
    }

    #[test]
    fn nothing_is_called_new_before_the_stored_keys_are_known() {
        let keys = Keys::new();
        assert!(!keys.is_new(ADA, "one"));
        keys.load(&stored(&["one"])).unwrap();
        assert!(!keys.is_new(ADA, "one"));
        assert!(keys.is_new(ADA, "two") && keys.is_new(BOB, "one"));
    }

    #[test]
    fn no_key_that_was_added_is_called_new_and_nearly_all_others_are() {
        let keys = Keys::new();
        keys.load(&stored(&[])).unwrap();
        for key in 0..100_000 {
            keys.add(ADA, &key.to_string());
        }
        assert!((0..100_000).all(|key| !keys.is_new(ADA, &key.to_string())));
        let unknown = (0..10_000).filter(|key| !keys.is_new(BOB, &key.to_string()));
        assert!(unknown.count() < 10);
    }
}
