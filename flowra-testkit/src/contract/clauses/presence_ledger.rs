//! What the ledger of connected people promises.

use std::time::Duration;

use flowra_core::{Id, UserId};

use super::super::Nodes;

/// A lease that outlives the clause.
const LONG: Duration = Duration::from_mins(2);

fn user(byte: u8) -> UserId {
    Id::from_bytes([byte; 16])
}

fn users(bytes: &[u8]) -> Vec<UserId> {
    bytes.iter().copied().map(user).collect()
}

/// Both nodes must see the same of the users 1 to 9.
async fn seen(nodes: &Nodes) -> Vec<UserId> {
    let all = users(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let here = nodes.one.ledger.held(all.clone()).await.unwrap();
    let there = nodes.other.ledger.held(all).await.unwrap();
    assert_eq!(here, there, "the nodes see different people");
    here
}

pub(in crate::contract) async fn who_is_held_is_seen_by_every_node(nodes: Nodes) {
    let (one, other) = (&nodes.one, &nodes.other);
    one.ledger.hold(one.id, users(&[4, 1]), LONG).await.unwrap();
    other.ledger.hold(other.id, users(&[7]), LONG).await.unwrap();
    assert_eq!(seen(&nodes).await, users(&[1, 4, 7]));
    let asked = users(&[7, 2, 1]);
    assert_eq!(
        one.ledger.held(asked).await.unwrap(),
        users(&[7, 1]),
        "in the order asked"
    );
    assert!(one.ledger.held(Vec::new()).await.unwrap().is_empty());
}

pub(in crate::contract) async fn who_is_unknown_is_not_held(nodes: Nodes) {
    assert!(seen(&nodes).await.is_empty());
    let one = &nodes.one;
    one.ledger.hold(one.id, Vec::new(), LONG).await.unwrap();
    assert!(seen(&nodes).await.is_empty());
}

pub(in crate::contract) async fn somebody_is_there_while_one_node_holds_them(nodes: Nodes) {
    let (one, other) = (&nodes.one, &nodes.other);
    one.ledger.hold(one.id, users(&[1, 2]), LONG).await.unwrap();
    other.ledger.hold(other.id, users(&[1]), LONG).await.unwrap();
    one.ledger
        .change(one.id, Vec::new(), users(&[1, 2]), LONG)
        .await
        .unwrap();
    assert_eq!(seen(&nodes).await, users(&[1]));
    other.ledger.hold(other.id, Vec::new(), LONG).await.unwrap();
    assert!(seen(&nodes).await.is_empty());
}

pub(in crate::contract) async fn holding_again_replaces_what_was_held(nodes: Nodes) {
    let one = &nodes.one;
    let many: Vec<UserId> = (0..5_000_u32)
        .map(|number| {
            let mut bytes = [0xee; 16];
            bytes[..4].copy_from_slice(&number.to_be_bytes());
            Id::from_bytes(bytes)
        })
        .collect();
    one.ledger.hold(one.id, many.clone(), LONG).await.unwrap();
    assert_eq!(nodes.other.ledger.held(many.clone()).await.unwrap(), many);
    one.ledger.hold(one.id, users(&[3]), LONG).await.unwrap();
    assert_eq!(seen(&nodes).await, users(&[3]));
    assert!(nodes.other.ledger.held(many).await.unwrap().is_empty());
}

pub(in crate::contract) async fn who_comes_and_goes_is_seen_at_once(nodes: Nodes) {
    let one = &nodes.one;
    one.ledger
        .change(one.id, users(&[1, 2]), Vec::new(), LONG)
        .await
        .unwrap();
    assert_eq!(seen(&nodes).await, users(&[1, 2]));
    one.ledger
        .change(one.id, users(&[3]), users(&[1]), LONG)
        .await
        .unwrap();
    assert_eq!(seen(&nodes).await, users(&[2, 3]));
    one.ledger
        .change(one.id, Vec::new(), users(&[2, 3, 9]), LONG)
        .await
        .unwrap();
    assert!(seen(&nodes).await.is_empty());
}

pub(in crate::contract) async fn a_silent_nodes_people_go_with_its_lease(nodes: Nodes) {
    let (one, other) = (&nodes.one, &nodes.other);
    let lease = Duration::from_millis(300);
    other.ledger.hold(other.id, users(&[2]), LONG).await.unwrap();
    one.ledger.hold(one.id, users(&[1, 2]), lease).await.unwrap();
    for _ in 0..4 {
        tokio::time::sleep(lease / 3).await;
        one.ledger
            .change(one.id, Vec::new(), Vec::new(), lease)
            .await
            .unwrap();
    }
    assert_eq!(
        seen(&nodes).await,
        users(&[1, 2]),
        "a word from the node begins its lease anew"
    );
    tokio::time::sleep(lease + Duration::from_millis(100)).await;
    assert_eq!(seen(&nodes).await, users(&[2]));
    one.ledger.hold(one.id, users(&[1]), LONG).await.unwrap();
    assert_eq!(
        seen(&nodes).await,
        users(&[1, 2]),
        "a node that wakes up is heard again"
    );
}
