//! The use cases over memory, as a person meets them: what the rules of single aggregates cannot show.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod chats;
mod comments;
mod messages;
mod race;
mod repeats;
mod tags;
mod tasks;
mod team;
mod workspaces;
