//! The opened store, whichever it is.
//!
//! To add a store: give it a variant of [`Store`] and of [`StoreError`]; the compiler then names every place that has to know.
//! Responsible for the choice and for nothing else: no command and no server names an adapter.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flowra_adapters_mongo::{MongoOptions, MongoStore};
use flowra_adapters_sqlite::{OpenError, SqliteStore};
use flowra_core::chat::{ChatStore, Presence, ReadMarks};
use flowra_core::event::{
    CheckReport, CheckpointStore, ConsumerPorts, DeadLetterStore, EventLog, LeaseStore, Progress,
    RebuildReport,
};
use flowra_core::message::MessageStore;
use flowra_core::task::{TaskBoard, TaskStore};
use flowra_core::user::{CredentialStore, SessionStore, TokenStore, UserStore};
use flowra_core::workspace::WorkspaceStore;
use flowra_core::{PortResult, Ports};

use crate::cli::with_causes;
use crate::config::Storage;
use crate::platform::{Argon2id, RandomSecrets, SystemClock, TimeOrderedIds, TokioTimer};

/// An opened store. Clones are the same store.
#[derive(Clone, Debug)]
pub enum Store {
    /// One SQLite file, which no other process has open.
    Sqlite(SqliteStore),
    /// A MongoDB database, which other processes may have open too.
    Mongo(MongoStore),
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The SQLite file cannot be used.
    #[error(transparent)]
    Sqlite(#[from] OpenError),
    /// A worker wants a file that a server has.
    #[error(
        "a SQLite file belongs to one process, and `flowra serve` runs the consumers itself unless setting `worker` is apart"
    )]
    Single(#[source] OpenError),
    /// The MongoDB database cannot be used.
    #[error(transparent)]
    Mongo(#[from] flowra_adapters_mongo::OpenError),
}

impl StoreError {
    /// Whether another process has the store, most likely a server.
    #[must_use]
    pub const fn is_in_use(&self) -> bool {
        matches!(self, Self::Sqlite(OpenError::InUse { .. }))
    }

    /// Whether waiting may help.
    const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Mongo(flowra_adapters_mongo::OpenError::Unreachable { .. })
        )
    }
}

/// How long a database that cannot be reached is waited for at the start.
const PATIENCE: Duration = Duration::from_mins(2);
/// The first and the longest pause between two tries.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));

impl Store {
    /// Opens the store that the settings name, and makes it if it is not there.
    ///
    /// # Errors
    /// A store that is locked, newer than this program, not Flowra's, or cannot be read or written.
    pub async fn open(storage: &Storage) -> Result<Self, StoreError> {
        match storage {
            Storage::Sqlite(file) => Ok(Self::Sqlite(SqliteStore::open(file)?)),
            Storage::Mongo(address) => {
                let opened = MongoStore::open(address, MongoOptions::default()).await?;
                Ok(Self::Mongo(opened))
            }
        }
    }

    /// Opens the store that the settings name, which must be there: whoever asks about data or mends them has some.
    ///
    /// # Errors
    /// Those of [`Store::open`]; a place where there is no store.
    pub async fn open_existing(storage: &Storage) -> Result<Self, StoreError> {
        match storage {
            Storage::Sqlite(file) => Ok(Self::Sqlite(SqliteStore::open_existing(file)?)),
            Storage::Mongo(address) => {
                let opened = MongoStore::open_existing(address, MongoOptions::default()).await?;
                Ok(Self::Mongo(opened))
            }
        }
    }

