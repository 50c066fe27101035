//! Following the log from a checkpoint: what notifiers, indexers and webhooks have in common.
//!
//! A [`Consumer`] says what to do about one event; its [`Runner`] reads the log in order, tries again what fails, sets aside what keeps
//! failing, and sees to it that one node at a time does so. This module knows no consumer and refuses to know what an effect is.

mod policy;
mod port;
mod race;
mod runner;

pub use policy::Policy;
pub use port::{
    Checkpoint, CheckpointStore, DeadLetter, DeadLetterStore, Fence, Lease, LeaseStore, LetterKey,
};
pub use runner::{Runner, Turn};

use std::error::Error;
use std::sync::Arc;

use super::{Entry, EventLog, Position};
use crate::port::{BoxFuture, Clock, PortFailure, Timer};

/// Has an effect for each event of the log.
///
/// An event comes at least once, in order, except one that an operator replays. To have the effect once, store it under
/// [`effect_key`] or in one commit with what it rests on. The future is dropped as soon as the lease is lost.
pub trait Consumer: Send + Sync {
    /// Its name in checkpoints, dead letters, leases and metrics; never given to another consumer.
    fn name(&self) -> &'static str;

    /// Has the effect of an event, or none if the event is not for this consumer.
    fn handle<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<(), Failure>>;
}

/// Why an event could not be handled; its text and those of its sources are kept for the operator.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The key under which a consumer's effect of an event is stored once, however often the event comes.
#[must_use]
pub fn effect_key(consumer: &str, position: Position) -> String {
    format!("{consumer}/{position}")
}

/// What a [`Runner`] needs.
#[derive(Clone)]
pub struct ConsumerPorts {
    /// What is read.
    pub log: Arc<dyn EventLog>,
    /// How far each consumer is.
    pub checkpoints: Arc<dyn CheckpointStore>,
    /// What consumers could not handle.
    pub dead_letters: Arc<dyn DeadLetterStore>,
    /// Who runs which consumer.
    pub leases: Arc<dyn LeaseStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Waiting.
    pub timer: Arc<dyn Timer>,
}

/// Hears how a consumer gets on: for metrics and the operator's log.
pub trait ConsumerObserver: Send + Sync {
    /// Something happened; must return at once.
    fn observe(&self, consumer: &'static str, observation: Observation<'_>);
}

/// How a consumer gets on.
#[derive(Debug)]
pub enum Observation<'a> {
    /// This runner holds the lease now.
    Holding(Fence),
    /// This runner holds the lease no more.
    Lost,
    /// So many events of the log were not handled yet, when the runner last looked.
    Lag(u64),
    /// An event could not be handled.
    Failed {
        /// Which.
        position: Position,
        /// How many times in a row by now.
        attempt: u32,
        /// Why.
        failure: &'a Failure,
    },
    /// An event failed too often and is a dead letter now.
    SetAside(Position),
    /// A dead letter was handled after all.
    Replayed(Position),
    /// A port let the runner down; it begins again after a while.
    Interrupted(&'a PortFailure),
}
