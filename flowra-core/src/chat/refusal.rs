//! Why the chat's use cases refuse.

use std::fmt;

use super::ChatRole;
use crate::refusal::Code;
use crate::text::TextFault;

/// What is wrong with a request about a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatRefusal {
    /// A field breaks its rule.
    Invalid {
        /// The field.
        field: &'static str,
        /// Its fault.
        fault: TextFault,
    },
    /// A group or channel needs a title.
    TitleMissing,
    /// A direct chat has no title and no topic.
    DirectHasNoTitle,
    /// A direct chat is made with exactly one other person.
    DirectNeedsTwo,
    /// Nobody is added to a direct chat, leaves it, or gets another role in it.
    DirectStaysTwo,
    /// Somebody named is not a member of the workspace.
    ParticipantNotMember {
        /// By which field.
        field: &'static str,
    },
    /// No such chat for this caller.
    NotFound,
    /// No such message in this chat.
    MessageNotFound,
    /// The person named does not take part.
    ParticipantNotFound,
    /// The person takes part already, in another role.
    AlreadyParticipant {
        /// In which.
        role: ChatRole,
    },
    /// Only participants may do this.
    NotParticipant,
    /// Only chat and workspace admins may do this.
    NotChatAdmin,
    /// Guests may not do this.
    GuestMayNot,
    /// Only channels are joined; into a group one is added.
    NotJoinable,
    /// The last admin cannot leave or be removed while others remain, nor step down.
    LastAdmin,
    /// The chat is closed.
    Closed,
    /// A deleted message cannot be pinned.
    MessageDeleted,
    /// The chat has as many pins as it may have.
    TooManyPins {
        /// How many it may have.
        max: usize,
    },
}

impl ChatRefusal {
    /// Its stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Invalid { .. }
            | Self::TitleMissing
            | Self::DirectHasNoTitle
            | Self::DirectNeedsTwo
            | Self::ParticipantNotMember { .. } => Code::ValidationError,
            Self::NotFound | Self::MessageNotFound | Self::ParticipantNotFound => Code::NotFound,
            Self::AlreadyParticipant { .. } => Code::AlreadyExists,
            Self::NotParticipant => Code::NotParticipant,
            Self::NotChatAdmin => Code::NotChatAdmin,
            Self::GuestMayNot => Code::Forbidden,
            Self::DirectStaysTwo
            | Self::NotJoinable
            | Self::LastAdmin
            | Self::Closed
            | Self::TooManyPins { .. } => Code::InvalidState,
            Self::MessageDeleted => Code::Deleted,
        }
    }

    /// The field at fault.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { field, .. } | Self::ParticipantNotMember { field } => Some(field),
            Self::TitleMissing | Self::DirectHasNoTitle => Some("title"),
            Self::DirectNeedsTwo => Some("participant_ids"),
            Self::MessageNotFound | Self::MessageDeleted | Self::TooManyPins { .. } => Some("message_id"),
            Self::ParticipantNotFound | Self::AlreadyParticipant { .. } => Some("user_id"),
            Self::DirectStaysTwo
            | Self::NotFound
            | Self::NotParticipant
            | Self::NotChatAdmin
            | Self::GuestMayNot
            | Self::NotJoinable
            | Self::LastAdmin
            | Self::Closed => None,
        }
    }
}

impl fmt::Display for ChatRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { field, fault } => write!(f, "{field} {fault}"),
            Self::TitleMissing => f.write_str("a group or channel needs a title"),
            Self::DirectHasNoTitle => {
                f.write_str("a direct chat has no title and no topic: leave them away, or make a group")
            }
            Self::DirectNeedsTwo => f.write_str(
                "a direct chat is between you and exactly one other person: make a group for more",
            ),
            Self::DirectStaysTwo => {
                f.write_str("a direct chat keeps its two people as they are: make a group for others")
            }
            Self::ParticipantNotMember { .. } => {
                f.write_str("everybody in a chat must be a member of its workspace: invite them first")
            }
            Self::NotFound => f.write_str("there is no such chat"),
            Self::MessageNotFound => f.write_str("there is no such message in this chat"),
            Self::AlreadyParticipant {
                role: ChatRole::Admin,
            } => f.write_str("this person takes part already, as an admin: change their role instead"),
            Self::AlreadyParticipant {
                role: ChatRole::Member,
            } => f.write_str("this person takes part already, as a member: change their role instead"),
            Self::ParticipantNotFound => f.write_str("this person does not take part in the chat"),
            Self::NotParticipant => f.write_str("only participants may do this: join the chat first"),
            Self::NotChatAdmin => f.write_str("only an admin of the chat or of the workspace may do this"),
            Self::GuestMayNot => f.write_str("guests may not do this: ask a member"),
            Self::NotJoinable => f.write_str("only channels can be joined: ask a participant to add you"),
            Self::LastAdmin => f.write_str(
                "the last admin must remain while others take part: make somebody else admin first",
            ),
            Self::Closed => f.write_str("the chat is closed: reopen it first"),
            Self::MessageDeleted => f.write_str("the message is deleted"),
            Self::TooManyPins { max } => write!(f, "a chat has at most {max} pins: unpin one first"),
        }
    }
}

impl std::error::Error for ChatRefusal {}
