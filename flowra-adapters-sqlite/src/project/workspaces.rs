//! The rows of workspaces, their members and their invites.

use std::collections::{BTreeMap, BTreeSet};

use flowra_core::event::Event;
use flowra_core::workspace::{Workspace, WorkspaceEvent};
use flowra_core::{Digest, InviteId, UserId};
use rusqlite::{Connection, params};

use super::{Change, json};
use crate::codec;
use crate::fault::Outcome;
use crate::sql::{self, Prepare};

pub(super) fn write(db: &Connection, workspace: &Workspace, change: &Change<'_>) -> Outcome<()> {
    let id = workspace.id;
    db.statement(sql::WORKSPACE_UPSERT)?.execute(params![
        id.as_bytes(),
        workspace.is_deleted,
        change.json
    ])?;
    let (members, invites) = touched(change.events);
    for user in members {
        match workspace.members.get(&user) {
            Some(member) => db.statement(sql::MEMBER_UPSERT)?.execute(params![
                id.as_bytes(),
                user.as_bytes(),
                codec::word(&member.role)?,
                member.joined_at.millis()
            ])?,
            None => db
                .statement(sql::MEMBER_DELETE)?
                .execute(params![id.as_bytes(), user.as_bytes()])?,
        };
    }
    for (invite_id, made_with) in invites {
        let standing = workspace.invites.get(&invite_id);
        match standing.map(|invite| invite.digest).or(made_with) {
            Some(digest) => db.statement(sql::INVITE_UPSERT)?.execute(params![
                digest.as_bytes(),
                id.as_bytes(),
                invite_id.as_bytes(),
                standing
                    .map(|invite| json(invite, || format!("invite {invite_id}")))
                    .transpose()?
            ])?,
            None => db
                .statement(sql::INVITE_REVOKE)?
                .execute(params![id.as_bytes(), invite_id.as_bytes()])?,
        };
    }
    Ok(())
}

/// The members and invites that events concern, new invites with their digests; the document says what became of them.
fn touched(events: &[&Event]) -> (BTreeSet<UserId>, BTreeMap<InviteId, Option<Digest>>) {
    let (mut members, mut invites) = (BTreeSet::new(), BTreeMap::new());
    for event in events {
        let Event::Workspace(event) = event else {
            continue;
        };
        match event {
            WorkspaceEvent::Created { owner_id, .. } => {
                members.insert(*owner_id);
            }
            WorkspaceEvent::MemberAdded { user_id, .. }
            | WorkspaceEvent::MemberRemoved { user_id }
            | WorkspaceEvent::MemberRoleChanged { user_id, .. } => {
                members.insert(*user_id);
            }
            WorkspaceEvent::OwnershipTransferred { from, to } => {
                members.extend([*from, *to]);
            }
            WorkspaceEvent::InviteCreated {
                invite_id, digest, ..
            } => {
                invites.insert(*invite_id, Some(*digest));
            }
            WorkspaceEvent::InviteAccepted { invite_id, .. }
            | WorkspaceEvent::InviteRevoked { invite_id } => {
                invites.entry(*invite_id).or_default();
            }
            WorkspaceEvent::Renamed { .. } | WorkspaceEvent::Described { .. } | WorkspaceEvent::Deleted => {}
        }
    }
    (members, invites)
}
