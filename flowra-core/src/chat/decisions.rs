//! What may be done to a chat, by whom, and what happens then.
//!
//! Every method answers the events of a lawful change, none when it is so already, or the refusal.

use super::{Chat, ChatEvent, ChatKind, ChatRefusal, ChatRole, ChatState, Title, Topic};
use crate::access::Viewer;
use crate::{MessageId, UserId};

/// How many messages a chat can have pinned, so that its document stays small.
pub(crate) const MAX_PINS: usize = 100;

type Decision = Result<Vec<ChatEvent>, ChatRefusal>;

impl Chat {
    fn managed(&self, by: Viewer) -> Result<(), ChatRefusal> {
        if self.is_managed_by(by) {
            Ok(())
        } else {
            Err(ChatRefusal::NotChatAdmin)
        }
    }

    fn taken_part(&self, by: Viewer) -> Result<(), ChatRefusal> {
        if self.participants.contains_key(&by.user) {
            Ok(())
        } else {
            Err(ChatRefusal::NotParticipant)
        }
    }

    fn for_many(&self) -> Result<(), ChatRefusal> {
        if self.kind == ChatKind::Direct {
            Err(ChatRefusal::DirectStaysTwo)
        } else {
            Ok(())
        }
    }

    /// Whether this person is the only admin.
    fn is_only_admin(&self, user: UserId) -> bool {
        self.role_of(user) == Some(ChatRole::Admin)
            && self
                .participants
                .iter()
                .all(|(other, place)| *other == user || place.role != ChatRole::Admin)
    }

    /// Gives it another title.
    ///
    /// # Errors
    /// [`ChatRefusal::DirectHasNoTitle`]; [`ChatRefusal::NotChatAdmin`].
    pub fn rename(&self, by: Viewer, title: Title) -> Decision {
        if self.kind == ChatKind::Direct {
            return Err(ChatRefusal::DirectHasNoTitle);
        }
        self.managed(by)?;
        Ok(if self.title.as_ref() == Some(&title) {
            Vec::new()
        } else {
            vec![ChatEvent::Renamed { title }]
        })
    }

    /// Gives it another topic.
    ///
    /// # Errors
    /// [`ChatRefusal::DirectHasNoTitle`]; [`ChatRefusal::NotChatAdmin`].
    pub fn set_topic(&self, by: Viewer, topic: Topic) -> Decision {
        if self.kind == ChatKind::Direct {
            return Err(ChatRefusal::DirectHasNoTitle);
        }
        self.managed(by)?;
        Ok(if self.topic == topic {
            Vec::new()
        } else {
            vec![ChatEvent::TopicSet { topic }]
        })
    }

    /// Adds a member of the workspace.
    ///
    /// # Errors
    /// [`ChatRefusal::DirectStaysTwo`]; [`ChatRefusal::NotChatAdmin`]; [`ChatRefusal::AlreadyParticipant`] in another role; [`ChatRefusal::NotJoinable`] for somebody who adds themselves: a
    /// workspace admin manages a group without ever reading it.
    pub fn add(&self, by: Viewer, user: UserId, role: ChatRole) -> Decision {
        self.for_many()?;
        self.managed(by)?;
        if let Some(place) = self.participants.get(&user) {
            return if place.role == role {
                Ok(Vec::new())
            } else {
                Err(ChatRefusal::AlreadyParticipant { role: place.role })
            };
        }
        if user == by.user && self.kind == ChatKind::Group {
            return Err(ChatRefusal::NotJoinable);
        }
        Ok(self.entry(user, role))
    }

    /// Somebody comes in; into a chat that everybody has left, as its admin, since one with people is never without.
    fn entry(&self, user: UserId, role: ChatRole) -> Vec<ChatEvent> {
        let role = if self.participants.is_empty() {
            ChatRole::Admin
        } else {
            role
        };
        vec![ChatEvent::ParticipantAdded { user_id: user, role }]
    }

    /// Takes somebody out, or leaves, when it is oneself.
    ///
    /// # Errors
    /// [`ChatRefusal::DirectStaysTwo`]; [`ChatRefusal::NotChatAdmin`]; [`ChatRefusal::ParticipantNotFound`]; [`ChatRefusal::LastAdmin`].
    pub fn remove(&self, by: Viewer, user: UserId) -> Decision {
        if user == by.user {
            return self.leave(by);
        }
        self.for_many()?;
        self.managed(by)?;
        if !self.participants.contains_key(&user) {
            return Err(ChatRefusal::ParticipantNotFound);
        }
        self.without(user)
    }

