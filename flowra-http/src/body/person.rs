//! People as they appear in other things.

use std::collections::HashMap;
use std::sync::Arc;

use flowra_core::UserId;
use flowra_core::user::User;
use salvo::oapi::ToSchema;
use serde::Serialize;

/// A person named in another thing: an author, an assignee, somebody who reacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonBody {
    /// Their id.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub id: UserId,
    /// The name that mentions use.
    pub username: String,
    /// The name that is shown.
    pub display_name: String,
}

/// The people that a set of bodies names, looked up together.
#[derive(Clone, Debug, Default)]
pub struct People(HashMap<UserId, Arc<User>>);

impl People {
    /// Whether somebody is among them.
    #[must_use]
    pub fn has(&self, id: UserId) -> bool {
        self.0.contains_key(&id)
    }

    /// Adds others to them.
    pub fn merge(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The person with this id. Whoever has no account any more is still somebody: what they wrote stays readable.
    #[must_use]
    pub fn person(&self, id: UserId) -> PersonBody {
        let (username, display_name) = self.0.get(&id).map_or(("unknown", "Unknown user"), |user| {
            (user.username.as_str(), user.display_name.as_str())
        });
        PersonBody {
            id,
            username: username.to_owned(),
            display_name: display_name.to_owned(),
        }
    }
}

impl FromIterator<Arc<User>> for People {
    fn from_iter<I: IntoIterator<Item = Arc<User>>>(users: I) -> Self {
        Self(users.into_iter().map(|user| (user.id, user)).collect())
    }
}
