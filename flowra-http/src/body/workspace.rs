//! A workspace and its members.

use flowra_core::time::Timestamp;
use flowra_core::workspace::{Member, Role, Workspace};
use flowra_core::{UserId, WorkspaceId};
use salvo::oapi::ToSchema;
use serde::Serialize;

use super::{People, WordOf};

/// A workspace as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkspaceBody {
    /// Its id.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub id: WorkspaceId,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = String, format = Uuid, required = true))]
    pub owner_id: Option<UserId>,
    /// How many members it has.
    pub member_count: usize,
    /// The reader's role: `guest`, `member`, `admin` or `owner`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = WordOf<Role>, required = true))]
    pub my_role: Option<Role>,
    /// When it was made.
    #[salvo(schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When anything about it changed last.
    #[salvo(schema(value_type = String, format = DateTime))]
    pub updated_at: Timestamp,
}

impl WorkspaceBody {
    /// The workspace as a reader with this role sees it.
    #[must_use]
    pub fn new(workspace: &Workspace, my_role: Option<Role>) -> Self {
        Self {
            id: workspace.id,
            name: workspace.name.as_str().to_owned(),
            description: workspace.description.as_str().to_owned(),
            owner_id: workspace.owner(),
            member_count: workspace.members.len(),
            my_role,
            created_at: workspace.created_at,
            updated_at: workspace.updated_at,
        }
    }
}

/// Somebody's place in a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberBody {
    /// Who.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub user_id: UserId,
    /// The name that mentions use.
    pub username: String,
    /// The name that is shown.
    pub display_name: String,
    /// `guest`, `member`, `admin` or `owner`.
    #[salvo(schema(value_type = WordOf<Role>))]
    pub role: Role,
    /// Since when.
    #[salvo(schema(value_type = String, format = DateTime))]
    pub joined_at: Timestamp,
}

impl MemberBody {
    /// Somebody's place.
    #[must_use]
    pub fn new(user: UserId, member: Member, people: &People) -> Self {
        let person = people.person(user);
        Self {
            user_id: user,
            username: person.username,
            display_name: person.display_name,
            role: member.role,
            joined_at: member.joined_at,
        }
    }
}
