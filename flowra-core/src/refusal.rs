//! Refusals: what is wrong with a request, in the words of the concept that refuses it.
//!
//! Each concept has one closed enum; every variant has a stable [`Code`], and the code its [`Class`]. The edge turns classes into
//! its own status numbers; nothing here knows of HTTP.

use std::fmt;

use crate::chat::ChatRefusal;
use crate::message::MessageRefusal;
use crate::page::BadPage;
use crate::port::PortFailure;
use crate::task::TaskRefusal;
use crate::user::UserRefusal;
use crate::workspace::WorkspaceRefusal;

/// What kind of "no" it is; the caller's way out depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A value breaks a rule.
    Invalid,
    /// No or bad credentials.
    Unauthenticated,
    /// Known user, not allowed.
    Forbidden,
    /// Absent, or the caller may not know that it exists.
    NotFound,
    /// Already there, or somebody else changed it first.
    Conflict,
    /// Deleted, or over.
    Gone,
    /// Not allowed in the current state.
    InvalidState,
}

/// The stable machine code of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// `VALIDATION_ERROR`
    ValidationError,
    /// `UNAUTHORIZED`
    Unauthorized,
    /// `TOKEN_EXPIRED`
    TokenExpired,
    /// `FORBIDDEN`
    Forbidden,
    /// `NOT_PARTICIPANT`
    NotParticipant,
    /// `NOT_CHAT_ADMIN`
    NotChatAdmin,
    /// `NOT_AUTHOR`
    NotAuthor,
    /// `NOT_FOUND`
    NotFound,
    /// `ALREADY_EXISTS`
    AlreadyExists,
    /// `CONCURRENT_MODIFICATION`
    ConcurrentModification,
    /// `DELETED`
    Deleted,
    /// `EXPIRED`
    Expired,
    /// `INVALID_STATE`
    InvalidState,
    /// `INVALID_TRANSITION`
    InvalidTransition,
}

impl Code {
    /// The class that this code belongs to.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::ValidationError => Class::Invalid,
            Self::Unauthorized | Self::TokenExpired => Class::Unauthenticated,
            Self::Forbidden | Self::NotParticipant | Self::NotChatAdmin | Self::NotAuthor => Class::Forbidden,
            Self::NotFound => Class::NotFound,
            Self::AlreadyExists | Self::ConcurrentModification => Class::Conflict,
            Self::Deleted | Self::Expired => Class::Gone,
            Self::InvalidState | Self::InvalidTransition => Class::InvalidState,
        }
    }

    /// The code as machines read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ValidationError => "VALIDATION_ERROR",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotParticipant => "NOT_PARTICIPANT",
            Self::NotChatAdmin => "NOT_CHAT_ADMIN",
            Self::NotAuthor => "NOT_AUTHOR",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::ConcurrentModification => "CONCURRENT_MODIFICATION",
            Self::Deleted => "DELETED",
            Self::Expired => "EXPIRED",
            Self::InvalidState => "INVALID_STATE",
            Self::InvalidTransition => "INVALID_TRANSITION",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refusal of any concept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Of a page of any list.
    Page(BadPage),
    /// Of the module `user`.
    User(UserRefusal),
    /// Of the module `workspace`.
    Workspace(WorkspaceRefusal),
    /// Of the module `chat`.
    Chat(ChatRefusal),
    /// Of the module `message`.
    Message(MessageRefusal),
    /// Of the module `task`.
    Task(TaskRefusal),
    /// Others changed the same things so often that deciding again was given up; or the version that the caller named is not the current one.
    ConcurrentModification,
    /// The idempotency key was used for another request before.
    KeyReused,
}

impl Refusal {
    /// Its stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Page(_) => Code::ValidationError,
            Self::User(refusal) => refusal.code(),
            Self::Workspace(refusal) => refusal.code(),
            Self::Chat(refusal) => refusal.code(),
            Self::Message(refusal) => refusal.code(),
            Self::Task(refusal) => refusal.code(),
            Self::ConcurrentModification => Code::ConcurrentModification,
            Self::KeyReused => Code::InvalidState,
        }
    }

    /// The field of the request that is wrong, when it is one field's fault.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::Page(BadPage::Limit) => Some("limit"),
            Self::Page(BadPage::Cursor) => Some("cursor"),
            Self::User(refusal) => refusal.field(),
            Self::Workspace(refusal) => refusal.field(),
            Self::Chat(refusal) => refusal.field(),
            Self::Message(refusal) => refusal.field(),
            Self::Task(refusal) => refusal.field(),
            Self::ConcurrentModification => None,
            Self::KeyReused => Some("Idempotency-Key"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(refusal) => refusal.fmt(f),
            Self::User(refusal) => refusal.fmt(f),
            Self::Workspace(refusal) => refusal.fmt(f),
            Self::Chat(refusal) => refusal.fmt(f),
            Self::Message(refusal) => refusal.fmt(f),
            Self::Task(refusal) => refusal.fmt(f),
            Self::ConcurrentModification => {
                f.write_str("somebody else changed it first: read it again and repeat the change")
            }
            Self::KeyReused => {
                f.write_str("this idempotency key was used for a different request: use a new key")
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// Why a use case did not do what it was asked.
#[derive(Debug)]
pub enum Error {
    /// The request is at fault; users are told why.
    Refused(Refusal),
    /// Infrastructure is at fault; users are told to try again, operators why.
    Failed(PortFailure),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::Failed(failure) => failure.source(),
        }
    }
}

impl<R: Into<Refusal>> From<R> for Error {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<PortFailure> for Error {
    fn from(failure: PortFailure) -> Self {
        Self::Failed(failure)
    }
}

impl From<BadPage> for Refusal {
    fn from(refusal: BadPage) -> Self {
        Self::Page(refusal)
    }
}

impl From<UserRefusal> for Refusal {
    fn from(refusal: UserRefusal) -> Self {
        Self::User(refusal)
    }
}

impl From<WorkspaceRefusal> for Refusal {
    fn from(refusal: WorkspaceRefusal) -> Self {
        Self::Workspace(refusal)
    }
}

impl From<ChatRefusal> for Refusal {
    fn from(refusal: ChatRefusal) -> Self {
        Self::Chat(refusal)
    }
}

impl From<MessageRefusal> for Refusal {
    fn from(refusal: MessageRefusal) -> Self {
        Self::Message(refusal)
    }
}

impl From<TaskRefusal> for Refusal {
    fn from(refusal: TaskRefusal) -> Self {
        Self::Task(refusal)
    }
}
