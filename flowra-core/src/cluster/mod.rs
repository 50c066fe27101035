//! What several servers of one installation tell one another and count together.
//!
//! Responsible for the words in which they do it: signals, counts, and who is connected where. It refuses to be a truth: everything here
//! may be lost at any time, and then a server goes on with what it knows by itself and with what the log says. No use case calls these
//! ports; servers do.

mod port;
mod quota;
mod signal;

pub use port::{EventBus, PresenceLedger, RateLimiter, Signals};
pub use quota::{LimitKey, Quota, Scope, Verdict, Who};
pub use signal::Signal;

use crate::Id;

/// Names one server process, anew at each of its starts.
pub type NodeId = Id<Node>;

/// Marks the ids of server processes.
#[derive(Debug)]
pub enum Node {}
