//! Chats: direct, groups and channels; who takes part, who may read, what is pinned, whether they are open.
//!
//! Responsible for the room. It refuses to know what is said in it.

mod change;
mod create;
mod decisions;
mod departure;
mod model;
mod people;
mod pins;
mod port;
mod refusal;
mod service;
mod view;

pub use change::{ChatRef, UpdateChat};
pub use create::{CreateChat, Created};
pub use model::{Chat, ChatEvent, ChatKind, ChatRole, ChatState, Participant, Title, Topic};
pub use port::{ChatScope, ChatStore, Presence, ReadMarks, Standing};
pub use refusal::ChatRefusal;
pub use service::Chats;
