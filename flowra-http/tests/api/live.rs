//! The live feed says of a thing what REST says of it.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::world::{User, World, text};

struct Listener(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Listener {
    /// Somebody's connection.
    async fn connect(user: &User) -> Self {
        let url = format!("ws://{}/api/v1/ws", user.address);
        let mut request = url.into_client_request().unwrap();
        let token = format!("Bearer {}", user.access).parse().unwrap();
        request.headers_mut().insert("authorization", token);
        let (socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let mut listener = Self(socket);
        assert_eq!(listener.next().await["type"], "hello");
        listener
    }

    /// Somebody's connection, which follows a workspace and a chat.
    async fn new(user: &User, workspace: &str, chat: &str) -> Self {
        let mut listener = Self::connect(user).await;
        listener.follow(&[workspace, chat]).await;
        listener
    }

    /// Follows workspaces and chats, by their paths.
    async fn follow(&mut self, paths: &[&str]) {
        for path in paths {
            let (place, id) = path.rsplit_once('/').unwrap();
            let name = if place.ends_with("chats") {
                "chat_id"
            } else {
                "workspace_id"
            };
            let frame = json!({"type": "subscribe", name: id});
            self.0.send(Message::text(frame.to_string())).await.unwrap();
            assert_eq!(self.next().await["type"], "ack");
        }
    }

    /// The code with which the server closes the connection.
    async fn close_code(&mut self) -> u16 {
        loop {
            let frame = timeout(Duration::from_secs(5), self.0.next()).await;
            if let Message::Close(Some(close)) = frame.unwrap().unwrap().unwrap() {
                return close.code.into();
            }
        }
    }

    async fn next(&mut self) -> Value {
        loop {
            let frame = timeout(Duration::from_secs(5), self.0.next()).await;
            if let Message::Text(text) = frame.unwrap().unwrap().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// The data of the next event with this name.
    async fn data(&mut self, name: &str) -> Value {
        loop {
            let mut frame = self.next().await;
            if frame["type"] == name {
                assert!(
                    frame["cursor"].is_string() && frame["actor_id"].is_string(),
                    "{frame}"
                );
                assert!(
                    frame["workspace_id"].is_string() && frame["occurred_at"].is_string(),
                    "{frame}"
                );
                return frame["data"].take();
            }
        }
    }
}

#[tokio::test]
async fn events_carry_the_body_that_rest_gives() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let workspace = ada.workspace().await;
    ada.add(&workspace, &bob, "member").await;
    let chat = ada.chat(&workspace, "group", &[&bob]).await;
    let mut listener = Listener::new(&bob, &workspace, &chat).await;

    let said = ada.say(&chat, "hello @bob").await;
    let path = format!("/messages/{}", text(&said["id"]));
    assert_eq!(
        listener.data("message.posted").await,
        bob.get(&path).await.data(200)
    );
    ada.put(&path, json!({"content": "bye"})).await.data(200);
    assert_eq!(
        listener.data("message.edited").await,
        bob.get(&path).await.data(200)
    );
    bob.post(&format!("{path}/reactions"), json!({"emoji": "🎉"}))
        .await
        .data(201);
    assert_eq!(
        listener.data("message.reaction_added").await,
        bob.get(&path).await.data(200)
    );

    let task = ada
        .task(&workspace, json!({"title": "A", "assignee_id": bob.id}))
        .await;
    let task = format!("{workspace}/tasks/{}", text(&task["id"]));
    assert_eq!(
        listener.data("task.created").await,
        bob.get(&task).await.data(200)
    );
    ada.put(&format!("{task}/status"), json!({"status": "Done"}))
        .await
        .data(200);
    assert_eq!(
        listener.data("task.status_changed").await,
        bob.get(&task).await.data(200)
    );

    ada.put(&chat, json!({"title": "Valves"})).await.data(200);
    assert_eq!(
        listener.data("chat.renamed").await,
        bob.get(&chat).await.data(200)
    );
    ada.put(&workspace, json!({"name": "Motors"})).await.data(200);
    assert_eq!(
        listener.data("workspace.renamed").await,
        bob.get(&workspace).await.data(200)
    );

    ada.delete(&task).await.nothing();
    let id = task.rsplit('/').next().unwrap();
    assert_eq!(listener.data("task.deleted").await, json!({"id": id}));
}

#[tokio::test]
async fn a_request_that_is_no_handshake_is_told_so_in_the_envelope() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    for user in [&ada, &world.nobody()] {
        let answer = user.get("/ws").await;
        answer.refuses(426, "UPGRADE_REQUIRED", None);
        assert_eq!(answer.header("upgrade"), "websocket");
        assert!(answer.text().contains("WebSocket"), "{}", answer.text());
    }
    ada.by("nonsense")
        .get("/ws")
        .await
        .refuses(401, "UNAUTHORIZED", None);
    world.memory.clock.advance_seconds(7 * 24 * 3600);
    ada.get("/ws").await.refuses(401, "TOKEN_EXPIRED", None);
}

#[tokio::test]
async fn a_connection_ends_with_the_session_or_token_it_rests_on() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let second = json!({"username": "ada", "password": "correct horse battery"});
    let sign_in = async || {
        let tokens = world.nobody().post("/auth/login", second.clone()).await.data(200);
        User::signed_in(world.address(), &tokens)
    };
    let token = ada
        .post("/users/me/tokens", json!({"name": "bot", "scopes": ["read"]}))
        .await
        .data(201);
    let bot = ada.by(&text(&token["token"]));
    let (reusing, leaving) = (sign_in().await, sign_in().await);
    let mut by_reuse = Listener::connect(&reusing).await;
    let mut by_logout = Listener::connect(&leaving).await;
    let mut by_token = Listener::connect(&bot).await;

    let body = json!({"refresh_token": reusing.refresh});
    reusing.post("/auth/refresh", body.clone()).await.data(200);
    reusing
        .post("/auth/refresh", body)
        .await
        .refuses(401, "UNAUTHORIZED", None);
    assert_eq!(by_reuse.close_code().await, 4001);

    leaving.act("/auth/logout").await.nothing();
    assert_eq!(by_logout.close_code().await, 4001);

    let path = format!("/users/me/tokens/{}", text(&token["id"]));
    ada.delete(&path).await.nothing();
    assert_eq!(by_token.close_code().await, 4001);
}

#[tokio::test]
async fn a_connection_ends_within_a_second_when_its_account_is_deactivated() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let mut listener = Listener::connect(&bob).await;
    let path = format!("/users/{}/actions/deactivate", bob.id);
    ada.act(&path).await.data(200);
    let code = timeout(Duration::from_secs(1), listener.close_code()).await;
    assert_eq!(code.unwrap(), 4001);
}

