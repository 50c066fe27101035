//! Every port of the core in memory: real adapters that keep the same contract as those on disk, for tests and for trying things out.
//!
//! Responsible for behaving as a store does: optimistic lock, guards, claims, idempotency, dense numbers, scopes. It refuses to outlive
//! its process, and to be fast on large data: lists are found by looking at everything.

mod chats;
mod cluster;
mod consumers;
mod damaged;
mod log;
mod messages;
mod sources;
mod state;
mod tasks;
mod users;
mod workspaces;

pub use cluster::{InMemoryCluster, InMemoryNode};
pub use damaged::DamagedLog;
pub use sources::{FastPasswordHasher, InMemoryPresence, SeededIds, SeededSecrets, TestClock, TestTimer};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flowra_core::event::{ConsumerPorts, Document, StreamId};
use flowra_core::page::{Page, PageRequest};
use flowra_core::{BoxFuture, PortResult, Ports};
use serde_json::json;
use tokio::sync::watch;

use state::State;

/// A whole installation in memory. Clones share everything.
///
/// The sources of time, ids and secrets are at hand, so that a test can set the clock or see who is online:
///
/// ```
/// # use flowra_core::time::Timestamp;
/// let memory = flowra_testkit::Memory::seeded(7);
/// memory.clock.set(Timestamp::parse("2026-11-22T09:30:00Z").unwrap());
/// let ports = memory.ports();
/// assert_eq!(ports.clock.now().to_string(), "2026-11-22T09:30:00Z");
/// ```
#[derive(Clone)]
pub struct Memory {
    state: Arc<Mutex<State>>,
    head: watch::Sender<u64>,
    /// The time.
    pub clock: Arc<TestClock>,
    /// Waiting, which moves the clock on.
    pub timer: Arc<TestTimer>,
    /// Ids.
    pub ids: Arc<SeededIds>,
    /// Secrets and their digests.
    pub secrets: Arc<SeededSecrets>,
    /// Passwords, as hashed.
    pub passwords: Arc<FastPasswordHasher>,
    /// Who is online.
    pub presence: Arc<InMemoryPresence>,
}

impl Memory {
    /// An empty installation whose ids and secrets follow from the seed: the same calls leave the same log, byte for byte.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let clock: Arc<TestClock> = Arc::default();
        Self {
            timer: Arc::new(TestTimer::moving(Arc::clone(&clock))),
            state: Arc::default(),
            head: watch::Sender::new(0),
            clock,
            ids: Arc::new(SeededIds::new(seed)),
            secrets: Arc::new(SeededSecrets::new(seed)),
            passwords: Arc::default(),
            presence: Arc::default(),
        }
    }

    /// All ports of the core, over this installation.
    #[must_use]
    pub fn ports(&self) -> Ports {
        let store = Arc::new(self.clone());
        Ports {
            log: store.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            secrets: self.secrets.clone(),
            users: store.clone(),
            credentials: store.clone(),
            passwords: self.passwords.clone(),
            sessions: store.clone(),
            tokens: store.clone(),
            workspaces: store.clone(),
            chats: store.clone(),
            marks: store.clone(),
            presence: self.presence.clone(),
            messages: store.clone(),
            tasks: store.clone(),
            board: store,
        }
    }

    /// All that consumers of the log need, over this installation.
    #[must_use]
    pub fn consumer_ports(&self) -> ConsumerPorts {
        let store = Arc::new(self.clone());
        ConsumerPorts {
            log: store.clone(),
            checkpoints: store.clone(),
            dead_letters: store.clone(),
            leases: store,
            clock: self.clock.clone(),
            timer: self.timer.clone(),
        }
    }

    /// The current state of a stream's aggregate.
    #[must_use]
    pub fn document(&self, stream: StreamId) -> Option<Document> {
        self.lock().document(stream)
    }

    /// The whole log, one JSON object a line: what two runs with the same seed must agree on.
    #[must_use]
    pub fn log_as_json_lines(&self) -> String {
        let state = self.lock();
        let lines = state.recorded().map(|recorded| {
            let line = json!({
                "position": recorded.position,
                "stream": recorded.stream,
                "version": recorded.version,
                "actor": recorded.actor,
                "time": recorded.time,
                "request": recorded.request,
                "cause": recorded.cause,
                "event": recorded.event,
            });
            format!("{line}\n")
        });
        lines.collect()
    }

    /// A panic elsewhere leaves the state whole, since commits are checked before anything changes; so poison is ignored.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a question to the state answers, asked when the future is first polled, as a store on disk would be.
    fn ask<'a, T: 'a>(
        &'a self,
        question: impl FnOnce(&mut State) -> T + Send + 'a,
    ) -> BoxFuture<'a, PortResult<T>> {
        Box::pin(async move { Ok(question(&mut self.lock())) })
    }
}

/// The page of a sorted list that begins behind a key.
fn page_of<T, K: Ord>(
    sorted: impl Iterator<Item = T>,
    key: impl Fn(&T) -> K,
    page: &PageRequest<K>,
) -> Page<T> {
    let behind = sorted.filter(|item| page.after.as_ref().is_none_or(|after| key(item) > *after));
    Page::from_one_too_many(behind.take(page.limit.get() + 1).collect(), page.limit)
}