    /// Opens the store for a process that is to run for long. A database that cannot be reached is tried again for two minutes, since it may be about
    /// to start, as this process is.
    ///
    /// # Errors
    /// Those of [`Store::open`].
    pub async fn open_patiently(storage: &Storage) -> Result<Self, StoreError> {
        let begin = Instant::now();
        let mut pause = PAUSES.0;
        loop {
            match Self::open(storage).await {
                Err(error) if error.may_pass() && begin.elapsed() < PATIENCE => {
                    tracing::warn!(
                        error = with_causes(&error),
                        seconds = pause.as_secs(),
                        "the data of setting `storage` cannot be reached: trying again"
                    );
                }
                opened => return opened,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Opens the store for consumers without a server, as [`Store::open_patiently`] does.
    ///
    /// # Errors
    /// Those of [`Store::open`]; [`StoreError::Single`] for a file that another process has.
    pub async fn open_for_worker(storage: &Storage) -> Result<Self, StoreError> {
        match Self::open_patiently(storage).await {
            Err(StoreError::Sqlite(taken @ OpenError::InUse { .. })) => Err(StoreError::Single(taken)),
            opened => opened,
        }
    }

    /// Its kind, as `GET /ready` names it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Mongo(_) => "mongodb",
        }
    }

    /// The file that this process alone has open, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(store) => Some(store.file()),
            Self::Mongo(_) => None,
        }
    }

    /// Its log.
    #[must_use]
    pub fn log(&self) -> Arc<dyn EventLog> {
        match self {
            Self::Sqlite(store) => Arc::new(store.clone()),
            Self::Mongo(store) => Arc::new(store.clone()),
        }
    }

    /// Whether writes succeed now, as far as one can tell without changing anything.
    ///
    /// # Errors
    /// What keeps them from it.
    pub async fn probe(&self) -> PortResult<()> {
        match self {
            Self::Sqlite(store) => store.probe().await,
            Self::Mongo(store) => store.probe().await,
        }
    }

    /// Every port over this store and this machine.
    #[must_use]
    pub fn ports(&self, presence: Arc<dyn Presence>) -> Ports {
        match self {
            Self::Sqlite(store) => ports(store, presence),
            Self::Mongo(store) => ports(store, presence),
        }
    }

    /// What consumers need, over this store and this machine.
    #[must_use]
    pub fn consumer_ports(&self) -> ConsumerPorts {
        match self {
            Self::Sqlite(store) => consumer_ports(store),
            Self::Mongo(store) => consumer_ports(store),
        }
    }

    /// Reads the whole log, which must have no hole and each stream's versions in order, and compares everything that follows from it with what
    /// is stored.
    ///
    /// # Errors
    /// What cannot be read at all. A damaged log is a difference.
    pub async fn check(&self) -> PortResult<CheckReport> {
        match self {
            Self::Sqlite(store) => store.check().await,
            Self::Mongo(store) => store.check().await,
        }
    }

    /// Makes everything that follows from the log anew. `progress` is called from time to time, on another thread.
    ///
    /// # Errors
    /// A damaged log; a full disk. The old rows stand then.
    pub async fn rebuild(
        &self,
        progress: impl FnMut(Progress) + Send + 'static,
    ) -> PortResult<RebuildReport> {
        match self {
            Self::Sqlite(store) => store.rebuild(progress).await,
            Self::Mongo(store) => store.rebuild(progress).await,
        }
    }
}

impl fmt::Display for Store {
    /// Where it is, for a person; without passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(store) => store.file().display().fmt(f),
            Self::Mongo(store) => store.address().fmt(f),
        }
    }
}

/// Every port over a store that has all of those for storage.
fn ports<S>(store: &S, presence: Arc<dyn Presence>) -> Ports
where
    S: EventLog
        + UserStore
        + CredentialStore
        + SessionStore
        + TokenStore
        + WorkspaceStore
        + ChatStore
        + ReadMarks
        + MessageStore
        + TaskStore
        + TaskBoard
        + Clone
        + 'static,
{
    let store = Arc::new(store.clone());
    Ports {
        log: store.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(TimeOrderedIds),
        secrets: Arc::new(RandomSecrets),
        users: store.clone(),
        credentials: store.clone(),
        passwords: Arc::new(Argon2id::default()),
        sessions: store.clone(),
        tokens: store.clone(),
        workspaces: store.clone(),
        chats: store.clone(),
        marks: store.clone(),
        presence,
        messages: store.clone(),
        tasks: store.clone(),
        board: store,
    }
}

/// What consumers need, over a store that has all of theirs.
fn consumer_ports<S>(store: &S) -> ConsumerPorts
where
    S: EventLog + CheckpointStore + DeadLetterStore + LeaseStore + Clone + 'static,
{
    let store = Arc::new(store.clone());
    ConsumerPorts {
        log: store.clone(),
        checkpoints: store.clone(),
        dead_letters: store.clone(),
        leases: store,
        clock: Arc::new(SystemClock),
        timer: Arc::new(TokioTimer),
    }
}
