//! This server among others: what it tells them, what it hears, and who is connected elsewhere.
//!
//! Responsible for making several hubs look like one to their clients, as fast as the bus is and no slower than the log when there is no
//! bus. It refuses to make anybody wait for the others: what is to be told goes into a bounded queue, and what does not fit is not told.

mod ledger;
mod log;
mod talk;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flowra_core::cluster::{EventBus, NodeId, PresenceLedger, Signal};
use flowra_core::event::Position;
use flowra_core::{Ports, UserId};
use tokio::sync::{broadcast, watch};

pub(super) use ledger::Beat;
use ledger::Everywhere;
use log::SharedLog;
pub(super) use talk::{hear, tell};

use super::hub::Hub;

/// How many signals may wait to be told; beyond, the oldest are not.
const OUTBOX: usize = 1_024;

/// See the module. One for each server process.
pub struct Cluster {
    node: NodeId,
    bus: Arc<dyn EventBus>,
    ledger: Arc<dyn PresenceLedger>,
    outbox: broadcast::Sender<Signal>,
    /// The last event that this server stored.
    stored: watch::Sender<Position>,
    /// The last event that is known to be stored, by this server or by another that said so.
    grown: watch::Sender<Position>,
    /// Whom a client here may believe to be online though they are not here, and for how many rounds nobody has held them.
    elsewhere: Mutex<HashMap<UserId, u32>>,
}

impl Cluster {
    /// The server of this name among those that share bus and ledger.
    #[must_use]
    pub fn new(node: NodeId, bus: Arc<dyn EventBus>, ledger: Arc<dyn PresenceLedger>) -> Arc<Self> {
        Arc::new(Self {
            node,
            bus,
            ledger,
            outbox: broadcast::Sender::new(OUTBOX),
            stored: watch::Sender::new(Position::START),
            grown: watch::Sender::new(Position::START),
            elsewhere: Mutex::default(),
        })
    }

    /// The ports as a server among others sees them: its log hears of what others store, and its presence knows who is connected to them.
    #[must_use]
    pub fn ports(self: &Arc<Self>, hub: &Arc<Hub>, ports: Ports) -> Ports {
        Ports {
            log: Arc::new(SharedLog::new(ports.log, Arc::clone(self))),
            presence: Arc::new(Everywhere::new(Arc::clone(hub), Arc::clone(self))),
            ..ports
        }
    }

    /// Tells the others as soon as possible, without waiting for it.
    pub(super) fn tell(&self, signal: Signal) {
        // Before the feed has started nobody tells anything, and there is nobody here to tell of.
        let _ = self.outbox.send(signal);
    }

    /// No code that holds the lock leaves the map half changed.
    fn elsewhere(&self) -> MutexGuard<'_, HashMap<UserId, u32>> {
        self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}