    /// Leaves it; who does not take part has left already.
    ///
    /// # Errors
    /// [`ChatRefusal::DirectStaysTwo`]; [`ChatRefusal::LastAdmin`].
    pub fn leave(&self, by: Viewer) -> Decision {
        self.for_many()?;
        if self.participants.contains_key(&by.user) {
            self.without(by.user)
        } else {
            Ok(Vec::new())
        }
    }

    fn without(&self, user: UserId) -> Decision {
        if self.is_only_admin(user) && self.participants.len() > 1 {
            return Err(ChatRefusal::LastAdmin);
        }
        Ok(vec![ChatEvent::ParticipantRemoved { user_id: user }])
    }

    /// Joins a channel.
    ///
    /// # Errors
    /// [`ChatRefusal::NotJoinable`] for groups and direct chats. Guests never get here: they do not see a channel before they take part.
    pub fn join(&self, by: Viewer) -> Decision {
        if self.participants.contains_key(&by.user) {
            return Ok(Vec::new());
        }
        match self.kind {
            ChatKind::Channel => Ok(self.entry(by.user, ChatRole::Member)),
            ChatKind::Direct | ChatKind::Group => Err(ChatRefusal::NotJoinable),
        }
    }

    /// Gives a participant another role. The last admin keeps theirs, even alone: they may leave, but whoever comes in finds an admin.
    ///
    /// # Errors
    /// [`ChatRefusal::DirectStaysTwo`]; [`ChatRefusal::NotChatAdmin`]; [`ChatRefusal::ParticipantNotFound`]; [`ChatRefusal::LastAdmin`].
    pub fn change_role(&self, by: Viewer, user: UserId, role: ChatRole) -> Decision {
        self.for_many()?;
        self.managed(by)?;
        match self.role_of(user) {
            None => Err(ChatRefusal::ParticipantNotFound),
            Some(now) if now == role => Ok(Vec::new()),
            Some(_) if self.is_only_admin(user) => Err(ChatRefusal::LastAdmin),
            Some(_) => Ok(vec![ChatEvent::ParticipantRoleChanged { user_id: user, role }]),
        }
    }

    /// Accepts no messages from now on.
    ///
    /// # Errors
    /// [`ChatRefusal::NotChatAdmin`].
    pub fn close(&self, by: Viewer) -> Decision {
        self.managed(by)?;
        Ok(if self.state == ChatState::Closed {
            Vec::new()
        } else {
            vec![ChatEvent::Closed]
        })
    }

    /// Accepts messages again.
    ///
    /// # Errors
    /// [`ChatRefusal::NotChatAdmin`].
    pub fn reopen(&self, by: Viewer) -> Decision {
        self.managed(by)?;
        Ok(if self.state == ChatState::Open {
            Vec::new()
        } else {
            vec![ChatEvent::Reopened]
        })
    }

    /// Makes it go away for everyone.
    ///
    /// # Errors
    /// [`ChatRefusal::NotChatAdmin`].
    pub fn delete(&self, by: Viewer) -> Decision {
        self.managed(by)?;
        if self.is_deleted {
            return Ok(Vec::new());
        }
        Ok(vec![ChatEvent::Deleted {
            workspace_id: self.workspace_id,
            direct: self.direct_pair(),
        }])
    }

    /// Pins a message that stands in it and is not deleted.
    ///
    /// # Errors
    /// [`ChatRefusal::NotParticipant`]; [`ChatRefusal::TooManyPins`].
    pub fn pin(&self, by: Viewer, message: MessageId) -> Decision {
        self.taken_part(by)?;
        if self.pins.contains(&message) {
            return Ok(Vec::new());
        }
        if self.pins.len() >= MAX_PINS {
            return Err(ChatRefusal::TooManyPins { max: MAX_PINS });
        }
        Ok(vec![ChatEvent::MessagePinned { message_id: message }])
    }

    /// Unpins a message.
    ///
    /// # Errors
    /// [`ChatRefusal::NotParticipant`].
    pub fn unpin(&self, by: Viewer, message: MessageId) -> Decision {
        self.taken_part(by)?;
        Ok(if self.pins.contains(&message) {
            vec![ChatEvent::MessageUnpinned { message_id: message }]
        } else {
            Vec::new()
        })
    }

