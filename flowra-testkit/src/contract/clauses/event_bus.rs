//! What the bus promises.

use std::time::Duration;

use flowra_core::Id;
use flowra_core::cluster::{Signal, Signals};
use flowra_core::event::Position;
use tokio::time::timeout;

use super::super::Nodes;

/// How long a signal may be on its way.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to listen for a signal that must not come.
const SILENCE: Duration = Duration::from_millis(200);

/// The next signal, which must come.
pub(super) async fn heard(signals: &mut dyn Signals) -> Signal {
    timeout(PATIENCE, signals.next())
        .await
        .expect("a signal did not arrive")
        .expect("the subscription ended")
}

async fn nothing_more(signals: &mut dyn Signals) {
    let more = timeout(SILENCE, signals.next()).await;
    assert!(more.is_err(), "nothing was to come, but {more:?}");
}

pub(super) fn grown(position: u64) -> Signal {
    Signal::Grown(Position::new(position))
}

pub(in crate::contract) async fn a_signal_reaches_every_other_node(nodes: Nodes) {
    let mut first = nodes.other.bus.subscribe().await.unwrap();
    let mut second = nodes.other.bus.subscribe().await.unwrap();
    nodes.one.bus.publish(grown(1)).await.unwrap();
    assert_eq!(heard(&mut *first).await, grown(1));
    assert_eq!(heard(&mut *second).await, grown(1));
    let mut back = nodes.one.bus.subscribe().await.unwrap();
    nodes.other.bus.publish(grown(2)).await.unwrap();
    assert_eq!(heard(&mut *back).await, grown(2));
}

pub(in crate::contract) async fn every_kind_of_signal_arrives_as_it_was_sent(nodes: Nodes) {
    let mut signals = nodes.other.bus.subscribe().await.unwrap();
    let user = Id::from_bytes([0x0d; 16]);
    let sent = [
        grown(u64::from(u32::MAX) + 1),
        Signal::Typing {
            chat: Id::from_bytes([0x0a; 16]),
            user,
        },
        Signal::Presence { user },
        Signal::SessionEnded(Id::from_bytes([0xff; 16])),
        Signal::SessionsEnded { user },
        Signal::TokenEnded(Id::from_bytes([0; 16])),
    ];
    for signal in sent {
        nodes.one.bus.publish(signal).await.unwrap();
        assert_eq!(heard(&mut *signals).await, signal);
    }
}

pub(in crate::contract) async fn a_signal_does_not_come_back_to_its_node(nodes: Nodes) {
    let mut own = nodes.one.bus.subscribe().await.unwrap();
    nodes.one.bus.publish(grown(1)).await.unwrap();
    nodes.other.bus.publish(grown(2)).await.unwrap();
    assert_eq!(heard(&mut *own).await, grown(2));
    nothing_more(&mut *own).await;
}

pub(in crate::contract) async fn a_signal_is_delivered_once(nodes: Nodes) {
    let mut signals = nodes.other.bus.subscribe().await.unwrap();
    for position in 1..=100 {
        nodes.one.bus.publish(grown(position)).await.unwrap();
    }
    let mut heard_of = Vec::new();
    for _ in 1..=100 {
        heard_of.push(heard(&mut *signals).await);
    }
    let once = (1..=100).all(|position| heard_of.contains(&grown(position)));
    assert!(once, "each of 100 signals once: {heard_of:?}");
    nothing_more(&mut *signals).await;
}

pub(in crate::contract) async fn publishing_needs_no_listener(nodes: Nodes) {
    for _ in 0..100 {
        nodes.one.bus.publish(grown(1)).await.unwrap();
    }
    let mut late = nodes.other.bus.subscribe().await.unwrap();
    nodes.one.bus.publish(grown(2)).await.unwrap();
    // What was on its way while it subscribed, it may hear too.
    while heard(&mut *late).await != grown(2) {}
    nothing_more(&mut *late).await;
}
