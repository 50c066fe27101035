//! A task's place in its column.

use std::fmt;
use std::str::FromStr;

/// A task's place in its column: tasks stand in the order of their ranks, byte by byte.
///
/// Between two ranks there is always another, so a move changes one task only. Every rank ends in its task's number, so no two tasks
/// of a workspace ever have the same one, whoever moves them at the same time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank(String);

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

impl Rank {
    /// The rank of the new task with this number: behind those that were made before it.
    #[must_use]
    pub fn initial(number: u64) -> Self {
        // A middle digit first leaves room on both sides.
        Self(format!("i{}", suffix(number)))
    }

    /// The rank behind which all others stand, and which no task has.
    #[must_use]
    pub fn lowest() -> Self {
        Self("0".to_owned())
    }

    /// A rank for the task with this number behind `low` and before `high`; without a neighbour, first or last of all.
    /// `None` when `low` does not stand before `high`.
    #[must_use]
    pub fn between(low: Option<&Self>, high: Option<&Self>, number: u64) -> Option<Self> {
        let low = low.map_or(&b""[..], |rank| rank.0.as_bytes());
        let high = high.map(|rank| rank.0.as_bytes());
        if high.is_some_and(|high| low >= high) {
            return None;
        }
        let mut stem = String::new();
        for at in 0.. {
            let below = low.get(at).map_or(0, |byte| value(*byte));
            // Once a digit differs from that of `high`, everything behind it is free upwards.
            let above = high
                .filter(|high| high.len() > at && high.starts_with(stem.as_bytes()))
                .map_or(DIGITS.len(), |high| value(high[at]));
            if above > below + 1 {
                stem.push(char::from(DIGITS[below + (above - below) / 2]));
                break;
            }
            stem.push(char::from(DIGITS[below]));
        }
        Some(Self(stem + &suffix(number)))
    }

    /// The text by which it is ordered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn value(byte: u8) -> usize {
    DIGITS.iter().position(|digit| *digit == byte).unwrap_or(0)
}

/// The number in nine digits of base 36: as long for every task, so that their order is that of the numbers.
fn suffix(mut number: u64) -> String {
    let mut digits = [b'0'; 9];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(number % 36).unwrap_or(0)];
        number /= 36;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text is no rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadRank;

impl fmt::Display for BadRank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a rank: digits and lower-case letters a-z only")
    }
}

impl std::error::Error for BadRank {}

impl FromStr for Rank {
    type Err = BadRank;

    fn from_str(text: &str) -> Result<Self, BadRank> {
        if !text.is_empty() && text.bytes().all(|byte| DIGITS.contains(&byte)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadRank)
        }
    }
}

#[cfg(feature = "serde")]
crate::text::serde_as_text!(Rank);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_tasks_stand_in_the_order_of_their_numbers() {
        let ranks: Vec<_> = [1, 2, 35, 36, 37, 1_000_000].map(Rank::initial).into();
        assert!(ranks.is_sorted());
    }

    #[test]
    fn there_is_always_room_between_two_neighbours() {
        let (mut low, mut high) = (Rank::initial(1), Rank::initial(2));
        for number in 3..500 {
            let middle = Rank::between(Some(&low), Some(&high), number).unwrap();
            assert!(low < middle && middle < high, "{low} < {middle} < {high}");
            if number % 3 == 0 {
                low = middle;
            } else {
                high = middle;
            }
        }
    }

    #[test]
    fn there_is_always_room_at_both_ends() {
        let (mut first, mut last) = (Rank::initial(1), Rank::initial(1));
        for number in 2..500 {
            let before = Rank::between(None, Some(&first), number).unwrap();
            let after = Rank::between(Some(&last), None, number).unwrap();
            assert!(
                before < first && last < after,
                "{before} < {first}, {last} < {after}"
            );
            (first, last) = (before, after);
        }
    }

    #[test]
    fn two_tasks_moved_to_the_same_gap_get_different_ranks() {
        let (low, high) = (Rank::initial(1), Rank::initial(2));
        assert_ne!(
            Rank::between(Some(&low), Some(&high), 3),
            Rank::between(Some(&low), Some(&high), 4)
        );
    }

    #[test]
    fn there_is_no_room_between_a_rank_and_an_earlier_one() {
        assert_eq!(
            Rank::between(Some(&Rank::initial(2)), Some(&Rank::initial(1)), 3),
            None
        );
    }
}
