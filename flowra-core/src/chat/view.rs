//! Reading chats, and how far one has read.

use std::sync::Arc;

use super::{Chat, ChatRef, ChatRefusal, ChatScope, Chats};
use crate::access::Viewer;
use crate::app::Caller;
use crate::page::{Page, PageRequest};
use crate::refusal::Error;
use crate::workspace::Role;
use crate::{ChatId, MessageId, UserId, WorkspaceId};

impl Viewer {
    /// The chats that are listed for them.
    #[must_use]
    pub const fn chat_scope(self) -> ChatScope {
        match self.role {
            Role::Guest => ChatScope::Taken(self.user),
            Role::Member => ChatScope::TakenAndChannels(self.user),
            Role::Admin | Role::Owner => ChatScope::TakenChannelsAndGroups(self.user),
        }
    }
}

impl Chats {
    /// A chat that the caller may know of.
    ///
    /// # Errors
    /// [`ChatRefusal::NotFound`].
    pub async fn find(&self, caller: &Caller, chat: ChatRef) -> Result<Arc<Chat>, Error> {
        Ok(self
            .ports
            .visible_chat(caller, chat.workspace, chat.chat)
            .await?
            .1)
    }

    /// The chats of a workspace that the caller may know of, in the order of their ids.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NotFound`](crate::workspace::WorkspaceRefusal::NotFound).
    pub async fn list(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        page: PageRequest<ChatId>,
    ) -> Result<Page<Arc<Chat>>, Error> {
        let member = self.ports.membership(caller, workspace).await?;
        Ok(self
            .ports
            .chats
            .list(workspace, member.viewer.chat_scope(), page)
            .await?)
    }

    /// The chats of a workspace in which the caller takes part, in the order of their ids.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NotFound`](crate::workspace::WorkspaceRefusal::NotFound).
    pub async fn taken(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        page: PageRequest<ChatId>,
    ) -> Result<Page<Arc<Chat>>, Error> {
        self.ports.membership(caller, workspace).await?;
        let scope = ChatScope::Taken(caller.user);
        Ok(self.ports.chats.list(workspace, scope, page).await?)
    }

    /// Moves the caller's read mark forward to a message of the chat.
    ///
    /// # Errors
    /// [`ChatRefusal::NotFound`]; [`ChatRefusal::NotParticipant`]; [`ChatRefusal::MessageNotFound`].
    pub async fn read(&self, caller: &Caller, chat: ChatRef, message: MessageId) -> Result<(), Error> {
        self.ports
            .readable_chat(caller, chat.workspace, chat.chat)
            .await?;
        if self.ports.marks.mark(caller.user, chat.chat, message).await? {
            Ok(())
        } else {
            Err(ChatRefusal::MessageNotFound.into())
        }
    }

    /// Mutes or unmutes the chat for the caller.
    ///
    /// # Errors
    /// [`ChatRefusal::NotFound`]; [`ChatRefusal::NotParticipant`].
    pub async fn mute(&self, caller: &Caller, chat: ChatRef, muted: bool) -> Result<(), Error> {
        self.ports
            .readable_chat(caller, chat.workspace, chat.chat)
            .await?;
        Ok(self.ports.marks.mute(caller.user, chat.chat, muted).await?)
    }

    /// Who of the participants is online, in the order of their ids.
    ///
    /// # Errors
    /// [`ChatRefusal::NotFound`].
    pub async fn online(&self, caller: &Caller, chat: ChatRef) -> Result<Vec<UserId>, Error> {
        let (_, chat) = self.ports.visible_chat(caller, chat.workspace, chat.chat).await?;
        let mut online = self
            .ports
            .presence
            .online(chat.participants.keys().copied().collect())
            .await;
        online.sort_unstable();
        Ok(online)
    }
}
