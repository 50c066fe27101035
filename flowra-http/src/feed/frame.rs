//! The frames that the server sends, as JSON.

use flowra_core::event::{Audience, Position, Recorded, Topic};
use flowra_core::time::Timestamp;
use flowra_core::{ChatId, UserId, WorkspaceId};
use salvo::websocket::Message;
use serde::{Serialize, Serializer};

/// A frame with this content. It is encoded once; its clones share the bytes.
///
/// # Errors
/// That of the encoder, when the content has no JSON form.
pub(crate) fn text(content: &impl Serialize) -> Result<Message, serde_json::Error> {
    serde_json::to_string(content).map(Message::text)
}

/// A cursor is a position in decimal digits, as text: opaque to clients, and safe where numbers are floating.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields to such a function by reference"
)]
fn cursor<S: Serializer>(position: &Position, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(position)
}

/// An event with what REST answers for the same thing.
#[derive(Serialize)]
pub(super) struct EventFrame<'a, T> {
    #[serde(rename = "type")]
    name: &'static str,
    #[serde(serialize_with = "cursor")]
    cursor: Position,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_id: Option<WorkspaceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_id: Option<ChatId>,
    occurred_at: Timestamp,
    actor_id: UserId,
    data: &'a T,
}

impl<'a, T> EventFrame<'a, T> {
    pub(super) fn new(recorded: &Recorded, audience: &Audience, data: &'a T) -> Self {
        Self {
            name: recorded.event.name(),
            cursor: recorded.position,
            workspace_id: audience.workspace,
            chat_id: audience.chat,
            occurred_at: recorded.time,
            actor_id: recorded.actor,
            data,
        }
    }
}

/// The first frame, once it is known who is there.
#[derive(Serialize)]
#[serde(tag = "type", rename = "hello")]
pub(crate) struct Hello {
    pub(crate) user_id: UserId,
    #[serde(serialize_with = "cursor")]
    pub(crate) cursor: Position,
}

/// The answer to a frame that did what it asked.
#[derive(Serialize)]
#[serde(tag = "type", rename = "ack")]
pub(crate) struct Ack {
    pub(crate) action: &'static str,
    #[serde(flatten)]
    pub(crate) topic: TopicFields,
    #[serde(serialize_with = "cursor")]
    pub(crate) cursor: Position,
}

/// After the last missed event.
#[derive(Serialize)]
#[serde(tag = "type", rename = "resumed")]
pub(crate) struct Resumed {
    #[serde(serialize_with = "cursor")]
    pub(crate) cursor: Position,
}

/// The answer to a frame that was refused.
#[derive(Serialize)]
#[serde(tag = "type", rename = "error")]
pub(crate) struct ErrorFrame<'a> {
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
}

/// The small frames.
#[derive(Serialize)]
#[serde(tag = "type")]
pub(crate) enum Signal<'a> {
    /// The answer to `ping`.
    #[serde(rename = "pong")]
    Pong,
    /// What was missed is more than is sent again: read everything anew.
    #[serde(rename = "resync")]
    Resync,
    /// Nothing more comes of this topic.
    #[serde(rename = "unsubscribed")]
    Unsubscribed {
        #[serde(flatten)]
        topic: TopicFields,
        code: &'a str,
    },
    /// Somebody types.
    #[serde(rename = "chat.typing")]
    Typing {
        chat_id: ChatId,
        user_id: UserId,
        username: &'a str,
    },
    /// Somebody came or went.
    #[serde(rename = "presence.changed")]
    Presence { user_id: UserId, is_online: bool },
}

/// A topic as frames name it.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct TopicFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_id: Option<ChatId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_id: Option<WorkspaceId>,
}

impl From<Topic> for TopicFields {
    fn from(topic: Topic) -> Self {
        match topic {
            Topic::Chat(id) => Self {
                chat_id: Some(id),
                workspace_id: None,
            },
            Topic::Workspace(id) => Self {
                chat_id: None,
                workspace_id: Some(id),
            },
        }
    }
}
