//! The domain, the use cases and the ports of Flowra: team chat with task management.
//!
//! The crate depends on nothing. It never asks for the time, makes an id or does I/O; all of that comes in through ports.
//!
//! To embed it: 1. fill [`Ports`] with the ports of an adapter crate, or with your own; 2. make an [`App`] of them, whose fields are the
//! concepts and whose methods are the use cases; 3. say on whose behalf with a [`Caller`]. A use case trusts nobody, so nothing is to be
//! checked before. What happened is read from [`event::EventLog`], or handled by an [`event::Consumer`].
//!
//! To add a rule: change the method of the aggregate in the concept's `decisions.rs`, which answers events or a refusal, and test it there.
//!
//! To add a use case: 1. give its concept's folder a file with the command and one method on the service, which loads, asks the aggregate,
//! and stores its events by a draft, again when others were first; 2. give the concept's strategy in the testkit the step, so that the
//! state machine takes it too. What it needs from outside goes into `port.rs`, with a MUST and the clause that proves it.
//!
//! To add an event: 1. give the concept's enum in `model.rs` a variant with its public name, and fold it in `apply`; 2. follow the compiler to
//! who hears of it and what it claims; 3. pin its JSON in the testkit's golden files and list it in the reference.

mod access;
mod app;
pub mod chat;
pub mod cluster;
mod draft;
pub mod event;
mod history;
mod id;
pub mod message;
pub mod page;
mod port;
pub mod refusal;
pub mod tag;
pub mod task;
pub mod text;
pub mod time;
pub mod user;
pub mod workspace;

pub use access::Viewer;
pub use app::{App, Caller, Ports};
pub use id::{BadId, Id};
pub use port::{BadDigest, BoxFuture, Clock, Digest, IdGenerator, PortFailure, PortResult, Secrets, Timer};
pub use refusal::{Class, Code, Error, Refusal};

/// Names a user.
pub type UserId = Id<user::User>;
/// Names a workspace.
pub type WorkspaceId = Id<workspace::Workspace>;
/// Names an invite into a workspace.
pub type InviteId = Id<workspace::Invite>;
/// Names a chat.
pub type ChatId = Id<chat::Chat>;
/// Names a message.
pub type MessageId = Id<message::Message>;
/// Names a task.
pub type TaskId = Id<task::Task>;
/// Names a stored file.
pub type FileId = Id<File>;
/// Names a request, through logs, events and answers.
pub type RequestId = Id<Request>;

/// Marks the ids of stored files; the files themselves are not the core's.
#[derive(Debug)]
pub enum File {}

/// Marks the ids of requests.
#[derive(Debug)]
pub enum Request {}
