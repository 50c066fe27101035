//! Why the message's use cases refuse.

use std::fmt;

use crate::refusal::Code;
use crate::text::TextFault;

/// What is wrong with a request about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageRefusal {
    /// A field breaks its rule.
    Invalid {
        /// The field.
        field: &'static str,
        /// Its fault.
        fault: TextFault,
    },
    /// No such message for this caller.
    NotFound,
    /// The parent is no message of this chat.
    ParentNotFound,
    /// The message beside which a page is wanted is none of this chat.
    AnchorNotFound {
        /// How it was named: `before`, `after` or `around`.
        field: &'static str,
    },
    /// The parent is a reply itself.
    ParentIsReply,
    /// Only the author may do this.
    NotAuthor,
    /// Only the author and chat admins may do this.
    NotAuthorNorAdmin,
    /// The message is deleted.
    Deleted,
    /// The time for edits is over.
    EditWindowOver,
    /// It has as many different reactions as it may have.
    TooManyReactions {
        /// How many it may have.
        max: usize,
    },
    /// Files cannot be attached yet, or the file is unknown.
    FileNotFound,
}

impl MessageRefusal {
    /// Its stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Invalid { .. } | Self::ParentIsReply => Code::ValidationError,
            Self::NotFound | Self::ParentNotFound | Self::AnchorNotFound { .. } | Self::FileNotFound => {
                Code::NotFound
            }
            Self::NotAuthor | Self::NotAuthorNorAdmin => Code::NotAuthor,
            Self::Deleted => Code::Deleted,
            Self::EditWindowOver | Self::TooManyReactions { .. } => Code::InvalidState,
        }
    }

    /// The field at fault.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { field, .. } | Self::AnchorNotFound { field } => Some(field),
            Self::ParentNotFound | Self::ParentIsReply => Some("parent_id"),
            Self::TooManyReactions { .. } => Some("emoji"),
            Self::FileNotFound => Some("file_ids"),
            Self::NotFound
            | Self::NotAuthor
            | Self::NotAuthorNorAdmin
            | Self::Deleted
            | Self::EditWindowOver => None,
        }
    }
}

impl fmt::Display for MessageRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { field, fault } => write!(f, "{field} {fault}"),
            Self::NotFound => f.write_str("there is no such message"),
            Self::AnchorNotFound { field } => write!(f, "{field} names no message of this chat"),
            Self::ParentNotFound => f.write_str("parent_id names no message of this chat"),
            Self::ParentIsReply => f.write_str(
                "parent_id must name a message that is no reply itself: give the root of the thread",
            ),
            Self::NotAuthor => f.write_str("only the author may do this"),
            Self::NotAuthorNorAdmin => f.write_str("only the author and the admins of the chat may do this"),
            Self::Deleted => f.write_str("the message is deleted"),
            Self::EditWindowOver => f.write_str("the time for edits of this message is over: post a new one"),
            Self::TooManyReactions { max } => write!(
                f,
                "a message has at most {max} different reactions: choose one that it has"
            ),
            Self::FileNotFound => f.write_str("file_ids names a file that does not exist"),
        }
    }
}

impl std::error::Error for MessageRefusal {}
