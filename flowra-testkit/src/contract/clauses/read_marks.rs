//! What the read marks promise.

use flowra_core::chat::{ChatKind, Standing};
use flowra_core::event::StreamId;
use flowra_core::message::{Content, MessageEvent};
use flowra_core::{ChatId, UserId};

use super::Scene;
use crate::build::text;

pub(in crate::contract) async fn unread_counts_are_roots_after_the_mark(mut scene: Scene) {
    let room = scene.room().await;
    let mut roots = Vec::new();
    for _ in 0..4 {
        let root = scene.message(room.chat, room.bob, &[]).await;
        scene.reply(root, room.bob, &[]).await;
        roots.push(root);
    }
    let late_reply = scene.reply(roots[0], room.bob, &[]).await;
    assert_eq!(
        standing(&scene, room.ada, room.chat).await.unread,
        4,
        "without a mark all are"
    );
    for (read, unread) in [(0, 3), (1, 2), (3, 0)] {
        assert!(scene.marks.mark(room.ada, room.chat, roots[read]).await.unwrap());
        let standing = standing(&scene, room.ada, room.chat).await;
        assert_eq!((standing.unread, standing.last_read), (unread, Some(roots[read])));
    }
    assert!(scene.marks.mark(room.ada, room.chat, late_reply).await.unwrap());
    assert_eq!(standing(&scene, room.ada, room.chat).await.unread, 0);
    scene.message(room.chat, room.bob, &[]).await;
    assert_eq!(standing(&scene, room.ada, room.chat).await.unread, 1);
    let deleted = StreamId::Message(roots[3]);
    scene.change(deleted, room.bob, MessageEvent::Deleted).await;
    assert_eq!(standing(&scene, room.ada, room.chat).await.unread, 1);
}

pub(in crate::contract) async fn mention_counts_are_those_after_the_mark(mut scene: Scene) {
    let room = scene.room().await;
    let first = scene.message(room.chat, room.bob, &[room.ada]).await;
    scene.message(room.chat, room.bob, &[]).await;
    let reply = scene.reply(first, room.bob, &[room.ada, room.bob]).await;
    let last = scene.message(room.chat, room.bob, &[room.ada]).await;
    assert_eq!(standing(&scene, room.ada, room.chat).await.mentions, 3);
    for (read, mentions) in [(first, 2), (reply, 1), (last, 0)] {
        assert!(scene.marks.mark(room.ada, room.chat, read).await.unwrap());
        assert_eq!(standing(&scene, room.ada, room.chat).await.mentions, mentions);
    }
    assert_eq!(standing(&scene, room.bob, room.chat).await.mentions, 0);
}

pub(in crate::contract) async fn edits_and_deletions_change_mention_counts(mut scene: Scene) {
    let room = scene.room().await;
    let edited = scene.message(room.chat, room.bob, &[room.ada]).await;
    let deleted = scene.message(room.chat, room.bob, &[room.ada]).await;
    let gains = scene.message(room.chat, room.bob, &[]).await;
    let edit = |mentions| MessageEvent::Edited {
        content: text("never mind", Content::parse),
        mentions,
    };
    let mut counts = vec![standing(&scene, room.ada, room.chat).await.mentions];
    scene
        .change(StreamId::Message(edited), room.bob, edit(Vec::new()))
        .await;
    counts.push(standing(&scene, room.ada, room.chat).await.mentions);
    let deletion = MessageEvent::Deleted;
    scene.change(StreamId::Message(deleted), room.bob, deletion).await;
    counts.push(standing(&scene, room.ada, room.chat).await.mentions);
    let commit = scene.world.change(
        StreamId::Message(gains),
        room.bob,
        [
            edit(vec![room.ada]),
            MessageEvent::Mentioned { user_id: room.ada },
        ],
    );
    scene.store(commit).await;
    counts.push(standing(&scene, room.ada, room.chat).await.mentions);
    assert_eq!(counts, [2, 1, 0, 1]);
}

