//! Changing a message: its text, its reactions, its end.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::emoji::is_emoji;
use super::{Content, Emoji, Message, MessageEvent, MessageRefusal, Messages, NewMentions, Placed};
use crate::access::Membership;
use crate::app::Caller;
use crate::chat::Chat;
use crate::draft::{Attempts, Draft, Written, earlier, expect_version};
use crate::event::{Event, Outcome, Version};
use crate::refusal::{Error, Refusal};
use crate::text::TextFault;
use crate::time::Timestamp;
use crate::{MessageId, UserId};

/// Gives a message another text.
#[derive(Clone, Debug)]
pub struct EditMessage {
    /// Which.
    pub message: MessageId,
    /// 1 to 10,000 characters. Tags in it are text: they act when a message is posted, and only then.
    pub content: String,
    /// When given, a message of any other version is not changed.
    pub expected: Option<Version>,
}

impl Messages {
    /// Edits a message.
    ///
    /// # Errors
    /// [`MessageRefusal`] of [`Message::edit`].
    pub async fn edit(&self, caller: &Caller, command: EditMessage) -> Result<Placed, Error> {
        let content = content(&command.content)?;
        let mut attempts = Attempts::new();
        loop {
            let now = self.ports.clock.now();
            let (member, chat, placed) = self.readable(caller, command.message).await?;
            expect_version(command.expected, placed.message.version)?;
            let people = self.mentioned(&member, &chat, content.as_str()).await?;
            let mentions = NewMentions {
                told: self.told(&placed.message, &people).await?,
                people,
            };
            let events = placed.message.edit(
                member.viewer,
                &chat,
                &member.workspace,
                now,
                content.clone(),
                mentions,
            )?;
            if let Some(changed) = self.store(caller, now, &member, &chat, placed, events).await? {
                return Ok(changed);
            }
            attempts.again()?;
        }
    }

    /// Deletes a message; what is deleted already stays so, whichever version the caller saw last.
    ///
    /// # Errors
    /// [`MessageRefusal::NotAuthorNorAdmin`].
    pub async fn delete(
        &self,
        caller: &Caller,
        message: MessageId,
        expected: Option<Version>,
    ) -> Result<(), Error> {
        self.change(caller, message, |member, chat, message| {
            if !message.is_deleted() {
                expect_version(expected, message.version)?;
            }
            message.delete(member.viewer, chat)
        })
        .await
        .map(drop)
    }

    /// Adds the caller's reaction.
    ///
    /// # Errors
    /// [`MessageRefusal`] of [`Message::react`].
    pub async fn react(&self, caller: &Caller, message: MessageId, emoji: &str) -> Result<Placed, Error> {
        let emoji = new_emoji(emoji)?;
        self.change(caller, message, |member, chat, message| {
            message.react(member.viewer, chat, emoji.clone())
        })
        .await
    }

    /// Takes the caller's reaction back; one that could not be added any more as well.
    ///
    /// # Errors
    /// [`MessageRefusal`] of [`Message::unreact`].
    pub async fn unreact(&self, caller: &Caller, message: MessageId, emoji: &str) -> Result<Placed, Error> {
        let emoji = self::emoji(emoji)?;
        self.change(caller, message, |member, chat, message| {
            message.unreact(member.viewer, chat, emoji.clone())
        })
        .await
    }

    /// Whom a message mentioned at any time. Its current mentions tell, unless an edit dropped some of them: then the log is asked, and only when
    /// somebody is to be mentioned who is not now.
    async fn told(&self, message: &Message, people: &[UserId]) -> Result<BTreeSet<UserId>, Error> {
        let mut told: BTreeSet<_> = message.mentions.iter().copied().collect();
        if message.edited_at.is_some() && people.iter().any(|user| !told.contains(user)) {
            self.past(message, |recorded| {
                if let Event::Message(MessageEvent::Mentioned { user_id }) = recorded.event {
                    told.insert(user_id);
                }
            })
            .await?;
        }
        Ok(told)
    }

    async fn change(
        &self,
        caller: &Caller,
        message: MessageId,
        decide: impl Fn(&Membership, &Chat, &Message) -> Result<Vec<MessageEvent>, Refusal>,
    ) -> Result<Placed, Error> {
        // Asked before the decision: what was changed then may be deleted now, and the same request is shown it as it is.
        if earlier(&self.ports, caller).await?.is_some() {
            return Ok(self.readable(caller, message).await?.2);
        }
        let mut attempts = Attempts::new();
        loop {
            let now = self.ports.clock.now();
            let (member, chat, placed) = self.readable(caller, message).await?;
            let events = decide(&member, &chat, &placed.message)?;
            if let Some(changed) = self.store(caller, now, &member, &chat, placed, events).await? {
                return Ok(changed);
            }
            attempts.again()?;
        }
    }

    /// Stores the events of one message; `None` when somebody else was first.
    async fn store(
        &self,
        caller: &Caller,
        now: Timestamp,
        member: &Membership,
        chat: &Arc<Chat>,
        placed: Placed,
        events: Vec<MessageEvent>,
    ) -> Result<Option<Placed>, Error> {
        if events.is_empty() {
            return Ok(Some(placed));
        }
        let id = placed.message.id;
        let mut draft = Draft::new(caller, now);
        draft.guard_user(&member.user);
        draft.guard_workspace(&member.workspace);
        draft.guard_chat(chat);
        let unpinned = if events.contains(&MessageEvent::Deleted) {
            chat.message_deleted(id)
        } else {
            Vec::new()
        };
        let message = draft.message(placed.message, caller.user, events)?;
        if !unpinned.is_empty() {
            draft.chat(Arc::clone(chat), caller.user, unpinned)?;
        }
        match draft.write(&self.ports, caller, Outcome::Done).await? {
            Written::Now => Ok(Some(Placed { message, ..placed })),
            Written::Before(_) => Ok(Some(
                self.ports
                    .messages
                    .load(id)
                    .await?
                    .ok_or(MessageRefusal::NotFound)?,
            )),
            Written::Conflict(_) => Ok(None),
        }
    }
}

pub(super) fn content(text: &str) -> Result<Content, MessageRefusal> {
    Content::parse(text).map_err(|fault| MessageRefusal::Invalid {
        field: "content",
        fault,
    })
}

fn emoji(text: &str) -> Result<Emoji, MessageRefusal> {
    Emoji::parse(text).map_err(invalid_emoji)
}

/// A reaction that is to be added. The rule is here and not in the type, since what was stored before it stands.
fn new_emoji(text: &str) -> Result<Emoji, MessageRefusal> {
    let emoji = emoji(text)?;
    if is_emoji(emoji.as_str()) {
        Ok(emoji)
    } else {
        Err(invalid_emoji(TextFault::Malformed {
            rule: "one emoji, or a name in lower case between colons such as :tada:",
        }))
    }
}

const fn invalid_emoji(fault: TextFault) -> MessageRefusal {
    MessageRefusal::Invalid {
        field: "emoji",
        fault,
    }
}
