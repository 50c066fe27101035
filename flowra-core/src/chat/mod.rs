//! Chats: direct, groups and channels; who takes part, who may read, what is pinned, whether they are open.
//!
//! Responsible for the room. It refuses to know what is said in it.

mod model;
mod port;
mod refusal;
mod service;

pub use model::{Chat, ChatEvent, ChatKind, ChatRole, ChatState, Participant, Title, Topic};
pub use port::{ChatScope, ChatStore, Presence, ReadMarks, Standing};
pub use refusal::ChatRefusal;
pub use service::Chats;
