//! What the user's use cases need from outside.

use std::sync::Arc;

use super::{Session, SessionId, Token, TokenId, User, Username};
use crate::UserId;
use crate::page::{Page, PageRequest};
use crate::port::{BoxFuture, Digest, PortResult};
use crate::time::Timestamp;

/// The users as the log's fold shows them.
///
/// - MUST show every commit that was acknowledged before the call. Proven by `the_author_reads_their_own_write`.
/// - MUST find usernames without regard to case. Proven by `users_are_found_by_name_in_any_case`.
pub trait UserStore: Send + Sync {
    /// The user with this id.
    fn load(&self, id: UserId) -> BoxFuture<'_, PortResult<Option<Arc<User>>>>;

    /// Those of these users that exist, in no particular order, in one read.
    fn load_many(&self, ids: Vec<UserId>) -> BoxFuture<'_, PortResult<Vec<Arc<User>>>>;

    /// Those of these usernames that exist, in no particular order, in one read.
    fn find_by_username(&self, names: Vec<Username>) -> BoxFuture<'_, PortResult<Vec<Arc<User>>>>;

    /// Users in the order of their folded usernames, which are the keys.
    fn list(&self, page: PageRequest<String>) -> BoxFuture<'_, PortResult<Page<Arc<User>>>>;

    /// Whether there is any user but the bot.
    fn any(&self) -> BoxFuture<'_, PortResult<bool>>;
}

/// The passwords of local accounts. They are no events: a log that lasts for ever is no place for them.
///
/// - MUST be durable when it answers. Proven by `a_password_hash_is_kept_and_replaced`.
/// - MUST forget on request, also what was never known. Proven by `a_removed_password_hash_is_gone`.
pub trait CredentialStore: Send + Sync {
    /// The encoded password hash of a user.
    fn password_hash(&self, user: UserId) -> BoxFuture<'_, PortResult<Option<String>>>;

    /// Sets or replaces it.
    fn set_password_hash(&self, user: UserId, hash: String) -> BoxFuture<'_, PortResult<()>>;

    /// Removes it, if there is one.
    fn remove_password_hash(&self, user: UserId) -> BoxFuture<'_, PortResult<()>>;
}

/// Hashes passwords, slowly on purpose.
///
/// - MUST use a salt of its own for every hash and a memory-hard function. Proven by `every_hash_has_its_own_salt`.
/// - MUST answer `true` for the password that made the hash and for no other. Proven by `a_hash_verifies_its_own_password_only`.
/// - MUST, without a hash, take as long and answer `false`, so that time does not tell who exists. Proven by `no_hash_verifies_nothing`.
/// - MUST NOT block the caller's thread while it works. Proven by `hashing_leaves_the_thread_free`.
pub trait PasswordHasher: Send + Sync {
    /// An encoded hash with its parameters and salt.
    fn hash(&self, password: String) -> BoxFuture<'_, PortResult<String>>;

    /// Whether the password made this hash.
    fn verify(&self, password: String, hash: Option<String>) -> BoxFuture<'_, PortResult<bool>>;
}

/// The signed-in sessions.
///
/// - MUST find a session by the digest of either of its current tokens until it is ended, over restarts. Proven by `a_session_is_found_by_either_token`.
/// - MUST let one of several racing rotations of the same refresh token win. Proven by `a_refresh_token_rotates_once`.
/// - MUST list a user's own sessions only. Proven by `a_persons_sessions_are_listed_newest_first`.
/// - MUST remember used refresh tokens until the session expires, so that their return is noticed. Proven by `a_used_refresh_token_is_remembered`.
/// - MAY forget what has expired.
pub trait SessionStore: Send + Sync {
    /// Stores a new session.
    fn begin(&self, session: Session) -> BoxFuture<'_, PortResult<()>>;

    /// The session whose current access token has this digest.
    fn by_access(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Session>>>>;

    /// The session to which the refresh token with this digest belongs or belonged.
    fn by_refresh(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Session>>>>;

    /// Replaces the tokens of a session whose current refresh token is still `used`; `false` when it is not.
    fn rotate(&self, used: Digest, renewed: Session) -> BoxFuture<'_, PortResult<bool>>;

    /// A user's sessions, the newest first, which are the keys in falling order; those that expired MAY be among them.
    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<SessionId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Session>>>>;

    /// Ends a session; both its tokens are worth nothing from now on.
    fn end(&self, id: SessionId) -> BoxFuture<'_, PortResult<()>>;

    /// Ends all sessions of a user.
    fn end_all(&self, user: UserId) -> BoxFuture<'_, PortResult<()>>;
}

/// The personal access tokens.
///
/// - MUST take an id once, also of several at once. Proven by `a_token_id_is_taken_once`.
/// - MUST keep the digest only. Proven by `a_token_is_found_by_its_digest_until_it_is_revoked`.
pub trait TokenStore: Send + Sync {
    /// Stores a new token, unless there is one with its id: then nothing changes, and that one is answered.
    fn add(&self, token: Token) -> BoxFuture<'_, PortResult<Option<Arc<Token>>>>;

    /// The token with this digest.
    fn by_digest(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Token>>>>;

    /// A user's tokens in the order of their ids, which are the keys.
    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<TokenId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Token>>>>;

    /// Removes a token of this user; `false` when they have no such token.
    fn revoke(&self, user: UserId, id: TokenId) -> BoxFuture<'_, PortResult<bool>>;

    /// Notes that the token was used; MAY be late and coarse (a minute).
    fn used(&self, id: TokenId, at: Timestamp) -> BoxFuture<'_, PortResult<()>>;
}