pub(in crate::contract) async fn a_read_mark_never_goes_back(mut scene: Scene) {
    let room = scene.room().await;
    let first = scene.message(room.chat, room.bob, &[]).await;
    let second = scene.message(room.chat, room.bob, &[]).await;
    assert!(scene.marks.mark(room.ada, room.chat, second).await.unwrap());
    assert!(scene.marks.mark(room.ada, room.chat, first).await.unwrap());
    let standing = standing(&scene, room.ada, room.chat).await;
    assert_eq!((standing.unread, standing.last_read), (0, Some(second)));
}

pub(in crate::contract) async fn posting_moves_ones_own_mark(mut scene: Scene) {
    let room = scene.room().await;
    let root = scene.message(room.chat, room.bob, &[room.ada]).await;
    scene.message(room.chat, room.bob, &[]).await;
    let own = scene.reply(root, room.ada, &[]).await;
    let adas = standing(&scene, room.ada, room.chat).await;
    assert_eq!((adas.unread, adas.mentions, adas.last_read), (0, 0, Some(own)));
    let own = scene.message(room.chat, room.ada, &[]).await;
    let bobs = standing(&scene, room.bob, room.chat).await;
    assert_eq!(bobs.unread, 1, "others see the post as unread");
    assert_eq!(standing(&scene, room.ada, room.chat).await.last_read, Some(own));
}

pub(in crate::contract) async fn a_mark_needs_a_message_of_its_chat(mut scene: Scene) {
    let room = scene.room().await;
    let other = scene.chat(room.workspace, ChatKind::Channel, &[room.ada]).await;
    let elsewhere = scene.message(other, room.ada, &[]).await;
    scene.message(room.chat, room.bob, &[]).await;
    let unknown = scene.world.id();
    for message in [elsewhere, unknown] {
        assert!(!scene.marks.mark(room.ada, room.chat, message).await.unwrap());
    }
    let standing = standing(&scene, room.ada, room.chat).await;
    assert_eq!((standing.unread, standing.last_read), (1, None));
}

pub(in crate::contract) async fn muting_is_personal(mut scene: Scene) {
    let room = scene.room().await;
    let message = scene.message(room.chat, room.bob, &[]).await;
    scene.marks.mute(room.ada, room.chat, true).await.unwrap();
    assert!(standing(&scene, room.ada, room.chat).await.is_muted);
    assert!(!standing(&scene, room.bob, room.chat).await.is_muted);
    assert!(scene.marks.mark(room.ada, room.chat, message).await.unwrap());
    assert!(
        standing(&scene, room.ada, room.chat).await.is_muted,
        "reading unmutes nothing"
    );
    scene.marks.mute(room.ada, room.chat, false).await.unwrap();
    let after = standing(&scene, room.ada, room.chat).await;
    assert_eq!((after.is_muted, after.last_read), (false, Some(message)));
}

pub(in crate::contract) async fn standings_come_in_the_order_asked(mut scene: Scene) {
    let room = scene.room().await;
    let other = scene
        .chat(room.workspace, ChatKind::Group, &[room.ada, room.bob])
        .await;
    let unknown: ChatId = scene.world.id();
    scene.message(room.chat, room.bob, &[]).await;
    for _ in 0..2 {
        scene.message(other, room.bob, &[]).await;
    }
    let chats = vec![other, unknown, room.chat, other];
    let standings = scene.marks.standings(room.ada, chats).await.unwrap();
    let unread: Vec<_> = standings.iter().map(|standing| standing.unread).collect();
    assert_eq!(unread, [2, 0, 1, 2]);

    let nobody: UserId = scene.world.id();
    let people = vec![room.bob, nobody, room.ada];
    let standings = scene.marks.standings_of(other, people).await.unwrap();
    let unread: Vec<_> = standings.iter().map(|standing| standing.unread).collect();
    assert_eq!(unread, [0, 2, 2]);
    assert!(
        scene
            .marks
            .standings(room.ada, Vec::new())
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        scene
            .marks
            .standings_of(other, Vec::new())
            .await
            .unwrap()
            .is_empty()
    );
}

/// Where somebody stands; both questions about it must have the same answer.
async fn standing(scene: &Scene, user: UserId, chat: ChatId) -> Standing {
    let by_user = scene.marks.standings(user, vec![chat]).await.unwrap();
    let by_chat = scene.marks.standings_of(chat, vec![user]).await.unwrap();
    assert_eq!(by_user, by_chat);
    by_user[0]
}
