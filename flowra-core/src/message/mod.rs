//! Messages: what is said in a chat, in which thread, edited, deleted, reacted to, and whom it mentions.
//!
//! Responsible for a message's life and for posting with all that it sets off. It refuses to know how a tag changes a task.

mod announce;
mod change;
mod code;
mod comment;
mod decisions;
mod emoji;
mod mentions;
mod model;
mod port;
mod post;
mod refusal;
mod service;
mod tags;
mod view;

pub use announce::Announce;
pub use change::EditMessage;
pub use code::Code;
pub use comment::CommentOnTask;
pub use decisions::NewMentions;
pub use mentions::Mentions;
pub use model::{Content, Emoji, MAX_CONTENT, Message, MessageEvent, MessageKind, Reaction};
pub use port::{MessageStore, Placed, Range, Which};
pub use post::{PostMessage, Posted};
pub use refusal::MessageRefusal;
pub use service::Messages;
pub use view::{Anchor, Edition, MessagePage};
