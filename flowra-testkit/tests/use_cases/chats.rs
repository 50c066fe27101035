//! Chats: one for each pair, who may know of which, and retried requests.

use std::sync::Arc;

use flowra_core::Code;
use flowra_core::chat::{Chat, ChatKind, ChatRole, CreateChat, UpdateChat};
use flowra_core::page::{Limit, Page, PageRequest};

use crate::team::{Team, code};

#[tokio::test]
async fn a_pair_has_one_direct_chat_whoever_asks() {
    let team = Team::new().await;
    let one = team.make(ChatKind::Direct, team.ada, &[team.cleo]).await;
    assert_eq!(team.make(ChatKind::Direct, team.cleo, &[team.ada]).await, one);
    assert_ne!(team.make(ChatKind::Direct, team.bob, &[team.ada]).await, one);
    assert_eq!(
        code(team.app.chats.find(&team.by(team.bob), team.chat(one)).await),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_workspace_admin_knows_of_a_group_and_reads_nothing_of_it() {
    let team = Team::new().await;
    let group = team.make(ChatKind::Group, team.cleo, &[team.guy]).await;
    team.post(team.cleo, group, "#task Secret").await;
    assert!(
        team.app
            .chats
            .find(&team.by(team.ada), team.chat(group))
            .await
            .is_ok()
    );
    assert_eq!(
        code(team.app.chats.pins(&team.by(team.ada), team.chat(group)).await),
        Code::NotParticipant
    );
    let added = team
        .app
        .chats
        .add_participant(&team.by(team.ada), team.chat(group), team.ada, ChatRole::Member)
        .await;
    assert_eq!(code(added), Code::InvalidState);
}

#[tokio::test]
async fn the_chats_one_takes_part_in_are_told_apart_from_those_one_knows_of() {
    let team = Team::new().await;
    let group = team.make(ChatKind::Group, team.cleo, &[team.guy]).await;
    let channel = team.make(ChatKind::Channel, team.cleo, &[]).await;
    let chats = &team.app.chats;
    let all = PageRequest::first(Limit::MAX);
    let ids = |page: Page<Arc<Chat>>| page.items.iter().map(|chat| chat.id).collect::<Vec<_>>();
    let workspace = team.chat(group).workspace;
    let known = ids(chats
        .list(&team.by(team.ada), workspace, all.clone())
        .await
        .unwrap());
    assert!(
        known.contains(&group) && known.contains(&channel),
        "an admin knows of both"
    );
    let taken = ids(chats
        .taken(&team.by(team.ada), workspace, all.clone())
        .await
        .unwrap());
    assert!(!taken.contains(&group) && !taken.contains(&channel));
    let taken = ids(chats
        .taken(&team.by(team.cleo), workspace, all.clone())
        .await
        .unwrap());
    assert!(taken.contains(&group) && taken.contains(&channel));
    let outside = chats.taken(&team.by(team.otto), workspace, all).await;
    assert_eq!(code(outside), Code::NotFound);
}

#[tokio::test]
async fn who_left_a_group_and_asks_again_with_the_same_key_has_left() {
    let team = Team::new().await;
    let group = team.make(ChatKind::Group, team.bob, &[team.cleo]).await;
    let caller = team.by_once(team.cleo, "leave");
    team.app.chats.leave(&caller, team.chat(group)).await.unwrap();
    let head = team.head().await;
    team.app.chats.leave(&caller, team.chat(group)).await.unwrap();
    assert_eq!(team.head().await, head);
}

#[tokio::test]
async fn a_change_of_another_version_than_the_current_one_is_refused() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.cleo, &[]).await;
    let seen = team
        .app
        .chats
        .find(&team.by(team.cleo), team.chat(channel))
        .await
        .unwrap();
    let mut chat = team.chat(channel);
    chat.expected = Some(seen.version);
    let command = |title: &str| UpdateChat {
        chat,
        title: Some(title.to_owned()),
        topic: None,
    };
    team.app
        .chats
        .update(&team.by(team.cleo), command("loom"))
        .await
        .unwrap();
    let stale = team.app.chats.update(&team.by(team.cleo), command("weft")).await;
    assert_eq!(code(stale), Code::ConcurrentModification);
}

#[tokio::test]
async fn a_deleted_chat_is_gone_for_everyone_with_its_tasks() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.cleo, &[]).await;
    let task = team.task("Weave", Some(channel)).await;
    team.app
        .chats
        .delete(&team.by(team.cleo), team.chat(channel))
        .await
        .unwrap();
    for user in [team.ada, team.cleo] {
        assert_eq!(
            code(team.app.chats.find(&team.by(user), team.chat(channel)).await),
            Code::NotFound
        );
        let query = flowra_core::task::FindTask {
            workspace: team.id,
            task: task.key.to_string(),
        };
        assert_eq!(
            code(team.app.tasks.find(&team.by(user), query).await),
            Code::NotFound
        );
    }
}

#[tokio::test]
async fn who_lost_sight_of_a_chat_learns_nothing_more_of_it_by_asking_again_with_the_same_key() {
    let team = Team::new().await;
    let app = &team.app;
    let create = CreateChat {
        workspace: team.id,
        kind: ChatKind::Group,
        title: Some("Loom".to_owned()),
        topic: None,
        participants: vec![team.bob],
    };
    let creates = team.by_once(team.cleo, "create");
    let group = app.chats.create(&creates, create.clone()).await.unwrap().chat.id;
    let rename = UpdateChat {
        chat: team.chat(group),
        title: Some("Weft".to_owned()),
        topic: None,
    };
    let renames = team.by_once(team.cleo, "rename");
    app.chats.update(&renames, rename.clone()).await.unwrap();
    let posts = team.by_once(team.cleo, "post");
    let message = team.message(group, "hello", None);
    app.messages.post(&posts, message.clone()).await.unwrap();
    let makes = team.by_once(team.cleo, "task");
    let task = team.new_task("Weave", Some(group));
    app.tasks.create(&makes, task.clone()).await.unwrap();

    assert!(app.chats.create(&creates, create.clone()).await.is_ok());
    assert!(app.chats.update(&renames, rename.clone()).await.is_ok());
    assert!(app.messages.post(&posts, message.clone()).await.is_ok());
    assert!(app.tasks.create(&makes, task.clone()).await.is_ok());

    app.chats
        .change_participant_role(&team.by(team.cleo), team.chat(group), team.bob, ChatRole::Admin)
        .await
        .unwrap();
    app.chats
        .leave(&team.by(team.cleo), team.chat(group))
        .await
        .unwrap();
    assert_eq!(code(app.chats.create(&creates, create).await), Code::NotFound);
    assert_eq!(code(app.chats.update(&renames, rename).await), Code::NotFound);
    assert_eq!(code(app.messages.post(&posts, message).await), Code::NotFound);
    assert_eq!(code(app.tasks.create(&makes, task).await), Code::NotFound);
}
