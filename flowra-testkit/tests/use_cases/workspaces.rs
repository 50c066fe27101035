//! Coming into a workspace, going, and handing it over.

use flowra_core::chat::{ChatKind, ChatRole};
use flowra_core::event::Idempotency;
use flowra_core::user::Authority;
use flowra_core::workspace::{CreateInvite, CreateWorkspace, Role, UpdateWorkspace};
use flowra_core::{Caller, Code};

use crate::race::raced;
use crate::team::{Team, code, register};

#[tokio::test]
async fn two_who_race_for_the_last_use_of_an_invite_cannot_both_win() {
    let team = Team::new().await;
    let command = CreateInvite {
        workspace: team.id,
        role: Role::Member,
        max_uses: 1,
        expires_at: None,
    };
    let invite = team
        .app
        .workspaces
        .create_invite(&team.by(team.bob), command)
        .await
        .unwrap();
    let other = register(&team.memory, &team.app, "Olga").await;
    let (one, two) = (team.by(team.otto), team.by(other));
    let workspaces = raced(&team.memory).workspaces;
    let (one, two) = tokio::join!(
        workspaces.accept_invite(&one, invite.token.as_deref().unwrap()),
        workspaces.accept_invite(&two, invite.token.as_deref().unwrap())
    );
    let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
    assert_eq!(won.unwrap().members.len(), 5);
    assert_eq!(code(lost), Code::Expired);
}

#[tokio::test]
async fn an_invite_ends_after_seven_days_or_when_it_is_revoked() {
    let team = Team::new().await;
    let command = CreateInvite {
        workspace: team.id,
        role: Role::Guest,
        max_uses: 0,
        expires_at: None,
    };
    let workspaces = &team.app.workspaces;
    let invite = workspaces
        .create_invite(&team.by(team.bob), command)
        .await
        .unwrap();
    let (good, unknown) = (invite.token.as_deref().unwrap(), "nobody made this");
    let seen = workspaces.invitation(good).await.unwrap();
    let by = seen.by.map(|by| by.as_str().to_owned());
    let workspace = workspaces.find(&team.by(team.bob), team.id).await.unwrap();
    assert_eq!(seen.workspace, workspace.name);
    assert_eq!((by.as_deref(), seen.role), (Some("Bob"), Role::Guest));
    assert_eq!(code(workspaces.invitation(unknown).await), Code::NotFound);
    let revoked = workspaces
        .create_invite(&team.by(team.bob), command)
        .await
        .unwrap();
    workspaces
        .revoke_invite(&team.by(team.ada), team.id, revoked.id)
        .await
        .unwrap();
    assert_eq!(
        code(
            workspaces
                .accept_invite(&team.by(team.otto), revoked.token.as_deref().unwrap())
                .await
        ),
        Code::Expired
    );
    assert_eq!(
        code(workspaces.invitation(revoked.token.as_deref().unwrap()).await),
        Code::Expired
    );
    team.memory.clock.advance_seconds(7 * 86_400);
    assert_eq!(code(workspaces.invitation(good).await), Code::Expired);
    assert_eq!(
        code(
            workspaces
                .accept_invite(&team.by(team.otto), invite.token.as_deref().unwrap())
                .await
        ),
        Code::Expired
    );
}

#[tokio::test]
async fn who_is_removed_leaves_the_chats_and_leaves_each_an_admin() {
    let team = Team::new().await;
    let led = team.make(ChatKind::Group, team.cleo, &[team.guy, team.bob]).await;
    let direct = team.make(ChatKind::Direct, team.cleo, &[team.bob]).await;
    team.app
        .workspaces
        .remove_member(&team.by(team.bob), team.id, team.cleo)
        .await
        .unwrap();
    let chat = team
        .app
        .chats
        .find(&team.by(team.bob), team.chat(led))
        .await
        .unwrap();
    assert!(!chat.participants.contains_key(&team.cleo));
    assert!(
        chat.participants
            .values()
            .any(|place| place.role == ChatRole::Admin)
    );
    assert_eq!(
        code(team.app.chats.find(&team.by(team.cleo), team.chat(direct)).await),
        Code::NotFound
    );
    assert_eq!(
        code(team.app.workspaces.find(&team.by(team.cleo), team.id).await),
        Code::NotFound
    );
}

