//! Text that was checked once: every name, title and description is a type whose values keep its rule.

use std::fmt;

/// Why a text was refused. Lengths count Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// It is shorter than it must be (after trimming).
    TooShort {
        /// The least length.
        min: usize,
    },
    /// It is longer than it may be.
    TooLong {
        /// The greatest length.
        max: usize,
    },
    /// It has a character that the rule does not allow.
    Malformed {
        /// What the rule asks for.
        rule: &'static str,
    },
}

impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { min: 1 } => f.write_str("must not be empty"),
            Self::TooShort { min } => write!(f, "must have at least {min} characters"),
            Self::TooLong { max } => write!(f, "must have at most {max} characters"),
            Self::Malformed { rule } => write!(f, "must be {rule}"),
        }
    }
}

impl std::error::Error for TextFault {}

/// One line of `MIN..=MAX` characters: trimmed, without control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> Line<MIN, MAX> {
    /// Trims the text and checks it.
    ///
    /// # Errors
    /// [`TextFault`] when it is too short, too long, or has a line break or another control character.
    pub fn parse(text: &str) -> Result<Self, TextFault> {
        let text = text.trim();
        within(text, MIN, MAX)?;
        if text.chars().any(char::is_control) {
            return Err(TextFault::Malformed {
                rule: "one line without control characters",
            });
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text of `MIN..=MAX` characters that may have several lines; kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prose<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> Prose<MIN, MAX> {
    /// Checks the text; one of white space only counts as empty.
    ///
    /// # Errors
    /// [`TextFault`] when it is too short, too long, or has a control character other than tab and line break.
    pub fn parse(text: &str) -> Result<Self, TextFault> {
        within(if text.trim().is_empty() { "" } else { text }, MIN, MAX)?;
        if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        {
            return Err(TextFault::Malformed {
                rule: "text without control characters",
            });
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn within(text: &str, min: usize, max: usize) -> Result<(), TextFault> {
    // Bytes bound characters from above, so most texts are not counted at all.
    if text.len() < min || (min > 1 && text.chars().count() < min) {
        return Err(TextFault::TooShort { min });
    }
    if text.len() > max && text.chars().count() > max {
        return Err(TextFault::TooLong { max });
    }
    Ok(())
}

impl<const MIN: usize, const MAX: usize> fmt::Display for Line<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const MIN: usize, const MAX: usize> fmt::Display for Prose<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const MAX: usize> Default for Prose<0, MAX> {
    fn default() -> Self {
        Self(String::new())
    }
}

impl<const MAX: usize> Default for Line<0, MAX> {
    fn default() -> Self {
        Self(String::new())
    }
}

/// What a text was that names no value of a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// The words that would do.
    pub allowed: &'static str,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be one of {}", self.allowed)
    }
}

impl std::error::Error for UnknownWord {}

/// Reads a word without regard to case.
pub(crate) fn find_word<T: Copy>(
    text: &str,
    all: &[T],
    word: fn(T) -> &'static str,
    allowed: &'static str,
) -> Result<T, UnknownWord> {
    let text = text.trim();
    all.iter()
        .copied()
        .find(|one| word(*one).eq_ignore_ascii_case(text))
        .ok_or(UnknownWord { allowed })
}

/// The words of a text for searching: runs of letters and digits in lower case, each once, in order.
///
/// Every store filters by the same words, so that it finds the same things.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(feature = "serde")]
mod with_serde {
    use super::{Line, Prose};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::borrow::Cow;

    // What was stored keeps to the rule of its time: a rule that grew stricter since must not make old data unreadable,
    // so reading does not check again.
    impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Line<MIN, MAX> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer).map(Self)
        }
    }

    impl<const MIN: usize, const MAX: usize> Serialize for Line<MIN, MAX> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&self.0)
        }
    }

    impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Prose<MIN, MAX> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer).map(Self)
        }
    }

    impl<const MIN: usize, const MAX: usize> Serialize for Prose<MIN, MAX> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&self.0)
        }
    }

    /// Reads a value by its `FromStr` from borrowed or owned text.
    pub(crate) fn from_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "serde")]
pub(crate) use with_serde::from_text;

/// Stores each of these types as the text of its `Display` and `FromStr`.
#[cfg(feature = "serde")]
macro_rules! serde_as_text {
    ($($name:ty),+ $(,)?) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::text::from_text(deserializer)
            }
        }
    )+};
}

#[cfg(feature = "serde")]
pub(crate) use serde_as_text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_characters_and_not_bytes() {
        assert!(Line::<1, 3>::parse("äöü").is_ok());
        assert_eq!(Line::<1, 3>::parse("äöüß"), Err(TextFault::TooLong { max: 3 }));
        assert_eq!(Line::<1, 3>::parse("  "), Err(TextFault::TooShort { min: 1 }));
        assert_eq!(Prose::<1, 3>::parse(" \n "), Err(TextFault::TooShort { min: 1 }));
    }

    #[test]
    fn a_line_is_trimmed_and_prose_is_kept_as_written() {
        assert_eq!(Line::<1, 9>::parse("  a b ").unwrap().as_str(), "a b");
        assert_eq!(Prose::<1, 9>::parse("  a\n b ").unwrap().as_str(), "  a\n b ");
        assert!(Line::<1, 9>::parse("a\nb").is_err());
        assert!(Prose::<1, 9>::parse("a\0b").is_err());
    }

    #[test]
    fn words_are_lower_case_and_come_once() {
        assert_eq!(words("Fix the FIX, issue #123!"), ["123", "fix", "issue", "the"]);
    }
}
