//! Two servers over one log: to their clients they are one.

use std::sync::Arc;
use std::time::Duration;

use flowra_core::chat::ChatKind;
use flowra_core::cluster::{EventBus, PresenceLedger, Signal};
use flowra_core::event::{
    AppendError, Appended, Commit, Entry, EventLog, Position, Recorded, Remembered, StreamId, Version,
};
use flowra_core::{App, BoxFuture, Id, PortResult, Ports, UserId};
use flowra_http::feed::{Cluster, Feed, Hub, Limits, WatchedSessions};
use flowra_http::ws::Options;
use flowra_testkit::memory::InMemoryCluster;
use serde_json::json;
use tokio::time::timeout;

use crate::world::{Client, World, connect, serve, session_of, types};

/// A log that does not notice by itself when it grows, as one that is polled now and then.
struct Deaf(Arc<dyn EventLog>);

impl EventLog for Deaf {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.0.append(commit)
    }

    fn read(&self, after: Position, limit: usize) -> BoxFuture<'_, PortResult<Vec<Entry>>> {
        self.0.read(after, limit)
    }

    fn stream(
        &self,
        stream: StreamId,
        after: Version,
        limit: usize,
    ) -> BoxFuture<'_, PortResult<Vec<Recorded>>> {
        self.0.stream(stream, after, limit)
    }

    fn head(&self) -> BoxFuture<'_, PortResult<Position>> {
        self.0.head()
    }

    fn wait_past(&self, position: Position) -> BoxFuture<'_, PortResult<Position>> {
        Box::pin(async move {
            match self.0.head().await? {
                head if head > position => Ok(head),
                _ => std::future::pending().await,
            }
        })
    }

    fn outcome(&self, user: UserId, key: &str) -> BoxFuture<'_, PortResult<Option<Remembered>>> {
        self.0.outcome(user, key)
    }
}

struct Node {
    hub: Arc<Hub>,
    app: App,
    port: u16,
    _feed: Feed,
}

impl Node {
    /// A server over the data of the world, which has none of its own in these tests.
    async fn start(world: &World, cluster: &InMemoryCluster, id: u8) -> Self {
        let id = Id::from_bytes([id; 16]);
        let node = cluster.node(id);
        let cluster = Cluster::new(id, node.clone(), node);
        let hub = Hub::among(Limits::default(), Arc::clone(&cluster));
        let ports = world.memory.ports();
        let ports = cluster.ports(
            &hub,
            Ports {
                log: Arc::new(Deaf(ports.log)),
                sessions: Arc::new(WatchedSessions::new(ports.sessions, Arc::clone(&hub))),
                ..ports
            },
        );
        let app = App::new(ports);
        let (port, feed) = serve(&hub, &app, app.ports.clone(), Options::default()).await;
        Self {
            hub,
            app,
            port,
            _feed: feed,
        }
    }

