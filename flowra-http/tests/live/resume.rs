//! Coming back after a gap.

use std::sync::atomic::Ordering;
use std::time::Duration;

use flowra_core::chat::ChatKind;
use flowra_http::feed::Limits;
use flowra_http::ws::Options;
use serde_json::{Value, json};

use crate::world::{World, types};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_comes_in_order_and_once_and_then_what_comes_live() {
    let world = World::new().await;
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let mut bob = world.listen(world.bob).await;
    bob.follow_chat(chat).await;
    world.post(world.ada, chat, "heard").await;
    let cursor = bob.until("message.posted").await.pop().unwrap()["cursor"].clone();
    drop(bob);
    for number in 0..5 {
        world
            .post(world.ada, chat, &format!("missed {number} @bob"))
            .await;
    }
    let mut bob = world.listen(world.bob).await;
    bob.say(
        json!({"type": "resume", "after": cursor, "chat_ids": [chat], "workspace_ids": [world.workspace]}),
    )
    .await;
    let missed = bob.until("resumed").await;
    assert_eq!(
        types(&missed)[..4],
        [
            "message.posted",
            "user.mentioned",
            "message.posted",
            "user.mentioned"
        ]
    );
    assert_eq!(missed.len(), 11);
    world.post(world.ada, chat, "live").await;
    assert_eq!(bob.next().await["data"]["content"], "live");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resuming_amid_a_stream_of_posts_leaves_no_hole_and_no_double() {
    const POSTS: usize = 400;
    let world = std::sync::Arc::new(World::new().await);
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let start = world.hub.position().to_string();
    let poster = tokio::spawn({
        let world = world.clone();
        async move {
            for number in 0..POSTS {
                world.post(world.ada, chat, &format!("{number}")).await;
                tokio::task::yield_now().await;
            }
        }
    });
    let mut bob = world.listen(world.bob).await;
    bob.follow_chat(chat).await;
    bob.say(json!({"type": "resume", "after": start, "chat_ids": [chat]}))
        .await;
    let mut contents = Vec::new();
    while contents.len() < POSTS {
        let frame = bob.next().await;
        if frame["type"] == "message.posted" {
            contents.push(
                frame["data"]["content"]
                    .as_str()
                    .unwrap()
                    .parse::<usize>()
                    .unwrap(),
            );
        }
    }
    poster.await.unwrap();
    contents.sort_unstable();
    assert_eq!(contents, (0..POSTS).collect::<Vec<_>>());
    let rest = bob.so_far(&world).await;
    assert!(
        rest.iter().all(|frame: &Value| frame["type"] != "message.posted"),
        "{rest:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_ahead_of_this_server_is_resumed_when_it_is_as_far() {
    let world = World::new().await;
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let mut ada = world.listen(world.ada).await;
    ada.follow_chat(chat).await;
    let mut bob = world.listen(world.bob).await;
    world.chats.are_down.store(true, Ordering::Relaxed);
    world.post(world.ada, chat, "heard of another server").await;
    let ahead = world.app.ports.log.head().await.unwrap().to_string();
    bob.say(json!({"type": "resume", "after": ahead, "chat_ids": [chat], "workspace_ids": []}))
        .await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.chats.are_down.store(false, Ordering::Relaxed);
    assert_eq!(types(&bob.until("resumed").await), ["resumed"]);
    world.post(world.ada, chat, "live").await;
    assert_eq!(bob.next().await["data"]["content"], "live");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_deleted_meanwhile_is_resumed_without_its_content() {
    let world = World::new().await;
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let cursor = world.hub.position().to_string();
    let message = world.post(world.ada, chat, "swordfish").await;
    world
        .app
        .messages
        .delete(&world.by(world.ada), message, None)
        .await
        .unwrap();
    let mut bob = world.listen(world.bob).await;
    bob.say(json!({"type": "resume", "after": cursor, "chat_ids": [chat]}))
        .await;
    let missed = bob.until("resumed").await;
    let posted = missed
        .iter()
        .find(|frame| frame["type"] == "message.posted")
        .unwrap();
    assert_eq!(posted["data"]["id"], json!(message));
    assert!(posted["data"]["deleted_at"].is_string());
    assert!(!format!("{missed:?}").contains("swordfish"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_too_long_wants_a_resync_and_a_strange_cursor_is_refused() {
    let limits = Limits {
        replay: 3,
        ..Limits::default()
    };
    let world = World::with(limits, Options::default()).await;
    let mut bob = world.listen(world.bob).await;
    for (after, answer) in [
        ("0", "resync"),
        ("99999", "error"),
        ("soon", "error"),
        ("-1", "error"),
    ] {
        bob.say(json!({"type": "resume", "after": after})).await;
        assert_eq!(bob.next().await["type"], answer, "{after}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_resync_what_was_asked_for_comes_live() {
    let limits = Limits {
        replay: 3,
        ..Limits::default()
    };
    let world = World::with(limits, Options::default()).await;
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let hidden = world.chat(ChatKind::Group, &[]).await;
    let mut bob = world.listen(world.bob).await;
    bob.say(json!({"type": "resume", "after": "0", "chat_ids": [chat, hidden]}))
        .await;
    let frames = bob.until("resync").await;
    assert!(frames.contains(&json!({"type": "unsubscribed", "chat_id": hidden, "code": "NOT_FOUND"})));
    let message = world.post(world.ada, chat, "as if nothing had happened").await;
    let heard = bob.until("message.posted").await;
    assert_eq!(heard.last().unwrap()["data"]["id"], json!(message));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resuming_a_chat_that_one_may_not_read_says_so() {
    let world = World::new().await;
    let group = world.chat(ChatKind::Group, &[]).await;
    let mut bob = world.listen(world.bob).await;
    let cursor = world.hub.position().to_string();
    bob.say(json!({"type": "resume", "after": cursor, "chat_ids": [group]}))
        .await;
    let frames = bob.until("resumed").await;
    assert!(frames.contains(&json!({"type": "unsubscribed", "chat_id": group, "code": "NOT_FOUND"})));
    world.post(world.ada, group, "among ourselves").await;
    assert!(bob.so_far(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_cannot_be_read_ends_connections_and_holds_up_no_other() {
    let world = World::new().await;
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let mut bob = world.listen(world.bob).await;
    bob.follow_chat(chat).await;
    world.log.damage(world.hub.position().next());
    world.post(world.ada, chat, "lost to the feed").await;
    assert_eq!(bob.close_code().await, 1011, "nobody is silently short of it");
    let mut bob = world.listen(world.bob).await;
    bob.follow_chat(chat).await;
    let message = world.post(world.ada, chat, "and on").await;
    let heard = bob.until("message.posted").await;
    assert_eq!(heard.last().unwrap()["data"]["id"], json!(message));
}
