//! Why the workspace's use cases refuse.

use std::fmt;

use super::Role;
use crate::refusal::Code;
use crate::text::TextFault;

/// What is wrong with a request about a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkspaceRefusal {
    /// A field breaks its rule.
    Invalid {
        /// The field.
        field: &'static str,
        /// Its fault.
        fault: TextFault,
    },
    /// No such workspace for this caller.
    NotFound,
    /// The person named is no member.
    MemberNotFound,
    /// The person named has no account, or it is deactivated.
    UserNotFound,
    /// The person is a member already, with another role.
    AlreadyMember,
    /// The caller's role is too weak.
    NeedsRole {
        /// The weakest that would do.
        least: Role,
    },
    /// The owner stays owner until they transfer the ownership.
    OwnerStays,
    /// The role of owner is transferred, never given.
    OwnerIsTransferred,
    /// No such invite.
    InviteNotFound,
    /// The invite is expired, revoked or used up.
    InviteOver,
    /// The time of expiry lies in the past.
    ExpiryInPast,
    /// The workspace has as many invites as it may have.
    TooManyInvites {
        /// How many.
        max: usize,
    },
}

impl WorkspaceRefusal {
    /// Its stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Invalid { .. } | Self::OwnerIsTransferred | Self::ExpiryInPast => Code::ValidationError,
            Self::NotFound | Self::MemberNotFound | Self::UserNotFound | Self::InviteNotFound => {
                Code::NotFound
            }
            Self::AlreadyMember => Code::AlreadyExists,
            Self::NeedsRole { .. } => Code::Forbidden,
            Self::OwnerStays | Self::TooManyInvites { .. } => Code::InvalidState,
            Self::InviteOver => Code::Expired,
        }
    }

    /// The field at fault.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { field, .. } => Some(field),
            Self::MemberNotFound | Self::UserNotFound | Self::AlreadyMember => Some("user_id"),
            Self::OwnerIsTransferred => Some("role"),
            Self::ExpiryInPast => Some("expires_at"),
            Self::NotFound
            | Self::NeedsRole { .. }
            | Self::OwnerStays
            | Self::InviteNotFound
            | Self::InviteOver
            | Self::TooManyInvites { .. } => None,
        }
    }
}

impl fmt::Display for WorkspaceRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { field, fault } => write!(f, "{field} {fault}"),
            Self::NotFound => f.write_str("there is no such workspace"),
            Self::MemberNotFound => f.write_str("this person is not a member of the workspace"),
            Self::UserNotFound => f.write_str("there is no active account with this id"),
            Self::AlreadyMember => f.write_str("this person is a member already: change their role instead"),
            Self::NeedsRole { least: Role::Owner } => {
                f.write_str("only the owner may do this: ask them, or to be made the owner")
            }
            Self::NeedsRole { least } => write!(f, "this needs the role {least} or a stronger one"),
            Self::OwnerStays => f.write_str(
                "the owner cannot leave, be removed or get another role: transfer the ownership first",
            ),
            Self::OwnerIsTransferred => f.write_str("the role owner is not given: transfer the ownership"),
            Self::InviteNotFound => f.write_str("there is no such invite"),
            Self::InviteOver => f.write_str("the invite is expired, revoked or used up: ask for a new one"),
            Self::ExpiryInPast => f.write_str("expires_at must lie in the future"),
            Self::TooManyInvites { max } => {
                write!(f, "a workspace has at most {max} invites: revoke one first")
            }
        }
    }
}

impl std::error::Error for WorkspaceRefusal {}
