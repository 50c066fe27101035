//! Identifiers: 128-bit values, typed by what they name.
//!
//! The core never makes one; they come from the [`IdGenerator`](crate::IdGenerator) port. Time-ordered ids (UUIDv7) keep the indexes of
//! the stores compact, but nothing here relies on their order.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

/// An identifier of a `K`, written as lower-case UUID text.
///
/// The kind is part of the type, so a chat's id cannot be passed where a task's is wanted.
pub struct Id<K: ?Sized> {
    bytes: [u8; 16],
    kind: PhantomData<fn() -> K>,
}

impl<K: ?Sized> Id<K> {
    /// The id with these bytes, in the order in which its text shows them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self {
            bytes,
            kind: PhantomData,
        }
    }

    /// The bytes, in the order in which the text shows them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.bytes
    }

    /// Reads the text form: 32 hexadecimal digits of either case, with hyphens after the 8th, 12th, 16th and 20th.
    ///
    /// # Errors
    /// [`BadId`] for anything else.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let text = text.as_bytes();
        if text.len() != 36 {
            return Err(BadId);
        }
        let mut bytes = [0; 16];
        let mut at = 0;
        for byte in &mut bytes {
            if matches!(at, 8 | 13 | 18 | 23) {
                if text[at] != b'-' {
                    return Err(BadId);
                }
                at += 1;
            }
            *byte = hex(text[at])? << 4 | hex(text[at + 1])?;
            at += 2;
        }
        Ok(Self::from_bytes(bytes))
    }

    fn write_text<'a>(&self, text: &'a mut [u8; 36]) -> &'a str {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut at = 0;
        for byte in self.bytes {
            if matches!(at, 8 | 13 | 18 | 23) {
                text[at] = b'-';
                at += 1;
            }
            text[at] = DIGITS[usize::from(byte >> 4)];
            text[at + 1] = DIGITS[usize::from(byte & 15)];
            at += 2;
        }
        std::str::from_utf8(text).unwrap_or_default()
    }
}

fn hex(digit: u8) -> Result<u8, BadId> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(BadId),
    }
}

impl<K: ?Sized> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: ?Sized> Copy for Id<K> {}

impl<K: ?Sized> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<K: ?Sized> Eq for Id<K> {}

impl<K: ?Sized> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: ?Sized> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl<K: ?Sized> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl<K: ?Sized> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.write_text(&mut [0; 36]))
    }
}

impl<K: ?Sized> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: ?Sized> FromStr for Id<K> {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::parse(text)
    }
}

/// The text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadId;

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an id: give a UUID such as 0190a5e2-7b3c-7def-8123-456789abcdef")
    }
}

impl std::error::Error for BadId {}

#[cfg(feature = "serde")]
mod as_text {
    use super::Id;
    use serde::de::{Error, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::fmt;
    use std::marker::PhantomData;

    impl<K: ?Sized> Serialize for Id<K> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(self.write_text(&mut [0; 36]))
        }
    }

    impl<'de, K: ?Sized> Deserialize<'de> for Id<K> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Text<K: ?Sized>(PhantomData<fn() -> K>);

            impl<K: ?Sized> Visitor<'_> for Text<K> {
                type Value = Id<K>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an id (UUID text)")
                }

                fn visit_str<E: Error>(self, text: &str) -> Result<Id<K>, E> {
                    Id::parse(text).map_err(E::custom)
                }
            }

            deserializer.deserialize_str(Text(PhantomData))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type AnyId = Id<()>;

    #[test]
    fn text_is_read_in_either_case_and_written_in_lower_case() {
        let id = AnyId::parse("0190A5E2-7B3C-7DEF-8123-456789ABCDEF").unwrap();
        assert_eq!(id.to_string(), "0190a5e2-7b3c-7def-8123-456789abcdef");
        assert_eq!(AnyId::parse(&id.to_string()), Ok(id));
    }

    #[test]
    fn anything_but_hyphenated_hexadecimal_is_refused() {
        for bad in [
            "",
            "0190a5e2",
            "0190a5e27b3c7def8123456789abcdef0000",
            "0190a5e2-7b3c-7def-8123-456789abcdeg",
            "0190a5e2-7b3c-7def-8123-456789abcdéf",
            "0190a5e2-7b3c-7def-8123_456789abcdef",
        ] {
            assert_eq!(AnyId::parse(bad), Err(BadId), "{bad}");
        }
    }
}
