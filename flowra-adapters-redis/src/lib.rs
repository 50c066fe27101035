//! What several servers tell one another and count together, on Redis: the bus, the rate limits, and who is connected where.
//!
//! Redis is never the truth. While it is away or has forgotten everything, limits are counted by each server for itself, the bus carries
//! nothing and says so, and the ledger cannot be asked; all of it comes back by itself. The crate refuses to wait for Redis: a call is
//! answered or given up within 100 ms, and at once while Redis is known to be away.
//!
//! # To join the servers of an installation
//! 1. Read the URL with [`RedisOptions::parse`].
//! 2. Open a [`RedisNode`] with the name of the server and the limiter that counts while Redis is away.
//! 3. Hand it out as [`EventBus`](flowra_core::cluster::EventBus), [`RateLimiter`](flowra_core::cluster::RateLimiter) and
//!    [`PresenceLedger`](flowra_core::cluster::PresenceLedger), and show [`RedisNode::is_up`] to operators.
//!
//! A single Redis or one that fails over behind one address is supported; Redis Cluster, which spreads keys, is not.

mod bus;
mod ledger;
mod limiter;
mod link;
mod node;
mod options;
mod wire;

pub use node::RedisNode;
pub use options::{BadRedisUrl, RedisOptions};
