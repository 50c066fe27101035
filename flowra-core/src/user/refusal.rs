//! Why the user's use cases refuse.

use std::fmt;

use super::TokenId;
use crate::refusal::Code;
use crate::text::TextFault;

/// What is wrong with a request about accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserRefusal {
    /// A field breaks its rule.
    Invalid {
        /// The field.
        field: &'static str,
        /// Its fault.
        fault: TextFault,
    },
    /// The username is taken, in this or another spelling of its case.
    UsernameTaken,
    /// The e-mail address has an account.
    EmailTaken,
    /// New accounts are made by an administrator only.
    RegistrationClosed,
    /// Username and password do not fit; which of them is not told.
    BadCredentials,
    /// The token is not one of ours, or is over.
    BadToken,
    /// The access token has expired; refresh it.
    TokenExpired,
    /// A refresh token came back after its use; its whole session is over.
    RefreshReused,
    /// The account was deactivated.
    Deactivated,
    /// The token has not the scope that this needs.
    ScopeMissing,
    /// Only system administrators may do this.
    NotSystemAdmin,
    /// The last active system administrator must remain.
    LastAdmin,
    /// The time of expiry lies in the past.
    ExpiryInPast,
    /// A token needs a scope.
    NoScope,
    /// The idempotency key made this token before, and its secret is shown once.
    TokenMade {
        /// The token.
        id: TokenId,
    },
    /// No such user.
    NotFound,
    /// The caller has no such personal token.
    TokenNotFound,
}

impl UserRefusal {
    /// Its stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Invalid { .. } | Self::ExpiryInPast | Self::NoScope => Code::ValidationError,
            Self::UsernameTaken | Self::EmailTaken | Self::TokenMade { .. } => Code::AlreadyExists,
            Self::RegistrationClosed | Self::ScopeMissing | Self::NotSystemAdmin => Code::Forbidden,
            Self::BadCredentials | Self::BadToken | Self::RefreshReused | Self::Deactivated => {
                Code::Unauthorized
            }
            Self::TokenExpired => Code::TokenExpired,
            Self::LastAdmin => Code::InvalidState,
            Self::NotFound | Self::TokenNotFound => Code::NotFound,
        }
    }

    /// The field at fault.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { field, .. } => Some(field),
            Self::UsernameTaken => Some("username"),
            Self::EmailTaken => Some("email"),
            Self::ExpiryInPast => Some("expires_at"),
            Self::NoScope => Some("scopes"),
            Self::TokenMade { .. } => Some("Idempotency-Key"),
            Self::RegistrationClosed
            | Self::BadCredentials
            | Self::BadToken
            | Self::TokenExpired
            | Self::RefreshReused
            | Self::Deactivated
            | Self::ScopeMissing
            | Self::NotSystemAdmin
            | Self::LastAdmin
            | Self::NotFound
            | Self::TokenNotFound => None,
        }
    }
}

impl fmt::Display for UserRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { field, fault } => write!(f, "{field} {fault}"),
            Self::UsernameTaken => f.write_str("this username is taken: choose another one"),
            Self::EmailTaken => {
                f.write_str("this e-mail address has an account: sign in, or use another address")
            }
            Self::RegistrationClosed => {
                f.write_str("registration is closed: ask an administrator for an account")
            }
            Self::BadCredentials => f.write_str("username or password is wrong"),
            Self::BadToken => f.write_str("the token is unknown or over: sign in"),
            Self::TokenExpired => f.write_str("the access token has expired: refresh it or sign in"),
            Self::RefreshReused => {
                f.write_str("this refresh token was used before, so its session was ended: sign in")
            }
            Self::Deactivated => f.write_str("this account is deactivated: ask an administrator"),
            Self::ScopeMissing => {
                f.write_str("the token does not have the scope for this: use one that has it")
            }
            Self::NotSystemAdmin => f.write_str("only a system administrator may do this"),
            Self::LastAdmin => {
                f.write_str("this is the last active system administrator: appoint another one first")
            }
            Self::ExpiryInPast => f.write_str("expires_at must lie in the future"),
            Self::NoScope => f.write_str("scopes must name at least one of read, write, admin"),
            Self::TokenMade { id } => write!(
                f,
                "this idempotency key made the token {id}, whose secret is shown only once: revoke that token and repeat the request"
            ),
            Self::NotFound => f.write_str("there is no such user"),
            Self::TokenNotFound => f.write_str("you have no such personal token"),
        }
    }
}

impl std::error::Error for UserRefusal {}
