//! Frames, limits and farewells.

use std::time::Duration;

use flowra_core::chat::ChatKind;
use flowra_http::feed::Limits;
use flowra_http::ws::Options;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::Message;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_frame_may_say_who_is_there() {
    let options = Options {
        patience: Duration::from_millis(200),
        ..Options::default()
    };
    let world = World::with(Limits::default(), options).await;
    let mut bob = world.connect(None).await;
    bob.say(json!({"type": "auth", "token": world.bob})).await;
    let hello = bob.next().await;
    assert_eq!(hello["user_id"], json!(world.bob));
    assert_eq!(hello["cursor"], world.hub.position().to_string());

    let mut stranger = world.connect(None).await;
    stranger.say(json!({"type": "auth", "token": "nobody"})).await;
    assert_eq!(stranger.close_code().await, 4001);
    let mut mute = world.connect(None).await;
    assert_eq!(mute.close_code().await, 4001);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_frames_are_answered_and_the_connection_lives() {
    let world = World::new().await;
    let mut bob = world.listen(world.bob).await;
    for (wrong, named) in [
        ("", "JSON"),
        ("{", "JSON"),
        ("[]", "JSON object"),
        ("7", "JSON object"),
        (
            "{}",
            "auth, subscribe, unsubscribe, resume, chat.typing, read or ping",
        ),
        (
            r#"{"type":"dance"}"#,
            "auth, subscribe, unsubscribe, resume, chat.typing, read or ping",
        ),
        (r#"{"type":"subscribe","chat_id":7}"#, "chat_id"),
    ] {
        bob.socket.send(Message::text(wrong)).await.unwrap();
        let answer = bob.next().await;
        assert_eq!(
            (&answer["type"], &answer["code"]),
            (&json!("error"), &json!("VALIDATION_ERROR")),
            "{wrong}"
        );
        let told = answer["message"].as_str().unwrap();
        assert!(told.contains(named), "{wrong}: {told}");
    }
    bob.say(json!({"type": "ping"})).await;
    assert_eq!(bob.next().await, json!({"type": "pong"}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn binary_and_oversized_frames_end_the_connection_with_their_codes() {
    let world = World::new().await;
    let mut bob = world.listen(world.bob).await;
    bob.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(bob.close_code().await, 1003);
    for size in [64 * 1024 + 1, 300 * 1024] {
        let mut bob = world.listen(world.bob).await;
        bob.socket.send(Message::text("x".repeat(size))).await.unwrap();
        assert_eq!(bob.close_code().await, 1009, "{size}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_frames_are_refused_and_end_the_connection_in_the_end() {
    let world = World::new().await;
    let mut bob = world.listen(world.bob).await;
    for _ in 0..130 {
        bob.say(json!({"type": "ping"})).await;
    }
    let answers = bob.until("error").await;
    assert!(answers.len() > 120, "{}", answers.len());
    assert_eq!(answers.last().unwrap()["code"], "RATE_LIMIT_EXCEEDED");
    for _ in 0..130 {
        bob.say(json!({"type": "ping"})).await;
    }
    assert_eq!(bob.close_code().await, 1008);

    // Coming anew does not fill the bucket, and nobody else's is empty.
    let mut again = world.listen(world.bob).await;
    for _ in 0..3 {
        again.say(json!({"type": "ping"})).await;
    }
    again.until("error").await;
    let mut ada = world.listen(world.ada).await;
    ada.say(json!({"type": "ping"})).await;
    assert_eq!(ada.next().await["type"], "pong");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_is_told_to_the_others_once_in_a_while() {
    let world = World::new().await;
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let (mut ada, mut bob) = (world.listen(world.ada).await, world.listen(world.bob).await);
    ada.follow_chat(chat).await;
    bob.follow_chat(chat).await;
    for _ in 0..3 {
        bob.say(json!({"type": "chat.typing", "chat_id": chat})).await;
    }
    assert!(
        bob.so_far(&world)
            .await
            .iter()
            .all(|frame| frame["type"] != "chat.typing")
    );
    let told: Vec<_> = ada
        .so_far(&world)
        .await
        .into_iter()
        .filter(|frame| frame["type"] == "chat.typing")
        .collect();
    assert_eq!(
        told,
        [json!({"type": "chat.typing", "chat_id": chat, "user_id": world.bob, "username": "bob"})]
    );
    let mut reader = world.listen_with(&format!("{}/read", world.ada)).await;
    reader.say(json!({"type": "chat.typing", "chat_id": chat})).await;
    assert_eq!(reader.next().await["code"], "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_frame_moves_the_mark() {
    let world = World::new().await;
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let message = world.post(world.ada, chat, "read me").await;
    let mut bob = world.listen(world.bob).await;
    bob.say(json!({"type": "read", "chat_id": chat, "message_id": message}))
        .await;
    assert_eq!(bob.next().await["action"], "read");
    let standing = world
        .app
        .ports
        .marks
        .standings(world.bob, vec![chat])
        .await
        .unwrap();
    assert_eq!((standing[0].unread, standing[0].last_read), (0, Some(message)));
    bob.say(json!({"type": "read", "chat_id": chat, "message_id": chat}))
        .await;
    assert_eq!(bob.next().await["code"], "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_and_goes_is_told_to_those_around_them() {
    let world = World::new().await;
    let mut ada = world.listen(world.ada).await;
    ada.follow_workspace(world.workspace).await;
    let bob = world.listen(world.bob).await;
    let came = ada.until("presence.changed").await.pop().unwrap();
    assert_eq!(
        came,
        json!({"type": "presence.changed", "user_id": world.bob, "is_online": true})
    );
    assert_eq!(
        world.app.ports.presence.online(vec![world.bob]).await,
        [world.bob]
    );
    drop(bob);
    let went = ada.until("presence.changed").await.pop().unwrap();
    assert_eq!(went["is_online"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_too_slow_for_its_queue_is_cut_off_and_not_left_short() {
    let limits = Limits {
        queue: 4,
        ..Limits::default()
    };
    let world = World::with(limits, Options::default()).await;
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let mut bob = world.listen(world.bob).await;
    bob.follow_chat(chat).await;
    let text = "x".repeat(10_000);
    for _ in 0..1_500 {
        world.post(world.ada, chat, &text).await;
    }
    let mut contents = 0;
    let code = loop {
        use futures_util::StreamExt;
        match bob.socket.next().await.unwrap().unwrap() {
            Message::Close(Some(close)) => break u16::from(close.code),
            Message::Text(_) => contents += 1,
            _ => {}
        }
    };
    assert_eq!(code, 4008);
    assert!(contents < 1_500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_answers_pings_stays_and_a_silent_one_is_let_go() {
    let limits = Limits {
        ping: Duration::from_secs(1),
        silence: Duration::from_secs(2),
        ..Limits::default()
    };
    let world = World::with(limits, Options::default()).await;
    let mut ada = world.listen(world.ada).await;
    let mut bob = world.listen(world.bob).await;
    let until = Instant::now() + Duration::from_secs(5);
    let mut pings = 0;
    while let Ok(frame) = timeout_at(until, ada.socket.next()).await {
        match frame.expect("the connection lives").unwrap() {
            Message::Ping(_) => pings += 1,
            Message::Close(close) => panic!("closed: {close:?}"),
            _ => {}
        }
    }
    assert!(pings >= 2, "{pings} pings in five seconds");
    // Read below the protocol, which would answer the pings now.
    let mut frames = Vec::new();
    bob.socket.get_mut().read_to_end(&mut frames).await.unwrap();
    let close = [0x88, 4009_u16.to_be_bytes()[0], 4009_u16.to_be_bytes()[1]];
    assert!(
        frames
            .windows(4)
            .any(|frame| [frame[0], frame[2], frame[3]] == close),
        "{frames:?}"
    );
    ada.say(json!({"type": "ping"})).await;
    ada.until("pong").await;
}
