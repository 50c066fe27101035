//! The message aggregate: its state, its events, and how they fold.

use crate::event::Version;
use crate::text::{Line, Prose};
use crate::time::Timestamp;
use crate::{ChatId, FileId, MessageId, UserId, WorkspaceId};

/// So many characters one message may have.
pub const MAX_CONTENT: usize = 10_000;

/// What a message says: 1 to 10,000 characters of Markdown.
pub type Content = Prose<1, MAX_CONTENT>;
/// A reaction: one emoji or `:name:`, 1 to 32 characters.
pub type Emoji = Line<1, 32>;

/// Something said in a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The workspace of its chat.
    pub workspace_id: WorkspaceId,
    /// Its chat; it never moves.
    pub chat_id: ChatId,
    /// Who said it.
    pub author: UserId,
    /// What kind of author.
    pub kind: MessageKind,
    /// What it says; none once it is deleted.
    pub content: Option<Content>,
    /// The root of its thread; none for a root.
    pub parent: Option<MessageId>,
    /// Files, at most 10; none once it is deleted.
    pub attachments: Vec<FileId>,
    /// Who reacted how, in the order of the first reaction of each kind.
    pub reactions: Vec<Reaction>,
    /// The people it mentions, each once.
    pub mentions: Vec<UserId>,
    /// When it was posted.
    pub created_at: Timestamp,
    /// When its content changed last.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// The version of its stream.
    pub version: Version,
}

/// What kind of author a message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum MessageKind {
    /// A person.
    User,
    /// The bot.
    Bot,
    /// The server itself; help desk only.
    System,
}

/// One emoji and who chose it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reaction {
    /// Which.
    pub emoji: Emoji,
    /// Who, in the order of their choice; never empty.
    pub users: Vec<UserId>,
}

/// What can happen to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "type", content = "data")
)]
pub enum MessageEvent {
    /// It was posted by the event's actor.
    #[cfg_attr(feature = "serde", serde(rename = "message.posted"))]
    Posted {
        /// The workspace of its chat.
        workspace_id: WorkspaceId,
        /// Its chat.
        chat_id: ChatId,
        /// What kind of author.
        kind: MessageKind,
        /// What it says.
        content: Content,
        /// The root of its thread.
        parent_id: Option<MessageId>,
        /// Files.
        attachments: Vec<FileId>,
    },
    /// It says something else.
    #[cfg_attr(feature = "serde", serde(rename = "message.edited"))]
    Edited {
        /// What it says from now on.
        content: Content,
        /// The people it mentions from now on.
        mentions: Vec<UserId>,
    },
    /// It keeps its place and loses its content.
    #[cfg_attr(feature = "serde", serde(rename = "message.deleted"))]
    Deleted,
    /// Somebody reacted.
    #[cfg_attr(feature = "serde", serde(rename = "message.reaction_added"))]
    ReactionAdded {
        /// Who.
        user_id: UserId,
        /// How.
        emoji: Emoji,
    },
    /// Somebody took a reaction back.
    #[cfg_attr(feature = "serde", serde(rename = "message.reaction_removed"))]
    ReactionRemoved {
        /// Who.
        user_id: UserId,
        /// Which.
        emoji: Emoji,
    },
    /// It mentions this person, who had not been mentioned by it before.
    #[cfg_attr(feature = "serde", serde(rename = "user.mentioned"))]
    Mentioned {
        /// Who.
        user_id: UserId,
    },
}

impl MessageEvent {
    /// The public name of the event.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Posted { .. } => "message.posted",
            Self::Edited { .. } => "message.edited",
            Self::Deleted => "message.deleted",
            Self::ReactionAdded { .. } => "message.reaction_added",
            Self::ReactionRemoved { .. } => "message.reaction_removed",
            Self::Mentioned { .. } => "user.mentioned",
        }
    }
}

impl Message {
    /// The message that the first event of a stream makes; `None` when it is not a post.
    #[must_use]
    pub fn created(id: MessageId, event: &MessageEvent, author: UserId, time: Timestamp) -> Option<Self> {
        let MessageEvent::Posted {
            workspace_id,
            chat_id,
            kind,
            content,
            parent_id,
            attachments,
        } = event
        else {
            return None;
        };
        Some(Self {
            id,
            workspace_id: *workspace_id,
            chat_id: *chat_id,
            author,
            kind: *kind,
            content: Some(content.clone()),
            parent: *parent_id,
            attachments: attachments.clone(),
            reactions: Vec::new(),
            mentions: Vec::new(),
            created_at: time,
            edited_at: None,
            deleted_at: None,
            version: Version::NONE.next(),
        })
    }

    /// Folds the stream's next event into the state.
    pub fn apply(&mut self, event: &MessageEvent, time: Timestamp) {
        self.version = self.version.next();
        match event {
            MessageEvent::Posted { .. } => {}
            MessageEvent::Edited { content, mentions } => {
                self.content = Some(content.clone());
                self.mentions.clone_from(mentions);
                self.edited_at = Some(time);
            }
            MessageEvent::Deleted => {
                self.content = None;
                self.attachments.clear();
                self.reactions.clear();
                self.mentions.clear();
                self.deleted_at = Some(time);
            }
            MessageEvent::ReactionAdded { user_id, emoji } => {
                if let Some(reaction) = self
                    .reactions
                    .iter_mut()
                    .find(|reaction| reaction.emoji == *emoji)
                {
                    reaction.users.push(*user_id);
                } else {
                    self.reactions.push(Reaction {
                        emoji: emoji.clone(),
                        users: vec![*user_id],
                    });
                }
            }
            MessageEvent::ReactionRemoved { user_id, emoji } => {
                for reaction in &mut self.reactions {
                    if reaction.emoji == *emoji {
                        reaction.users.retain(|user| user != user_id);
                    }
                }
                self.reactions.retain(|reaction| !reaction.users.is_empty());
            }
            MessageEvent::Mentioned { user_id } => {
                if !self.mentions.contains(user_id) {
                    self.mentions.push(*user_id);
                }
            }
        }
    }

    /// Whether it was deleted.
    #[must_use]
    pub const fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// The root of the thread to which it belongs: itself, unless it is a reply.
    #[must_use]
    pub fn thread(&self) -> MessageId {
        self.parent.unwrap_or(self.id)
    }
}