#[tokio::test]
async fn who_was_removed_reads_nothing_by_repeating_an_old_request() {
    let team = Team::new().await;
    let caller = team.by_once(team.bob, "role");
    let workspaces = &team.app.workspaces;
    let change = || workspaces.change_role(&caller, team.id, team.cleo, Role::Guest, None);
    change().await.unwrap();
    assert!(change().await.is_ok());
    workspaces
        .remove_member(&team.by(team.ada), team.id, team.bob)
        .await
        .unwrap();
    assert_eq!(code(change().await), Code::NotFound);
}

#[tokio::test]
async fn a_deletion_sent_twice_with_one_key_succeeds_twice() {
    let team = Team::new().await;
    let caller = team.by_once(team.ada, "delete");
    for _ in 0..2 {
        team.app.workspaces.delete(&caller, team.id, None).await.unwrap();
    }
}

#[tokio::test]
async fn a_workspace_is_not_handed_to_a_deactivated_account() {
    let team = Team::new().await;
    let authority = Authority::Admin(team.by(team.ada));
    team.app.accounts.deactivate(&authority, team.bob).await.unwrap();
    let transferred = team
        .app
        .workspaces
        .transfer(&team.by(team.ada), team.id, team.bob)
        .await;
    assert_eq!(code(transferred), Code::NotFound);
}

