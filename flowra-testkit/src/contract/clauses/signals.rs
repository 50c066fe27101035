//! What a subscription promises.

use std::time::Duration;

use tokio::time::timeout;

use super::super::Nodes;
use super::event_bus::grown;

/// More signals than any queue should hold.
const FLOOD: u64 = 20_000;

pub(in crate::contract) async fn who_falls_behind_is_told(nodes: Nodes) {
    let mut signals = nodes.other.bus.subscribe().await.unwrap();
    for position in 1..=FLOOD {
        nodes.one.bus.publish(grown(position)).await.unwrap();
    }
    let mut taken = 0;
    let ended = timeout(Duration::from_secs(20), async {
        while signals.next().await.is_some() {
            taken += 1;
        }
    });
    assert!(
        ended.await.is_ok(),
        "{taken} of {FLOOD} signals were taken and nothing was said of the others"
    );
    assert!(taken < FLOOD, "a queue of {FLOOD} signals is not bounded");
    assert_eq!(signals.next().await, None, "an end is for ever");
}
