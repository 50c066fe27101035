//! What servers need in order to act as one.

use std::time::Duration;

use super::{LimitKey, NodeId, Quota, Signal, Verdict};
use crate::UserId;
use crate::port::{BoxFuture, PortResult};

/// Carries signals from one server to all others: at most once, those of different servers in any order.
///
/// - MUST deliver a signal to every subscription of every other node that was there before it was published. Proven by
///   `a_signal_reaches_every_other_node`, `every_kind_of_signal_arrives_as_it_was_sent`.
/// - MUST NOT deliver a signal to the node that published it, which acts on it without being told. Proven by
///   `a_signal_does_not_come_back_to_its_node`.
/// - MUST NOT deliver a signal twice to one subscription. Proven by `a_signal_is_delivered_once`.
/// - MUST NOT wait for subscribers, nor need any. Proven by `publishing_needs_no_listener`.
pub trait EventBus: Send + Sync {
    /// Tells the other nodes.
    ///
    /// # Errors
    /// The bus is out of reach; nobody was told, and trying again later is of no use: by then they have found out.
    fn publish(&self, signal: Signal) -> BoxFuture<'_, PortResult<()>>;

    /// Listens to the other nodes from now on.
    ///
    /// # Errors
    /// The bus is out of reach.
    fn subscribe(&self) -> BoxFuture<'_, PortResult<Box<dyn Signals>>>;
}

/// A subscription: the signals that came and were not taken yet, in a bounded queue.
///
/// - MUST end when signals were lost, because the bus was cut off or the subscriber fell behind. Whoever sees the end subscribes again
///   first, and then reads the log. Proven by `who_falls_behind_is_told`.
pub trait Signals: Send {
    /// Waits for the next signal; `None` once some were lost, and for ever after. Dropping the future loses nothing.
    fn next(&mut self) -> BoxFuture<'_, Option<Signal>>;
}

/// Counts events, for all servers together, and says when one comes too early.
///
/// - MUST let a burst pass at once and refuse the next event. Proven by `a_burst_passes_and_the_next_event_is_refused`.
/// - MUST count the event when it lets it pass, and only then: who waits as long as they were told is let through. Proven by
///   `a_refused_event_is_not_counted`.
/// - MUST NOT let different keys influence one another, except that an implementation of bounded memory may forget the keys that have been
///   quiet the longest. Proven by `keys_are_counted_apart`.
/// - MUST count together what comes to different nodes. Proven by `nodes_count_together`, `racing_events_are_each_counted`.
/// - SHOULD answer within 100 ms: an implementation whose store is out of reach counts by itself instead.
pub trait RateLimiter: Send + Sync + 'static {
    /// Asks for one event of `key` now.
    fn take(&self, key: LimitKey, quota: Quota) -> BoxFuture<'_, Verdict>;
}

/// Who is connected to which node.
///
/// - MUST show to every node whom any node holds, and nobody else. Proven by `who_is_held_is_seen_by_every_node`,
///   `who_is_unknown_is_not_held`.
/// - MUST hold somebody as long as one node does. Proven by `somebody_is_there_while_one_node_holds_them`.
/// - MUST replace what the node held before by what it holds now. Proven by `holding_again_replaces_what_was_held`.
/// - MUST show a change at once. Proven by `who_comes_and_goes_is_seen_at_once`.
/// - MUST forget what a node holds once its lease is over without a word from it. Proven by `a_silent_nodes_people_go_with_its_lease`.
pub trait PresenceLedger: Send + Sync {
    /// From now on the node holds these people and no others, until it says otherwise or is silent for as long as `lease`.
    ///
    /// # Errors
    /// The ledger is out of reach; the caller holds again with its next beat.
    fn hold(&self, node: NodeId, users: Vec<UserId>, lease: Duration) -> BoxFuture<'_, PortResult<()>>;

    /// The node holds those who came as well, and no longer those who went; its lease begins anew.
    ///
    /// # Errors
    /// As [`hold`](Self::hold).
    fn change(
        &self,
        node: NodeId,
        came: Vec<UserId>,
        gone: Vec<UserId>,
        lease: Duration,
    ) -> BoxFuture<'_, PortResult<()>>;

    /// Those of these people whom some node holds, in the order asked.
    ///
    /// # Errors
    /// The ledger is out of reach: the caller knows of its own people only.
    fn held(&self, users: Vec<UserId>) -> BoxFuture<'_, PortResult<Vec<UserId>>>;
}
