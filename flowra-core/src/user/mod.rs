//! People: accounts, sign-in, personal tokens, and the bot.
//!
//! Responsible for who somebody is and whether they may do anything at all. It refuses to know what they may do in a workspace.

mod administer;
mod decisions;
mod model;
mod port;
mod profile;
mod refusal;
mod register;
mod service;
mod session;
mod sessions;
mod sign_in;
mod tokens;

pub use administer::Authority;
pub use model::{DisplayName, Email, User, UserEvent, Username};
pub use port::{CredentialStore, PasswordHasher, SessionStore, TokenStore, UserStore};
pub use profile::UpdateProfile;
pub use refusal::UserRefusal;
pub use register::{Register, Registration};
pub use service::Accounts;
pub use session::{ClientName, Renewal, Scope, Scopes, Session, SessionId, Token, TokenId, TokenName};
pub use sign_in::{Identity, SignedIn};
pub use tokens::CreateToken;

use crate::UserId;

/// The user `FlowraBot`, which answers tags. Its account is made at the first start and cannot sign in.
pub const BOT: UserId = UserId::from_bytes(*b"flowra\x00\x70\x80\x00bot\x00\x00\x01");