#[tokio::test]
async fn who_is_taken_out_of_a_chat_or_workspace_hears_nothing_more_of_it() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let (left, kept) = (ada.workspace().await, ada.workspace().await);
    for workspace in [&left, &kept] {
        ada.add(workspace, &bob, "member").await;
    }
    let channel = ada.chat(&left, "channel", &[&bob]).await;
    let group = ada.chat(&kept, "group", &[&bob]).await;
    let open = ada.chat(&kept, "group", &[&bob]).await;
    let mut listener = Listener::new(&bob, &left, &channel).await;
    listener.follow(&[&kept, &group, &open]).await;

    ada.delete(&format!("{group}/participants/{}", bob.id))
        .await
        .nothing();
    ada.delete(&format!("{left}/members/{}", bob.id)).await.nothing();
    let (mut ended, begin) = (Vec::new(), Instant::now());
    while ended.len() < 3 {
        let frame = listener.next().await;
        if frame["type"] == "unsubscribed" {
            assert_eq!(frame["code"], "NOT_FOUND");
            ended.push(frame);
        }
    }
    assert!(begin.elapsed() < Duration::from_secs(1), "{ended:?}");

    ada.say(&group, "among ourselves").await;
    ada.say(&channel, "he is gone").await;
    ada.task(&left, json!({"title": "Weave"})).await;
    // Events come in their order, so whatever came of those before would come first.
    let said = ada.say(&open, "hello").await;
    let mut heard = listener.next().await;
    while heard["type"] == "chat.participant_removed" {
        heard = listener.next().await;
    }
    assert_eq!(
        (&heard["type"], &heard["data"]["id"]),
        (&json!("message.posted"), &said["id"])
    );
}
