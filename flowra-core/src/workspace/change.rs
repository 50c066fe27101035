//! Changing a workspace: its name, its members, its owner, its end.

use std::sync::Arc;

use super::{
    Role, Workspace, WorkspaceDescription, WorkspaceEvent, WorkspaceName, WorkspaceRefusal, Workspaces,
};
use crate::app::Caller;
use crate::draft::{Attempts, Draft, Written, earlier, expect_version};
use crate::event::{Event, Outcome, StreamId, Version};
use crate::history::has_happened;
use crate::refusal::{Error, Refusal};
use crate::user::{BOT, User};
use crate::{UserId, WorkspaceId};

/// Gives a workspace another name or description; what is `None` stays.
#[derive(Clone, Debug)]
pub struct UpdateWorkspace {
    /// Which.
    pub workspace: WorkspaceId,
    /// 1 to 100 characters.
    pub name: Option<String>,
    /// Up to 500 characters.
    pub description: Option<String>,
    /// When given, a workspace of any other version is not changed.
    pub expected: Option<Version>,
}

impl Workspaces {
    /// Renames and describes a workspace.
    ///
    /// # Errors
    /// [`WorkspaceRefusal`] about the fields and the caller's role.
    pub async fn update(&self, caller: &Caller, command: UpdateWorkspace) -> Result<Arc<Workspace>, Error> {
        let invalid = |field| move |fault| WorkspaceRefusal::Invalid { field, fault };
        let name = command
            .name
            .as_deref()
            .map(WorkspaceName::parse)
            .transpose()
            .map_err(invalid("name"))?;
        let description = command
            .description
            .as_deref()
            .map(WorkspaceDescription::parse)
            .transpose();
        let description = description.map_err(invalid("description"))?;
        let decide = |workspace: &Workspace| workspace.update(caller.user, name.clone(), description.clone());
        self.change(caller, command.workspace, command.expected, decide)
            .await
    }

    /// Adds somebody with an account.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::UserNotFound`], [`WorkspaceRefusal::AlreadyMember`], [`WorkspaceRefusal::NeedsRole`].
    pub async fn add_member(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        user: UserId,
        role: Role,
    ) -> Result<Arc<Workspace>, Error> {
        self.change_about(caller, id, None, Some(user), |workspace| {
            workspace.add(caller.user, user, role)
        })
        .await
    }

    /// Gives a member another role below owner.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::MemberNotFound`], [`WorkspaceRefusal::OwnerStays`], [`WorkspaceRefusal::NeedsRole`].
    pub async fn change_role(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        user: UserId,
        role: Role,
        expected: Option<Version>,
    ) -> Result<Arc<Workspace>, Error> {
        self.change(caller, id, expected, |workspace| {
            workspace.change_role(caller.user, user, role)
        })
        .await
    }

    /// Makes another member the owner; one with an active account, or nobody could ever transfer the ownership again.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::MemberNotFound`], [`WorkspaceRefusal::UserNotFound`], [`WorkspaceRefusal::NeedsRole`].
    pub async fn transfer(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        to: UserId,
    ) -> Result<Arc<Workspace>, Error> {
        self.change_about(caller, id, None, Some(to), |workspace| {
            workspace.transfer(caller.user, to)
        })
        .await
    }

    /// Deletes a workspace with all that is in it; what is deleted already stays so.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NeedsRole`]; [`WorkspaceRefusal::NotFound`] for all but its owner once it is deleted.
    pub async fn delete(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        expected: Option<Version>,
    ) -> Result<(), Error> {
        let deleted = self
            .change(caller, id, expected, |workspace| workspace.delete(caller.user))
            .await;
        match deleted {
            Err(Error::Refused(Refusal::Workspace(WorkspaceRefusal::NotFound)))
                if self.is_deleted_already(caller, id).await? =>
            {
                Ok(())
            }
            done => done.map(drop),
        }
    }

    /// Whether a workspace is deleted of which the caller was the owner: nobody is in it any more, and they have what they ask for.
    async fn is_deleted_already(&self, caller: &Caller, id: WorkspaceId) -> Result<bool, Error> {
        let workspace = self.ports.workspaces.load(id).await?;
        Ok(workspace.is_some_and(|workspace| workspace.is_deleted && workspace.delete(caller.user).is_ok()))
    }

    /// Takes a member out, or leaves; they leave the workspace's chats in the same commit. Who was taken out or left stays out.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::MemberNotFound`] for who never was a member; [`WorkspaceRefusal::OwnerStays`]; [`WorkspaceRefusal::NeedsRole`].
    pub async fn remove_member(&self, caller: &Caller, id: WorkspaceId, user: UserId) -> Result<(), Error> {
        let gone = WorkspaceEvent::MemberRemoved { user_id: user };
        match self.depart(caller, id, user).await {
            Err(Error::Refused(Refusal::Workspace(WorkspaceRefusal::MemberNotFound)))
                if self.has_happened(id, gone).await? =>
            {
                Ok(())
            }
            done => done,
        }
    }

    /// Whether this has happened to a workspace at any time.
    pub(super) async fn has_happened(&self, id: WorkspaceId, event: WorkspaceEvent) -> Result<bool, Error> {
        let Some(workspace) = self.ports.workspaces.load(id).await? else {
            return Ok(false);
        };
        let (stream, event) = (StreamId::Workspace(id), Event::Workspace(event));
        let is_it = |other: &Event| *other == event;
        Ok(has_happened(&*self.ports.log, stream, workspace.version, is_it).await?)
    }

