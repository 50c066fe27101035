//! What the messages' store promises.

use flowra_core::chat::ChatKind;
use flowra_core::event::{Document, StreamId};
use flowra_core::message::{Content, Emoji, MessageEvent, Placed, Range, Which};
use flowra_core::page::{Limit, Page};
use flowra_core::{ChatId, MessageId};

use super::{Scene, all, paged, sorted};
use crate::build::text;

pub(in crate::contract) async fn the_author_reads_their_own_write(mut scene: Scene) {
    let team = scene.team().await;
    let id = scene.message(team.chat, team.ada, &[team.bob]).await;
    let stream = StreamId::Message(id);
    let emoji = text("👍", Emoji::parse);
    let reacted = |user_id| MessageEvent::ReactionAdded {
        user_id,
        emoji: emoji.clone(),
    };
    for event in [
        MessageEvent::Edited {
            content: text("# Heading\n\tand ünïcödé 🚀", Content::parse),
            mentions: vec![team.ada],
        },
        reacted(team.ada),
        reacted(team.bob),
        MessageEvent::ReactionRemoved {
            user_id: team.ada,
            emoji: emoji.clone(),
        },
        MessageEvent::Deleted,
    ] {
        scene.change(stream, team.ada, event).await;
        let loaded = scene.messages.load(id).await.unwrap().unwrap();
        let expected = scene.world.document(stream).unwrap();
        assert_eq!(Document::Message(loaded.message), expected);
    }
    let nothing = scene.world.id();
    assert!(scene.messages.load(nothing).await.unwrap().is_none());
}

pub(in crate::contract) async fn messages_are_numbered_in_log_order(mut scene: Scene) {
    let team = scene.team().await;
    let other = scene.chat(team.workspace, ChatKind::Group, &[team.ada]).await;
    let first = scene.message(team.chat, team.ada, &[]).await;
    scene.message(other, team.ada, &[]).await;
    let reply = scene.reply(first, team.bob, &[]).await;
    let second = scene.message(team.chat, team.ada, &[]).await;
    let late = scene.reply(first, team.bob, &[]).await;
    // A post and its answer in one commit, as when the bot answers a tag.
    let (third, answer, commit) = scene.world.message_and_reply(team.chat, team.ada, team.bob);
    scene.store(commit).await;

    for (id, number, root_number, replies) in [
        (first, 1, 1, 2),
        (reply, 2, 1, 0),
        (second, 3, 2, 0),
        (late, 4, 2, 0),
        (third, 5, 3, 1),
        (answer, 6, 3, 0),
    ] {
        let placed = scene.messages.load(id).await.unwrap().unwrap();
        assert_eq!(
            (placed.number, placed.root_number, placed.replies),
            (number, root_number, replies)
        );
    }
}

pub(in crate::contract) async fn a_page_of_messages_is_a_range(mut scene: Scene) {
    let team = scene.team().await;
    let mut roots = Vec::new();
    for _ in 0..7 {
        let root = scene.message(team.chat, team.ada, &[]).await;
        scene.reply(root, team.bob, &[]).await;
        roots.push(root);
    }
    assert_ranges(&scene, team.chat, Which::Roots, &roots).await;
    let empty = scene.chat(team.workspace, ChatKind::Group, &[team.ada]).await;
    assert_ranges(&scene, empty, Which::Roots, &[]).await;
}

pub(in crate::contract) async fn a_page_with_replies_is_a_range(mut scene: Scene) {
    let team = scene.team().await;
    let mut messages = Vec::new();
    for _ in 0..3 {
        let root = scene.message(team.chat, team.ada, &[]).await;
        messages.extend([root, scene.reply(root, team.bob, &[]).await]);
    }
    messages.push(scene.reply(messages[0], team.bob, &[]).await);
    assert_ranges(&scene, team.chat, Which::All, &messages).await;
}

pub(in crate::contract) async fn a_deleted_message_keeps_its_place(mut scene: Scene) {
    let team = scene.team().await;
    let root = scene.message(team.chat, team.ada, &[]).await;
    let gone = scene.reply(root, team.bob, &[]).await;
    let next = scene.message(team.chat, team.ada, &[]).await;
    for message in [gone, root] {
        scene
            .change(StreamId::Message(message), team.ada, MessageEvent::Deleted)
            .await;
    }
    let page = page(&scene, team.chat, Which::All, Range::Newest(Limit::MAX)).await;
    assert_eq!(ids(&page), [root, gone, next]);
    assert!(page.items[0].message.is_deleted() && page.items[0].message.content.is_none());
    assert_eq!(page.items[0].replies, 1, "deleted replies count");
    let thread = scene.messages.thread(root, all()).await.unwrap();
    assert_eq!(ids(&thread), [gone]);
}

