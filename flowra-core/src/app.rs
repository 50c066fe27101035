//! The application: every use case, over the ports that an embedder chooses.

use std::sync::Arc;

use crate::RequestId;
use crate::UserId;
use crate::chat::{ChatStore, Chats, Presence, ReadMarks};
use crate::event::EventLog;
use crate::event::Idempotency;
use crate::message::{MessageStore, Messages};
use crate::port::{Clock, IdGenerator, Secrets};
use crate::task::{TaskBoard, TaskStore, Tasks};
use crate::user::{Accounts, CredentialStore, PasswordHasher, SessionStore, TokenStore, UserStore};
use crate::workspace::{WorkspaceStore, Workspaces};

/// All that the core needs from outside. An application fills it in one literal; a test replaces single fields.
#[derive(Clone)]
pub struct Ports {
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Secrets and their digests.
    pub secrets: Arc<dyn Secrets>,
    /// Users.
    pub users: Arc<dyn UserStore>,
    /// Passwords, as stored.
    pub credentials: Arc<dyn CredentialStore>,
    /// Passwords, as hashed.
    pub passwords: Arc<dyn PasswordHasher>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Personal access tokens.
    pub tokens: Arc<dyn TokenStore>,
    /// Workspaces.
    pub workspaces: Arc<dyn WorkspaceStore>,
    /// Chats.
    pub chats: Arc<dyn ChatStore>,
    /// Read marks.
    pub marks: Arc<dyn ReadMarks>,
    /// Who is online.
    pub presence: Arc<dyn Presence>,
    /// Messages.
    pub messages: Arc<dyn MessageStore>,
    /// Tasks.
    pub tasks: Arc<dyn TaskStore>,
    /// Boards and lists of tasks.
    pub board: Arc<dyn TaskBoard>,
}

/// Every use case, by concept. Cheap to clone: all clones are the same application.
#[derive(Clone)]
pub struct App {
    /// Accounts, sign-in, personal tokens.
    pub accounts: Accounts,
    /// Workspaces, members, invites.
    pub workspaces: Workspaces,
    /// Chats, participants, pins, read marks.
    pub chats: Chats,
    /// Messages, threads, reactions, and the tags in them.
    pub messages: Messages,
    /// Tasks, boards, lists.
    pub tasks: Tasks,
    /// The ports below, for those who follow the log or read without a rule.
    pub ports: Arc<Ports>,
}

impl App {
    /// The application over these ports.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        let ports = Arc::new(ports);
        let tasks = Tasks::new(Arc::clone(&ports));
        Self {
            accounts: Accounts::new(Arc::clone(&ports)),
            workspaces: Workspaces::new(Arc::clone(&ports)),
            chats: Chats::new(Arc::clone(&ports)),
            messages: Messages::new(Arc::clone(&ports), tasks.numbers()),
            tasks,
            ports,
        }
    }
}

/// On whose behalf a use case acts, and for which request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who asks. The use case checks what they may do; that they are who they say is the edge's to know.
    pub user: UserId,
    /// The request, as events and logs name it.
    pub request: RequestId,
    /// The caller's promise about repeated requests, if they made one.
    pub idempotency: Option<Idempotency>,
}

impl Caller {
    /// Somebody with a request that makes no promise about repetition.
    #[must_use]
    pub const fn new(user: UserId, request: RequestId) -> Self {
        Self {
            user,
            request,
            idempotency: None,
        }
    }
}
