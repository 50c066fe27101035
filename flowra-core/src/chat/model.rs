//! The chat aggregate: its state, its events, and how they fold.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::event::Version;
use crate::text::{Line, Prose, UnknownWord, find_word};
use crate::time::Timestamp;
use crate::{ChatId, MessageId, UserId, WorkspaceId};

/// A chat's title: 1 to 200 characters.
pub type Title = Line<1, 200>;
/// A chat's topic: up to 500 characters.
pub type Topic = Prose<0, 500>;

/// A room: who takes part, what it is about, whether it is open. Its messages are aggregates of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Chat {
    /// Its id.
    pub id: ChatId,
    /// Where it belongs; it never moves.
    pub workspace_id: WorkspaceId,
    /// Who may see it and how one comes in; it never changes.
    pub kind: ChatKind,
    /// What it is called; none for direct chats.
    pub title: Option<Title>,
    /// What it is about.
    pub topic: Topic,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Whether it accepts messages.
    pub state: ChatState,
    /// Who takes part.
    pub participants: BTreeMap<UserId, Participant>,
    /// Pinned messages, the newest pin last.
    pub pins: Vec<MessageId>,
    /// Whether it is gone.
    pub is_deleted: bool,
    /// The version of its stream.
    pub version: Version,
}

/// Somebody's place in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Participant {
    /// What they may do.
    pub role: ChatRole,
    /// Since when.
    pub joined_at: Timestamp,
}

/// What a participant may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum ChatRole {
    /// Read, post, react, pin, leave.
    Member,
    /// Also rename, describe, close, reopen, delete, and manage the participants.
    Admin,
}

/// Who may see a chat and how one comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum ChatKind {
    /// Two people; one a pair and workspace.
    Direct,
    /// Private; people are added.
    Group,
    /// Public in its workspace: members read, join and leave.
    Channel,
}

impl ChatKind {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Group => "group",
            Self::Channel => "channel",
        }
    }
}

impl FromStr for ChatKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        find_word(
            text,
            &[Self::Direct, Self::Group, Self::Channel],
            Self::as_str,
            "direct, group or channel",
        )
    }
}

impl ChatRole {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for ChatRole {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        find_word(
            text,
            &[Self::Member, Self::Admin],
            Self::as_str,
            "member or admin",
        )
    }
}

/// Whether a chat accepts messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum ChatState {
    /// It does.
    Open,
    /// Only one that reopens it.
    Closed,
}

/// What can happen to a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "type", content = "data")
)]
pub enum ChatEvent {
    /// It was made with its first participants.
    #[cfg_attr(feature = "serde", serde(rename = "chat.created"))]
    Created {
        /// Where it belongs.
        workspace_id: WorkspaceId,
        /// Who may see it.
        kind: ChatKind,
        /// What it is called.
        title: Option<Title>,
        /// What it is about.
        topic: Topic,
        /// Who made it.
        created_by: UserId,
        /// Who takes part from the start.
        participants: Vec<(UserId, ChatRole)>,
        /// The pair of a direct chat, the smaller id first.
        direct: Option<(UserId, UserId)>,
    },
    /// It has another title.
    #[cfg_attr(feature = "serde", serde(rename = "chat.renamed"))]
    Renamed {
        /// The title from now on.
        title: Title,
    },
    /// It has another topic.
    #[cfg_attr(feature = "serde", serde(rename = "chat.topic_set"))]
    TopicSet {
        /// The topic from now on.
        topic: Topic,
    },
    /// Somebody joined or was added.
    #[cfg_attr(feature = "serde", serde(rename = "chat.participant_added"))]
    ParticipantAdded {
        /// Who.
        user_id: UserId,
        /// As what.
        role: ChatRole,
    },
    /// Somebody left or was removed.
    #[cfg_attr(feature = "serde", serde(rename = "chat.participant_removed"))]
    ParticipantRemoved {
        /// Who.
        user_id: UserId,
    },
    /// Somebody has another role.
    #[cfg_attr(feature = "serde", serde(rename = "chat.participant_role_changed"))]
    ParticipantRoleChanged {
        /// Who.
        user_id: UserId,
        /// The role from now on.
        role: ChatRole,
    },
    /// It accepts no messages from now on.
    #[cfg_attr(feature = "serde", serde(rename = "chat.closed"))]
    Closed,
    /// It accepts messages again.
    #[cfg_attr(feature = "serde", serde(rename = "chat.reopened"))]
    Reopened,
    /// It is gone for everyone but the audit log.
    #[cfg_attr(feature = "serde", serde(rename = "chat.deleted"))]
    Deleted {
        /// Where it belonged.
        workspace_id: WorkspaceId,
        /// The pair of a direct chat, which may make a new one.
        direct: Option<(UserId, UserId)>,
    },
    /// A message was pinned.
    #[cfg_attr(feature = "serde", serde(rename = "chat.message_pinned"))]
    MessagePinned {
        /// Which.
        message_id: MessageId,
    },
    /// A message was unpinned.
    #[cfg_attr(feature = "serde", serde(rename = "chat.message_unpinned"))]
    MessageUnpinned {
        /// Which.
        message_id: MessageId,
    },
}

