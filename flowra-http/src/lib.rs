//! Flowra's server and its command.

pub mod body;
pub mod feed;
pub mod ws;
