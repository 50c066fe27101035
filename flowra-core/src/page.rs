//! Lists come in pages: how many, from where on, and whether more follow.

use std::fmt;

/// How many items a page may have: 1 to [`MAX`](Self::MAX), [`DEFAULT`](Self::default) when nobody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit(usize);

impl Limit {
    /// The largest page.
    pub const MAX: Self = Self(100);

    /// # Errors
    /// [`BadPage::Limit`] when it is not within 1 and 100.
    pub const fn parse(items: usize) -> Result<Self, BadPage> {
        if items == 0 || items > Self::MAX.0 {
            Err(BadPage::Limit)
        } else {
            Ok(Self(items))
        }
    }

    /// The number of items.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }
}

impl Default for Limit {
    /// 50 items.
    fn default() -> Self {
        Self(50)
    }
}

/// What is asked of a list: at most `limit` items, those that come after the item with this key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest<K> {
    /// At most so many.
    pub limit: Limit,
    /// The key of the last item that the caller has; `None` starts at the beginning.
    pub after: Option<K>,
}

impl<K> PageRequest<K> {
    /// The first page.
    #[must_use]
    pub const fn first(limit: Limit) -> Self {
        Self { limit, after: None }
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Whether items follow after the last one.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// The page of a list that was read one item too far, which is how a store learns that more follow.
    #[must_use]
    pub fn from_one_too_many(mut items: Vec<T>, limit: Limit) -> Self {
        let has_more = items.len() > limit.get();
        items.truncate(limit.get());
        Self { items, has_more }
    }

    /// The same page of other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            has_more: self.has_more,
        }
    }
}

/// Why a page could not be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPage {
    /// The limit is out of range.
    Limit,
    /// The cursor is not one that this list gave.
    Cursor,
}

impl fmt::Display for BadPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit => write!(f, "limit must be from 1 to {}", Limit::MAX.0),
            Self::Cursor => f.write_str(
                "cursor is not one of this list: give the next_cursor of its last page, unchanged",
            ),
        }
    }
}

impl std::error::Error for BadPage {}
