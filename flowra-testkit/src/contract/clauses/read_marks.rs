//! What the read marks promise.

use flowra_core::chat::{ChatKind, Standing};
use flowra_core::event::StreamId;
use flowra_core::message::{Content, MessageEvent};
use flowra_core::{ChatId, UserId};

use super::Scene;
use crate::build::text;

pub(in crate::contract) async fn unread_counts_are_roots_after_the_mark(mut scene: Scene) {
    let team = scene.team().await;
    let mut roots = Vec::new();
    for _ in 0..4 {
        let root = scene.message(team.chat, team.bob, &[]).await;
        scene.reply(root, team.bob, &[]).await;
        roots.push(root);
    }
    let late_reply = scene.reply(roots[0], team.bob, &[]).await;
    assert_eq!(
        standing(&scene, team.ada, team.chat).await.unread,
        4,
        "without a mark all are"
    );
    for (read, unread) in [(0, 3), (1, 2), (3, 0)] {
        assert!(scene.marks.mark(team.ada, team.chat, roots[read]).await.unwrap());
        let standing = standing(&scene, team.ada, team.chat).await;
        assert_eq!((standing.unread, standing.last_read), (unread, Some(roots[read])));
    }
    assert!(scene.marks.mark(team.ada, team.chat, late_reply).await.unwrap());
    assert_eq!(standing(&scene, team.ada, team.chat).await.unread, 0);
    scene.message(team.chat, team.bob, &[]).await;
    assert_eq!(standing(&scene, team.ada, team.chat).await.unread, 1);
    let deleted = StreamId::Message(roots[3]);
    scene.change(deleted, team.bob, MessageEvent::Deleted).await;
    assert_eq!(standing(&scene, team.ada, team.chat).await.unread, 1);
}

pub(in crate::contract) async fn mention_counts_are_those_after_the_mark(mut scene: Scene) {
    let team = scene.team().await;
    let first = scene.message(team.chat, team.bob, &[team.ada]).await;
    scene.message(team.chat, team.bob, &[team.bob]).await;
    let reply = scene.reply(first, team.bob, &[team.ada, team.bob]).await;
    let last = scene.message(team.chat, team.bob, &[team.ada]).await;
    assert_eq!(standing(&scene, team.ada, team.chat).await.mentions, 3);
    for (read, mentions) in [(first, 2), (reply, 1), (last, 0)] {
        assert!(scene.marks.mark(team.ada, team.chat, read).await.unwrap());
        assert_eq!(standing(&scene, team.ada, team.chat).await.mentions, mentions);
    }
    assert_eq!(standing(&scene, team.bob, team.chat).await.mentions, 0);
}

pub(in crate::contract) async fn edits_and_deletions_change_mention_counts(mut scene: Scene) {
    let team = scene.team().await;
    let edited = scene.message(team.chat, team.bob, &[team.ada]).await;
    let deleted = scene.message(team.chat, team.bob, &[team.ada]).await;
    let gains = scene.message(team.chat, team.bob, &[]).await;
    let edit = |mentions| MessageEvent::Edited {
        content: text("never mind", Content::parse),
        mentions,
    };
    let mut counts = vec![standing(&scene, team.ada, team.chat).await.mentions];
    scene
        .change(StreamId::Message(edited), team.bob, edit(Vec::new()))
        .await;
    counts.push(standing(&scene, team.ada, team.chat).await.mentions);
    let deletion = MessageEvent::Deleted;
    scene.change(StreamId::Message(deleted), team.bob, deletion).await;
    counts.push(standing(&scene, team.ada, team.chat).await.mentions);
    let commit = scene.world.change(
        StreamId::Message(gains),
        team.bob,
        [
            edit(vec![team.ada]),
            MessageEvent::Mentioned { user_id: team.ada },
        ],
    );
    scene.store(commit).await;
    counts.push(standing(&scene, team.ada, team.chat).await.mentions);
    assert_eq!(counts, [2, 1, 0, 1]);
}

