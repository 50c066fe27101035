//! What clients read: the JSON bodies of the public contract.
//!
//! Responsible for the shape of things as they leave the server, the same through REST and the live feed. It refuses to know who may
//! see them: whoever renders a thing has asked before. To add a body: one file with its type, its fields named as the contract names
//! them, and a method of [`Renderer`] if it needs a lookup.

mod board;
mod chat;
mod invite;
mod message;
mod person;
mod render;
mod tag;
mod task;
mod user;
mod words;
mod workspace;

pub use board::{BoardBody, ColumnBody};
pub use chat::{ChatBody, ParticipantBody};
pub use invite::InviteBody;
pub use message::{AttachmentBody, MessageBody, ReactionBody};
pub use person::{People, PersonBody};
pub use render::Renderer;
pub use tag::TagBody;
pub use task::TaskBody;
pub use user::UserBody;
pub use words::{ClosedSet, WordOf};
pub use workspace::{MemberBody, WorkspaceBody};

use flowra_core::Id;
use salvo::oapi::ToSchema;
use serde::Serialize;

/// What is left of a thing that was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RemovedBody {
    /// Its id.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub id: Id<()>,
}

impl RemovedBody {
    /// What is left of a thing of any kind.
    #[must_use]
    pub const fn of<K>(id: Id<K>) -> Self {
        Self {
            id: Id::from_bytes(*id.as_bytes()),
        }
    }
}
