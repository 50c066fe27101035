//! What the chats' store promises.

use flowra_core::chat::{ChatEvent, ChatKind, ChatRole, ChatScope, Title, Topic};
use flowra_core::event::{Document, StreamId};
use flowra_core::workspace::Role;

use super::{Scene, all, paged, sorted};
use crate::build::text;

pub(in crate::contract) async fn the_author_reads_their_own_write(mut scene: Scene) {
    let team = scene.team().await;
    let grace = scene.user("grace").await;
    let message = scene.message(team.chat, team.ada, &[]).await;
    let stream = StreamId::Chat(team.chat);
    for event in [
        ChatEvent::Renamed {
            title: text("Engines", Title::parse),
        },
        ChatEvent::TopicSet {
            topic: text("What they weave", Topic::parse),
        },
        ChatEvent::ParticipantAdded {
            user_id: grace,
            role: ChatRole::Member,
        },
        ChatEvent::ParticipantRoleChanged {
            user_id: grace,
            role: ChatRole::Admin,
        },
        ChatEvent::ParticipantRemoved { user_id: team.bob },
        ChatEvent::MessagePinned { message_id: message },
        ChatEvent::Closed,
        ChatEvent::Reopened,
    ] {
        scene.change(stream, team.ada, event).await;
        let loaded = scene.chats.load(team.chat).await.unwrap();
        assert_eq!(loaded.map(Document::Chat), scene.world.document(stream));
    }
    let deleted = scene.world.delete_chat(team.chat, team.ada);
    scene.store(deleted).await;
    assert!(scene.chats.load(team.chat).await.unwrap().unwrap().is_deleted);
}

pub(in crate::contract) async fn chats_are_listed_by_scope(mut scene: Scene) {
    let team = scene.team().await;
    let (ada, bob, workspace) = (team.ada, team.bob, team.workspace);
    let grace = scene.user("grace").await;
    let elsewhere = scene.workspace(bob, &[(ada, Role::Member)]).await;
    scene.chat(elsewhere, ChatKind::Channel, &[bob, ada]).await;

    let bobs_channel = scene.chat(workspace, ChatKind::Channel, &[bob]).await;
    let bobs_group = scene.chat(workspace, ChatKind::Group, &[bob, grace]).await;
    let shared_group = scene.chat(workspace, ChatKind::Group, &[bob, ada]).await;
    let direct = scene.chat(workspace, ChatKind::Direct, &[ada, bob]).await;
    scene.chat(workspace, ChatKind::Direct, &[bob, grace]).await;
    let gone = scene.chat(workspace, ChatKind::Channel, &[ada]).await;
    let deleted = scene.world.delete_chat(gone, ada);
    scene.store(deleted).await;
    let left = scene.chat(workspace, ChatKind::Group, &[bob, ada]).await;
    let leaves = ChatEvent::ParticipantRemoved { user_id: ada };
    scene.change(StreamId::Chat(left), ada, leaves).await;

    let taken = vec![team.chat, shared_group, direct];
    let with_channels = [&taken[..], &[bobs_channel]].concat();
    let with_groups = [&with_channels[..], &[bobs_group, left]].concat();
    for (scope, expected) in [
        (ChatScope::Taken(ada), taken),
        (ChatScope::TakenAndChannels(ada), with_channels),
        (ChatScope::TakenChannelsAndGroups(ada), with_groups),
    ] {
        let page = scene.chats.list(workspace, scope, all()).await.unwrap();
        let ids: Vec<_> = page.items.iter().map(|chat| chat.id).collect();
        assert_eq!(ids, sorted(expected), "{scope:?}");
    }
}

pub(in crate::contract) async fn chats_page_by_id(mut scene: Scene) {
    let team = scene.team().await;
    let mut expected = vec![team.chat];
    for kind in [
        ChatKind::Group,
        ChatKind::Channel,
        ChatKind::Direct,
        ChatKind::Group,
    ] {
        expected.push(scene.chat(team.workspace, kind, &[team.ada, team.bob]).await);
        scene.chat(team.workspace, ChatKind::Group, &[team.bob]).await;
    }
    for scope in [ChatScope::Taken(team.ada), ChatScope::TakenAndChannels(team.ada)] {
        let chats = paged(
            async |page| scene.chats.list(team.workspace, scope, page).await.unwrap(),
            |chat| chat.id,
        )
        .await;
        let ids: Vec<_> = chats.iter().map(|chat| chat.id).collect();
        assert_eq!(ids, sorted(expected.clone()));
    }
}

pub(in crate::contract) async fn a_direct_chat_is_found_by_its_pair(mut scene: Scene) {
    let team = scene.team().await;
    let (one, other) = (team.ada.min(team.bob), team.ada.max(team.bob));
    let find = async |scene: &Scene, one, other| {
        let found = scene.chats.find_direct(team.workspace, one, other).await;
        found.unwrap()
    };
    assert_eq!(
        find(&scene, one, other).await,
        None,
        "a channel of both is no direct chat"
    );
    let first = scene
        .chat(team.workspace, ChatKind::Direct, &[team.ada, team.bob])
        .await;
    let alone = scene.chat(team.workspace, ChatKind::Direct, &[one, one]).await;
    assert_eq!(find(&scene, one, other).await, Some(first));
    assert_eq!(find(&scene, one, one).await, Some(alone));
    assert_eq!(find(&scene, other, other).await, None);

    let deleted = scene.world.delete_chat(first, team.ada);
    scene.store(deleted).await;
    assert_eq!(find(&scene, one, other).await, None);
    let second = scene
        .chat(team.workspace, ChatKind::Direct, &[team.bob, team.ada])
        .await;
    assert_eq!(find(&scene, one, other).await, Some(second));
}

pub(in crate::contract) async fn chats_are_found_by_participant(mut scene: Scene) {
    let team = scene.team().await;
    let (ada, bob) = (team.ada, team.bob);
    let elsewhere = scene.workspace(bob, &[]).await;
    scene.chat(elsewhere, ChatKind::Group, &[bob, ada]).await;
    let direct = scene.chat(team.workspace, ChatKind::Direct, &[ada, bob]).await;
    scene.chat(team.workspace, ChatKind::Channel, &[bob]).await;
    let gone = scene.chat(team.workspace, ChatKind::Group, &[ada]).await;
    let deleted = scene.world.delete_chat(gone, ada);
    scene.store(deleted).await;
    let found = scene.chats.of_participant(team.workspace, ada).await.unwrap();
    assert_eq!(sorted(found), sorted([team.chat, direct]));
}
