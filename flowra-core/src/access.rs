//! Who may see what: the questions that every use case asks first.
//!
//! Who may not see a thing is told that there is none, so that nobody learns of it by asking.

use std::sync::Arc;

use crate::app::{Caller, Ports};
use crate::chat::{Chat, ChatKind, ChatRefusal, ChatRole};
use crate::event::Topic;
use crate::refusal::{Error, Refusal};
use crate::task::TaskScope;
use crate::user::{User, UserRefusal};
use crate::workspace::{Role, Workspace, WorkspaceRefusal};
use crate::{ChatId, UserId, WorkspaceId};

/// A member of a workspace, as one who looks at its chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub user: UserId,
    /// Their role in the workspace.
    pub role: Role,
}

impl Viewer {
    /// The tasks that they may see.
    #[must_use]
    pub const fn task_scope(self) -> TaskScope {
        match self.role {
            Role::Guest => TaskScope::Guest(self.user),
            Role::Member | Role::Admin | Role::Owner => TaskScope::Member(self.user),
        }
    }
}

impl Chat {
    /// Somebody's role in it.
    #[must_use]
    pub fn role_of(&self, user: UserId) -> Option<ChatRole> {
        self.participants.get(&user).map(|participant| participant.role)
    }

    /// Whether somebody may know that it exists, its title and its people: whoever reads it, and workspace admins of groups.
    #[must_use]
    pub fn is_visible_to(&self, viewer: Viewer) -> bool {
        self.is_readable_by(viewer)
            || (!self.is_deleted && self.kind == ChatKind::Group && viewer.role >= Role::Admin)
    }

    /// Whether somebody may read its messages and tasks: participants, and in a channel every member but guests.
    #[must_use]
    pub fn is_readable_by(&self, viewer: Viewer) -> bool {
        !self.is_deleted
            && (self.participants.contains_key(&viewer.user)
                || (self.kind == ChatKind::Channel && viewer.role > Role::Guest))
    }

    /// Whether somebody manages it: its admins, and those of the workspace unless it is a direct chat.
    #[must_use]
    pub fn is_managed_by(&self, viewer: Viewer) -> bool {
        self.role_of(viewer.user) == Some(ChatRole::Admin)
            || (self.kind != ChatKind::Direct && viewer.role >= Role::Admin)
    }

    /// Whether somebody may delete what others say: who manages it, but nobody of two people who talk to one another.
    #[must_use]
    pub fn is_moderated_by(&self, viewer: Viewer) -> bool {
        self.kind != ChatKind::Direct && self.is_managed_by(viewer)
    }
}

/// An active user in a workspace of theirs.
#[derive(Clone, Debug)]
pub(crate) struct Membership {
    pub(crate) user: Arc<User>,
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) viewer: Viewer,
}

impl Ports {
    /// The caller, who must be active.
    pub(crate) async fn caller(&self, caller: &Caller) -> Result<Arc<User>, Error> {
        self.active_user(caller.user).await
    }

    /// Whoever a caller or a token stands for; they must have an account, and it must be active.
    pub(crate) async fn active_user(&self, user: UserId) -> Result<Arc<User>, Error> {
        let user = self.users.load(user).await?.ok_or(UserRefusal::BadToken)?;
        if user.is_active {
            Ok(user)
        } else {
            Err(UserRefusal::Deactivated.into())
        }
    }

    /// The caller as a member of this workspace.
    pub(crate) async fn membership(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
    ) -> Result<Membership, Error> {
        self.member(caller.user, workspace).await
    }

    /// Somebody as a member of this workspace.
    async fn member(&self, user: UserId, workspace: WorkspaceId) -> Result<Membership, Error> {
        let user = self.active_user(user).await?;
        let workspace = self
            .workspaces
            .load(workspace)
            .await?
            .ok_or(WorkspaceRefusal::NotFound)?;
        let role = workspace.role_of(user.id).ok_or(WorkspaceRefusal::NotFound)?;
        let viewer = Viewer { user: user.id, role };
        Ok(Membership {
            user,
            workspace,
            viewer,
        })
    }

    /// A chat that the caller may know of, in this workspace.
    pub(crate) async fn visible_chat(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        chat: ChatId,
    ) -> Result<(Membership, Arc<Chat>), Error> {
        let membership = self.membership(caller, workspace).await?;
        let chat = self.chats.load(chat).await?.ok_or(ChatRefusal::NotFound)?;
        if chat.workspace_id != workspace || !chat.is_visible_to(membership.viewer) {
            return Err(ChatRefusal::NotFound.into());
        }
        Ok((membership, chat))
    }

    /// A chat whose messages the caller may read, in this workspace.
    ///
    /// A workspace admin learns of a group that it exists, so there they are told that they take no part in it.
    pub(crate) async fn readable_chat(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        chat: ChatId,
    ) -> Result<(Membership, Arc<Chat>), Error> {
        let (membership, chat) = self.visible_chat(caller, workspace, chat).await?;
        if chat.is_readable_by(membership.viewer) {
            Ok((membership, chat))
        } else {
            Err(ChatRefusal::NotParticipant.into())
        }
    }

    /// The workspace of a topic whose events somebody may follow.
    ///
    /// # Errors
    /// The refusal that reading the chat's messages, or the workspace, would get.
    pub async fn may_follow(&self, user: UserId, topic: Topic) -> Result<WorkspaceId, Error> {
        match topic {
            Topic::Workspace(id) => self.member(user, id).await.map(|member| member.workspace.id),
            Topic::Chat(id) => self
                .followed_chat(user, id)
                .await
                .map(|(member, _)| member.workspace.id),
        }
    }

    /// Who types in a chat in which they take part, which is more than reading it.
    ///
    /// # Errors
    /// As [`may_follow`](Self::may_follow); and [`ChatRefusal::NotParticipant`] for who only reads.
    pub async fn may_type(&self, user: UserId, chat: ChatId) -> Result<Arc<User>, Error> {
        let (member, chat) = self.followed_chat(user, chat).await?;
        if chat.participants.contains_key(&user) {
            Ok(member.user)
        } else {
            Err(ChatRefusal::NotParticipant.into())
        }
    }

    /// A chat that somebody may read, of whichever workspace; who is in none of its places is told that there is no such chat.
    async fn followed_chat(&self, user: UserId, chat: ChatId) -> Result<(Membership, Arc<Chat>), Error> {
        let chat = self.chats.load(chat).await?.ok_or(ChatRefusal::NotFound)?;
        let member = match self.member(user, chat.workspace_id).await {
            Err(Error::Refused(Refusal::Workspace(WorkspaceRefusal::NotFound))) => {
                return Err(ChatRefusal::NotFound.into());
            }
            member => member?,
        };
        if chat.is_readable_by(member.viewer) {
            Ok((member, chat))
        } else if chat.is_visible_to(member.viewer) {
            Err(ChatRefusal::NotParticipant.into())
        } else {
            Err(ChatRefusal::NotFound.into())
        }
    }
}
