//! What every port shares: its future, its failure, and the sources of what the core does not make itself.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::id::Id;
use crate::time::Timestamp;

/// What a port's method answers: boxed, so that ports can be `dyn` without a macro.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The answer of a port that can fail.
pub type PortResult<T> = Result<T, PortFailure>;

/// Infrastructure let the caller down: nothing was decided, trying again is safe.
///
/// A refusal never looks like this. Its text is for operators; users only learn that something is unavailable.
#[derive(Debug)]
pub enum PortFailure {
    /// The dependency does not answer, is full, read-only or overloaded.
    Unavailable {
        /// What was tried, as `technology.port.method`.
        what: &'static str,
        /// What came back.
        source: Box<dyn Error + Send + Sync>,
    },
    /// What is stored could not be understood; it is left as it is.
    Corrupt {
        /// Which stored thing.
        what: String,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl PortFailure {
    /// A failure of a dependency.
    pub fn unavailable(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable {
            what,
            source: source.into(),
        }
    }

    /// A stored thing that does not decode.
    pub fn corrupt(what: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Corrupt {
            what: what.into(),
            source: source.into(),
        }
    }
}

impl fmt::Display for PortFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { what, .. } => write!(f, "{what} is unavailable"),
            Self::Corrupt { what, .. } => write!(f, "stored {what} cannot be read"),
        }
    }
}

impl Error for PortFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unavailable { source, .. } | Self::Corrupt { source, .. } => Some(&**source),
        }
    }
}

/// Tells the time.
///
/// - MUST answer at once, without I/O, a time within those that RFC 3339 can write. Proven by `the_time_is_told_at_once`.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Waits.
///
/// - MUST be ready no sooner than so long after it was first polled, as the [`Clock`] tells it. Proven by `a_sleep_lasts_its_time`.
/// - SHOULD be ready not much later.
pub trait Timer: Send + Sync {
    /// Ready after so long.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
}

/// Makes ids.
///
/// - MUST never answer the same bytes twice, on any server. Proven by `ids_never_repeat`.
/// - SHOULD make ids that grow with time, so that indexes over them stay compact.
pub trait IdGenerator: Send + Sync {
    /// Sixteen fresh bytes.
    fn next(&self) -> [u8; 16];
}

/// An id of any kind from a generator.
pub(crate) fn fresh<K: ?Sized>(ids: &dyn IdGenerator) -> Id<K> {
    Id::from_bytes(ids.next())
}

/// Makes secrets and digests of them.
///
/// - MUST mint from the operating system's randomness, never the same twice. Proven by `secrets_never_repeat`.
/// - MUST digest the same secret to the same digest, for ever and on every server. Proven by `a_digest_follows_from_its_secret`.
pub trait Secrets: Send + Sync {
    /// A new secret: at least 128 random bits as URL-safe text.
    fn mint(&self) -> String;

    /// A one-way digest under which the secret is stored.
    fn digest(&self, secret: &str) -> Digest;
}

/// The digest of a secret, 256 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(BadDigest);
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| BadDigest)?;
        }
        Ok(Self(bytes))
    }
}

/// The text is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDigest;

impl fmt::Display for BadDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a digest: 64 hexadecimal digits")
    }
}

impl Error for BadDigest {}

#[cfg(feature = "serde")]
crate::text::serde_as_text!(Digest);
