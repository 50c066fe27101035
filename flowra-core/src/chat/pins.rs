//! Pinned messages.

use std::sync::Arc;

use super::{Chat, ChatRef, ChatRefusal, Chats};
use crate::MessageId;
use crate::app::Caller;
use crate::message::Placed;
use crate::refusal::Error;

impl Chats {
    /// Pins a message of the chat.
    ///
    /// # Errors
    /// [`ChatRefusal::NotParticipant`]; [`ChatRefusal::MessageNotFound`]; [`ChatRefusal::MessageDeleted`]; [`ChatRefusal::TooManyPins`].
    pub async fn pin(&self, caller: &Caller, chat: ChatRef, message: MessageId) -> Result<Arc<Chat>, Error> {
        // Access first, so that nobody learns of a message by pinning it.
        self.ports
            .readable_chat(caller, chat.workspace, chat.chat)
            .await?;
        let placed = self.ports.messages.load(message).await?;
        let pinned = placed
            .filter(|placed| placed.message.chat_id == chat.chat)
            .ok_or(ChatRefusal::MessageNotFound)?;
        if pinned.message.is_deleted() {
            return Err(ChatRefusal::MessageDeleted.into());
        }
        self.change(caller, chat, |member, chat| chat.pin(member.viewer, message))
            .await
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