#[tokio::test]
async fn an_invite_asked_for_twice_with_one_key_is_one_and_shows_its_token_once() {
    let team = Team::new().await;
    let command = CreateInvite {
        workspace: team.id,
        role: Role::Member,
        max_uses: 1,
        expires_at: None,
    };
    let caller = team.by_once(team.ada, "invite");
    let workspaces = raced(&team.memory).workspaces;
    let (one, two) = tokio::join!(
        workspaces.create_invite(&caller, command),
        workspaces.create_invite(&caller, command)
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    let again = workspaces.create_invite(&caller, command).await.unwrap();
    assert_eq!((one.id, again.id), (two.id, two.id));
    let tokens: Vec<String> = [one, two, again]
        .into_iter()
        .filter_map(|made| made.token)
        .collect();
    let [token] = tokens.as_slice() else {
        panic!("one token, not {}", tokens.len());
    };
    assert!(workspaces.accept_invite(&team.by(team.otto), token).await.is_ok());
}

#[tokio::test]
async fn a_transfer_sent_twice_with_one_key_is_made_once() {
    let team = Team::new().await;
    let caller = team.by_once(team.ada, "transfer");
    team.app
        .workspaces
        .transfer(&caller, team.id, team.bob)
        .await
        .unwrap();
    let head = team.head().await;
    let again = team
        .app
        .workspaces
        .transfer(&caller, team.id, team.bob)
        .await
        .unwrap();
    assert_eq!(again.role_of(team.bob), Some(Role::Owner));
    assert_eq!(team.head().await, head);
}

#[tokio::test]
async fn a_change_of_another_version_than_the_current_one_is_refused() {
    let team = Team::new().await;
    let workspace = team
        .app
        .workspaces
        .find(&team.by(team.ada), team.id)
        .await
        .unwrap();
    let command = |name: &str| UpdateWorkspace {
        workspace: team.id,
        name: Some(name.to_owned()),
        description: None,
        expected: Some(workspace.version),
    };
    team.app
        .workspaces
        .update(&team.by(team.ada), command("Loom"))
        .await
        .unwrap();
    let stale = team
        .app
        .workspaces
        .update(&team.by(team.bob), command("Weft"))
        .await;
    assert_eq!(code(stale), Code::ConcurrentModification);
}

#[tokio::test]
async fn strangers_do_not_learn_that_a_workspace_exists() {
    let team = Team::new().await;
    assert_eq!(
        code(team.app.workspaces.find(&team.by(team.otto), team.id).await),
        Code::NotFound
    );
    team.app
        .workspaces
        .delete(&team.by(team.ada), team.id, None)
        .await
        .unwrap();
    assert_eq!(
        code(team.app.workspaces.find(&team.by(team.ada), team.id).await),
        Code::NotFound
    );
}

#[tokio::test]
async fn who_was_removed_is_not_shown_the_workspace_by_asking_again_with_the_same_key() {
    let team = Team::new().await;
    let workspaces = &team.app.workspaces;
    let command = CreateInvite {
        workspace: team.id,
        role: Role::Member,
        max_uses: 0,
        expires_at: None,
    };
    let invite = workspaces
        .create_invite(&team.by(team.bob), command)
        .await
        .unwrap();
    let token = invite.token.unwrap();
    let caller = team.by_once(team.otto, "enter");
    workspaces.accept_invite(&caller, &token).await.unwrap();
    assert!(workspaces.accept_invite(&caller, &token).await.is_ok());
    workspaces
        .remove_member(&team.by(team.ada), team.id, team.otto)
        .await
        .unwrap();
    assert_eq!(
        code(workspaces.accept_invite(&caller, &token).await),
        Code::NotFound
    );
}

#[tokio::test]
async fn sixty_four_who_change_one_thing_at_once_all_succeed() {
    let team = Team::new().await;
    let app = raced(&team.memory);
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..64 {
        let (workspaces, caller, id) = (app.workspaces.clone(), team.by(team.ada), team.id);
        writers.spawn(async move {
            let command = UpdateWorkspace {
                workspace: id,
                name: Some(format!("name {number}")),
                description: None,
                expected: None,
            };
            workspaces.update(&caller, command).await.map(drop)
        });
    }
    for written in writers.join_all().await {
        written.unwrap();
    }
}

#[tokio::test]
async fn whoever_is_brought_into_a_chat_while_they_leave_is_out_of_it_in_the_end() {
    for first in [true, false] {
        let team = Team::new().await;
        let group = team.make(ChatKind::Group, team.ada, &[]).await;
        let app = raced(&team.memory);
        let (ada, chat) = (team.by(team.ada), team.chat(group));
        let leaves = app.workspaces.remove_member(&ada, team.id, team.cleo);
        let enters = app.chats.add_participant(&ada, chat, team.cleo, ChatRole::Member);
        if first {
            let (left, _) = tokio::join!(leaves, enters);
            left.unwrap();
        } else {
            let (_, left) = tokio::join!(enters, leaves);
            left.unwrap();
        }
        let chat = team.app.ports.chats.load(group).await.unwrap().unwrap();
        assert!(!chat.participants.contains_key(&team.cleo), "{first}");
    }
}

#[tokio::test]
async fn a_hundred_invites_are_enough_and_those_that_are_over_make_room() {
    let team = Team::new().await;
    let invite = |seconds: i64| {
        let (workspaces, caller) = (team.app.workspaces.clone(), team.by(team.ada));
        let command = CreateInvite {
            workspace: team.id,
            role: Role::Member,
            max_uses: 0,
            expires_at: Some(team.app.ports.clock.now().plus_seconds(seconds)),
        };
        async move { workspaces.create_invite(&caller, command).await }
    };
    invite(1).await.unwrap();
    for _ in 1..100 {
        invite(3_600).await.unwrap();
    }
    assert_eq!(code(invite(3_600).await), Code::InvalidState);
    team.memory.clock.advance_seconds(2);
    invite(3_600).await.unwrap();
    let workspace = team.app.ports.workspaces.load(team.id).await.unwrap().unwrap();
    assert_eq!(workspace.invites.len(), 100);
    assert_eq!(code(invite(3_600).await), Code::InvalidState);
}

#[tokio::test]
async fn the_promise_of_somebody_else_neither_answers_nor_keeps_anything() {
    let team = Team::new().await;
    let make = async |caller: &Caller| {
        let command = CreateWorkspace {
            name: "Works".to_owned(),
            key_prefix: None,
            edit_window_seconds: None,
            description: None,
        };
        team.app.workspaces.create(caller, command).await.unwrap().id
    };
    let promise = Idempotency {
        user: team.ada,
        key: "k".into(),
        fingerprint: [1; 32],
    };
    let mut ada = team.by(team.ada);
    ada.idempotency = Some(promise.clone());
    let hers = make(&ada).await;
    let mut bob = team.by(team.bob);
    bob.idempotency = Some(promise);
    assert_ne!(make(&bob).await, hers);
    assert_eq!(make(&ada).await, hers);
}
