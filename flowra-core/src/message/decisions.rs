//! What may be done to a message, by whom, and what happens then.

use std::collections::BTreeSet;

use super::{Content, Emoji, Message, MessageEvent, MessageRefusal};
use crate::UserId;
use crate::access::Viewer;
use crate::chat::{Chat, ChatRefusal, ChatState};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::workspace::Workspace;

/// How many different emojis a message can have.
const MAX_REACTIONS: usize = 50;

/// Whom an edit mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewMentions {
    /// The people whom the new text mentions.
    pub people: Vec<UserId>,
    /// Those whom the message mentioned at any time before: they hear of it once, also when a mention comes back.
    pub told: BTreeSet<UserId>,
}

impl Message {
    fn present(&self) -> Result<(), Refusal> {
        if self.is_deleted() {
            Err(MessageRefusal::Deleted.into())
        } else {
            Ok(())
        }
    }

    /// Says something else, by its author, within the workspace's edit window, while the chat is open.
    ///
    /// # Errors
    /// [`MessageRefusal::Deleted`], [`NotAuthor`](MessageRefusal::NotAuthor), [`EditWindowOver`](MessageRefusal::EditWindowOver);
    /// [`ChatRefusal::NotParticipant`], [`ChatRefusal::Closed`].
    pub fn edit(
        &self,
        by: Viewer,
        chat: &Chat,
        workspace: &Workspace,
        now: Timestamp,
        content: Content,
        mentions: NewMentions,
    ) -> Result<Vec<MessageEvent>, Refusal> {
        self.present()?;
        if self.author != by.user {
            return Err(MessageRefusal::NotAuthor.into());
        }
        chat.may_post(by, false)?;
        // First, since what is already so may be said again at any time.
        if self.content.as_ref() == Some(&content) {
            return Ok(Vec::new());
        }
        if now > self.created_at.plus_seconds(workspace.edit_window_seconds) {
            return Err(MessageRefusal::EditWindowOver.into());
        }
        let NewMentions { people, told } = mentions;
        let added: Vec<_> = people
            .iter()
            .filter(|user| !told.contains(user))
            .map(|&user_id| MessageEvent::Mentioned { user_id })
            .collect();
        let mut events = vec![MessageEvent::Edited {
            content,
            mentions: people,
        }];
        events.extend(added);
        Ok(events)
    }

    /// Loses its content and keeps its place, by its author or an admin of the chat; of two people who talk to one another, each deletes their own.
    ///
    /// # Errors
    /// [`MessageRefusal::NotAuthorNorAdmin`].
    pub fn delete(&self, by: Viewer, chat: &Chat) -> Result<Vec<MessageEvent>, Refusal> {
        if self.author != by.user && !chat.is_moderated_by(by) {
            return Err(MessageRefusal::NotAuthorNorAdmin.into());
        }
        Ok(if self.is_deleted() {
            Vec::new()
        } else {
            vec![MessageEvent::Deleted]
        })
    }

    /// Adds somebody's reaction.
    ///
    /// # Errors
    /// [`MessageRefusal::Deleted`], [`TooManyReactions`](MessageRefusal::TooManyReactions); [`ChatRefusal::NotParticipant`],
    /// [`ChatRefusal::Closed`].
    pub fn react(&self, by: Viewer, chat: &Chat, emoji: Emoji) -> Result<Vec<MessageEvent>, Refusal> {
        self.may_react(by, chat)?;
        let same = self.reactions.iter().find(|reaction| reaction.emoji == emoji);
        if same.is_some_and(|reaction| reaction.users.contains(&by.user)) {
            return Ok(Vec::new());
        }
        open(chat)?;
        if same.is_none() && self.reactions.len() >= MAX_REACTIONS {
            return Err(MessageRefusal::TooManyReactions { max: MAX_REACTIONS }.into());
        }
        Ok(vec![MessageEvent::ReactionAdded {
            user_id: by.user,
            emoji,
        }])
    }

    /// Takes somebody's own reaction back.
    ///
    /// # Errors
    /// As [`react`](Self::react).
    pub fn unreact(&self, by: Viewer, chat: &Chat, emoji: Emoji) -> Result<Vec<MessageEvent>, Refusal> {
        self.may_react(by, chat)?;
        let has = self
            .reactions
            .iter()
            .any(|reaction| reaction.emoji == emoji && reaction.users.contains(&by.user));
        if !has {
            return Ok(Vec::new());
        }
        open(chat)?;
        Ok(vec![MessageEvent::ReactionRemoved {
            user_id: by.user,
            emoji,
        }])
    }

    fn may_react(&self, by: Viewer, chat: &Chat) -> Result<(), Refusal> {
        self.present()?;
        if !chat.participants.contains_key(&by.user) {
            return Err(ChatRefusal::NotParticipant.into());
        }
        Ok(())
    }
}

/// Whether a chat takes anything new.
const fn open(chat: &Chat) -> Result<(), ChatRefusal> {
    match chat.state {
        ChatState::Open => Ok(()),
        ChatState::Closed => Err(ChatRefusal::Closed),
    }
}
