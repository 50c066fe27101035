//! The port to the log.

use std::fmt;
use std::sync::Arc;

use super::{Claim, Commit, Document, Event, Outcome, Position, StreamId, Version};
use crate::port::{BoxFuture, PortFailure, PortResult};
use crate::time::Timestamp;
use crate::{RequestId, UserId};

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its place.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// The stream's version with it.
    pub version: Version,
    /// Who did it.
    pub actor: UserId,
    /// When it was decided.
    pub time: Timestamp,
    /// The request that asked for it.
    pub request: RequestId,
    /// The event that caused it, when no person did.
    pub cause: Option<Position>,
    /// What happened.
    pub event: Event,
}

/// An event as a follower of the log reads it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The event.
    pub recorded: Arc<Recorded>,
    /// Its aggregate after the whole append of which it is a part, while the log still has it at hand; who needs it later loads the current one.
    pub document: Option<Document>,
}

/// Stores commits and gives them back in one order.
///
/// - MUST store a commit's events all or none, and on success only once they are durable. Proven by `a_refused_commit_leaves_no_trace`.
/// - MUST number events 1, 2, 3 … in the order of commits, those of a commit side by side in the order of its appends; what was read up to a
///   position is complete. Proven by `positions_are_dense_and_ordered`, `concurrent_commits_leave_no_hole`.
/// - MUST refuse a commit when an append's stream is not at the expected version or a guard does not hold. Proven by
///   `stale_append_conflicts`, `a_guard_on_a_changed_stream_conflicts`, `a_guard_on_a_missing_claim_conflicts`.
/// - MUST take and release the claims of each event ([`Event::claims`]) in the same commit, and refuse one that is held. Proven by
///   `a_claim_has_one_holder`, `a_released_claim_can_be_taken_again`.
/// - MUST answer a commit under a used idempotency key with the first outcome and store nothing; with another fingerprint, refuse. This comes
///   before every other check. Proven by `a_repeated_key_answers_the_first_outcome`, `a_key_with_another_fingerprint_is_refused`.
/// - MUST show the commit's documents to every later `load` of the author. Proven by `the_author_reads_their_own_write`.
/// - MUST NOT be undone by the caller's future being dropped: a commit that was begun is stored or refused as a whole. Proven by
///   `a_dropped_append_is_whole_or_absent`.
pub trait EventLog: Send + Sync {
    /// Stores a commit.
    ///
    /// Commits SHOULD be stored in the order in which their futures are first polled: those that rest on one another, such as the ones
    /// that number tasks, then need not wait for one another to be durable. Another order costs conflicts, nothing else.
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Appended, AppendError>>;

    /// At most `limit` events after this position, in order. An event reads the same whether it is new or old.
    fn read(&self, after: Position, limit: usize) -> BoxFuture<'_, PortResult<Vec<Entry>>>;

    /// At most `limit` events of one stream after this version, in order.
    fn stream(
        &self,
        stream: StreamId,
        after: Version,
        limit: usize,
    ) -> BoxFuture<'_, PortResult<Vec<Recorded>>>;

    /// The position of the last event.
    fn head(&self) -> BoxFuture<'_, PortResult<Position>>;

    /// Waits until the log has an event after this position; answers the head.
    fn wait_past(&self, position: Position) -> BoxFuture<'_, PortResult<Position>>;

    /// The outcome under a caller's key, when it was used within the last 24 hours or more, with its fingerprint.
    fn outcome(&self, user: UserId, key: &str) -> BoxFuture<'_, PortResult<Option<Remembered>>>;
}

/// The fingerprint of a request that was stored under an idempotency key, and what it made.
pub type Remembered = ([u8; 32], Outcome);

/// How a commit went through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is stored; its last event stands here.
    Now(Position),
    /// The same request was stored before; this is what it made.
    Before(Outcome),
}

/// Why a commit was not stored.
#[derive(Debug)]
pub enum AppendError {
    /// It does not fit what others stored meanwhile; decide again.
    Conflict(Conflict),
    /// The idempotency key belongs to a different request.
    KeyReused,
    /// The log let the caller down; whether the commit is stored is unknown only if the log died while it wrote.
    Failed(PortFailure),
}

/// What a commit did not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// A stream has another version than expected or guarded.
    Stale(StreamId),
    /// Somebody holds the claim already.
    Taken(Claim),
    /// Nobody holds the guarded claim.
    NotHeld(Claim),
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict(Conflict::Stale(stream)) => write!(f, "{stream} was changed meanwhile"),
            Self::Conflict(Conflict::Taken(claim)) => write!(f, "{} is taken", claim.name()),
            Self::Conflict(Conflict::NotHeld(claim)) => write!(f, "{} is not taken", claim.name()),
            Self::KeyReused => f.write_str("the idempotency key belongs to a different request"),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for AppendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(failure) => failure.source(),
            Self::Conflict(_) | Self::KeyReused => None,
        }
    }
}

impl From<PortFailure> for AppendError {
    fn from(failure: PortFailure) -> Self {
        Self::Failed(failure)
    }
}
