//! Who takes part: joining, leaving, adding, removing, roles.

use std::sync::Arc;

use super::{Chat, ChatEvent, ChatRef, ChatRefusal, ChatRole, Chats};
use crate::app::Caller;
use crate::event::{Event, StreamId};
use crate::history::has_happened;
use crate::refusal::{Error, Refusal};
use crate::{ChatId, UserId};

impl Chats {
    /// Joins a channel.
    ///
    /// # Errors
    /// [`ChatRefusal::NotJoinable`].
    pub async fn join(&self, caller: &Caller, chat: ChatRef) -> Result<Arc<Chat>, Error> {
        self.change(caller, chat, |member, chat| chat.join(member.viewer))
            .await
    }

    /// Leaves a group or channel.
    ///
    /// # Errors
    /// [`ChatRefusal::DirectStaysTwo`]; [`ChatRefusal::LastAdmin`].
    pub async fn leave(&self, caller: &Caller, chat: ChatRef) -> Result<(), Error> {
        self.change_once(caller, chat, |member, chat| chat.leave(member.viewer))
            .await
            .map(drop)
    }

    /// Adds a member of the workspace to a group or channel.
    ///
    /// # Errors
    /// [`ChatRefusal::NotChatAdmin`]; [`ChatRefusal::ParticipantNotMember`]; [`ChatRefusal::DirectStaysTwo`].
    pub async fn add_participant(
        &self,
        caller: &Caller,
        chat: ChatRef,
        user: UserId,
        role: ChatRole,
    ) -> Result<Arc<Chat>, Error> {
        self.change(caller, chat, |member, chat| {
            if member.workspace.role_of(user).is_none() {
                return Err(ChatRefusal::ParticipantNotMember { field: "user_id" });
            }
            chat.add(member.viewer, user, role)
        })
        .await
    }

    /// Takes somebody out of a group or channel; who was taken out or left stays out.
    ///
    /// # Errors
    /// [`ChatRefusal::NotChatAdmin`]; [`ChatRefusal::ParticipantNotFound`] for who never took part; [`ChatRefusal::LastAdmin`].
    pub async fn remove_participant(
        &self,
        caller: &Caller,
        chat: ChatRef,
        user: UserId,
    ) -> Result<(), Error> {
        let removed = self
            .change_once(caller, chat, |member, chat| chat.remove(member.viewer, user))
            .await;
        match removed {
            Err(Error::Refused(Refusal::Chat(ChatRefusal::ParticipantNotFound)))
                if self.took_part(chat.chat, user).await? =>
            {
                Ok(())
            }
            done => done.map(drop),
        }
    }

    /// Whether somebody was in a chat and went.
    async fn took_part(&self, chat: ChatId, user: UserId) -> Result<bool, Error> {
        let Some(chat) = self.ports.chats.load(chat).await? else {
            return Ok(false);
        };
        let went = Event::Chat(ChatEvent::ParticipantRemoved { user_id: user });
        let stream = StreamId::Chat(chat.id);
        Ok(has_happened(&*self.ports.log, stream, chat.version, |event| *event == went).await?)
    }

    /// Gives a participant another role.
    ///
    /// # Errors
    /// [`ChatRefusal::NotChatAdmin`]; [`ChatRefusal::ParticipantNotFound`]; [`ChatRefusal::LastAdmin`].
    pub async fn change_participant_role(
        &self,
        caller: &Caller,
        chat: ChatRef,
        user: UserId,
        role: ChatRole,
    ) -> Result<Arc<Chat>, Error> {
        self.change(caller, chat, |member, chat| {
            chat.change_role(member.viewer, user, role)
        })
        .await
    }
}
