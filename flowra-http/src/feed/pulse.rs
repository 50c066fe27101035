//! What is done once a second, for all connections together, so that a connection costs no timer of its own.

use std::sync::Arc;
use std::time::Duration;

use flowra_core::Ports;
use salvo::websocket::Message;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::cluster::Beat;
use super::connection::Farewell;
use super::hub::Hub;

/// Pings, and ends what is silent or expired; for ever.
pub(super) async fn beat(hub: Arc<Hub>, ports: Arc<Ports>) {
    let mut ticks = seconds();
    loop {
        ticks.tick().await;
        hub.check_connections(&ports);
        hub.typists.sweep(hub.limits.typing);
    }
}

/// Announces who came and went; for ever. Apart from the beat: it waits for the store, and the end of a token does not.
pub(super) async fn announcements(hub: Arc<Hub>, ports: Arc<Ports>) {
    let mut ticks = seconds();
    let mut ledger = Beat::default();
    loop {
        ticks.tick().await;
        let mut moved = hub.arrivals.take();
        if let Some(cluster) = &hub.cluster {
            ledger.strike(cluster, &hub, &moved).await;
            moved.extend(hub.arrivals.take_elsewhere());
        }
        hub.announce(&ports, moved).await;
    }
}

fn seconds() -> Interval {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}

impl Hub {
    fn check_connections(&self, ports: &Ports) {
        let second = self.second();
        let now = ports.clock.now();
        let ping_every = self.limits.ping.as_secs().max(1);
        let silence = self.limits.silence.as_secs();
        let ping = Message::ping(Vec::new());
        for connection in self.index().connections() {
            if connection.listener.expires_at.is_some_and(|end| end <= now) {
                connection.end(Farewell::Unauthenticated);
            } else if u64::from(second.saturating_sub(connection.heard())) > silence {
                connection.end(Farewell::Silent);
            } else if u64::from(second) % ping_every == connection.id % ping_every {
                // Each second pings its own share, so that the pings of many connections do not come in one burst.
                connection.push_transient(ping.clone(), self.limits.queue);
            }
        }
    }
}
