//! Workspaces: the teams, who belongs to them in which role, and the invites by which one comes in.
//!
//! Responsible for membership and settings. It refuses to know what happens in chats and tasks.

mod change;
mod create;
mod decisions;
mod invites;
mod model;
mod port;
mod refusal;
mod service;
mod view;

pub use change::UpdateWorkspace;
pub use create::CreateWorkspace;
pub use invites::{CreateInvite, Invitation, InviteMade};
pub use model::{
    Invite, KeyPrefix, Member, Role, Workspace, WorkspaceDescription, WorkspaceEvent, WorkspaceName,
};
pub use port::WorkspaceStore;
pub use refusal::WorkspaceRefusal;
pub use service::Workspaces;