    /// Takes a member out of the workspace and of its chats.
    async fn depart(&self, caller: &Caller, id: WorkspaceId, user: UserId) -> Result<(), Error> {
        let ports = &*self.ports;
        if earlier(ports, caller).await?.is_some() {
            return self.leave_chats(caller, id, user).await;
        }
        let mut attempts = Attempts::new();
        loop {
            let (asker, workspace) = self.load(caller, id).await?;
            let events = workspace.remove(caller.user, user)?;
            let mut draft = Draft::new(caller, ports.clock.now());
            draft.guard_user(&asker);
            draft.workspace(workspace, caller.user, events)?;
            for chat in ports.chats.of_participant(id, user).await? {
                if let Some(chat) = ports.chats.load(chat).await? {
                    let events = chat.departure(user);
                    draft.chat(chat, caller.user, events)?;
                }
            }
            match draft.write(ports, caller, Outcome::Done).await? {
                Written::Now | Written::Before(_) => return self.leave_chats(caller, id, user).await,
                Written::Conflict(_) => attempts.again()?,
            }
        }
    }

    /// Takes somebody who is no member out of the chats into which others brought them while they left. Those commits held on to the workspace as
    /// it was with them, so once they are out there comes no further one. Whoever becomes a member begins without such chats, too: the process
    /// that was to do this may have died.
    pub(super) async fn leave_chats(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        user: UserId,
    ) -> Result<(), Error> {
        let ports = &*self.ports;
        // A part of what was promised, and under no key of its own.
        let caller = &Caller::new(caller.user, caller.request);
        let mut attempts = Attempts::new();
        loop {
            let workspace = ports.workspaces.load(id).await?;
            let Some(workspace) = workspace.filter(|workspace| workspace.role_of(user).is_none()) else {
                return Ok(());
            };
            let mut draft = Draft::new(caller, ports.clock.now());
            draft.guard_workspace(&workspace);
            let mut is_in_any = false;
            for chat in ports.chats.of_participant(id, user).await? {
                if let Some(chat) = ports.chats.load(chat).await? {
                    let events = chat.departure(user);
                    is_in_any |= !events.is_empty();
                    draft.chat(chat, caller.user, events)?;
                }
            }
            if !is_in_any {
                return Ok(());
            }
            match draft.write(ports, caller, Outcome::Done).await? {
                Written::Now | Written::Before(_) => return Ok(()),
                Written::Conflict(_) => attempts.again()?,
            }
        }
    }

    /// The workspace as the caller changed it before; they must still be in it, unless they deleted it, so that nobody is.
    async fn changed_before(&self, caller: &Caller, id: WorkspaceId) -> Result<Arc<Workspace>, Error> {
        let user = self.ports.caller(caller).await?;
        let workspace = self.ports.workspaces.load(id).await?;
        Ok(workspace
            .filter(|workspace| workspace.is_deleted || workspace.role_of(user.id).is_some())
            .ok_or(WorkspaceRefusal::NotFound)?)
    }

    /// Somebody with an active account, who is not the bot.
    async fn active_person(&self, id: UserId) -> Result<Arc<User>, Error> {
        let user = self.ports.users.load(id).await?;
        Ok(user
            .filter(|user| user.is_active && id != BOT)
            .ok_or(WorkspaceRefusal::UserNotFound)?)
    }

    /// The caller, who must be active, and a workspace of theirs.
    async fn load(&self, caller: &Caller, id: WorkspaceId) -> Result<(Arc<User>, Arc<Workspace>), Error> {
        let member = self.ports.membership(caller, id).await?;
        Ok((member.user, member.workspace))
    }

    /// Loads the workspace, decides, stores; again when somebody else was first.
    pub(super) async fn change(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        expected: Option<Version>,
        decide: impl Fn(&Workspace) -> Result<Vec<WorkspaceEvent>, WorkspaceRefusal>,
    ) -> Result<Arc<Workspace>, Error> {
        self.change_about(caller, id, expected, None, decide).await
    }

    /// The same for a change by which somebody gains something: they must have an active account, also at the moment when it is stored.
    async fn change_about(
        &self,
        caller: &Caller,
        id: WorkspaceId,
        expected: Option<Version>,
        gains: Option<UserId>,
        decide: impl Fn(&Workspace) -> Result<Vec<WorkspaceEvent>, WorkspaceRefusal>,
    ) -> Result<Arc<Workspace>, Error> {
        // Asked before rights: who gave the ownership away with the first sending has no right to do so again.
        if earlier(&self.ports, caller).await?.is_some() {
            return self.changed_before(caller, id).await;
        }
        let mut attempts = Attempts::new();
        loop {
            let (asker, workspace) = self.load(caller, id).await?;
            expect_version(expected, workspace.version)?;
            let events = decide(&workspace)?;
            if events.is_empty() {
                return Ok(workspace);
            }
            let mut draft = Draft::new(caller, self.ports.clock.now());
            draft.guard_user(&asker);
            // Rights first, so that strangers learn nothing of accounts.
            if let Some(user) = gains {
                draft.guard_user(self.active_person(user).await?.as_ref());
                self.leave_chats(caller, id, user).await?;
            }
            let changed = draft.workspace(workspace, caller.user, events)?;
            match draft.write(&self.ports, caller, Outcome::Done).await? {
                Written::Now => return Ok(changed),
                Written::Before(_) => return self.changed_before(caller, id).await,
                Written::Conflict(_) => attempts.again()?,
            }
        }
    }
}
