//! Tags: commands inside a message.
//!
//! Responsible for the grammar of tag lines and for what the bot answers. It refuses to know how a task or a chat changes: the use cases do that.

mod result;

pub use result::TagResult;
