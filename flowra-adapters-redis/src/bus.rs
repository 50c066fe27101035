//! The bus: one channel of Redis, heard on a connection of its own and told on the shared one.

use std::time::Instant;

use flowra_core::cluster::{EventBus, NodeId, Signal, Signals};
use flowra_core::{BoxFuture, PortFailure, PortResult};
use futures_util::StreamExt;
use redis::aio::PubSub;
use redis::{Client, RedisError, RedisResult};
use tokio::sync::{broadcast, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::link::{Away, BEAT, LONGEST, Pauses};
use crate::node::RedisNode;
use crate::wire;

/// The channel's name within the installation's space.
pub(crate) const CHANNEL: &str = "bus";

/// How many signals a subscription may be behind.
const QUEUE: usize = 4_096;

impl EventBus for RedisNode {
    fn publish(&self, signal: Signal) -> BoxFuture<'_, PortResult<()>> {
        const WHAT: &str = "redis.event_bus.publish";
        Box::pin(async move {
            let mut connection = self.link.connection(WHAT)?;
            let mut publish = redis::cmd("PUBLISH");
            publish
                .arg(self.options.key(CHANNEL))
                .arg(wire::write(self.id, signal));
            self.link.answer(WHAT, publish.exec_async(&mut connection)).await
        })
    }

    fn subscribe(&self) -> BoxFuture<'_, PortResult<Box<dyn Signals>>> {
        let heard = self.heard.borrow().as_ref().map(broadcast::Sender::subscribe);
        Box::pin(std::future::ready(match heard {
            Some(heard) => Ok(Box::new(Subscription(Some(heard))) as Box<dyn Signals>),
            None => Err(PortFailure::unavailable(
                "redis.event_bus.subscribe",
                Away::NotConnected,
            )),
        }))
    }
}

/// None once signals were lost.
struct Subscription(Option<broadcast::Receiver<Signal>>);

impl Signals for Subscription {
    fn next(&mut self) -> BoxFuture<'_, Option<Signal>> {
        Box::pin(async move {
            if let Ok(signal) = self.0.as_mut()?.recv().await {
                Some(signal)
            } else {
                self.0 = None;
                None
            }
        })
    }
}

/// Joins the channel again and again; subscriptions end whenever it is left.
pub(crate) async fn listen(
    client: Client,
    channel: String,
    own: NodeId,
    heard: watch::Sender<Option<broadcast::Sender<Signal>>>,
) {
    let mut pauses = Pauses::default();
    let mut is_told = false;
    loop {
        let joined = match join(&client, &channel).await {
            Ok(joined) => joined,
            Err(error) => {
                // That Redis is away is told elsewhere; that it lets nobody listen is not.
                if !std::mem::replace(&mut is_told, true) {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        channel,
                        "the bus cannot be joined: other servers are heard of by the log only"
                    );
                }
                pauses.next().await;
                continue;
            }
        };
        let audience = broadcast::Sender::new(QUEUE);
        heard.send_replace(Some(audience.clone()));
        let begin = Instant::now();
        let error = hear(joined, own, &audience).await;
        // Without their sender the subscriptions end.
        heard.send_replace(None);
        drop(audience);
        is_told = true;
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the bus is cut off: until it is back, other servers are heard of by the log only"
        );
        // One that breaks as soon as it is joined is not tried faster and faster.
        if begin.elapsed() > LONGEST {
            (pauses, is_told) = (Pauses::default(), false);
        }
        pauses.next().await;
    }
}

async fn join(client: &Client, channel: &str) -> RedisResult<PubSub> {
    let joining = async {
        let mut bus = client.get_async_pubsub().await?;
        bus.subscribe(channel).await?;
        Ok(bus)
    };
    timeout(LONGEST, joining).await.unwrap_or_else(|_| Err(late()))
}

/// Passes on what the other nodes say, until the connection breaks.
async fn hear(bus: PubSub, own: NodeId, audience: &broadcast::Sender<Signal>) -> RedisError {
    let (mut sink, mut messages) = bus.split();
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            message = messages.next() => {
                let Some(message) = message else {
                    return RedisError::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
                };
                match wire::read(message.get_payload_bytes()) {
                    Some((node, signal)) if node != own => {
                        // Without subscriptions there is nobody to tell.
                        let _ = audience.send(signal);
                    }
                    Some(_) => {}
                    None => tracing::debug!("a signal of another version was left alone"),
                }
            }
            _ = beat.tick() => {
                match timeout(LONGEST, sink.ping::<redis::Value>()).await {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => return error,
                    Err(_) => return late(),
                }
            }
        }
    }
}

fn late() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}
