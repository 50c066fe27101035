//! An account.

use flowra_core::UserId;
use flowra_core::user::User;
use salvo::oapi::ToSchema;
use serde::Serialize;

/// An account. Address and administration are told to the person and to administrators only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserBody {
    /// Its id.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub id: UserId,
    /// The name that mentions use.
    pub username: String,
    /// The name that is shown.
    pub display_name: String,
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the person administers accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_admin: Option<bool>,
    /// Whether the person may do anything at all.
    pub is_active: bool,
}

impl UserBody {
    /// The account as anybody sees it.
    #[must_use]
    pub fn public(user: &User) -> Self {
        Self {
            id: user.id,
            username: user.username.as_str().to_owned(),
            display_name: user.display_name.as_str().to_owned(),
            email: None,
            is_admin: None,
            is_active: user.is_active,
        }
    }

    /// The account as the person and administrators see it.
    #[must_use]
    pub fn private(user: &User) -> Self {
        Self {
            email: Some(user.email.as_str().to_owned()),
            is_admin: Some(user.is_admin),
            ..Self::public(user)
        }
    }
}
