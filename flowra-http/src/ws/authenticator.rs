//! Who is there: asked of whoever knows the tokens.

use flowra_core::time::Timestamp;
use flowra_core::user::{SessionId, TokenId};
use flowra_core::{BoxFuture, Error, UserId};

use crate::feed::Listener;

/// Somebody who has shown a good token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub user: UserId,
    /// The session of the token; none for a personal token.
    pub session: Option<SessionId>,
    /// The personal token; none for a session.
    pub token: Option<TokenId>,
    /// When the token ends; never, if none.
    pub expires_at: Option<Timestamp>,
    /// Whether the token allows to change anything: to type, to move a read mark.
    pub may_write: bool,
}

impl From<Identity> for Listener {
    fn from(identity: Identity) -> Self {
        Self {
            user: identity.user,
            session: identity.session,
            token: identity.token,
            expires_at: identity.expires_at,
        }
    }
}

/// Knows tokens.
///
/// - MUST refuse what is unknown, expired or over, tokens that may not read, and people whose account is deactivated.
/// - MUST see every logout and deactivation that was acknowledged before the call.
pub trait Authenticator: Send + Sync {
    /// Who has this token.
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Error>>;
}
