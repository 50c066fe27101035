//! The contract of the REST API, endpoint by endpoint, as a client sees it over TCP.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod chats;
mod deletions;
mod envelope;
mod idempotency;
mod live;
mod messages;
mod openapi;
mod tasks;
mod workspaces;
mod world;
