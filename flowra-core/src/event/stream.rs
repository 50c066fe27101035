//! Where in the log an event stands: its stream, its version there, its position in the whole.

use std::fmt;
use std::str::FromStr;

use crate::id::{BadId, Id};
use crate::{ChatId, MessageId, TaskId, UserId, WorkspaceId};

/// The events of one aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    /// Of a user.
    User(UserId),
    /// Of a workspace.
    Workspace(WorkspaceId),
    /// Of a chat.
    Chat(ChatId),
    /// Of a message.
    Message(MessageId),
    /// Of a task.
    Task(TaskId),
}

impl StreamId {
    /// The concept's name, as it stands before the slash in the text form.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Workspace(_) => "workspace",
            Self::Chat(_) => "chat",
            Self::Message(_) => "message",
            Self::Task(_) => "task",
        }
    }

    /// The aggregate's id, whatever its kind.
    #[must_use]
    pub const fn id_bytes(&self) -> &[u8; 16] {
        match self {
            Self::User(id) => id.as_bytes(),
            Self::Workspace(id) => id.as_bytes(),
            Self::Chat(id) => id.as_bytes(),
            Self::Message(id) => id.as_bytes(),
            Self::Task(id) => id.as_bytes(),
        }
    }

    /// The stream of this kind and id; `None` when there is no such kind.
    #[must_use]
    pub fn from_parts(kind: &str, id: [u8; 16]) -> Option<Self> {
        Some(match kind {
            "user" => Self::User(Id::from_bytes(id)),
            "workspace" => Self::Workspace(Id::from_bytes(id)),
            "chat" => Self::Chat(Id::from_bytes(id)),
            "message" => Self::Message(Id::from_bytes(id)),
            "task" => Self::Task(Id::from_bytes(id)),
            _ => return None,
        })
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind(), Id::<()>::from_bytes(*self.id_bytes()))
    }
}

impl FromStr for StreamId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let (kind, id) = text.split_once('/').ok_or(BadId)?;
        Self::from_parts(kind, *Id::<()>::parse(id)?.as_bytes()).ok_or(BadId)
    }
}

#[cfg(feature = "serde")]
crate::text::serde_as_text!(StreamId);

/// How many events a stream has: the first event makes version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Version(u64);

impl Version {
    /// Of a stream without events.
    pub const NONE: Self = Self(0);

    /// The version after so many events.
    #[must_use]
    pub const fn new(events: u64) -> Self {
        Self(events)
    }

    /// The number of events.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The version after one event more.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An event's place in the log: 1, 2, 3 … without holes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Position(u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// The place with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The place behind it; the log has no holes.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
