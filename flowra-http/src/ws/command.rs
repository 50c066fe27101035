//! What a client may say.

use flowra_core::event::Topic;
use flowra_core::{ChatId, MessageId, WorkspaceId};
use serde::Deserialize;

use crate::http::ApiError;
use crate::http::extract::from_json;

/// Every `type`, as a client that gives another one is told.
const TYPES: &str = "auth, subscribe, unsubscribe, resume, chat.typing, read or ping";

/// A frame from the client.
#[derive(Debug)]
pub(super) enum Command {
    /// The token of one who did not send it in the header.
    Auth(TokenField),
    /// Follow a topic.
    Subscribe(TopicFields),
    /// Stop following it.
    Unsubscribe(TopicFields),
    /// Follow these topics, and send what was missed of them.
    Resume(ResumeFields),
    /// Somebody types here.
    Typing(ChatField),
    /// This has been read.
    Read(ReadFields),
    /// Answer, please.
    Ping,
}

/// The `type` of a frame, by which the rest of it is read.
#[derive(Debug, Deserialize)]
struct Tag {
    r#type: Option<String>,
}

/// Who is there.
#[derive(Debug, Deserialize)]
pub(super) struct TokenField {
    pub(super) token: String,
}

/// From where on what is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct ResumeFields {
    pub(super) after: String,
    #[serde(default)]
    pub(super) chat_ids: Vec<ChatId>,
    #[serde(default)]
    pub(super) workspace_ids: Vec<WorkspaceId>,
}

/// A chat.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct ChatField {
    pub(super) chat_id: ChatId,
}

/// How far a chat has been read.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct ReadFields {
    pub(super) chat_id: ChatId,
    pub(super) message_id: MessageId,
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
    /// Reads a frame: its `type` first, so that what is wrong with the rest is told by the name of the field.
    ///
    /// # Errors
    /// What is wrong with it, for the client.
    pub(super) fn read(text: &str) -> Result<Self, ApiError> {
        const FRAME: &str = "the frame";
        let frame = text.as_bytes();
        let Tag { r#type } = from_json(FRAME, frame)?;
        Ok(match r#type.as_deref() {
            Some("auth") => Self::Auth(from_json(FRAME, frame)?),
            Some("subscribe") => Self::Subscribe(from_json(FRAME, frame)?),
            Some("unsubscribe") => Self::Unsubscribe(from_json(FRAME, frame)?),
            Some("resume") => Self::Resume(from_json(FRAME, frame)?),
            Some("chat.typing") => Self::Typing(from_json(FRAME, frame)?),
            Some("read") => Self::Read(from_json(FRAME, frame)?),
            Some("ping") => Self::Ping,
            Some(_) => return Err(no_type("is not known")),
            None => return Err(no_type("is missing")),
        })
    }
}

fn no_type(fault: &str) -> ApiError {
    ApiError::validation(format!("type {fault}: it must be {TYPES}")).with_field("type")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_is_none_is_told_what_would_be_one() {
        let known = format!("it must be {TYPES}");
        for (frame, told) in [
            (
                "",
                "the frame is not valid JSON: EOF while parsing a value at line 1 column 0",
            ),
            ("7", "the frame must be a JSON object"),
            ("[\"ping\"]", "the frame must be a JSON object, not a list"),
            ("{}", &format!("type is missing: {known}")),
            (r#"{"type":null}"#, &format!("type is missing: {known}")),
            (r#"{"type":"dance"}"#, &format!("type is not known: {known}")),
            (
                r#"{"type":7}"#,
                "type is not valid: invalid type: integer `7`, expected a string",
            ),
            (r#"{"type":"ping","type":"ping"}"#, "type is given more than once"),
            (r#"{"type":"auth"}"#, "token is missing"),
            (
                r#"{"type":"resume","after":"1","chat_ids":[7]}"#,
                "chat_ids[0] is not valid: invalid type: integer `7`, expected an id (UUID text)",
            ),
        ] {
            let refused = Command::read(frame).unwrap_err();
            assert_eq!(refused.message(), told, "{frame}");
        }
    }

    #[test]
    fn every_type_that_is_named_is_read() {
        let rest = r#""token":"x","after":"1","chat_id":"01900000-0000-7000-8000-000000000000","message_id":"01900000-0000-7000-8000-000000000000""#;
        for word in TYPES.replace(" or ", ", ").split(", ") {
            let frame = format!(r#"{{"type":"{word}",{rest}}}"#);
            assert!(Command::read(&frame).is_ok(), "{word}");
        }
    }
}
