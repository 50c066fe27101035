//! When something happens in the story: told so that it is a few days ago whenever the demo is started.
//!
//! Responsible for the calendar of the story; knows neither its people nor its words.

use flowra_core::time::{Date, Timestamp};
use serde::Deserialize;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// A time of the story, written `5 09:30` or `12m`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub(super) enum When {
    /// At this minute of the day, UTC, so many working days ago.
    WorkingDay {
        /// How many days from Monday to Friday lie between, that day included and today not.
        back: u32,
        /// Minutes since midnight.
        minute: i64,
    },
    /// So many minutes ago.
    Ago(i64),
}

impl When {
    /// The point in time, seen from now.
    pub(super) fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(minutes) => now.plus_seconds(-minutes * MINUTE),
            Self::WorkingDay { back, minute } => {
                let mut start = now.date().start();
                let mut left = back;
                while left > 0 {
                    start = start.plus_seconds(-DAY);
                    left -= u32::from(is_working_day(start));
                }
                start.plus_seconds(minute * MINUTE)
            }
        }
    }
}

impl TryFrom<String> for When {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let fault = || format!("`{text}` is no time of the story: write `5 09:30` or `12m`");
        if let Some(minutes) = text.strip_suffix('m') {
            return minutes.parse().map(Self::Ago).map_err(|_| fault());
        }
        let (back, clock) = text.split_once(' ').ok_or_else(fault)?;
        let (hour, minute) = clock.split_once(':').ok_or_else(fault)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| fault());
        let (back, hour, minute) = (number(back)?, number(hour)?, number(minute)?);
        // Today at an hour may be yet to come.
        if back == 0 || hour > 23 || minute > 59 {
            return Err(fault());
        }
        Ok(Self::WorkingDay {
            back,
            minute: i64::from(hour * 60 + minute),
        })
    }
}

/// The day so many days after today, or before it.
pub(super) fn day(now: Timestamp, days: i64) -> Date {
    now.plus_seconds(days * DAY).date()
}

/// Whether the day of this time is none of a weekend; 1970 began on a Thursday.
fn is_working_day(time: Timestamp) -> bool {
    let from_sunday = (time.millis().div_euclid(DAY * 1_000) + 4).rem_euclid(7);
    (1..=5).contains(&from_sunday)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(when: &str, now: &str) -> String {
        let when = When::try_from(when.to_owned()).unwrap();
        when.before(Timestamp::parse(now).unwrap()).to_string()
    }

    #[test]
    fn working_days_are_counted_back_over_the_weekend() {
        // 2026-11-23 is a Monday.
        assert_eq!(at("1 09:30", "2026-11-23T08:00:00Z"), "2026-11-20T09:30:00Z");
        assert_eq!(at("1 09:30", "2026-11-22T08:00:00Z"), "2026-11-20T09:30:00Z");
        assert_eq!(at("5 17:00", "2026-11-23T00:00:00Z"), "2026-11-16T17:00:00Z");
        assert_eq!(at("1 09:30", "2026-11-25T08:00:00Z"), "2026-11-24T09:30:00Z");
        assert_eq!(at("90m", "2026-11-23T01:00:00Z"), "2026-11-22T23:30:00Z");
    }

    #[test]
    fn what_may_be_yet_to_come_is_no_time_of_the_story() {
        for bad in ["0 09:30", "1 24:00", "1 09:60", "09:30", "1 9", "m", "soon", ""] {
            assert!(When::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
