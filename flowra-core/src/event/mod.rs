//! The log: one order of all that happened, and the only source of everything else.
//!
//! A use case hands the log one [`Commit`]; the log stores its events all or none. What readers see, what is published and what
//! `rebuild` makes anew all come from here. This module knows which events and documents there are, and no rule about any of them.

mod audience;
mod commit;
mod consumer;
mod document;
mod log;
mod stream;

pub use audience::{Audience, Reach, Topic};
pub use commit::{Append, Claim, ClaimChange, Commit, Guard, Idempotency, Outcome};
pub use consumer::{
    Checkpoint, CheckpointStore, Consumer, ConsumerObserver, ConsumerPorts, DeadLetter, DeadLetterStore,
    Failure, Fence, Lease, LeaseStore, LetterKey, Observation, Policy, Runner, Turn, effect_key,
};
pub use document::{Document, FoldError};
pub use log::{AppendError, Appended, Conflict, Entry, EventLog, Recorded, Remembered};
pub use stream::{Position, StreamId, Version};

use crate::chat::ChatEvent;
use crate::message::MessageEvent;
use crate::task::TaskEvent;
use crate::user::UserEvent;
use crate::workspace::WorkspaceEvent;

/// An event of any concept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum Event {
    /// On a user's stream.
    User(UserEvent),
    /// On a workspace's stream.
    Workspace(WorkspaceEvent),
    /// On a chat's stream.
    Chat(ChatEvent),
    /// On a message's stream.
    Message(MessageEvent),
    /// On a task's stream.
    Task(TaskEvent),
}

impl Event {
    /// Its public name, such as `chat.renamed`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::User(event) => event.name(),
            Self::Workspace(event) => event.name(),
            Self::Chat(event) => event.name(),
            Self::Message(event) => event.name(),
            Self::Task(event) => event.name(),
        }
    }
}

impl From<UserEvent> for Event {
    fn from(event: UserEvent) -> Self {
        Self::User(event)
    }
}

impl From<WorkspaceEvent> for Event {
    fn from(event: WorkspaceEvent) -> Self {
        Self::Workspace(event)
    }
}

impl From<ChatEvent> for Event {
    fn from(event: ChatEvent) -> Self {
        Self::Chat(event)
    }
}

impl From<MessageEvent> for Event {
    fn from(event: MessageEvent) -> Self {
        Self::Message(event)
    }
}

impl From<TaskEvent> for Event {
    fn from(event: TaskEvent) -> Self {
        Self::Task(event)
    }
}

#[cfg(feature = "serde")]
mod reading {
    use super::{Event, StreamId};
    use serde::{Deserialize, Deserializer};

    impl Event {
        /// Reads the stored JSON of an event of this stream; the stream tells the concept, so nothing is tried twice.
        ///
        /// # Errors
        /// The deserializer's, when the event is of another concept, unknown or malformed.
        pub fn deserialize_for<'de, D: Deserializer<'de>>(
            stream: StreamId,
            deserializer: D,
        ) -> Result<Self, D::Error> {
            match stream {
                StreamId::User(_) => Deserialize::deserialize(deserializer).map(Self::User),
                StreamId::Workspace(_) => Deserialize::deserialize(deserializer).map(Self::Workspace),
                StreamId::Chat(_) => Deserialize::deserialize(deserializer).map(Self::Chat),
                StreamId::Message(_) => Deserialize::deserialize(deserializer).map(Self::Message),
                StreamId::Task(_) => Deserialize::deserialize(deserializer).map(Self::Task),
            }
        }
    }
}
