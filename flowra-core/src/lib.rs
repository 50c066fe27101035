//! The domain, the use cases and the ports of Flowra: team chat with task management.
//!
//! The crate depends on nothing. It never asks for the time, makes an id or does I/O; all of that comes in through ports.

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
