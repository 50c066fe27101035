//! Where tasks stand in a sorted list.

use std::cmp::Reverse;

use flowra_core::task::{SortKey, TaskSort};

/// A place in a sorted list; smaller ones stand before.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Up(SortKey, [u8; 16]),
    Down(Reverse<SortKey>, Reverse<[u8; 16]>),
    /// Without a value: behind the others in either direction.
    MissingUp([u8; 16]),
    MissingDown(Reverse<[u8; 16]>),
}

impl Place {
    pub(super) fn new(key: SortKey, id: [u8; 16], sort: TaskSort) -> Self {
        match (key, sort.descending) {
            (SortKey::Missing, false) => Self::MissingUp(id),
            (SortKey::Missing, true) => Self::MissingDown(Reverse(id)),
            (key, false) => Self::Up(key, id),
            (key, true) => Self::Down(Reverse(key), Reverse(id)),
        }
    }
}