impl ChatEvent {
    /// The public name of the event.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "chat.created",
            Self::Renamed { .. } => "chat.renamed",
            Self::TopicSet { .. } => "chat.topic_set",
            Self::ParticipantAdded { .. } => "chat.participant_added",
            Self::ParticipantRemoved { .. } => "chat.participant_removed",
            Self::ParticipantRoleChanged { .. } => "chat.participant_role_changed",
            Self::Closed => "chat.closed",
            Self::Reopened => "chat.reopened",
            Self::Deleted { .. } => "chat.deleted",
            Self::MessagePinned { .. } => "chat.message_pinned",
            Self::MessageUnpinned { .. } => "chat.message_unpinned",
        }
    }
}

impl Chat {
    /// The chat that the first event of a stream makes; `None` when it is not a creation.
    #[must_use]
    pub fn created(id: ChatId, event: &ChatEvent, time: Timestamp) -> Option<Self> {
        let ChatEvent::Created {
            workspace_id,
            kind,
            title,
            topic,
            created_by,
            participants,
            ..
        } = event
        else {
            return None;
        };
        Some(Self {
            id,
            workspace_id: *workspace_id,
            kind: *kind,
            title: title.clone(),
            topic: topic.clone(),
            created_by: *created_by,
            created_at: time,
            state: ChatState::Open,
            participants: participants
                .iter()
                .map(|&(user, role)| {
                    (
                        user,
                        Participant {
                            role,
                            joined_at: time,
                        },
                    )
                })
                .collect(),
            pins: Vec::new(),
            is_deleted: false,
            version: Version::NONE.next(),
        })
    }

    /// Folds the stream's next event into the state.
    pub fn apply(&mut self, event: &ChatEvent, time: Timestamp) {
        self.version = self.version.next();
        match event {
            ChatEvent::Created { .. } => {}
            ChatEvent::Renamed { title } => self.title = Some(title.clone()),
            ChatEvent::TopicSet { topic } => self.topic = topic.clone(),
            ChatEvent::ParticipantAdded { user_id, role } => {
                self.participants.insert(
                    *user_id,
                    Participant {
                        role: *role,
                        joined_at: time,
                    },
                );
            }
            ChatEvent::ParticipantRemoved { user_id } => {
                self.participants.remove(user_id);
            }
            ChatEvent::ParticipantRoleChanged { user_id, role } => {
                if let Some(participant) = self.participants.get_mut(user_id) {
                    participant.role = *role;
                }
            }
            ChatEvent::Closed => self.state = ChatState::Closed,
            ChatEvent::Reopened => self.state = ChatState::Open,
            ChatEvent::Deleted { .. } => self.is_deleted = true,
            ChatEvent::MessagePinned { message_id } => self.pins.push(*message_id),
            ChatEvent::MessageUnpinned { message_id } => self.pins.retain(|pin| pin != message_id),
        }
    }

    /// The pair of a direct chat, the smaller id first.
    #[must_use]
    pub fn direct_pair(&self) -> Option<(UserId, UserId)> {
        let (first, _) = self.participants.first_key_value()?;
        let (last, _) = self.participants.last_key_value()?;
        (self.kind == ChatKind::Direct).then_some((*first, *last))
    }
}
