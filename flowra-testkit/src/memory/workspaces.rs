//! Workspaces in memory.

use std::sync::Arc;

use flowra_core::page::{Page, PageRequest};
use flowra_core::workspace::{Member, Workspace, WorkspaceStore};
use flowra_core::{BoxFuture, Digest, InviteId, PortResult, UserId, WorkspaceId};

use super::{Memory, page_of};

impl WorkspaceStore for Memory {
    fn load(&self, id: WorkspaceId) -> BoxFuture<'_, PortResult<Option<Arc<Workspace>>>> {
        self.ask(move |state| state.workspaces.get(&id).cloned())
    }

    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<WorkspaceId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Workspace>>>> {
        self.ask(move |state| {
            let workspaces = state.workspaces.values();
            let theirs = workspaces.filter(|workspace| workspace.role_of(user).is_some());
            page_of(theirs.cloned(), |workspace| workspace.id, &page)
        })
    }

    fn members(
        &self,
        id: WorkspaceId,
        page: PageRequest<UserId>,
    ) -> BoxFuture<'_, PortResult<Page<(UserId, Member)>>> {
        self.ask(move |state| {
            let members = state.workspaces.get(&id).into_iter().flat_map(|one| &one.members);
            page_of(
                members.map(|(user, member)| (*user, *member)),
                |(user, _)| *user,
                &page,
            )
        })
    }

    fn find_invite(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<(WorkspaceId, InviteId)>>> {
        self.ask(move |state| state.invites.get(&digest).copied())
    }
}