    /// A message of it was deleted: what nobody can read any more is not pinned either.
    pub(crate) fn message_deleted(&self, message: MessageId) -> Vec<ChatEvent> {
        if self.pins.contains(&message) {
            vec![ChatEvent::MessageUnpinned { message_id: message }]
        } else {
            Vec::new()
        }
    }

    /// Whether this person may say something in it now; a message that reopens it may be said by who manages it.
    ///
    /// # Errors
    /// [`ChatRefusal::NotParticipant`]; [`ChatRefusal::Closed`].
    pub fn may_post(&self, by: Viewer, reopens: bool) -> Result<(), ChatRefusal> {
        self.taken_part(by)?;
        match self.state {
            ChatState::Open => Ok(()),
            ChatState::Closed if reopens && self.is_managed_by(by) => Ok(()),
            ChatState::Closed => Err(ChatRefusal::Closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;
    use crate::time::Timestamp;
    use crate::workspace::Role;

    fn person(number: u8) -> UserId {
        Id::from_bytes([number; 16])
    }

    fn member(number: u8) -> Viewer {
        Viewer {
            user: person(number),
            role: Role::Member,
        }
    }

    fn workspace_admin(number: u8) -> Viewer {
        Viewer {
            user: person(number),
            role: Role::Admin,
        }
    }

    /// Person 1 is its admin, person 2 takes part.
    fn chat(kind: ChatKind) -> Chat {
        let direct = (kind == ChatKind::Direct).then_some((person(1), person(2)));
        let event = ChatEvent::Created {
            workspace_id: Id::from_bytes([9; 16]),
            kind,
            title: direct.is_none().then(|| Title::parse("general").unwrap()),
            topic: Topic::default(),
            created_by: person(1),
            participants: vec![(person(1), ChatRole::Admin), (person(2), ChatRole::Member)],
            direct,
        };
        Chat::created(Id::from_bytes([8; 16]), &event, Timestamp::from_millis(0)).unwrap()
    }

    fn after(mut chat: Chat, events: &[ChatEvent]) -> Chat {
        for event in events {
            chat.apply(event, Timestamp::from_millis(1));
        }
        chat
    }

    #[test]
    fn renaming_to_the_same_title_changes_nothing() {
        let chat = chat(ChatKind::Channel);
        assert_eq!(
            chat.rename(member(1), Title::parse("general").unwrap()),
            Ok(vec![])
        );
        assert_eq!(
            chat.rename(member(1), Title::parse("random").unwrap())
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn only_chat_and_workspace_admins_manage_a_chat() {
        let chat = chat(ChatKind::Group);
        let title = || Title::parse("x").unwrap();
        assert_eq!(chat.rename(member(2), title()), Err(ChatRefusal::NotChatAdmin));
        assert_eq!(chat.close(member(2)), Err(ChatRefusal::NotChatAdmin));
        assert_eq!(chat.reopen(member(2)), Err(ChatRefusal::NotChatAdmin));
        assert_eq!(chat.delete(member(2)), Err(ChatRefusal::NotChatAdmin));
        assert_eq!(
            chat.add(member(2), person(3), ChatRole::Member),
            Err(ChatRefusal::NotChatAdmin)
        );
        assert_eq!(chat.remove(member(2), person(1)), Err(ChatRefusal::NotChatAdmin));
        assert_eq!(
            chat.set_topic(member(2), Topic::default()),
            Err(ChatRefusal::NotChatAdmin)
        );
        assert!(chat.rename(workspace_admin(7), title()).is_ok());
    }

    #[test]
    fn a_chat_is_deleted_once() {
        let open = chat(ChatKind::Group);
        let deleted = after(open.clone(), &open.delete(member(1)).unwrap());
        assert_eq!(deleted.delete(member(1)), Ok(vec![]));
        assert_eq!(deleted.delete(member(2)), Err(ChatRefusal::NotChatAdmin));
    }

    #[test]
    fn a_workspace_admin_cannot_let_themselves_into_a_group() {
        assert_eq!(
            chat(ChatKind::Group).add(workspace_admin(7), person(7), ChatRole::Member),
            Err(ChatRefusal::NotJoinable)
        );
    }

    #[test]
    fn the_last_admin_stays_while_others_remain() {
        let chat = chat(ChatKind::Group);
        assert_eq!(chat.leave(member(1)), Err(ChatRefusal::LastAdmin));
        assert_eq!(
            chat.change_role(member(1), person(1), ChatRole::Member),
            Err(ChatRefusal::LastAdmin)
        );
        assert_eq!(
            chat.remove(workspace_admin(7), person(1)),
            Err(ChatRefusal::LastAdmin)
        );
        let alone = after(chat.clone(), &chat.remove(member(1), person(2)).unwrap());
        assert_eq!(alone.leave(member(1)).unwrap().len(), 1);
        let two = after(
            chat.clone(),
            &chat.change_role(member(1), person(2), ChatRole::Admin).unwrap(),
        );
        assert_eq!(two.leave(member(1)).unwrap().len(), 1);
    }

    #[test]
    fn who_comes_into_a_chat_that_everybody_left_is_its_admin() {
        let mut chat = chat(ChatKind::Channel);
        chat.participants.clear();
        let admin = ChatEvent::ParticipantAdded {
            user_id: person(2),
            role: ChatRole::Admin,
        };
        assert_eq!(chat.join(member(2)), Ok(vec![admin.clone()]));
        let boss = Viewer {
            user: person(9),
            role: Role::Admin,
        };
        assert_eq!(chat.add(boss, person(2), ChatRole::Member), Ok(vec![admin]));
    }

    #[test]
    fn the_last_admin_does_not_step_down_even_alone() {
        let mut chat = chat(ChatKind::Group);
        chat.participants.retain(|user, _| *user == person(1));
        let alone = chat.change_role(member(1), person(1), ChatRole::Member);
        assert_eq!(alone, Err(ChatRefusal::LastAdmin));
        assert!(chat.leave(member(1)).is_ok());
    }

    #[test]
    fn only_channels_are_joined() {
        assert_eq!(chat(ChatKind::Channel).join(member(3)).unwrap().len(), 1);
        assert_eq!(chat(ChatKind::Channel).join(member(2)), Ok(vec![]));
        assert_eq!(
            chat(ChatKind::Group).join(member(3)),
            Err(ChatRefusal::NotJoinable)
        );
    }

    #[test]
    fn a_direct_chat_keeps_its_two_people_and_has_no_title() {
        let chat = chat(ChatKind::Direct);
        assert_eq!(chat.leave(member(2)), Err(ChatRefusal::DirectStaysTwo));
        assert_eq!(
            chat.add(member(1), person(3), ChatRole::Member),
            Err(ChatRefusal::DirectStaysTwo)
        );
        assert_eq!(
            chat.rename(member(1), Title::parse("x").unwrap()),
            Err(ChatRefusal::DirectHasNoTitle)
        );
        assert_eq!(chat.direct_pair(), Some((person(1), person(2))));
    }

    #[test]
    fn a_closed_chat_takes_only_a_message_that_may_reopen_it() {
        let open = chat(ChatKind::Channel);
        assert_eq!(open.may_post(member(3), false), Err(ChatRefusal::NotParticipant));
        let closed = after(open.clone(), &open.close(member(1)).unwrap());
        assert_eq!(closed.close(member(1)), Ok(vec![]));
        assert_eq!(closed.may_post(member(2), true), Err(ChatRefusal::Closed));
        assert_eq!(closed.may_post(member(1), false), Err(ChatRefusal::Closed));
        assert_eq!(closed.may_post(member(1), true), Ok(()));
    }

    #[test]
    fn any_participant_pins_once_and_up_to_the_limit() {
        let mut chat = chat(ChatKind::Channel);
        let message = |number| Id::from_bytes([number; 16]);
        assert_eq!(chat.pin(member(3), message(0)), Err(ChatRefusal::NotParticipant));
        for number in 0..100 {
            let events = chat.pin(member(2), message(number)).unwrap();
            chat = after(chat, &events);
        }
        assert_eq!(chat.pin(member(2), message(5)), Ok(vec![]));
        assert_eq!(
            chat.pin(member(2), message(100)),
            Err(ChatRefusal::TooManyPins { max: 100 })
        );
        let events = chat.unpin(member(2), message(5)).unwrap();
        assert!(!after(chat, &events).pins.contains(&message(5)));
    }
}
