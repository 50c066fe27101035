//! The beat: once a second, for all connections together, so that a connection costs no timer of its own.

use std::sync::Arc;
use std::time::Duration;

use flowra_core::Ports;
use salvo::websocket::Message;
use tokio::time::{MissedTickBehavior, interval};

use super::cluster::Beat;
use super::connection::Farewell;
use super::hub::Hub;

/// Pings, ends what is silent or expired, announces who came and went; for ever.
pub(super) async fn beat(hub: Arc<Hub>, ports: Arc<Ports>) {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut ledger = Beat::default();
    loop {
        ticks.tick().await;
        hub.check_connections(&ports);
        hub.typists.sweep(hub.limits.typing);
        let mut moved = hub.arrivals.take();
        if let Some(cluster) = &hub.cluster {
            ledger.strike(cluster, &hub, &moved).await;
            moved.extend(hub.arrivals.take_elsewhere());
        }
        if let Err(failure) = hub.announce(&ports, moved).await {
            tracing::warn!(
                error = &failure as &dyn std::error::Error,
                "could not tell who came or went"
            );
        }
    }
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
