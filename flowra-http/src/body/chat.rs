//! A chat and its participants.

use flowra_core::chat::{Chat, ChatKind, ChatRole, ChatState, Standing};
use flowra_core::message::Placed;
use flowra_core::time::Timestamp;
use flowra_core::{ChatId, UserId, WorkspaceId};
use salvo::oapi::ToSchema;
use serde::Serialize;

use super::{MessageBody, People, WordOf};

/// A chat as somebody sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChatBody {
    /// Its id.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub id: ChatId,
    /// Where it belongs.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub workspace_id: WorkspaceId,
    /// `direct`, `group` or `channel`.
    #[salvo(schema(value_type = WordOf<ChatKind>))]
    pub kind: ChatKind,
    /// What it is called; none for direct chats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is about.
    pub topic: String,
    /// Who made it.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub created_by: UserId,
    /// When.
    #[salvo(schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// `open` or `closed`.
    #[salvo(schema(value_type = WordOf<ChatState>))]
    pub state: ChatState,
    /// Who takes part.
    pub participants: Vec<ParticipantBody>,
    /// Its newest root message, for those who may read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<MessageBody>,
    /// Root messages that the reader has not read.
    pub unread_count: u64,
    /// Mentions of the reader that they have not read.
    pub mention_count: u64,
    /// How often it changed, its creation included; what `If-Match` wants.
    pub version: u64,
}

/// Somebody's place in a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ParticipantBody {
    /// Who.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub user_id: UserId,
    /// The name that mentions use.
    pub username: String,
    /// `admin` or `member`.
    #[salvo(schema(value_type = WordOf<ChatRole>))]
    pub role: ChatRole,
    /// Since when.
    #[salvo(schema(value_type = String, format = DateTime))]
    pub joined_at: Timestamp,
}

impl ChatBody {
    /// The chat for somebody with this standing, who sees the last message if one is given.
    #[must_use]
    pub fn new(chat: &Chat, standing: Standing, last_message: Option<MessageBody>, people: &People) -> Self {
        let participants = chat
            .participants
            .iter()
            .map(|(user, participant)| ParticipantBody {
                user_id: *user,
                username: people.person(*user).username,
                role: participant.role,
                joined_at: participant.joined_at,
            })
            .collect();
        Self {
            id: chat.id,
            workspace_id: chat.workspace_id,
            kind: chat.kind,
            title: chat.title.as_ref().map(|title| title.as_str().to_owned()),
            topic: chat.topic.as_str().to_owned(),
            created_by: chat.created_by,
            created_at: chat.created_at,
            state: chat.state,
            participants,
            last_message,
            unread_count: standing.unread,
            mention_count: standing.mentions,
            version: chat.version.get(),
        }
    }

    /// The people whom the body of this chat names.
    pub fn named<'a>(chat: &'a Chat, last: Option<&'a Placed>) -> impl Iterator<Item = UserId> + 'a {
        let said = last
            .into_iter()
            .flat_map(|placed| MessageBody::named(&placed.message));
        chat.participants.keys().copied().chain(said)
    }
}
