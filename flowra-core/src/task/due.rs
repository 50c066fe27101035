//! When a task is due.

use std::fmt;
use std::str::FromStr;

use crate::time::{BadTime, Date, Timestamp};

/// When a task is due: on a day, or at a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Due {
    /// By the end of this day, UTC.
    Day(Date),
    /// By this time.
    At(Timestamp),
}

impl Due {
    /// The last moment at which it is in time.
    #[must_use]
    pub const fn instant(self) -> Timestamp {
        match self {
            Self::Day(date) => date.end(),
            Self::At(time) => time,
        }
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => date.fmt(f),
            Self::At(time) => time.fmt(f),
        }
    }
}

impl FromStr for Due {
    type Err = BadTime;

    fn from_str(text: &str) -> Result<Self, BadTime> {
        let text = text.trim();
        if text.len() == 10 {
            Date::parse(text).map(Self::Day)
        } else {
            Timestamp::parse(text).map(Self::At)
        }
    }
}

#[cfg(feature = "serde")]
crate::text::serde_as_text!(Due);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_day_lasts_to_its_end() {
        let due: Due = "2026-11-22".parse().unwrap();
        assert_eq!(due.instant().to_string(), "2026-11-22T23:59:59.999Z");
        assert_eq!(due.to_string(), "2026-11-22");
        assert!("tomorrow".parse::<Due>().is_err());
    }
}
