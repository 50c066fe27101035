//! Pinned messages.

use std::sync::Arc;

use super::{Chat, ChatRef, ChatRefusal, Chats};
use crate::MessageId;
use crate::app::Caller;
use crate::draft::{Attempts, Draft, Written, earlier, expect_version};
use crate::event::Outcome;
use crate::message::Placed;
use crate::refusal::Error;

impl Chats {
    /// Pins a message of the chat.
    ///
    /// # Errors
    /// [`ChatRefusal::NotParticipant`]; [`ChatRefusal::MessageNotFound`]; [`ChatRefusal::MessageDeleted`]; [`ChatRefusal::TooManyPins`].
    pub async fn pin(&self, caller: &Caller, chat: ChatRef, message: MessageId) -> Result<Arc<Chat>, Error> {
        let ports = &*self.ports;
        if earlier(ports, caller).await?.is_some() {
            return Ok(ports.visible_chat(caller, chat.workspace, chat.chat).await?.1);
        }
        let mut attempts = Attempts::new();
        loop {
            // Access first, so that nobody learns of a message by pinning it.
            let (member, found) = ports.readable_chat(caller, chat.workspace, chat.chat).await?;
            expect_version(chat.expected, found.version)?;
            let placed = ports.messages.load(message).await?;
            let pinned = placed
                .filter(|placed| placed.message.chat_id == chat.chat)
                .ok_or(ChatRefusal::MessageNotFound)?;
            if pinned.message.is_deleted() {
                return Err(ChatRefusal::MessageDeleted.into());
            }
            let events = found.pin(member.viewer, message)?;
            if events.is_empty() {
                return Ok(found);
            }
            let mut draft = Draft::new(caller, ports.clock.now());
            draft.guard_user(&member.user);
            draft.guard_workspace(&member.workspace);
            // It may be deleted at the same time.
            draft.guard_message(&pinned.message);
            let changed = draft.chat(found, caller.user, events)?;
            match draft.write(ports, caller, Outcome::Done).await? {
                Written::Now => return Ok(changed),
                Written::Before(_) => {
                    return Ok(ports.visible_chat(caller, chat.workspace, chat.chat).await?.1);
                }
                Written::Conflict(_) => attempts.again()?,
            }
        }
    }

    /// Unpins a message.
    ///
    /// # Errors
    /// [`ChatRefusal::NotParticipant`].
    pub async fn unpin(
        &self,
        caller: &Caller,
        chat: ChatRef,
        message: MessageId,
    ) -> Result<Arc<Chat>, Error> {
        self.change(caller, chat, |member, chat| chat.unpin(member.viewer, message))
            .await
    }

    /// The pinned messages of a chat, the newest pin first. There are at most a hundred, so they come as one.
    ///
    /// # Errors
    /// [`ChatRefusal::NotFound`]; [`ChatRefusal::NotParticipant`].
    pub async fn pins(&self, caller: &Caller, chat: ChatRef) -> Result<Vec<Placed>, Error> {
        let (_, chat) = self
            .ports
            .readable_chat(caller, chat.workspace, chat.chat)
            .await?;
        let mut found = self.ports.messages.load_many(chat.pins.clone()).await?;
        let place = |placed: &Placed| chat.pins.iter().position(|pin| *pin == placed.message.id);
        found.sort_by_key(|placed| std::cmp::Reverse(place(placed)));
        Ok(found)
    }
}
