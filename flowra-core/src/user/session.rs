//! What lets a person in: sessions with short access and rotating refresh tokens, and personal access tokens with scopes.

use crate::UserId;
use crate::id::Id;
use crate::port::Digest;
use crate::text::Line;
use crate::time::Timestamp;

/// Names a session.
pub type SessionId = Id<Session>;
/// Names a personal access token.
pub type TokenId = Id<Token>;
/// What a person calls a token: 1 to 100 characters.
pub type TokenName = Line<1, 100>;

/// What a person signed in with, as it says of itself, such as a browser's `User-Agent`: 1 to 200 characters.
pub type ClientName = Line<1, 200>;

/// One sign-in, from login to logout or expiry. Only digests of its tokens are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Session {
    /// Its id, the same over all rotations.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The current access token's digest.
    pub access: Digest,
    /// When the access token ends.
    pub access_expires_at: Timestamp,
    /// The current refresh token's digest.
    pub refresh: Digest,
    /// When the refresh token, and the session with it, ends.
    pub refresh_expires_at: Timestamp,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// With what they signed in; shown to nobody else.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub client: Option<ClientName>,
    /// The request that made these tokens, when it can be repeated.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub renewal: Option<Renewal>,
}

/// A refresh that was asked for with an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Renewal {
    /// The digest of the refresh token that was used and the key together, so that neither is enough.
    pub request: Digest,
    /// When it was asked for first.
    pub at: Timestamp,
}

/// A token for programs, made by a person to act as them within its scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// As whom it acts.
    pub user: UserId,
    /// What the person calls it.
    pub name: TokenName,
    /// What it may do.
    pub scopes: Scopes,
    /// The digest of the secret.
    pub digest: Digest,
    /// The fingerprint of the request that made it with an idempotency key, of which the id follows then.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub request: Option<Digest>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last, to about a minute.
    pub last_used_at: Option<Timestamp>,
    /// When it ends; never, if none.
    pub expires_at: Option<Timestamp>,
}

/// What a token may do. A session may do everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Scopes {
    /// Read what the person may read.
    pub read: bool,
    /// Change what the person may change.
    pub write: bool,
    /// Administer: accounts, tokens, workspaces' members and settings.
    pub admin: bool,
}

impl Scopes {
    /// Everything.
    pub const ALL: Self = Self {
        read: true,
        write: true,
        admin: true,
    };

    /// Whether this scope is among them. `write` includes `read`; `admin` includes both.
    #[must_use]
    pub const fn allow(self, scope: Scope) -> bool {
        match scope {
            Scope::Read => self.read || self.write || self.admin,
            Scope::Write => self.write || self.admin,
            Scope::Admin => self.admin,
        }
    }
}

/// One thing that a token may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Scope {
    /// To read.
    Read,
    /// To change.
    Write,
    /// To administer.
    Admin,
}
