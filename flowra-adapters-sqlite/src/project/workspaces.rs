//! The rows of workspaces, their members and their invites.

use std::collections::BTreeSet;

use flowra_core::event::Event;
use flowra_core::workspace::{Workspace, WorkspaceEvent};
use flowra_core::{InviteId, UserId};
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
    for invite_id in invites {
        match workspace.invites.get(&invite_id) {
            Some(invite) => db.statement(sql::INVITE_UPSERT)?.execute(params![
                invite.digest.as_bytes(),
                id.as_bytes(),
                invite_id.as_bytes(),
                json(invite, || format!("invite {invite_id}"))?
            ])?,
            None => db
                .statement(sql::INVITE_DELETE)?
                .execute(params![id.as_bytes(), invite_id.as_bytes()])?,
        };
    }
    Ok(())
}

/// The members and invites that events concern; the document says what became of them.
fn touched(events: &[&Event]) -> (BTreeSet<UserId>, BTreeSet<InviteId>) {
    let (mut members, mut invites) = (BTreeSet::new(), BTreeSet::new());
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
            WorkspaceEvent::InviteCreated { invite_id, .. }
            | WorkspaceEvent::InviteAccepted { invite_id, .. }
            | WorkspaceEvent::InviteRevoked { invite_id } => {
                invites.insert(*invite_id);
            }
            WorkspaceEvent::Renamed { .. } | WorkspaceEvent::Described { .. } | WorkspaceEvent::Deleted => {}
        }
    }
    (members, invites)
}
