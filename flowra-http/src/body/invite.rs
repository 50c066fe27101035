//! An invite into a workspace.

use flowra_core::InviteId;
use flowra_core::time::Timestamp;
use flowra_core::workspace::{Invite, Role};
use salvo::oapi::ToSchema;
use serde::Serialize;

use super::WordOf;

/// An invite. Its token is told once, to who made it; the digest under which it is stored never.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InviteBody {
    /// Its id.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub id: InviteId,
    /// The role that it gives: `guest`, `member` or `admin`.
    #[salvo(schema(value_type = WordOf<Role>))]
    pub role: Role,
    /// How many may use it; 0 is everybody.
    pub max_uses: u32,
    /// How many have.
    pub uses: u32,
    /// When it ends.
    #[salvo(schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
    /// What to hand to the person; only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Where the person goes with it; only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl InviteBody {
    /// The invite without its secret.
    #[must_use]
    pub const fn new(id: InviteId, invite: &Invite) -> Self {
        Self {
            id,
            role: invite.role,
            max_uses: invite.max_uses,
            uses: invite.uses,
            expires_at: invite.expires_at,
            token: None,
            url: None,
        }
    }

    /// The invite with its secret, for who made it.
    #[must_use]
    pub fn with_secret(self, token: String, url: String) -> Self {
        Self {
            token: Some(token),
            url: Some(url),
            ..self
        }
    }
}
