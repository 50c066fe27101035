//! What the workspaces' store promises.

use flowra_core::event::{Document, StreamId};
use flowra_core::workspace::{Role, WorkspaceDescription, WorkspaceEvent, WorkspaceName};
use flowra_core::{InviteId, UserId};

use super::{Scene, all, digest, paged, sorted};
use crate::build::text;

pub(in crate::contract) async fn the_author_reads_their_own_write(mut scene: Scene) {
    let (ada, bob) = (scene.user("ada").await, scene.user("bob").await);
    let id = scene.workspace(ada, &[]).await;
    let stream = StreamId::Workspace(id);
    for event in [
        WorkspaceEvent::Renamed {
            name: text("Analytical", WorkspaceName::parse),
        },
        WorkspaceEvent::Described {
            description: text("Engines\nof all kinds", WorkspaceDescription::parse),
        },
        WorkspaceEvent::MemberAdded {
            user_id: bob,
            role: Role::Guest,
        },
        WorkspaceEvent::OwnershipTransferred { from: ada, to: bob },
        invite(scene.world.id(), 1, ada, &scene),
        WorkspaceEvent::Deleted,
    ] {
        scene.change(stream, ada, event).await;
        let loaded = scene.workspaces.load(id).await.unwrap();
        assert_eq!(loaded.map(Document::Workspace), scene.world.document(stream));
    }
}

pub(in crate::contract) async fn a_deleted_workspace_is_not_listed(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let (kept, gone) = (scene.workspace(ada, &[]).await, scene.workspace(ada, &[]).await);
    scene
        .change(StreamId::Workspace(gone), ada, WorkspaceEvent::Deleted)
        .await;
    let listed = scene.workspaces.of_user(ada, all()).await.unwrap();
    let listed: Vec<_> = listed.items.iter().map(|workspace| workspace.id).collect();
    assert_eq!(listed, [kept]);
    assert!(scene.workspaces.load(gone).await.unwrap().unwrap().is_deleted);
}

pub(in crate::contract) async fn workspaces_page_by_id(mut scene: Scene) {
    let (ada, bob) = (scene.user("ada").await, scene.user("bob").await);
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(scene.workspace(ada, &[(bob, Role::Member)]).await);
    }
    scene.workspace(ada, &[]).await;
    let left = expected.pop().unwrap();
    let removed = WorkspaceEvent::MemberRemoved { user_id: bob };
    scene.change(StreamId::Workspace(left), ada, removed).await;
    let workspaces = paged(
        async |page| scene.workspaces.of_user(bob, page).await.unwrap(),
        |workspace| workspace.id,
    )
    .await;
    let ids: Vec<_> = workspaces.iter().map(|workspace| workspace.id).collect();
    assert_eq!(ids, sorted(expected));
}

pub(in crate::contract) async fn members_page_by_id(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let mut others = Vec::new();
    for role in [Role::Guest, Role::Member, Role::Admin, Role::Guest] {
        others.push((scene.user(&format!("user{}", others.len())).await, role));
    }
    let id = scene.workspace(ada, &others).await;
    scene.workspace(others[0].0, &[]).await;
    let members = paged(
        async |page| scene.workspaces.members(id, page).await.unwrap(),
        |(user, _)| *user,
    )
    .await;
    let roles: Vec<_> = members
        .iter()
        .map(|(user, member)| (*user, member.role))
        .collect();
    others.push((ada, Role::Owner));
    assert_eq!(roles, sorted(others));
    let nowhere = scene.world.id();
    let nobody = scene.workspaces.members(nowhere, all()).await.unwrap();
    assert!(nobody.items.is_empty() && !nobody.has_more);
}

pub(in crate::contract) async fn a_revoked_invite_is_still_found(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let (id, other) = (scene.workspace(ada, &[]).await, scene.workspace(ada, &[]).await);
    let (first, second) = (scene.world.id(), scene.world.id());
    let event = invite(first, 1, ada, &scene);
    scene.change(StreamId::Workspace(id), ada, event).await;
    let event = invite(second, 2, ada, &scene);
    scene.change(StreamId::Workspace(other), ada, event).await;

    let accepted = WorkspaceEvent::InviteAccepted {
        invite_id: first,
        user_id: ada,
    };
    scene.change(StreamId::Workspace(id), ada, accepted).await;
    let found = scene.workspaces.find_invite(digest(1)).await.unwrap();
    assert_eq!(found, Some((id, first)), "one that was used is still found");

    let revoked = WorkspaceEvent::InviteRevoked { invite_id: first };
    scene.change(StreamId::Workspace(id), ada, revoked).await;
    let found = scene.workspaces.find_invite(digest(1)).await.unwrap();
    assert_eq!(
        found,
        Some((id, first)),
        "one that was revoked leads where it led"
    );
    let loaded = scene.workspaces.load(id).await.unwrap().unwrap();
    assert!(
        loaded.invites.is_empty(),
        "it is no invite of the workspace any more"
    );
    assert_eq!(scene.workspaces.find_invite(digest(3)).await.unwrap(), None);
    let found = scene.workspaces.find_invite(digest(2)).await.unwrap();
    assert_eq!(found, Some((other, second)));
}

fn invite(id: InviteId, byte: u8, by: UserId, scene: &Scene) -> WorkspaceEvent {
    WorkspaceEvent::InviteCreated {
        invite_id: id,
        digest: digest(byte),
        role: Role::Member,
        max_uses: 3,
        expires_at: scene.world.now().plus_seconds(604_800),
        created_by: by,
    }
}
