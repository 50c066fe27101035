//! Who is connected to which server: says it of this one, asks it of the others.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use flowra_core::chat::Presence;
use flowra_core::cluster::Signal;
use flowra_core::{BoxFuture, PortResult, UserId};

use super::Cluster;
use crate::feed::hub::Hub;

/// For how long the others believe what this server last said.
const LEASE: Duration = Duration::from_secs(15);

/// After how many beats everything is said and asked anew.
const ROUND: u32 = 5;

/// Of how many people the other servers are told with one beat.
const TOLD: usize = 256;

/// For how many rounds nobody may hold somebody before they are gone. A ledger that has forgotten everything is told again within one.
const DOUBT: u32 = 2;

/// Presence over all servers: the hub knows of its own people, the ledger of the others'. Without the ledger, only the hub does.
pub(super) struct Everywhere {
    hub: Arc<Hub>,
    cluster: Arc<Cluster>,
}

impl Everywhere {
    pub(super) fn new(hub: Arc<Hub>, cluster: Arc<Cluster>) -> Self {
        Self { hub, cluster }
    }
}

impl Presence for Everywhere {
    fn online(&self, users: Vec<UserId>) -> BoxFuture<'_, Vec<UserId>> {
        Box::pin(async move {
            let here: HashSet<UserId> = self.hub.online(users.clone()).await.into_iter().collect();
            let others: Vec<UserId> = users
                .iter()
                .copied()
                .filter(|user| !here.contains(user))
                .collect();
            let elsewhere = if others.is_empty() {
                HashSet::new()
            } else {
                let held = self.cluster.ledger.held(others.clone()).await;
                let mut elsewhere = self.cluster.elsewhere();
                if let Ok(held) = held {
                    elsewhere.extend(held.iter().map(|user| (*user, 0)));
                    held.into_iter().collect()
                } else {
                    // The adapter logs that it is away. Who was elsewhere when it was last asked still is, as far as anybody knows.
                    let mut known = others;
                    known.retain(|user| elsewhere.contains_key(user));
                    known.into_iter().collect()
                }
            };
            users
                .into_iter()
                .filter(|user| here.contains(user) || elsewhere.contains(user))
                .collect()
        })
    }
}

/// Counts the beats of one server, so that the ledger hears of it in time.
#[derive(Default)]
pub(in crate::feed) struct Beat {
    /// Beats until everything is said anew.
    left: u32,
    /// Who came or went and was not told of, while the ledger was away.
    untold: HashSet<UserId>,
    /// Whether the ledger was away the last time.
    was_away: bool,
}

impl Beat {
    /// Says who came here and who went, and now and then everything; then tells the others to ask.
    pub(in crate::feed) async fn strike(&mut self, cluster: &Cluster, hub: &Hub, moved: &HashSet<UserId>) {
        self.untold.extend(moved);
        let said = if self.left == 0 {
            cluster.say_all(hub).await
        } else {
            cluster.say_moved(hub, moved).await
        };
        if said.is_err() {
            // The ledger may have forgotten everything by the time it is back.
            self.left = 0;
            self.was_away = true;
            return;
        }
        if std::mem::take(&mut self.was_away) {
            // What was told here meanwhile was told without knowing of the other servers.
            for user in &self.untold {
                hub.arrivals.note_elsewhere(*user);
            }
        }
        self.left = self.left.checked_sub(1).unwrap_or(ROUND - 1);
        // A few at a time, so that they push nothing else out of the way to the bus.
        for user in self.untold.iter().copied().take(TOLD).collect::<Vec<_>>() {
            self.untold.remove(&user);
            cluster.tell(Signal::Presence { user });
        }
    }
}

impl Cluster {
    /// Says who is here, and looks who of those elsewhere went without a word, as the people of a dead server do.
    async fn say_all(&self, hub: &Hub) -> PortResult<()> {
        self.ledger.hold(self.node, hub.users(), LEASE).await?;
        let known: Vec<UserId> = self.elsewhere().keys().copied().collect();
        if known.is_empty() {
            return Ok(());
        }
        let held: HashSet<UserId> = self.ledger.held(known.clone()).await?.into_iter().collect();
        self.elsewhere().retain(|user, missed| {
            *missed = if held.contains(user) { 0 } else { *missed + 1 };
            let is_gone = *missed >= DOUBT;
            if is_gone {
                hub.arrivals.note_elsewhere(*user);
            }
            !is_gone
        });
        Ok(())
    }

    async fn say_moved(&self, hub: &Hub, moved: &HashSet<UserId>) -> PortResult<()> {
        if moved.is_empty() {
            return Ok(());
        }
        let moved: Vec<UserId> = moved.iter().copied().collect();
        let here: HashSet<UserId> = hub.online(moved.clone()).await.into_iter().collect();
        let (came, gone) = moved.into_iter().partition(|user| here.contains(user));
        self.ledger.change(self.node, came, gone, LEASE).await
    }

    /// Somebody is not elsewhere any longer, and everybody here has been told.
    pub(in crate::feed) fn forget(&self, user: UserId) {
        self.elsewhere().remove(&user);
    }

    /// The server stops: its people are not connected to it any longer. Without the ledger they go with the lease.
    pub(crate) async fn leave(&self) {
        if let Err(failure) = self.ledger.hold(self.node, Vec::new(), LEASE).await {
            tracing::debug!(
                error = &failure as &dyn std::error::Error,
                "could not say goodbye"
            );
        }
    }
}
