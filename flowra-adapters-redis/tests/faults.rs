//! Redis goes away, hangs, comes back and forgets: servers go on meanwhile, and recover by themselves.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "the contract is tested by another test")]
mod support;

use std::time::{Duration, Instant};

use flowra_adapters_redis::{RedisNode, RedisOptions};
use flowra_core::Id;
use flowra_core::cluster::{EventBus, LimitKey, PresenceLedger, Quota, RateLimiter, Scope, Signal, Who};
use flowra_core::event::Position;

use support::{PATIENCE, Server, alone, node};

const LEASE: Duration = Duration::from_mins(1);

/// How long a call may take at most, with some room for a busy machine around the 100 ms that are promised.
const SOON: Duration = Duration::from_millis(400);

fn key(user: u8) -> LimitKey {
    LimitKey {
        scope: Scope::Requests,
        who: Who::User(Id::from_bytes([user; 16])),
    }
}

fn one_a_minute() -> Quota {
    Quota::per_minute(1)
}

async fn passes(node: &RedisNode, user: u8) -> bool {
    node.take(key(user), one_a_minute()).await.retry_after.is_none()
}

fn options(server: &Server) -> RedisOptions {
    RedisOptions::parse(&server.url()).unwrap()
}

async fn until_down(node: &RedisNode) {
    let deadline = Instant::now() + PATIENCE;
    while node.is_up() {
        assert!(
            Instant::now() < deadline,
            "the node did not notice that its redis is gone"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The bus and the shared connection notice each for itself, within a beat of a second.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs redis-server in the PATH")]
async fn a_killed_redis_ends_subscriptions_and_limits_go_on_locally_until_it_is_back() {
    let mut server = Server::start();
    let (one, other) = (node(options(&server), 1).await, node(options(&server), 2).await);
    let user = Id::from_bytes([7; 16]);
    one.hold(Id::from_bytes([1; 16]), vec![user], LEASE)
        .await
        .unwrap();
    let mut signals = other.subscribe().await.unwrap();
    assert!(passes(&one, 1).await);
    assert!(!passes(&other, 1).await, "both nodes count together");

    server.kill();
    assert_eq!(
        tokio::time::timeout(PATIENCE, signals.next()).await.unwrap(),
        None,
        "a subscription that is cut off ends"
    );
    until_down(&one).await;
    until_down(&other).await;
    let began = Instant::now();
    assert!(passes(&other, 1).await, "alone, a node begins its own count");
    assert!(!passes(&other, 1).await, "and goes on limiting");
    assert!(one.publish(Signal::Grown(Position::new(1))).await.is_err());
    assert!(one.held(vec![user]).await.is_err());
    assert!(other.subscribe().await.is_err());
    assert!(
        began.elapsed() < SOON,
        "nothing waits for a redis that is away: {:?}",
        began.elapsed()
    );

    server.restart();
    assert!(one.wait_until_up(PATIENCE).await && other.wait_until_up(PATIENCE).await);
    let mut signals = other.subscribe().await.unwrap();
    one.publish(Signal::Grown(Position::new(2))).await.unwrap();
    assert_eq!(signals.next().await, Some(Signal::Grown(Position::new(2))));
    assert!(
        one.held(vec![user]).await.unwrap().is_empty(),
        "a new redis knows nobody"
    );
    one.hold(Id::from_bytes([1; 16]), vec![user], LEASE)
        .await
        .unwrap();
    assert_eq!(other.held(vec![user]).await.unwrap(), [user]);
    assert!(passes(&one, 2).await);
    assert!(!passes(&other, 2).await, "both nodes count together again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs redis-server in the PATH")]
async fn a_redis_that_hangs_delays_nothing_for_long() {
    let server = Server::start();
    let node = node(options(&server), 1).await;
    assert!(passes(&node, 1).await);
    server.pause(true);
    let began = Instant::now();
    assert!(passes(&node, 1).await, "the node counts alone");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    until_down(&node).await;
    server.pause(false);
    assert!(node.wait_until_up(PATIENCE).await);
    assert!(
        !passes(&node, 1).await,
        "what redis counted before, it still knows"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs redis-server in the PATH")]
async fn a_flushed_redis_costs_its_memory_and_nothing_else() {
    let server = Server::start();
    let (one, other) = (node(options(&server), 1).await, node(options(&server), 2).await);
    let (own, user) = (Id::from_bytes([1; 16]), Id::from_bytes([7; 16]));
    let mut signals = other.subscribe().await.unwrap();
    one.hold(own, vec![user], LEASE).await.unwrap();
    assert!(passes(&one, 1).await);
    server.flush();
    assert!(other.held(vec![user]).await.unwrap().is_empty());
    assert!(passes(&one, 1).await, "the count begins anew");
    assert!(!passes(&other, 1).await);
    one.hold(own, vec![user], LEASE).await.unwrap();
    assert_eq!(
        other.held(vec![user]).await.unwrap(),
        [user],
        "the next beat says it all again"
    );
    one.publish(Signal::Presence { user }).await.unwrap();
    assert_eq!(
        signals.next().await,
        Some(Signal::Presence { user }),
        "the bus has nothing to forget"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs redis-server in the PATH")]
async fn a_node_that_starts_without_redis_works_alone_and_joins_when_it_comes() {
    let mut server = Server::start();
    server.kill();
    let node = RedisNode::open(options(&server), Id::from_bytes([1; 16]), alone()).unwrap();
    assert!(!node.wait_until_up(Duration::from_millis(200)).await);
    assert!(passes(&node, 1).await && !passes(&node, 1).await);
    server.restart();
    assert!(node.wait_until_up(PATIENCE).await);
    assert!(passes(&node, 1).await);
}
