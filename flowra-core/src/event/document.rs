//! The current state of an aggregate of any kind: the fold of its stream.

use std::fmt;
use std::sync::Arc;

use super::{Event, Recorded, StreamId, Version};
use crate::chat::Chat;
use crate::message::Message;
use crate::task::Task;
use crate::user::User;
use crate::workspace::Workspace;

/// An aggregate's current state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// A user.
    User(Arc<User>),
    /// A workspace.
    Workspace(Arc<Workspace>),
    /// A chat.
    Chat(Arc<Chat>),
    /// A message.
    Message(Arc<Message>),
    /// A task.
    Task(Arc<Task>),
}

impl Document {
    /// The stream that it is the fold of.
    #[must_use]
    pub fn stream(&self) -> StreamId {
        match self {
            Self::User(user) => StreamId::User(user.id),
            Self::Workspace(workspace) => StreamId::Workspace(workspace.id),
            Self::Chat(chat) => StreamId::Chat(chat.id),
            Self::Message(message) => StreamId::Message(message.id),
            Self::Task(task) => StreamId::Task(task.id),
        }
    }

    /// The version of the stream that it folds.
    #[must_use]
    pub fn version(&self) -> Version {
        match self {
            Self::User(user) => user.version,
            Self::Workspace(workspace) => workspace.version,
            Self::Chat(chat) => chat.version,
            Self::Message(message) => message.version,
            Self::Task(task) => task.version,
        }
    }

    /// The document with the stream's next event. The same events in the same order give the same document, always.
    ///
    /// # Errors
    /// [`FoldError`] when the log is at fault: the event is not the stream's next, or a stream does not begin with its creation.
    pub fn fold(before: Option<Self>, recorded: &Recorded) -> Result<Self, FoldError> {
        let fault = |why| FoldError {
            stream: recorded.stream,
            version: recorded.version,
            why,
        };
        let version = before.as_ref().map_or(Version::NONE, Self::version);
        if recorded.version != version.next() {
            return Err(fault("is not the next version of its stream"));
        }
        let document = match (before, &recorded.event, recorded.stream) {
            (None, Event::User(event), StreamId::User(id)) => Self::User(Arc::new(
                User::created(id, event, recorded.time).ok_or_else(|| fault("does not create its user"))?,
            )),
            (None, Event::Workspace(event), StreamId::Workspace(id)) => Self::Workspace(Arc::new(
                Workspace::created(id, event, recorded.time)
                    .ok_or_else(|| fault("does not create its workspace"))?,
            )),
            (None, Event::Chat(event), StreamId::Chat(id)) => Self::Chat(Arc::new(
                Chat::created(id, event, recorded.time).ok_or_else(|| fault("does not create its chat"))?,
            )),
            (None, Event::Message(event), StreamId::Message(id)) => Self::Message(Arc::new(
                Message::created(id, event, recorded.actor, recorded.time)
                    .ok_or_else(|| fault("does not post its message"))?,
            )),
            (None, Event::Task(event), StreamId::Task(id)) => Self::Task(Arc::new(
                Task::created(id, event, recorded.actor, recorded.time)
                    .ok_or_else(|| fault("does not create its task"))?,
            )),
            (Some(Self::User(mut user)), Event::User(event), _) => {
                Arc::make_mut(&mut user).apply(event, recorded.time);
                Self::User(user)
            }
            (Some(Self::Workspace(mut workspace)), Event::Workspace(event), _) => {
                Arc::make_mut(&mut workspace).apply(event, recorded.time);
                Self::Workspace(workspace)
            }
            (Some(Self::Chat(mut chat)), Event::Chat(event), _) => {
                Arc::make_mut(&mut chat).apply(event, recorded.time);
                Self::Chat(chat)
            }
            (Some(Self::Message(mut message)), Event::Message(event), _) => {
                Arc::make_mut(&mut message).apply(event, recorded.time);
                Self::Message(message)
            }
            (Some(Self::Task(mut task)), Event::Task(event), _) => {
                Arc::make_mut(&mut task).apply(event, recorded.time);
                Self::Task(task)
            }
            (None | Some(_), _, _) => return Err(fault("belongs to another concept than its stream")),
        };
        Ok(document)
    }
}

/// The log is not what it must be at this event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldError {
    /// The event's stream.
    pub stream: StreamId,
    /// The event's version there.
    pub version: Version,
    /// What is wrong with it.
    pub why: &'static str,
}

impl fmt::Display for FoldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {} of {} {}", self.version, self.stream, self.why)
    }
}

impl std::error::Error for FoldError {}
