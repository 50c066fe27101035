//! What an operator is told about a store that is checked or made anew; how a store does either is its own business.

use std::fmt;
use std::time::Duration;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// Events that were read.
    pub events: u64,
    /// Streams that they are in; each has one document.
    pub streams: u64,
    /// Stored things that were compared with those that the log makes.
    pub rows: u64,
    /// The first thing that is not as it must be.
    pub difference: Option<Difference>,
}

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: [`Difference::LOG`], or a table or collection and the key of a row.
    pub place: String,
    /// What is wrong there.
    pub fault: String,
}

impl Difference {
    /// The place of what is wrong with the log.
    pub const LOG: &'static str = "log";

    /// Whether the log itself is damaged, which a rebuild does not help.
    #[must_use]
    pub fn is_in_log(&self) -> bool {
        self.place == Self::LOG
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.fault)
    }
}

/// How far a rebuild has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Events that were taken in.
    pub done: u64,
    /// Events that the log had when it began.
    pub total: u64,
}

/// What a rebuild did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RebuildReport {
    /// Events that were folded.
    pub events: u64,
    /// Documents that they made.
    pub documents: u64,
    /// Time for decoding and folding.
    pub folding: Duration,
    /// Time for writing the documents, and all else that follows from the log, beside the old ones.
    pub writing: Duration,
    /// Time for putting them in the place of the old ones.
    pub exchanging: Duration,
}
