//! What the workspace's use cases need from outside.

use std::sync::Arc;

use super::{Member, Workspace};
use crate::page::{Page, PageRequest};
use crate::port::{BoxFuture, Digest, PortResult};
use crate::{InviteId, UserId, WorkspaceId};

/// The workspaces as the log's fold shows them.
///
/// - MUST show every commit that was acknowledged before the call. Proven by `the_author_reads_their_own_write`.
/// - MUST NOT list deleted workspaces. Proven by `a_deleted_workspace_is_not_listed`.
/// - MUST find an invite by its digest for ever, so that whoever comes too late is told so. Proven by `a_revoked_invite_is_still_found`.
pub trait WorkspaceStore: Send + Sync {
    /// The workspace with this id, deleted ones included.
    fn load(&self, id: WorkspaceId) -> BoxFuture<'_, PortResult<Option<Arc<Workspace>>>>;

    /// The workspaces of which somebody is a member, in the order of their ids, which are the keys.
    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<WorkspaceId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Workspace>>>>;

    /// A workspace's members in the order of their ids, which are the keys.
    fn members(
        &self,
        id: WorkspaceId,
        page: PageRequest<UserId>,
    ) -> BoxFuture<'_, PortResult<Page<(UserId, Member)>>>;

    /// Where the invite whose token has this digest leads, or led before it was revoked.
    fn find_invite(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<(WorkspaceId, InviteId)>>>;
}
