//! A small map of what was used last, for one thread.

use std::collections::HashMap;
use std::hash::Hash;

/// Keeps between `capacity` and twice as many of the entries used last.
///
/// Two generations instead of a list: an entry that is not used while the young generation fills is dropped with the old one.
pub(crate) struct Recent<K, V> {
    capacity: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash + Copy, V: Copy> Recent<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    pub(crate) fn get(&mut self, key: K) -> Option<V> {
        if let Some(value) = self.young.get(&key) {
            return Some(*value);
        }
        let value = self.old.remove(&key)?;
        self.insert(key, value);
        Some(value)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.capacity {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn an_entry_in_use_outlives_many_that_are_not() {
        let mut recent = Recent::new(4);
        recent.insert(0, 'a');
        for other in 1..100 {
            assert_eq!(recent.get(0), Some('a'));
            recent.insert(other, 'b');
        }
        assert_eq!(recent.get(1), None);
    }

    #[test]
    fn the_newest_value_wins() {
        let mut recent = Recent::new(1);
        recent.insert(1, 'a');
        recent.insert(2, 'b');
        recent.insert(1, 'c');
        assert_eq!(recent.get(1), Some('c'));
    }
}
