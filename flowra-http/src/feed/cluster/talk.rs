//! The two ends of the bus.

use std::sync::Arc;
use std::time::Duration;

use flowra_core::Ports;
use flowra_core::cluster::Signal;
use flowra_core::event::Position;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::Instant;

use super::Cluster;
use super::log::forward;
use crate::feed::hub::Hub;

/// How long to wait before listening again after the bus was cut off.
const PAUSE: Duration = Duration::from_millis(200);

/// How far apart the others are told that the log has grown. Under load each commit would be told apart, and each of that wakes every server.
const PACE: Duration = Duration::from_millis(4);

/// Tells the others what waits to be told; for ever. However much was stored meanwhile, they hear of its end once.
pub(in crate::feed) fn tell(cluster: Arc<Cluster>) -> impl Future<Output = ()> {
    let (mut outbox, mut stored) = (cluster.outbox.subscribe(), cluster.stored.subscribe());
    async move {
        let (mut told, mut free) = (Position::START, Instant::now());
        loop {
            let signal = tokio::select! {
                signal = outbox.recv() => match signal {
                    Ok(signal) => signal,
                    Err(RecvError::Lagged(untold)) => {
                        tracing::warn!(untold, "the bus is too slow for what is to be told");
                        continue;
                    }
                    Err(RecvError::Closed) => return,
                },
                grown = grown(&mut stored, told, free) => match grown {
                    Some(position) => {
                        (told, free) = (position, Instant::now() + PACE);
                        Signal::Grown(position)
                    }
                    None => return,
                },
            };
            // The adapter logs that it is cut off; who was not told finds out by the log and the ledger.
            if let Err(failure) = cluster.bus.publish(signal).await {
                tracing::debug!(
                    error = &failure as &dyn std::error::Error,
                    "a signal was not told"
                );
            }
        }
    }
}

/// The end of the log once it is past this position and the others may be told of it; none once nobody stores any more. May be given up and
/// asked for again.
async fn grown(stored: &mut watch::Receiver<Position>, told: Position, free: Instant) -> Option<Position> {
    stored.wait_for(|position| *position > told).await.ok()?;
    tokio::time::sleep_until(free).await;
    Some(*stored.borrow())
}

/// Does what the others say; for ever.
pub(in crate::feed) async fn hear(cluster: Arc<Cluster>, hub: Arc<Hub>, ports: Arc<Ports>) {
    loop {
        if let Ok(mut signals) = cluster.bus.subscribe().await {
            while let Some(signal) = signals.next().await {
                cluster.obey(signal, &hub, &ports).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl Cluster {
    async fn obey(&self, signal: Signal, hub: &Hub, ports: &Ports) {
        match signal {
            Signal::Grown(position) => forward(&self.grown, position),
            Signal::Typing { chat, user } => match ports.users.load(user).await {
                Ok(Some(user)) => {
                    hub.say_typing(chat, user.id, user.username.as_str());
                }
                Ok(None) => {}
                Err(failure) => {
                    let error = &failure as &dyn std::error::Error;
                    tracing::debug!(error, "could not tell who types on another server");
                }
            },
            Signal::Presence { user } => {
                self.elsewhere().insert(user, 0);
                hub.arrivals.note_elsewhere(user);
            }
            Signal::SessionEnded(session) => hub.end_session(session),
            Signal::SessionsEnded { user } => hub.end_sessions_of(user),
            Signal::TokenEnded(token) => hub.end_token(token),
        }
    }
}
