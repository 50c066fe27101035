//! A message.

use flowra_core::message::{Message, MessageKind, Placed, Reaction};
use flowra_core::time::Timestamp;
use flowra_core::{ChatId, FileId, MessageId, UserId};
use salvo::oapi::ToSchema;
use serde::Serialize;

use super::{People, PersonBody, TagBody, WordOf};

/// A message as somebody sees it. A deleted one has `deleted_at` and no `content`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageBody {
    /// Its id.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub id: MessageId,
    /// Its chat.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub chat_id: ChatId,
    /// Who said it.
    pub author: PersonBody,
    /// `user`, `bot` or `system`.
    #[salvo(schema(value_type = WordOf<MessageKind>))]
    pub kind: MessageKind,
    /// What it says, in Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The root of its thread; none for a root.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    pub parent_id: Option<MessageId>,
    /// How many replies its thread has.
    pub reply_count: u64,
    /// Files.
    pub attachments: Vec<AttachmentBody>,
    /// Who reacted how.
    pub reactions: Vec<ReactionBody>,
    /// The people it mentions.
    pub mentions: Vec<PersonBody>,
    /// When it was posted.
    #[salvo(schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When its content changed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = String, format = DateTime, required = false))]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = String, format = DateTime, required = false))]
    pub deleted_at: Option<Timestamp>,
    /// How often it changed, its posting included; what `If-Match` wants.
    pub version: u64,
    /// What its tags did; only in the answer to the post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<TagBody>>,
}

/// A file at a message or a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AttachmentBody {
    /// The file's id.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub id: FileId,
}

/// One emoji and who chose it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReactionBody {
    /// Which.
    pub emoji: String,
    /// How many chose it.
    pub count: usize,
    /// Whether the reader did.
    pub mine: bool,
    /// Who did.
    pub users: Vec<PersonBody>,
}

impl MessageBody {
    /// The message as the viewer sees it; with no viewer, as everybody does who has not reacted to it.
    #[must_use]
    pub fn new(placed: &Placed, viewer: Option<UserId>, people: &People) -> Self {
        let message = &*placed.message;
        let reaction = |reaction: &Reaction| ReactionBody {
            emoji: reaction.emoji.as_str().to_owned(),
            count: reaction.users.len(),
            mine: viewer.is_some_and(|viewer| reaction.users.contains(&viewer)),
            users: reaction.users.iter().map(|user| people.person(*user)).collect(),
        };
        Self {
            id: message.id,
            chat_id: message.chat_id,
            author: people.person(message.author),
            kind: message.kind,
            content: message
                .content
                .as_ref()
                .map(|content| content.as_str().to_owned()),
            parent_id: message.parent,
            reply_count: placed.replies,
            attachments: message
                .attachments
                .iter()
                .map(|id| AttachmentBody { id: *id })
                .collect(),
            reactions: message.reactions.iter().map(reaction).collect(),
            mentions: message.mentions.iter().map(|user| people.person(*user)).collect(),
            created_at: message.created_at,
            edited_at: message.edited_at,
            deleted_at: message.deleted_at,
            version: message.version.get(),
            tags: None,
        }
    }

    /// The body with what its tags did, for the answer to a post that had some.
    #[must_use]
    pub fn with_tags(self, tags: Vec<TagBody>) -> Self {
        let tags = Some(tags).filter(|tags| !tags.is_empty());
        Self { tags, ..self }
    }

    /// The people whom the body of this message names.
    pub fn named(message: &Message) -> impl Iterator<Item = UserId> + '_ {
        let reacted = message.reactions.iter().flat_map(|reaction| &reaction.users);
        std::iter::once(&message.author)
            .chain(reacted)
            .chain(&message.mentions)
            .copied()
    }
}
