//! Reading workspaces.

use std::sync::Arc;

use super::{Invite, Member, Role, Workspace, WorkspaceRefusal, Workspaces};
use crate::app::Caller;
use crate::page::{Page, PageRequest};
use crate::refusal::Error;
use crate::{InviteId, UserId, WorkspaceId};

impl Workspaces {
    /// A workspace of the caller's.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NotFound`].
    pub async fn find(&self, caller: &Caller, id: WorkspaceId) -> Result<Arc<Workspace>, Error> {
        Ok(self.ports.membership(caller, id).await?.workspace)
    }

    /// The workspaces of which the caller is a member, in the order of their ids.
    ///
    /// # Errors
    /// Failures of the ports, and a caller who may do nothing.
    pub async fn list(
        &self,
        caller: &Caller,
        page: PageRequest<WorkspaceId>,
    ) -> Result<Page<Arc<Workspace>>, Error> {
        let user = self.ports.caller(caller).await?;
        Ok(self.ports.workspaces.of_user(user.id, page).await?)
    }

    /// A workspace's members, in the order of their ids.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NotFound`].
    pub async fn members(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        page: PageRequest<UserId>,
    ) -> Result<Page<(UserId, Member)>, Error> {
        self.ports.membership(caller, id).await?;
        Ok(self.ports.workspaces.members(id, page).await?)
    }

    /// A workspace's invites, in the order of their ids; for its admins.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NotFound`], [`WorkspaceRefusal::NeedsRole`].
    pub async fn invites(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        page: PageRequest<InviteId>,
    ) -> Result<Page<(InviteId, Invite)>, Error> {
        let member = self.ports.membership(caller, id).await?;
        if member.viewer.role < Role::Admin {
            return Err(WorkspaceRefusal::NeedsRole { least: Role::Admin }.into());
        }
        let after = |invite: &InviteId| page.after.is_none_or(|after| *invite > after);
        let invites = member.workspace.invites.iter().filter(|(id, _)| after(id));
        let items = invites
            .map(|(id, invite)| (*id, *invite))
            .take(page.limit.get() + 1)
            .collect();
        Ok(Page::from_one_too_many(items, page.limit))
    }
}
