//! Invites: ways in for people who are not members yet.

use std::sync::Arc;

use super::{Invite, Role, Workspace, WorkspaceEvent, WorkspaceName, WorkspaceRefusal, Workspaces};
use crate::app::Caller;
use crate::draft::{Attempts, Draft, Written, earlier};
use crate::event::Outcome;
use crate::port::fresh;
use crate::refusal::{Error, Refusal};
use crate::time::Timestamp;
use crate::user::DisplayName;
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
    /// The secret that opens it: in the answer that made it and never again, so none when the request is repeated.
    pub token: Option<String>,
}

/// An invite as whoever has its token may see it.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Where to.
    pub workspace: WorkspaceName,
    /// Who made it; none when they are no user any more.
    pub by: Option<DisplayName>,
    /// The role that it gives.
    pub role: Role,
}

impl Workspaces {
    /// Makes an invite.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NeedsRole`], [`WorkspaceRefusal::OwnerIsTransferred`], [`WorkspaceRefusal::ExpiryInPast`];
    /// [`WorkspaceRefusal::InviteOver`] when the request is repeated and its invite was revoked meanwhile.
    pub async fn create_invite(&self, caller: &Caller, command: CreateInvite) -> Result<InviteMade, Error> {
        let ports = &*self.ports;
        if let Some(Outcome::Invite(id)) = earlier(ports, caller).await? {
            return self.invite_made_before(caller, command.workspace, id).await;
        }
        let id: InviteId = fresh(&*ports.ids);
        let token = ports.secrets.mint();
        let now = ports.clock.now();
        let invite = Invite {
            digest: ports.secrets.digest(&token),
            role: command.role,
            max_uses: command.max_uses,
            uses: 0,
            expires_at: command
                .expires_at
                .unwrap_or_else(|| now.plus_seconds(INVITE_SECONDS)),
            created_by: caller.user,
        };
        let mut attempts = Attempts::new();
        loop {
            let member = ports.membership(caller, command.workspace).await?;
            let events = member.workspace.invite(id, invite, now)?;
            let mut draft = Draft::new(caller, now);
            draft.guard_user(&member.user);
            draft.workspace(member.workspace, caller.user, events)?;
            match draft.write(ports, caller, Outcome::Invite(id)).await? {
                Written::Now => {
                    return Ok(InviteMade {
                        id,
                        invite,
                        token: Some(token),
                    });
                }
                Written::Before(Outcome::Invite(id)) => {
                    return self.invite_made_before(caller, command.workspace, id).await;
                }
                Written::Before(_) | Written::Conflict(_) => attempts.again()?,
            }
        }
    }

    async fn invite_made_before(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        id: InviteId,
    ) -> Result<InviteMade, Error> {
        let workspace = self.ports.membership(caller, workspace).await?.workspace;
        let invite = *workspace.invites.get(&id).ok_or(WorkspaceRefusal::InviteOver)?;
        Ok(InviteMade {
            id,
            invite,
            token: None,
        })
    }

    /// Makes an invite worth nothing; what is revoked already stays so.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::InviteNotFound`] for one that never was; [`WorkspaceRefusal::NeedsRole`].
    pub async fn revoke_invite(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        id: InviteId,
    ) -> Result<(), Error> {
        let revoked = self
            .change(caller, workspace, None, |workspace| {
                workspace.revoke(caller.user, id)
            })
            .await;
        match revoked {
            Err(Error::Refused(Refusal::Workspace(WorkspaceRefusal::InviteNotFound)))
                if self
                    .has_happened(workspace, WorkspaceEvent::InviteRevoked { invite_id: id })
                    .await? =>
            {
                Ok(())
            }
            done => done.map(drop),
        }
    }

    /// What an invite's token leads to: for whoever has it, with an account or without, before they come in by it.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::InviteNotFound`] for an unknown token; [`WorkspaceRefusal::InviteOver`].
    pub async fn invitation(&self, token: &str) -> Result<Invitation, Error> {
        let ports = &*self.ports;
        let found = ports.workspaces.find_invite(ports.secrets.digest(token)).await?;
        let (id, invite) = found.ok_or(WorkspaceRefusal::InviteNotFound)?;
        let workspace = ports.workspaces.load(id).await?;
        let workspace = workspace.ok_or(WorkspaceRefusal::InviteNotFound)?;
        let invite = workspace.good_invite(invite, ports.clock.now())?;
        let by = ports.users.load(invite.created_by).await?;
        Ok(Invitation {
            workspace: workspace.name.clone(),
            by: by.map(|by| by.display_name.clone()),
            role: invite.role,
        })
    }

    /// Comes in by an invite's token.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::InviteNotFound`] for an unknown token; [`WorkspaceRefusal::InviteOver`].
    pub async fn accept_invite(&self, caller: &Caller, token: &str) -> Result<Arc<Workspace>, Error> {
        let ports = &*self.ports;
        if let Some(Outcome::Workspace(id)) = earlier(ports, caller).await? {
            return self.made_before(caller, id).await;
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
            self.leave_chats(caller, id, user.id).await?;
            let mut draft = Draft::new(caller, ports.clock.now());
            draft.guard_user(&user);
            // Two who race for the last use append at the same version, so one of them decides again and finds it used up.
            let joined = draft.workspace(workspace, user.id, events)?;
            match draft.write(ports, caller, Outcome::Workspace(id)).await? {
                Written::Now => return Ok(joined),
                Written::Before(_) => return self.made_before(caller, id).await,
                Written::Conflict(_) => attempts.again()?,
            }
        }
    }
}
