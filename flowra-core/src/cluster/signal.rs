//! What one server tells the others.

use crate::event::Position;
use crate::user::{SessionId, TokenId};
use crate::{ChatId, UserId};

/// A hint from one server to the others. Whoever misses it finds out later, from the log or by asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// The log has grown up to here: read on.
    Grown(Position),
    /// Somebody types.
    Typing {
        /// Where.
        chat: ChatId,
        /// Who.
        user: UserId,
    },
    /// Somebody came or went: ask who is online.
    Presence {
        /// Who.
        user: UserId,
    },
    /// A session is over, and with it the live connections that rest on it.
    SessionEnded(SessionId),
    /// All sessions of somebody are over.
    SessionsEnded {
        /// Whose.
        user: UserId,
    },
    /// A personal token is revoked.
    TokenEnded(TokenId),
}
