//! Removing what is gone already: a success without an event for whoever may still remove it, and unlike what never was.

use flowra_core::chat::ChatKind;
use flowra_core::event::Version;
use flowra_core::task::DeleteTask;
use flowra_core::workspace::{CreateInvite, Role};
use flowra_core::{Code, Error, UserId};

use crate::team::{Team, code, id};

/// Removes something twice, checks that only the first time is in the log, and answers how it went for somebody who may not.
async fn twice(
    team: &Team,
    remove: impl AsyncFn(UserId) -> Result<(), Error>,
    stranger: UserId,
) -> Result<(), Error> {
    let before = team.head().await;
    remove(team.ada).await.unwrap();
    let after = team.head().await;
    assert!(after > before, "the first time is an event");
    remove(team.ada).await.unwrap();
    let refused = remove(stranger).await;
    assert_eq!(team.head().await, after, "the second time is none");
    refused
}

#[tokio::test]
async fn deleting_a_workspace_again_succeeds_for_its_owner_only() {
    let team = Team::new().await;
    let delete = async |user| {
        let version = Some(Version::new(4));
        team.app.workspaces.delete(&team.by(user), team.id, version).await
    };
    assert_eq!(code(twice(&team, delete, team.bob).await), Code::NotFound);
    let never = team
        .app
        .workspaces
        .delete(&team.by(team.ada), id(&team.memory), None)
        .await;
    assert_eq!(code(never), Code::NotFound);
}

#[tokio::test]
async fn deleting_a_chat_again_succeeds_for_those_who_manage_it() {
    let team = Team::new().await;
    let group = team.make(ChatKind::Group, team.ada, &[team.cleo]).await;
    let delete = async |user| team.app.chats.delete(&team.by(user), team.chat(group)).await;
    assert_eq!(code(twice(&team, delete, team.cleo).await), Code::NotFound);
    delete(team.bob).await.unwrap();
    let never = team
        .app
        .chats
        .delete(&team.by(team.ada), team.chat(id(&team.memory)))
        .await;
    assert_eq!(code(never), Code::NotFound);
}

#[tokio::test]
async fn two_who_delete_a_chat_at_once_have_both_deleted_it() {
    let team = Team::new().await;
    let group = team.make(ChatKind::Group, team.ada, &[]).await;
    let (one, two) = (team.by(team.ada), team.by(team.bob));
    let chats = crate::race::raced(&team.memory).chats;
    let (one, two) = tokio::join!(
        chats.delete(&one, team.chat(group)),
        chats.delete(&two, team.chat(group))
    );
    one.and(two).unwrap();
}

#[tokio::test]
async fn deleting_a_message_again_succeeds_whatever_version_was_seen() {
    let team = Team::new().await;
    let channel = team
        .make(ChatKind::Channel, team.bob, &[team.ada, team.cleo])
        .await;
    let message = team.post(team.ada, channel, "slip").await.message.id;
    let delete = async |user| {
        let version = Some(Version::new(1));
        team.app.messages.delete(&team.by(user), message, version).await
    };
    assert_eq!(code(twice(&team, delete, team.cleo).await), Code::NotAuthor);
}

#[tokio::test]
async fn deleting_a_task_again_succeeds_for_those_who_may() {
    let team = Team::new().await;
    let task = team.task("Weave", None).await;
    let delete = async |user| {
        let mut target = team.target(&task.key.to_string());
        target.expected = Some(task.version);
        team.app.tasks.delete(&team.by(user), DeleteTask { target }).await
    };
    assert_eq!(code(twice(&team, delete, team.cleo).await), Code::Deleted);
    let target = team.target("FLOW-99");
    let never = team
        .app
        .tasks
        .delete(&team.by(team.ada), DeleteTask { target })
        .await;
    assert_eq!(code(never), Code::NotFound);
}

#[tokio::test]
async fn removing_a_member_again_succeeds_and_who_never_was_one_is_not_found() {
    let team = Team::new().await;
    let workspaces = &team.app.workspaces;
    let remove = async |user| workspaces.remove_member(&team.by(user), team.id, team.guy).await;
    assert_eq!(code(twice(&team, remove, team.cleo).await), Code::Forbidden);
    let never = workspaces
        .remove_member(&team.by(team.ada), team.id, team.otto)
        .await;
    assert_eq!(code(never), Code::NotFound);
}

#[tokio::test]
async fn taking_a_participant_out_again_succeeds_and_who_never_took_part_is_not_found() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[team.guy]).await;
    let chats = &team.app.chats;
    let take_out = async |user| {
        chats
            .remove_participant(&team.by(user), team.chat(channel), team.guy)
            .await
    };
    assert_eq!(code(twice(&team, take_out, team.cleo).await), Code::NotChatAdmin);
    let never = chats
        .remove_participant(&team.by(team.ada), team.chat(channel), team.cleo)
        .await;
    assert_eq!(code(never), Code::NotFound);
}

#[tokio::test]
async fn revoking_an_invite_again_succeeds_and_one_that_never_was_is_not_found() {
    let team = Team::new().await;
    let workspaces = &team.app.workspaces;
    let command = CreateInvite {
        workspace: team.id,
        role: Role::Member,
        max_uses: 1,
        expires_at: None,
    };
    let invite = workspaces
        .create_invite(&team.by(team.ada), command)
        .await
        .unwrap();
    let revoke = async |user| workspaces.revoke_invite(&team.by(user), team.id, invite.id).await;
    assert_eq!(code(twice(&team, revoke, team.cleo).await), Code::Forbidden);
    let never = workspaces
        .revoke_invite(&team.by(team.ada), team.id, id(&team.memory))
        .await;
    assert_eq!(code(never), Code::NotFound);
}
