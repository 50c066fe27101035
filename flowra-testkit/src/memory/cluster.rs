//! Several nodes in one process, which signal, count and hold people together.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use flowra_core::cluster::{
    EventBus, LimitKey, NodeId, PresenceLedger, Quota, RateLimiter, Signal, Signals, Verdict,
};
use flowra_core::{BoxFuture, Id, PortResult, UserId};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::contract::{Node, Nodes};

/// How many signals a subscription may be behind.
const QUEUE: usize = 1_024;

/// What the nodes share. Clones share everything.
#[derive(Clone)]
pub struct InMemoryCluster {
    signals: broadcast::Sender<(NodeId, Signal)>,
    counts: Arc<Mutex<HashMap<LimitKey, Instant>>>,
    holdings: Arc<Mutex<HashMap<NodeId, Holding>>>,
}

struct Holding {
    users: HashSet<UserId>,
    ends: Instant,
}

impl Default for InMemoryCluster {
    fn default() -> Self {
        Self {
            signals: broadcast::Sender::new(QUEUE),
            counts: Arc::default(),
            holdings: Arc::default(),
        }
    }
}

impl InMemoryCluster {
    /// A node of this name.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Arc<InMemoryNode> {
        Arc::new(InMemoryNode {
            id,
            cluster: self.clone(),
        })
    }

    /// Loses all counts and who is connected where, as a Redis does that is flushed.
    pub fn forget(&self) {
        whole(&self.counts).clear();
        whole(&self.holdings).clear();
    }

    /// Two nodes, for the contract.
    #[must_use]
    pub fn two_nodes(&self) -> Nodes {
        let node = |byte| {
            let id = Id::from_bytes([byte; 16]);
            Node::of(id, &self.node(id))
        };
        Nodes {
            one: node(1),
            other: node(2),
            keep: Box::new(()),
        }
    }
}

/// One of the nodes.
pub struct InMemoryNode {
    id: NodeId,
    cluster: InMemoryCluster,
}

impl EventBus for InMemoryNode {
    fn publish(&self, signal: Signal) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            // Without subscribers there is nobody to tell, which is no failure.
            let _ = self.cluster.signals.send((self.id, signal));
            Ok(())
        })
    }

    fn subscribe(&self) -> BoxFuture<'_, PortResult<Box<dyn Signals>>> {
        Box::pin(async move {
            let signals = Subscription {
                own: self.id,
                signals: Some(self.cluster.signals.subscribe()),
            };
            Ok(Box::new(signals) as Box<dyn Signals>)
        })
    }
}

struct Subscription {
    own: NodeId,
    /// None once signals were lost.
    signals: Option<broadcast::Receiver<(NodeId, Signal)>>,
}

impl Signals for Subscription {
    fn next(&mut self) -> BoxFuture<'_, Option<Signal>> {
        Box::pin(async move {
            loop {
                match self.signals.as_mut()?.recv().await {
                    Ok((node, _)) if node == self.own => {}
                    Ok((_, signal)) => return Some(signal),
                    Err(RecvError::Lagged(_) | RecvError::Closed) => self.signals = None,
                }
            }
        })
    }
}

impl RateLimiter for InMemoryNode {
    fn take(&self, key: LimitKey, quota: Quota) -> BoxFuture<'_, Verdict> {
        Box::pin(async move {
            let now = Instant::now();
            let mut counts = whole(&self.cluster.counts);
            let over_at = counts.entry(key).or_insert(now);
            let ahead = over_at.saturating_duration_since(now);
            match quota.count(ahead) {
                Some(ahead) => {
                    *over_at = now + ahead;
                    quota.passed(ahead)
                }
                None => quota.refused(ahead),
            }
        })
    }
}

impl PresenceLedger for InMemoryNode {
    fn hold(&self, node: NodeId, users: Vec<UserId>, lease: Duration) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            let holding = Holding {
                users: users.into_iter().collect(),
                ends: Instant::now() + lease,
            };
            whole(&self.cluster.holdings).insert(node, holding);
            Ok(())
        })
    }

    fn change(
        &self,
        node: NodeId,
        came: Vec<UserId>,
        gone: Vec<UserId>,
        lease: Duration,
    ) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            let now = Instant::now();
            let mut holdings = whole(&self.cluster.holdings);
            holdings.retain(|_, holding| holding.ends > now);
            let holding = holdings.entry(node).or_insert_with(|| Holding {
                users: HashSet::new(),
                ends: now,
            });
            holding.users.extend(came);
            for user in gone {
                holding.users.remove(&user);
            }
            holding.ends = now + lease;
            Ok(())
        })
    }

    fn held(&self, users: Vec<UserId>) -> BoxFuture<'_, PortResult<Vec<UserId>>> {
        Box::pin(async move {
            let now = Instant::now();
            let mut holdings = whole(&self.cluster.holdings);
            holdings.retain(|_, holding| holding.ends > now);
            let is_held = |user: &UserId| holdings.values().any(|holding| holding.users.contains(user));
            Ok(users.into_iter().filter(is_held).collect())
        })
    }
}

/// No code that holds a lock here leaves its data half changed.
fn whole<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
