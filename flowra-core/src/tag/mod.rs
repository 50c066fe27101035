//! Tags: commands inside a message.
//!
//! Responsible for the grammar of tag lines and for the sentences of the bot. It refuses to know how a task or a chat changes: posting a
//! message ([`Messages::post`](crate::message::Messages::post)) carries the tags out with the rules of `task` and `chat`.

mod grammar;
mod result;

pub use grammar::{Tag, TagName, parse};
pub use result::TagResult;

pub(crate) use result::bot_answer;