    /// Waits until all that is in the log has been handed out.
    async fn settled(&self) {
        let head = self.app.ports.log.head().await.unwrap();
        while self.hub.position() < head {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn listen(&self, user: UserId) -> Client {
        let mut client = connect(self.port, Some(&user.to_string())).await;
        assert_eq!(client.next().await["type"], "hello");
        client
    }
}

async fn two_servers() -> (World, InMemoryCluster, Node, Node) {
    let world = World::new().await;
    let cluster = InMemoryCluster::default();
    let one = Node::start(&world, &cluster, 1).await;
    let other = Node::start(&world, &cluster, 2).await;
    (world, cluster, one, other)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_stores_is_heard_on_the_other_as_soon_as_it_is_told() {
    let (mut world, _, one, other) = two_servers().await;
    world.app = one.app.clone();
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    other.settled().await;
    let mut bob = other.listen(world.bob).await;
    bob.follow_chat(chat).await;
    for number in 0..20 {
        world.post(world.ada, chat, &format!("number {number}")).await;
    }
    for number in 0..20 {
        let heard = bob.next().await;
        assert_eq!(types(std::slice::from_ref(&heard)), ["message.posted"]);
        assert_eq!(heard["data"]["content"], json!(format!("number {number}")));
    }
    let both_are_there = async { tokio::join!(one.settled(), other.settled()) };
    assert!(
        timeout(Duration::from_secs(5), both_are_there).await.is_ok(),
        "{:?} and {:?}",
        one.hub.position(),
        other.hub.position()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_types_on_one_server_is_seen_on_the_other_once() {
    let (mut world, _, one, other) = two_servers().await;
    world.app = one.app.clone();
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    tokio::join!(one.settled(), other.settled());
    let (mut ada, mut bob) = (one.listen(world.ada).await, other.listen(world.bob).await);
    ada.follow_chat(chat).await;
    bob.follow_chat(chat).await;
    for _ in 0..3 {
        ada.say(json!({"type": "chat.typing", "chat_id": chat})).await;
    }
    let typing = bob.until("chat.typing").await.pop().unwrap();
    assert_eq!(
        typing,
        json!({"type": "chat.typing", "chat_id": chat, "user_id": world.ada, "username": "ada"})
    );
    bob.say(json!({"type": "ping"})).await;
    let more = bob.until("pong").await;
    assert!(!types(&more).contains(&"chat.typing"), "{more:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_to_one_server_and_leaves_it_is_seen_on_the_other() {
    let (world, _, one, other) = two_servers().await;
    let mut ada = one.listen(world.ada).await;
    ada.follow_workspace(world.workspace).await;
    let bob = other.listen(world.bob).await;
    let changed =
        |is_online: bool| json!({"type": "presence.changed", "user_id": world.bob, "is_online": is_online});
    assert_eq!(ada.until("presence.changed").await.pop(), Some(changed(true)));
    assert_eq!(one.app.ports.presence.online(vec![world.bob]).await, [world.bob]);
    drop(bob);
    assert_eq!(ada.until("presence.changed").await.pop(), Some(changed(false)));
    assert!(one.app.ports.presence.online(vec![world.bob]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_people_of_a_dead_server_are_seen_to_go() {
    let (world, cluster, one, _other) = two_servers().await;
    let mut ada = one.listen(world.ada).await;
    ada.follow_workspace(world.workspace).await;
    let id = Id::from_bytes([3; 16]);
    let dying = cluster.node(id);
    dying
        .hold(id, vec![world.bob], Duration::from_secs(2))
        .await
        .unwrap();
    dying.publish(Signal::Presence { user: world.bob }).await.unwrap();
    let came = ada.until("presence.changed").await.pop().unwrap();
    assert_eq!(came["is_online"], true);
    // Two seconds of lease, and two rounds of five seconds in which nobody holds him.
    let went = timeout(Duration::from_secs(15), async {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            ada.say(json!({"type": "ping"})).await;
            let heard = ada.until("pong").await;
            if let Some(changed) = heard
                .into_iter()
                .find(|frame| frame["type"] == "presence.changed")
            {
                return changed;
            }
        }
    });
    assert_eq!(
        went.await.unwrap(),
        json!({"type": "presence.changed", "user_id": world.bob, "is_online": false})
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_forgot_everything_makes_nobody_go() {
    let (world, cluster, one, other) = two_servers().await;
    let mut ada = one.listen(world.ada).await;
    ada.follow_workspace(world.workspace).await;
    let _bob = other.listen(world.bob).await;
    let came = ada.until("presence.changed").await.pop().unwrap();
    assert_eq!(came["is_online"], true);
    cluster.forget();
    // More than two rounds.
    tokio::time::sleep(Duration::from_secs(11)).await;
    ada.say(json!({"type": "ping"})).await;
    let heard = ada.until("pong").await;
    assert!(!types(&heard).contains(&"presence.changed"), "{heard:?}");
    assert_eq!(one.app.ports.presence.online(vec![world.bob]).await, [world.bob]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_on_one_server_ends_its_connections_on_the_other() {
    let (world, _, one, other) = two_servers().await;
    let mut bob = other.listen(world.bob).await;
    let mut ada = other.listen(world.ada).await;
    one.app.accounts.sign_out(session_of(world.bob)).await.unwrap();
    assert_eq!(bob.close_code().await, 4001);
    ada.say(json!({"type": "ping"})).await;
    assert_eq!(ada.next().await["type"], "pong");
}
