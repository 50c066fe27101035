//! What happens to a chat when somebody leaves its workspace.

use super::{Chat, ChatEvent, ChatKind, ChatRole};
use crate::UserId;

impl Chat {
    /// Takes somebody out who is no member of the workspace any more. Nobody is asked, so the chat must not lose its last admin by it: the one
    /// who has taken part the longest follows. A direct chat keeps its pair, which still names it when they come back.
    pub(crate) fn departure(&self, user: UserId) -> Vec<ChatEvent> {
        if self.is_deleted || self.kind == ChatKind::Direct || !self.participants.contains_key(&user) {
            return Vec::new();
        }
        let others = || self.participants.iter().filter(|(other, _)| **other != user);
        let mut events = Vec::new();
        if !others().any(|(_, place)| place.role == ChatRole::Admin)
            && let Some((heir, _)) = others().min_by_key(|(other, place)| (place.joined_at, **other))
        {
            events.push(ChatEvent::ParticipantRoleChanged {
                user_id: *heir,
                role: ChatRole::Admin,
            });
        }
        events.push(ChatEvent::ParticipantRemoved { user_id: user });
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;
    use crate::chat::{Title, Topic};
    use crate::time::Timestamp;

    fn chat(kind: ChatKind) -> Chat {
        let event = ChatEvent::Created {
            workspace_id: Id::from_bytes([9; 16]),
            kind,
            title: Some(Title::parse("general").unwrap()),
            topic: Topic::default(),
            created_by: Id::from_bytes([1; 16]),
            participants: vec![
                (Id::from_bytes([1; 16]), ChatRole::Admin),
                (Id::from_bytes([3; 16]), ChatRole::Member),
            ],
            direct: None,
        };
        let mut chat = Chat::created(Id::from_bytes([8; 16]), &event, Timestamp::from_millis(0)).unwrap();
        let late = ChatEvent::ParticipantAdded {
            user_id: Id::from_bytes([2; 16]),
            role: ChatRole::Member,
        };
        chat.apply(&late, Timestamp::from_millis(5));
        chat
    }

    #[test]
    fn the_longest_standing_participant_follows_the_last_admin() {
        let events = chat(ChatKind::Group).departure(Id::from_bytes([1; 16]));
        let heir = ChatEvent::ParticipantRoleChanged {
            user_id: Id::from_bytes([3; 16]),
            role: ChatRole::Admin,
        };
        assert_eq!(
            events,
            [
                heir,
                ChatEvent::ParticipantRemoved {
                    user_id: Id::from_bytes([1; 16])
                }
            ]
        );
    }

    #[test]
    fn who_is_no_admin_just_goes() {
        assert_eq!(
            chat(ChatKind::Channel).departure(Id::from_bytes([2; 16])).len(),
            1
        );
        assert_eq!(chat(ChatKind::Channel).departure(Id::from_bytes([7; 16])), []);
        assert_eq!(chat(ChatKind::Direct).departure(Id::from_bytes([2; 16])), []);
    }
}
