//! The live feed: what happens in the log reaches every connection that may hear of it, in order, each event once.
//!
//! - [`Hub`] knows who is connected and who follows what. It is also the [`Presence`](flowra_core::chat::Presence) of the core.
//! - [`Feed`] reads the log in its order and hands every event to the hub: rendered once, shared by all who see the same.
//! - [`Cluster`] makes the hubs of several servers look like one.
//! - [`Live`] is what a connection calls: to follow, to resume after a gap, to say that somebody types.
//!
//! An event leaves a connection's bounded queue or the connection ends; nobody is ever silently short of one. What is not in the log
//! (typing, presence) is dropped when a queue is full.
//!
//! Responsible for order, completeness and rights at delivery. It refuses to know what carries the frames, and who proves who they are.

mod cluster;
mod connection;
mod delivery;
mod follow;
mod frame;
mod hub;
mod index;
mod live;
mod presence;
mod proofs;
mod pulse;
mod resume;
mod rights;
mod subject;

pub use cluster::Cluster;
pub(crate) use connection::Take;
pub use connection::{Connection, Farewell, Form, Listener};
pub use follow::{Feed, FeedBroken};
pub(crate) use frame::{ErrorFrame, Hello, Signal, text};
pub use hub::{Hub, Limits};
pub use live::Live;
pub use proofs::{WatchedSessions, WatchedTokens};
pub(crate) use resume::Resumption;
