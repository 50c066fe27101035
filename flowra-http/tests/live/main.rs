//! The live feed over real sockets: what comes, in which order, to whom, and how it ends.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy knows test functions, and not what they share"
)]

mod nodes;
mod protocol;
mod resume;
mod rights;
mod world;

use flowra_core::chat::ChatKind;
use flowra_core::message::EditMessage;
use serde_json::json;
use world::{World, types};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_reaches_the_followers_of_its_chat_as_rest_would_show_it() {
    let world = World::new().await;
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let mut bob = world.listen(world.bob).await;
    bob.follow_chat(chat).await;
    let message = world.post(world.ada, chat, "hello @bob").await;

    let heard = bob.until("user.mentioned").await;
    assert_eq!(types(&heard), ["message.posted", "user.mentioned"]);
    let posted = &heard[0];
    assert_eq!(posted["workspace_id"], json!(world.workspace));
    assert_eq!(posted["chat_id"], json!(chat));
    assert_eq!(posted["actor_id"], json!(world.ada));
    assert_eq!(posted["occurred_at"], "2026-01-01T00:00:00Z");
    assert_eq!(posted["data"]["id"], json!(message));
    assert_eq!(posted["data"]["content"], "hello @bob");
    assert_eq!(posted["data"]["author"]["username"], "ada");
    assert_eq!(posted["data"]["mentions"][0]["username"], "bob");
    let cursor = |frame: &serde_json::Value| frame["cursor"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(cursor(&heard[0]) < cursor(&heard[1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_several_topics_match_comes_once() {
    let world = World::new().await;
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let mut bob = world.listen(world.bob).await;
    bob.follow_chat(chat).await;
    bob.follow_workspace(world.workspace).await;
    world.post(world.ada, chat, "#task Oil the pistons").await;
    // The bot answers last.
    let mut heard = bob.until("task.created").await;
    heard.extend(bob.until("message.posted").await);
    assert_eq!(
        types(&heard),
        ["message.posted", "task.created", "message.posted"]
    );
    assert_eq!(heard[1]["data"]["title"], "Oil the pistons");
    assert_eq!(heard[1]["chat_id"], json!(chat));
    assert!(bob.so_far(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_carries_chats_and_members_and_no_messages() {
    let world = World::new().await;
    let mut bob = world.listen(world.bob).await;
    bob.follow_workspace(world.workspace).await;
    let chat = world.chat(ChatKind::Channel, &[]).await;
    world.chat(ChatKind::Group, &[]).await;
    world.post(world.ada, chat, "nobody follows this").await;
    let cy = world.register("cy").await;
    world.add_member(cy, flowra_core::workspace::Role::Guest).await;
    let heard = bob.until("workspace.member_added").await;
    assert_eq!(types(&heard), ["chat.created", "workspace.member_added"]);
    assert_eq!(heard[0]["data"]["id"], json!(chat));
    assert_eq!(heard[1]["data"]["username"], "cy");
    assert_eq!(heard[1]["data"]["role"], "guest");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_chat_comes_to_its_people_without_subscribing_with_their_own_counts() {
    let world = World::new().await;
    let mut bob = world.listen(world.bob).await;
    let chat = world.chat(ChatKind::Group, &[world.bob]).await;
    let heard = bob.next().await;
    assert_eq!(heard["type"], "chat.created");
    assert_eq!(heard["data"]["participants"].as_array().unwrap().len(), 2);
    bob.follow_chat(chat).await;
    let mut ada = world.listen(world.ada).await;
    ada.follow_chat(chat).await;
    world.post(world.ada, chat, "one").await;
    world
        .app
        .chats
        .close(&world.by(world.ada), world.at(chat))
        .await
        .unwrap();
    let unread = |frames: Vec<serde_json::Value>| frames.last().unwrap()["data"]["unread_count"].clone();
    assert_eq!(unread(bob.until("chat.closed").await), 1);
    assert_eq!(unread(ada.until("chat.closed").await), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_is_shown_as_ones_own_to_its_giver_only() {
    let world = World::new().await;
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let message = world.post(world.ada, chat, "well?").await;
    let (mut ada, mut bob) = (world.listen(world.ada).await, world.listen(world.bob).await);
    ada.follow_chat(chat).await;
    bob.follow_chat(chat).await;
    world
        .app
        .messages
        .react(&world.by(world.bob), message, "👍")
        .await
        .unwrap();
    let mine = |frame: serde_json::Value| frame["data"]["reactions"][0]["mine"].clone();
    assert_eq!(mine(bob.next().await), true);
    assert_eq!(mine(ada.next().await), false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_message_is_told_by_its_id_alone() {
    let world = World::new().await;
    let chat = world.chat(ChatKind::Channel, &[world.bob]).await;
    let message = world.post(world.ada, chat, "swordfish").await;
    let mut bob = world.listen(world.bob).await;
    bob.follow_chat(chat).await;
    let edit = EditMessage {
        message,
        content: "trout".to_owned(),
        expected: None,
    };
    world.app.messages.edit(&world.by(world.ada), edit).await.unwrap();
    world
        .app
        .messages
        .delete(&world.by(world.ada), message, None)
        .await
        .unwrap();
    let heard = bob.until("message.deleted").await;
    assert_eq!(heard.last().unwrap()["data"], json!({"id": message}));
}
