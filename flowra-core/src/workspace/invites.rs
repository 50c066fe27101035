//! Invites: ways in for people who are not members yet.

use std::sync::Arc;

use super::{Invite, Role, Workspace, WorkspaceRefusal, Workspaces};
use crate::app::Caller;
use crate::draft::{Attempts, Draft, Written, earlier};
use crate::event::Outcome;
use crate::port::fresh;
use crate::refusal::Error;
use crate::time::Timestamp;
use crate::{InviteId, WorkspaceId};

/// How long an invite is good unless its maker says otherwise, in seconds: seven days.
const INVITE_SECONDS: i64 = 7 * 86_400;

/// Makes an invite.
#[derive(Clone, Copy, Debug)]
pub struct CreateInvite {
    /// Where to.
    pub workspace: WorkspaceId,
    /// The role that it gives; never owner.
    pub role: Role,
    /// How many may use it; 0 is everybody.
    pub max_uses: u32,
    /// When it ends; in seven days, if none.
    pub expires_at: Option<Timestamp>,
}

/// An invite that was made.
#[derive(Clone, Debug)]
pub struct InviteMade {
    /// Its id.
    pub id: InviteId,
    /// What it gives.
    pub invite: Invite,
    /// The secret that opens it; here and never again.
    pub token: String,
}

impl Workspaces {
    /// Makes an invite.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NeedsRole`], [`WorkspaceRefusal::OwnerIsTransferred`], [`WorkspaceRefusal::ExpiryInPast`].
    pub async fn create_invite(&self, caller: &Caller, command: CreateInvite) -> Result<InviteMade, Error> {
        let id: InviteId = fresh(&*self.ports.ids);
        let token = self.ports.secrets.mint();
        let now = self.ports.clock.now();
        let invite = Invite {
            digest: self.ports.secrets.digest(&token),
            role: command.role,
            max_uses: command.max_uses,
            uses: 0,
            expires_at: command
                .expires_at
                .unwrap_or_else(|| now.plus_seconds(INVITE_SECONDS)),
            created_by: caller.user,
        };
        self.change(caller, command.workspace, None, |workspace| {
            workspace.invite(id, invite, now)
        })
        .await?;
        Ok(InviteMade { id, invite, token })
    }

    /// Makes an invite worth nothing.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::InviteNotFound`], [`WorkspaceRefusal::NeedsRole`].
    pub async fn revoke_invite(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        id: InviteId,
    ) -> Result<(), Error> {
        self.change(caller, workspace, None, |workspace| {
            workspace.revoke(caller.user, id)
        })
        .await
        .map(drop)
    }

    /// Comes in by an invite's token.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::InviteNotFound`] for an unknown token; [`WorkspaceRefusal::InviteOver`].
    pub async fn accept_invite(&self, caller: &Caller, token: &str) -> Result<Arc<Workspace>, Error> {
        let ports = &*self.ports;
        if let Some(Outcome::Workspace(id)) = earlier(ports, caller).await?
            && let Some(workspace) = ports.workspaces.load(id).await?
        {
            return Ok(workspace);
        }
        let digest = ports.secrets.digest(token);
        let mut attempts = Attempts::new();
        loop {
            let user = ports.caller(caller).await?;
            let (id, invite) = ports
                .workspaces
                .find_invite(digest)
                .await?
                .ok_or(WorkspaceRefusal::InviteNotFound)?;
            let workspace = ports
                .workspaces
                .load(id)
                .await?
                .ok_or(WorkspaceRefusal::InviteNotFound)?;
            let events = workspace.accept(user.id, invite, ports.clock.now())?;
            if events.is_empty() {
                return Ok(workspace);
            }
            let mut draft = Draft::new(caller, ports.clock.now());
            draft.guard_user(&user);
            // Two who race for the last use append at the same version, so one of them decides again and finds it used up.
            let joined = draft.workspace(workspace, user.id, events)?;
            match draft.write(ports, caller, Outcome::Workspace(id)).await? {
                Written::Now | Written::Before(_) => return Ok(joined),
                Written::Conflict(_) => attempts.again()?,
            }
        }
    }
}
