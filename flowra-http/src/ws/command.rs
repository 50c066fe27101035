//! What a client may say.

use flowra_core::event::Topic;
use flowra_core::{ChatId, MessageId, WorkspaceId};
use serde::Deserialize;

/// A frame from the client.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(super) enum Command {
    /// The token of one who did not send it in the header.
    #[serde(rename = "auth")]
    Auth { token: String },
    /// Follow a topic.
    #[serde(rename = "subscribe")]
    Subscribe(TopicFields),
    /// Stop following it.
    #[serde(rename = "unsubscribe")]
    Unsubscribe(TopicFields),
    /// Follow these topics, and send what was missed of them.
    #[serde(rename = "resume")]
    Resume {
        after: String,
        #[serde(default)]
        chat_ids: Vec<ChatId>,
        #[serde(default)]
        workspace_ids: Vec<WorkspaceId>,
    },
    /// Somebody types here.
    #[serde(rename = "chat.typing")]
    Typing { chat_id: ChatId },
    /// This has been read.
    #[serde(rename = "read")]
    Read { chat_id: ChatId, message_id: MessageId },
    /// Answer, please.
    #[serde(rename = "ping")]
    Ping,
}

/// A topic as a client names it.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct TopicFields {
    chat_id: Option<ChatId>,
    workspace_id: Option<WorkspaceId>,
}

impl TopicFields {
    /// The one topic; `None` when it names none or two.
    pub(super) const fn topic(self) -> Option<Topic> {
        match (self.chat_id, self.workspace_id) {
            (Some(id), None) => Some(Topic::Chat(id)),
            (None, Some(id)) => Some(Topic::Workspace(id)),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

impl Command {
    /// Reads a frame.
    ///
    /// # Errors
    /// What is wrong with it, for the client.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("not a frame that this server knows: {error}"))
    }
}
