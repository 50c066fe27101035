//! Who hears what, and how that ends.

use std::sync::atomic::Ordering;

use flowra_core::Id;
use flowra_core::chat::ChatKind;
use flowra_core::user::Authority;
use flowra_core::workspace::Role;
use futures_util::StreamExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::world::{World, session_of, types};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_may_read_a_chat_may_follow_it() {
    let world = World::new().await;
    let group = world.chat(ChatKind::Group, &[]).await;
    let mut bob = world.listen(world.bob).await;
    for (topic, code) in [
        (json!({"type": "subscribe", "chat_id": group}), "NOT_FOUND"),
        (json!({"type": "subscribe", "workspace_id": group}), "NOT_FOUND"),
        (json!({"type": "subscribe"}), "VALIDATION_ERROR"),
    ] {
        bob.say(topic).await;
        let answer = bob.next().await;
        assert_eq!(
            (&answer["type"], &answer["code"]),
            (&json!("error"), &json!(code))
        );
    }
    world.post(world.ada, group, "among ourselves").await;
    assert!(bob.so_far(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_removed_from_a_group_hears_that_and_nothing_after() {
    let world = World::new().await;
    let group = world.chat(ChatKind::Group, &[world.bob]).await;
    let mut bob = world.listen(world.bob).await;
    bob.follow_chat(group).await;
    let ada = world.by(world.ada);
    world
        .app
        .chats
        .remove_participant(&ada, world.at(group), world.bob)
        .await
        .unwrap();
    world.post(world.ada, group, "he is gone").await;
    let heard = bob.until("unsubscribed").await;
    assert_eq!(types(&heard), ["chat.participant_removed", "unsubscribed"]);
    assert_eq!(heard[0]["data"], json!({"id": group}));
    assert_eq!(
        heard[1],
        json!({"type": "unsubscribed", "chat_id": group, "code": "NOT_FOUND"})
    );
    assert!(bob.so_far(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_that_cannot_be_looked_up_is_not_kept() {
    let world = World::new().await;
    let group = world.chat(ChatKind::Group, &[world.bob]).await;
    let (mut ada, mut bob) = (world.listen(world.ada).await, world.listen(world.bob).await);
    ada.follow_chat(group).await;
    bob.follow_chat(group).await;
    world.chats.are_down.store(true, Ordering::Relaxed);
    let caller = world.by(world.ada);
    world
        .app
        .chats
        .remove_participant(&caller, world.at(group), world.bob)
        .await
        .unwrap();
    world.settled().await;
    world.chats.are_down.store(false, Ordering::Relaxed);
    world.post(world.ada, group, "he is gone").await;
    assert_eq!(ada.until("message.posted").await.len(), 2);
    let farewell = loop {
        match bob.socket.next().await.unwrap().unwrap() {
            Message::Text(text) => assert!(!text.contains("message.posted"), "{text}"),
            Message::Close(close) => break close.unwrap().code,
            _ => {}
        }
    };
    assert_eq!(u16::from(farewell), 1011);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_becomes_a_guest_loses_the_channels_in_which_they_take_no_part() {
    let world = World::new().await;
    let channel = world.chat(ChatKind::Channel, &[]).await;
    let mut bob = world.listen(world.bob).await;
    bob.follow_chat(channel).await;
    let ada = world.by(world.ada);
    let changed = world
        .app
        .workspaces
        .change_role(&ada, world.workspace, world.bob, Role::Guest)
        .await;
    changed.unwrap();
    world.post(world.ada, channel, "members only").await;
    let heard = bob.until("unsubscribed").await;
    assert_eq!(types(&heard), ["workspace.member_role_changed", "unsubscribed"]);
    assert!(bob.so_far(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_chat_ends_its_subscriptions_and_a_deleted_workspace_all_in_it() {
    let world = World::new().await;
    let (one, other) = (
        world.chat(ChatKind::Channel, &[]).await,
        world.chat(ChatKind::Channel, &[]).await,
    );
    let mut bob = world.listen(world.bob).await;
    bob.follow_chat(one).await;
    bob.follow_chat(other).await;
    world
        .app
        .chats
        .delete(&world.by(world.ada), world.at(one))
        .await
        .unwrap();
    let heard = bob.until("unsubscribed").await;
    assert_eq!(types(&heard), ["chat.deleted", "unsubscribed"]);
    assert_eq!(heard[1]["code"], "DELETED");
    world
        .app
        .workspaces
        .delete(&world.by(world.ada), world.workspace, None)
        .await
        .unwrap();
    let heard = bob.until("unsubscribed").await;
    assert_eq!(heard.last().unwrap()["chat_id"], json!(other));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_hears_of_the_tasks_of_their_chats_only() {
    let world = World::new().await;
    let cy = world.register("cy").await;
    world.add_member(cy, Role::Guest).await;
    let (theirs, other) = (
        world.chat(ChatKind::Group, &[cy]).await,
        world.chat(ChatKind::Channel, &[]).await,
    );
    let mut cy = world.listen(cy).await;
    cy.follow_workspace(world.workspace).await;
    world.post(world.ada, other, "#task Secret").await;
    world.post(world.ada, theirs, "#task Shared").await;
    let heard = cy.until("task.created").await;
    assert_eq!(types(&heard), ["task.created"]);
    assert_eq!(heard[0]["data"]["title"], "Shared");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deactivation_logout_expiry_and_shutdown_end_connections() {
    let world = World::new().await;
    let mut logged_out = world.listen(world.bob).await;
    world.hub.end_session(session_of(world.bob));
    assert_eq!(logged_out.close_code().await, 4001);

    let mut expiring = world
        .listen_with(&format!("{}/{}", world.bob, 1_767_225_610_000_i64))
        .await;
    world.memory.clock.advance_seconds(11);
    assert_eq!(expiring.close_code().await, 4001);

    let mut deactivated = world.listen(world.bob).await;
    let operator = Authority::Operator(Id::from_bytes([8; 16]));
    world.app.accounts.deactivate(&operator, world.bob).await.unwrap();
    assert_eq!(deactivated.close_code().await, 4001);

    let mut ada = world.listen(world.ada).await;
    world.hub.shut_down();
    assert_eq!(ada.close_code().await, 1001);
}