pub(in crate::contract) async fn a_read_mark_never_goes_back(mut scene: Scene) {
    let team = scene.team().await;
    let first = scene.message(team.chat, team.bob, &[]).await;
    let second = scene.message(team.chat, team.bob, &[]).await;
    assert!(scene.marks.mark(team.ada, team.chat, second).await.unwrap());
    assert!(scene.marks.mark(team.ada, team.chat, first).await.unwrap());
    let standing = standing(&scene, team.ada, team.chat).await;
    assert_eq!((standing.unread, standing.last_read), (0, Some(second)));
}

pub(in crate::contract) async fn posting_moves_ones_own_mark(mut scene: Scene) {
    let team = scene.team().await;
    let root = scene.message(team.chat, team.bob, &[team.ada]).await;
    scene.message(team.chat, team.bob, &[]).await;
    let own = scene.reply(root, team.ada, &[]).await;
    let adas = standing(&scene, team.ada, team.chat).await;
    assert_eq!((adas.unread, adas.mentions, adas.last_read), (0, 0, Some(own)));
    let own = scene.message(team.chat, team.ada, &[]).await;
    let bobs = standing(&scene, team.bob, team.chat).await;
    assert_eq!(bobs.unread, 1, "others see the post as unread");
    assert_eq!(standing(&scene, team.ada, team.chat).await.last_read, Some(own));
}

pub(in crate::contract) async fn a_mark_needs_a_message_of_its_chat(mut scene: Scene) {
    let team = scene.team().await;
    let other = scene.chat(team.workspace, ChatKind::Channel, &[team.ada]).await;
    let elsewhere = scene.message(other, team.ada, &[]).await;
    scene.message(team.chat, team.bob, &[]).await;
    let unknown = scene.world.id();
    for message in [elsewhere, unknown] {
        assert!(!scene.marks.mark(team.ada, team.chat, message).await.unwrap());
    }
    let standing = standing(&scene, team.ada, team.chat).await;
    assert_eq!((standing.unread, standing.last_read), (1, None));
}

pub(in crate::contract) async fn muting_is_personal(mut scene: Scene) {
    let team = scene.team().await;
    let message = scene.message(team.chat, team.bob, &[]).await;
    scene.marks.mute(team.ada, team.chat, true).await.unwrap();
    assert!(standing(&scene, team.ada, team.chat).await.is_muted);
    assert!(!standing(&scene, team.bob, team.chat).await.is_muted);
    assert!(scene.marks.mark(team.ada, team.chat, message).await.unwrap());
    assert!(
        standing(&scene, team.ada, team.chat).await.is_muted,
        "reading unmutes nothing"
    );
    scene.marks.mute(team.ada, team.chat, false).await.unwrap();
    let after = standing(&scene, team.ada, team.chat).await;
    assert_eq!((after.is_muted, after.last_read), (false, Some(message)));
}

pub(in crate::contract) async fn standings_come_in_the_order_asked(mut scene: Scene) {
    let team = scene.team().await;
    let other = scene
        .chat(team.workspace, ChatKind::Group, &[team.ada, team.bob])
        .await;
    let unknown: ChatId = scene.world.id();
    scene.message(team.chat, team.bob, &[]).await;
    for _ in 0..2 {
        scene.message(other, team.bob, &[]).await;
    }
    let chats = vec![other, unknown, team.chat, other];
    let standings = scene.marks.standings(team.ada, chats).await.unwrap();
    let unread: Vec<_> = standings.iter().map(|standing| standing.unread).collect();
    assert_eq!(unread, [2, 0, 1, 2]);

    let nobody: UserId = scene.world.id();
    let people = vec![team.bob, nobody, team.ada];
    let standings = scene.marks.standings_of(other, people).await.unwrap();
    let unread: Vec<_> = standings.iter().map(|standing| standing.unread).collect();
    assert_eq!(unread, [0, 2, 2]);
    assert!(
        scene
            .marks
            .standings(team.ada, Vec::new())
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
