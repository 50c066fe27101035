//! The stores that runners share: how far each consumer is, what it could not handle, and who runs it.

use std::fmt;
use std::time::Duration;

use crate::event::Position;
use crate::page::{Page, PageRequest};
use crate::port::{BoxFuture, PortResult};
use crate::time::Timestamp;

/// A number that grows whenever a lease changes hands, so that what a former holder still writes can be told and refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence(u64);

impl Fence {
    /// Below that of every lease.
    pub const NONE: Self = Self(0);

    /// The fence with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The next higher one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The right to do something alone, for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What it is for.
    pub name: String,
    /// Whose it is: a name that no other process has.
    pub holder: String,
    /// What the holder shows when it writes.
    pub fence: Fence,
    /// When it runs out: from this millisecond on it holds no more.
    pub until: Timestamp,
}

/// Who may do what alone.
///
/// Time is the caller's, so the clocks of all nodes should agree to well within the length of a lease. Where they do not, a lease may change
/// hands too early or too late; its fence keeps what is written right even then.
///
/// - MUST give a lease to one of those who ask for it at once, and to nobody else until it has run out or was released. Proven by
///   `one_of_racing_holders_gets_the_lease`, `a_lease_that_ran_out_is_free`, `a_released_lease_is_free`.
/// - MUST give a fence that is greater than every one before it and than the one the caller names, also after a release. Proven by
///   `a_fence_grows_whenever_the_lease_is_given`, `a_fence_exceeds_the_one_named`.
/// - MUST give it to its own holder again. Proven by `a_holder_may_ask_again`.
/// - MUST prolong a lease that is still held, under the same fence, and refuse one that ran out, was released or was given anew. Proven by
///   `a_renewed_lease_lasts_longer`, `a_lease_that_ran_out_is_not_renewed`.
/// - MUST ignore the release of a lease that is somebody else's by now. Proven by `a_late_release_takes_nothing_away`.
/// - MUST keep leases of different names apart. Proven by `leases_of_different_names_are_independent`.
pub trait LeaseStore: Send + Sync {
    /// Asks for a lease until `now + ttl`, with a fence greater than `above`; `None` when another holds it.
    fn acquire(
        &self,
        name: &str,
        holder: &str,
        above: Fence,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'_, PortResult<Option<Lease>>>;

    /// Prolongs it until `now + ttl`; `None` when it is no longer held.
    fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration)
    -> BoxFuture<'_, PortResult<Option<Lease>>>;

    /// Gives it back before its time.
    fn release(&self, lease: &Lease) -> BoxFuture<'_, PortResult<()>>;
}

/// How far a consumer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Everything up to here is handled or set aside.
    pub position: Position,
    /// The highest fence under which it was claimed or saved.
    pub fence: Fence,
}

/// How far each consumer is.
///
/// - MUST keep the position until it is read, each consumer its own. Proven by `a_checkpoint_is_kept`, `checkpoints_are_each_consumers_own`.
/// - MUST refuse to claim or save under a fence lower than one that claimed or saved before. Proven by `an_old_fence_saves_nothing`,
///   `a_claim_shuts_the_former_holder_out`.
/// - MUST keep the further position when one is saved that lies before it. Proven by `a_checkpoint_never_goes_back`.
pub trait CheckpointStore: Send + Sync {
    /// How far the consumer is; `None` when it has not begun.
    fn load(&self, consumer: &str) -> BoxFuture<'_, PortResult<Option<Checkpoint>>>;

    /// Shuts out every holder with a lower fence, then answers the position, at first [`Position::START`]; `None` when a higher one came before.
    fn claim(&self, consumer: &str, fence: Fence) -> BoxFuture<'_, PortResult<Option<Position>>>;

    /// Saves the position; `false`, and nothing saved, when a higher fence came before.
    fn save(&self, consumer: &str, fence: Fence, position: Position) -> BoxFuture<'_, PortResult<bool>>;
}

/// Names a dead letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LetterKey {
    /// Which consumer could not handle it.
    pub consumer: String,
    /// Which event.
    pub position: Position,
}

/// An event that a consumer could not handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Whose, and which event.
    pub key: LetterKey,
    /// The event's name.
    pub event: String,
    /// What went wrong last, with its causes.
    pub reason: String,
    /// How many times it failed, replays included.
    pub failures: u32,
    /// When it was last set aside.
    pub time: Timestamp,
    /// Whether it waits to be handled once more.
    pub is_replay_due: bool,
}

/// What consumers could not handle, for an operator to replay or drop.
///
/// - MUST keep a letter as it is put, in place of an earlier one with the same key. Proven by `a_letter_is_kept_as_put`,
///   `a_letter_put_again_takes_the_place_of_the_first`.
/// - MUST refuse a letter under a fence lower than one that claimed or saved the consumer's checkpoint. Proven by `an_old_fence_puts_no_letter`.
/// - MUST list letters by consumer, then position. Proven by `letters_page_by_consumer_and_position`.
/// - MUST answer the first letter of the consumer whose replay was asked for, and none of others. Proven by
///   `replays_come_in_order_to_their_consumer`, `a_letter_put_again_waits_for_no_replay`.
/// - MUST remove a letter once. Proven by `a_removed_letter_is_gone`.
pub trait DeadLetterStore: Send + Sync {
    /// Stores it; `false`, and nothing stored, when the consumer's checkpoint has seen a higher fence.
    fn put(&self, letter: DeadLetter, fence: Fence) -> BoxFuture<'_, PortResult<bool>>;

    /// All letters.
    fn list(&self, page: PageRequest<LetterKey>) -> BoxFuture<'_, PortResult<Page<DeadLetter>>>;

    /// One letter.
    fn load(&self, key: LetterKey) -> BoxFuture<'_, PortResult<Option<DeadLetter>>>;

    /// Asks the consumer to handle it once more; `false` when there is no such letter.
    fn ask_replay(&self, key: LetterKey) -> BoxFuture<'_, PortResult<bool>>;

    /// The consumer's first letter whose replay was asked for. It stays until it is removed or put again, so that none is lost on the way.
    fn next_replay(&self, consumer: &str) -> BoxFuture<'_, PortResult<Option<DeadLetter>>>;

    /// Forgets it; `false` when there is no such letter.
    fn remove(&self, key: LetterKey) -> BoxFuture<'_, PortResult<bool>>;
}
