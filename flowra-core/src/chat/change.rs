//! Changing a chat: its title and topic, its state, its end.

use std::sync::Arc;

use super::{Chat, ChatEvent, ChatRefusal, Chats, Title, Topic};
use crate::access::Membership;
use crate::app::Caller;
use crate::draft::{Attempts, Draft, Written, earlier, expect_version};
use crate::event::{Outcome, Version};
use crate::refusal::{Error, Refusal};
use crate::{ChatId, WorkspaceId};

/// Which chat, and in which version the caller last saw it.
#[derive(Clone, Copy, Debug)]
pub struct ChatRef {
    /// The workspace through which it is named.
    pub workspace: WorkspaceId,
    /// The chat.
    pub chat: ChatId,
    /// When given, a chat of any other version is not changed.
    pub expected: Option<Version>,
}

/// Gives a chat another title or topic; what is `None` stays.
#[derive(Clone, Debug)]
pub struct UpdateChat {
    /// Which.
    pub chat: ChatRef,
    /// 1 to 200 characters.
    pub title: Option<String>,
    /// Up to 500 characters.
    pub topic: Option<String>,
}

impl Chats {
    /// Renames and describes a chat.
    ///
    /// # Errors
    /// [`ChatRefusal`] about title and topic; [`ChatRefusal::NotChatAdmin`].
    pub async fn update(&self, caller: &Caller, command: UpdateChat) -> Result<Arc<Chat>, Error> {
        let invalid = |field| move |fault| ChatRefusal::Invalid { field, fault };
        let title = command
            .title
            .as_deref()
            .map(Title::parse)
            .transpose()
            .map_err(invalid("title"))?;
        let topic = command
            .topic
            .as_deref()
            .map(Topic::parse)
            .transpose()
            .map_err(invalid("topic"))?;
        self.change(caller, command.chat, |member, chat| {
            let mut events = Vec::new();
            if let Some(title) = title.clone() {
                events.extend(chat.rename(member.viewer, title)?);
            }
            if let Some(topic) = topic.clone() {
                events.extend(chat.set_topic(member.viewer, topic)?);
            }
            Ok(events)
        })
        .await
    }

    /// Closes a chat.
    ///
    /// # Errors
    /// [`ChatRefusal::NotChatAdmin`].
    pub async fn close(&self, caller: &Caller, chat: ChatRef) -> Result<Arc<Chat>, Error> {
        self.change(caller, chat, |member, chat| chat.close(member.viewer))
            .await
    }

    /// Reopens a chat.
    ///
    /// # Errors
    /// [`ChatRefusal::NotChatAdmin`].
    pub async fn reopen(&self, caller: &Caller, chat: ChatRef) -> Result<Arc<Chat>, Error> {
        self.change(caller, chat, |member, chat| chat.reopen(member.viewer))
            .await
    }

    /// Deletes a chat, for everyone; what is deleted already stays so.
    ///
    /// # Errors
    /// [`ChatRefusal::NotChatAdmin`]; [`ChatRefusal::NotFound`] also for one that others deleted, unless the caller could have.
    pub async fn delete(&self, caller: &Caller, chat: ChatRef) -> Result<(), Error> {
        let deleted = self
            .change_once(caller, chat, |member, chat| chat.delete(member.viewer))
            .await;
        match deleted {
            Err(Error::Refused(Refusal::Chat(ChatRefusal::NotFound)))
                if self.is_deleted_already(caller, chat).await? =>
            {
                Ok(())
            }
            done => done.map(drop),
        }
    }

    /// Whether a chat is deleted that the caller may delete: nobody sees it any more, and they have what they ask for.
    async fn is_deleted_already(&self, caller: &Caller, which: ChatRef) -> Result<bool, Error> {
        let member = self.ports.membership(caller, which.workspace).await?;
        let chat = self.ports.chats.load(which.chat).await?;
        Ok(chat.is_some_and(|chat| {
            chat.workspace_id == which.workspace && chat.is_deleted && chat.delete(member.viewer).is_ok()
        }))
    }

    /// Changes the chat and shows it; a repeated request is shown it as it is now, if the caller may still know of it.
    pub(super) async fn change(
        &self,
        caller: &Caller,
        which: ChatRef,
        decide: impl Fn(&Membership, &Chat) -> Result<Vec<ChatEvent>, ChatRefusal>,
    ) -> Result<Arc<Chat>, Error> {
        if let Some(changed) = self.change_once(caller, which, decide).await? {
            return Ok(changed);
        }
        let (_, chat) = self
            .ports
            .visible_chat(caller, which.workspace, which.chat)
            .await?;
        Ok(chat)
    }

    /// Loads the chat, decides, stores; again when somebody else was first. Nothing when this very request changed it before.
    pub(super) async fn change_once(
        &self,
        caller: &Caller,
        which: ChatRef,
        decide: impl Fn(&Membership, &Chat) -> Result<Vec<ChatEvent>, ChatRefusal>,
    ) -> Result<Option<Arc<Chat>>, Error> {
        let ports = &*self.ports;
        // Asked before access: who left with the first sending may not see the chat any more, and is told again that they left.
        if earlier(ports, caller).await?.is_some() {
            return Ok(None);
        }
        let mut attempts = Attempts::new();
        loop {
            let (member, chat) = ports.visible_chat(caller, which.workspace, which.chat).await?;
            expect_version(which.expected, chat.version)?;
            let events = decide(&member, &chat)?;
            if events.is_empty() {
                return Ok(Some(chat));
            }
            let mut draft = Draft::new(caller, ports.clock.now());
            draft.guard_user(&member.user);
            draft.guard_workspace(&member.workspace);
            let changed = draft.chat(chat, caller.user, events)?;
            match draft.write(ports, caller, Outcome::Done).await? {
                Written::Now => return Ok(Some(changed)),
                Written::Before(_) => return Ok(None),
                Written::Conflict(_) => attempts.again()?,
            }
        }
    }
}
