//! Points in time and calendar days, UTC, as RFC 3339 writes them.
//!
//! Nothing here asks what time it is; that is the [`Clock`](crate::Clock) port's.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0000-01-01T00:00:00Z, the earliest that RFC 3339 can write.
    pub const MIN: Self = Self(-62_167_219_200_000);
    /// 9999-12-31T23:59:59.999Z, the latest that RFC 3339 can write.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The point this many milliseconds after (or, negative, before) 1970, held within [`MIN`](Self::MIN) and [`MAX`](Self::MAX).
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        if millis < Self::MIN.0 {
            Self::MIN
        } else if millis > Self::MAX.0 {
            Self::MAX
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The point this many seconds later, at most [`MAX`](Self::MAX).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_millis(self.0.saturating_add(seconds.saturating_mul(SECOND)))
    }

    /// The point this much later, to the millisecond, at most [`MAX`](Self::MAX).
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Reads `2026-11-22T09:30:00Z`, with any offset and any number of decimals (cut to milliseconds).
    ///
    /// # Errors
    /// [`BadTime`] for any other text and for days and hours that do not exist.
    pub fn parse(text: &str) -> Result<Self, BadTime> {
        let (date, rest) = text.split_at_checked(10).ok_or(BadTime)?;
        let day = Date::parse(date)?;
        let rest = rest.strip_prefix(['T', 't', ' ']).ok_or(BadTime)?;
        let (clock, rest) = rest.split_at_checked(8).ok_or(BadTime)?;
        let clock = clock.as_bytes();
        if clock[2] != b':' || clock[5] != b':' {
            return Err(BadTime);
        }
        let (hour, minute, second) = (
            digits(&clock[0..2])?,
            digits(&clock[3..5])?,
            digits(&clock[6..8])?,
        );
        if hour > 23 || minute > 59 || second > 59 {
            return Err(BadTime);
        }
        let (millis, zone) = fraction(rest)?;
        let local = day.start().0 + ((hour * 60 + minute) * 60 + second) * SECOND + millis;
        Ok(Self::from_millis(local - offset(zone)? * SECOND))
    }

    /// The day in which this point lies.
    #[must_use]
    pub const fn date(self) -> Date {
        Date(self.0.div_euclid(DAY))
    }
}

fn fraction(rest: &str) -> Result<(i64, &str), BadTime> {
    let Some(decimals) = rest.strip_prefix('.') else {
        return Ok((0, rest));
    };
    let end = decimals
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .ok_or(BadTime)?;
    if end == 0 {
        return Err(BadTime);
    }
    let mut millis = 0;
    for at in 0..3 {
        millis = millis * 10
            + decimals
                .as_bytes()
                .get(at)
                .filter(|_| at < end)
                .map_or(0, |digit| i64::from(digit - b'0'));
    }
    Ok((millis, &decimals[end..]))
}

fn offset(zone: &str) -> Result<i64, BadTime> {
    if matches!(zone, "Z" | "z") {
        return Ok(0);
    }
    let zone = zone.as_bytes();
    if zone.len() != 6 || zone[3] != b':' {
        return Err(BadTime);
    }
    let (hours, minutes) = (digits(&zone[1..3])?, digits(&zone[4..6])?);
    let seconds = (hours * 60 + minutes) * 60;
    match zone[0] {
        _ if hours > 23 || minutes > 59 => Err(BadTime),
        b'+' => Ok(seconds),
        b'-' => Ok(-seconds),
        _ => Err(BadTime),
    }
}

fn digits(text: &[u8]) -> Result<i64, BadTime> {
    text.iter().try_fold(0, |sum, digit| {
        if digit.is_ascii_digit() {
            Ok(sum * 10 + i64::from(digit - b'0'))
        } else {
            Err(BadTime)
        }
    })
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.0.rem_euclid(DAY);
        let (seconds, millis) = (of_day / SECOND, of_day % SECOND);
        write!(
            f,
            "{}T{:02}:{:02}:{:02}",
            self.date(),
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )?;
        if millis != 0 {
            write!(f, ".{millis:03}")?;
        }
        f.write_str("Z")
    }
}

impl FromStr for Timestamp {
    type Err = BadTime;

    fn from_str(text: &str) -> Result<Self, BadTime> {
        Self::parse(text)
    }
}

/// A calendar day: days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i64);

impl Date {
    /// Reads `2026-11-22`.
    ///
    /// # Errors
    /// [`BadTime`] for any other text and for days that do not exist.
    pub fn parse(text: &str) -> Result<Self, BadTime> {
        let text = text.as_bytes();
        if text.len() != 10 || text[4] != b'-' || text[7] != b'-' {
            return Err(BadTime);
        }
        let (year, month, day) = (digits(&text[0..4])?, digits(&text[5..7])?, digits(&text[8..10])?);
        let date = Self(days_from_civil(year, month, day));
        // A day that does not exist (30 February) comes back as another one.
        if (1..=12).contains(&month) && date.civil() == (year, month, day) {
            Ok(date)
        } else {
            Err(BadTime)
        }
    }

    /// Its first millisecond.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp::from_millis(self.0 * DAY)
    }

    /// Its last millisecond.
    #[must_use]
    pub const fn end(self) -> Timestamp {
        Timestamp::from_millis(self.0 * DAY + DAY - 1)
    }

    /// Year, month and day of the proleptic Gregorian calendar; years counted from March make leap days the last of a year.
    const fn civil(self) -> (i64, i64, i64) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, day_of_year - (153 * from_march + 2) / 5 + 1)
    }
}

const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = BadTime;

    fn from_str(text: &str) -> Result<Self, BadTime> {
        Self::parse(text)
    }
}

/// The text is no day or point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadTime;

impl fmt::Display for BadTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time: give RFC 3339 such as 2026-11-22T09:30:00Z, or a day such as 2026-11-22")
    }
}

impl std::error::Error for BadTime {}

#[cfg(feature = "serde")]
crate::text::serde_as_text!(Timestamp, Date);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_was_read_but_in_utc() {
        for (read, written) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("2024-02-29T23:59:59.5Z", "2024-02-29T23:59:59.500Z"),
            ("2026-11-22T01:00:00+02:00", "2026-11-21T23:00:00Z"),
            ("2026-11-22t01:00:00.123456-00:30", "2026-11-22T01:30:00.123Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp::parse(read).unwrap().to_string(), written);
        }
    }

    #[test]
    fn days_and_hours_that_do_not_exist_are_refused() {
        for bad in [
            "2025-02-29",
            "2026-00-10",
            "2026-13-01",
            "2026-04-31",
            "2026-1-1",
            "26-01-01",
            "2026/01/01",
            "",
        ] {
            assert_eq!(Date::parse(bad), Err(BadTime), "{bad}");
        }
        for bad in [
            "2026-11-22",
            "2026-11-22T24:00:00Z",
            "2026-11-22T10:60:00Z",
            "2026-11-22T10:00:00",
            "2026-11-22T10:00:00.Z",
        ] {
            assert_eq!(Timestamp::parse(bad), Err(BadTime), "{bad}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_survives_the_calendar() {
        let mut day = Date::parse("1800-01-01").unwrap();
        while day.to_string() != "2200-01-01" {
            assert_eq!(Date::parse(&day.to_string()), Ok(day));
            day = Date(day.0 + 1);
        }
    }
}
