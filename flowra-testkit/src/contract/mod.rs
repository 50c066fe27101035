//! The port contract suite: what the docs of the ports promise, one clause a promise, for every adapter.
//!
//! A clause is a function that takes fresh adapters and panics when they break the promise. [`contract_tests!`](crate::contract_tests)
//! makes one visible test of each. Clauses write through the log with commits made by hand, so a store is certified without the use cases.
//! The suite refuses to know how an adapter works: it sees what a caller sees.
//!
//! To add a clause: write it in `contract/clauses/PORT.rs`, list it in `contract/table.rs`, and name it in the port's docs.

#[expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a clause fails by panicking, and an unexpected refusal or failure is its failing"
)]
mod clauses;
mod table;

use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use flowra_core::chat::{ChatStore, Presence, ReadMarks};
use flowra_core::cluster::{EventBus, NodeId, PresenceLedger, RateLimiter};
use flowra_core::event::{CheckpointStore, DeadLetterStore, EventLog, LeaseStore};
use flowra_core::message::MessageStore;
use flowra_core::task::{TaskBoard, TaskStore};
use flowra_core::user::{CredentialStore, PasswordHasher, SessionStore, TokenStore, UserStore};
use flowra_core::workspace::WorkspaceStore;
use flowra_core::{Clock, IdGenerator, Secrets, Timer};

use crate::Memory;

/// How long one clause may take, so that one that waits for ever fails instead.
const PATIENCE: Duration = Duration::from_mins(1);

/// The storage ports over one empty installation.
pub struct Stores {
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// Users.
    pub users: Arc<dyn UserStore>,
    /// Passwords.
    pub credentials: Arc<dyn CredentialStore>,
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
    /// Messages.
    pub messages: Arc<dyn MessageStore>,
    /// Tasks.
    pub tasks: Arc<dyn TaskStore>,
    /// Boards.
    pub board: Arc<dyn TaskBoard>,
    /// How far consumers are.
    pub checkpoints: Arc<dyn CheckpointStore>,
    /// What consumers could not handle.
    pub dead_letters: Arc<dyn DeadLetterStore>,
    /// Who runs which consumer.
    pub leases: Arc<dyn LeaseStore>,
    /// What must live as long as the stores, such as a temporary folder; dropped last.
    pub keep: Box<dyn Any + Send + Sync>,
}

impl Stores {
    /// Those of this memory; nothing is kept.
    #[must_use]
    pub fn of(memory: &Memory) -> Self {
        let (ports, consumers) = (memory.ports(), memory.consumer_ports());
        Self {
            log: ports.log,
            users: ports.users,
            credentials: ports.credentials,
            sessions: ports.sessions,
            tokens: ports.tokens,
            workspaces: ports.workspaces,
            chats: ports.chats,
            marks: ports.marks,
            messages: ports.messages,
            tasks: ports.tasks,
            board: ports.board,
            checkpoints: consumers.checkpoints,
            dead_letters: consumers.dead_letters,
            leases: consumers.leases,
            keep: Box::new(()),
        }
    }
}

/// The ports that store nothing.
pub struct Sources {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Waiting, by the same time.
    pub timer: Arc<dyn Timer>,
    /// Ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Secrets.
    pub secrets: Arc<dyn Secrets>,
    /// Passwords, as hashed.
    pub passwords: Arc<dyn PasswordHasher>,
    /// Who is online; nobody at first.
    pub presence: Arc<dyn Presence>,
}

impl Sources {
    /// Those of this memory.
    #[must_use]
    pub fn of(memory: &Memory) -> Self {
        let ports = memory.ports();
        Self {
            timer: memory.timer.clone(),
            clock: ports.clock,
            ids: ports.ids,
            secrets: ports.secrets,
            passwords: ports.passwords,
            presence: ports.presence,
        }
    }
}

/// Two servers of one installation.
pub struct Nodes {
    /// One.
    pub one: Node,
    /// The other.
    pub other: Node,
    /// What must live as long as they do; dropped last.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// The ports by which one server reaches the others.
pub struct Node {
    /// Its name.
    pub id: NodeId,
    /// Signals.
    pub bus: Arc<dyn EventBus>,
    /// Counts.
    pub limits: Arc<dyn RateLimiter>,
    /// Who is connected where.
    pub ledger: Arc<dyn PresenceLedger>,
}

impl Node {
    /// The node of this name behind an adapter of all its ports.
    #[must_use]
    pub fn of<A: EventBus + RateLimiter + PresenceLedger>(id: NodeId, adapter: &Arc<A>) -> Self {
        Self {
            id,
            bus: adapter.clone(),
            limits: adapter.clone(),
            ledger: adapter.clone(),
        }
    }
}

macro_rules! clauses_as_functions {
    (
        { $list:ident } $set:ident
        $($port:ident $trait:ident { $($clause:ident,)* })*
    ) => {
        $(
            #[doc = concat!("What `", stringify!($trait), "` promises.")]
            pub mod $port {
                $(
                    #[doc = concat!("Panics unless it holds that `", stringify!($clause), "`.")]
                    pub async fn $clause(fixture: super::$set) {
                        super::clauses::$port::$clause(fixture.into()).await;
                    }
                )*
            }
        )*

        const $list: &[(&str, &[&str])] = &[$((stringify!($trait), &[$(stringify!($clause)),*])),*];
    };
}

crate::storage_clauses! { [clauses_as_functions] STORAGE }
crate::source_clauses! { [clauses_as_functions] SOURCES }
crate::cluster_clauses! { [clauses_as_functions] CLUSTER }

/// Every port with the names of its clauses.
pub fn clauses() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    STORAGE.iter().chain(SOURCES).chain(CLUSTER).copied()
}

/// Runs one clause to its end, on two threads, within a minute.
///
/// # Panics
/// When the clause does, or is not done by then.
pub fn run(clause: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(async { tokio::time::timeout(PATIENCE, clause).await });
            assert!(done.is_ok(), "the clause was not done after {PATIENCE:?}");
        }
        Err(error) => panic!("there is no runtime: {error}"),
    }
}

/// What a fixture makes.
pub async fn make<T, F: Future<Output = T>>(fixture: impl FnOnce() -> F) -> T {
    fixture().await
}