pub(in crate::contract) async fn a_thread_pages_by_number(mut scene: Scene) {
    let team = scene.team().await;
    let root = scene.message(team.chat, team.ada, &[]).await;
    let other = scene.message(team.chat, team.ada, &[]).await;
    let mut replies = Vec::new();
    for _ in 0..5 {
        replies.push(scene.reply(root, team.bob, &[]).await);
        scene.reply(other, team.bob, &[]).await;
    }
    let read = paged(
        async |page| scene.messages.thread(root, page).await.unwrap(),
        |placed| placed.number,
    )
    .await;
    let read: Vec<_> = read.iter().map(|placed| placed.message.id).collect();
    assert_eq!(read, replies);
    let none = scene.messages.thread(replies[0], all()).await.unwrap();
    assert!(none.items.is_empty());
}

pub(in crate::contract) async fn the_newest_root_of_each_chat_is_found(mut scene: Scene) {
    let team = scene.team().await;
    let other = scene.chat(team.workspace, ChatKind::Group, &[team.ada]).await;
    let empty = scene.chat(team.workspace, ChatKind::Group, &[team.ada]).await;
    let unasked = scene.chat(team.workspace, ChatKind::Group, &[team.ada]).await;
    let root = scene.message(team.chat, team.ada, &[]).await;
    let newest = scene.message(team.chat, team.ada, &[]).await;
    scene.reply(root, team.bob, &[]).await;
    let only = scene.message(other, team.ada, &[]).await;
    scene.message(unasked, team.ada, &[]).await;
    let found = scene
        .messages
        .newest(vec![other, empty, team.chat])
        .await
        .unwrap();
    let found = sorted(found.iter().map(|placed| placed.message.id));
    assert_eq!(found, sorted([newest, only]));
}

pub(in crate::contract) async fn messages_are_loaded_together(mut scene: Scene) {
    let team = scene.team().await;
    let root = scene.message(team.chat, team.ada, &[]).await;
    let reply = scene.reply(root, team.bob, &[]).await;
    scene.message(team.chat, team.ada, &[]).await;
    let asked = vec![reply, scene.world.id(), root, reply];
    let loaded = scene.messages.load_many(asked).await.unwrap();
    assert_eq!(loaded.len(), 2);
    for placed in loaded {
        let alone = scene.messages.load(placed.message.id).await.unwrap();
        assert_eq!(alone, Some(placed));
    }
}

/// Every range of a chat's messages, compared with the same part of the list.
async fn assert_ranges(scene: &Scene, chat: ChatId, which: Which, messages: &[MessageId]) {
    let count = messages.len();
    for size in [1, 2, 3, 100] {
        let limit = Limit::parse(size).unwrap();
        let newest = page(scene, chat, which, Range::Newest(limit)).await;
        let from = count.saturating_sub(size);
        assert_eq!(ids(&newest), messages[from..], "the newest {size}");
        assert_eq!(newest.has_more, from > 0);
        for number in 0..=count + 2 {
            let bound = number as u64;
            let before = page(scene, chat, which, Range::Before(bound, limit)).await;
            let end = number.saturating_sub(1).min(count);
            let from = end.saturating_sub(size);
            assert_eq!(ids(&before), messages[from..end], "{size} before {number}");
            assert_eq!(before.has_more, from > 0, "{size} before {number}");

            let after = page(scene, chat, which, Range::After(bound, limit)).await;
            let from = number.min(count);
            let end = (from + size).min(count);
            assert_eq!(ids(&after), messages[from..end], "{size} after {number}");
            assert_eq!(after.has_more, end < count, "{size} after {number}");
        }
    }
}

async fn page(scene: &Scene, chat: ChatId, which: Which, range: Range) -> Page<Placed> {
    scene.messages.page(chat, which, range).await.unwrap()
}

fn ids(page: &Page<Placed>) -> Vec<MessageId> {
    page.items.iter().map(|placed| placed.message.id).collect()
}
