//! The opened store, whichever it is.
//!
//! To add a store: give it a variant of [`Store`] and of [`StoreError`]; the compiler then names every place that has to know.
//! Responsible for the choice and for nothing else: no command and no server names an adapter.

use std::fmt;
use std::sync::Arc;

use flowra_adapters_sqlite::{OpenError, SqliteStore};
use flowra_core::chat::Presence;
use flowra_core::event::{CheckReport, ConsumerPorts, EventLog, Progress, RebuildReport};
use flowra_core::{PortResult, Ports};

use crate::config::Storage;
use crate::platform::{Argon2id, RandomSecrets, SystemClock, TimeOrderedIds, TokioTimer};

/// An opened store. Clones are the same store.
#[derive(Clone, Debug)]
pub enum Store {
    /// One SQLite file, which no other process has open.
    Sqlite(SqliteStore),
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
}

impl Store {
    /// Opens the store that the settings name, and makes it if it is not there.
    ///
    /// # Errors
    /// A store that is locked, newer than this program, not Flowra's, or cannot be read or written.
    #[expect(clippy::unused_async, reason = "a store on another machine is waited for")]
    pub async fn open(storage: &Storage) -> Result<Self, StoreError> {
        match storage {
            Storage::Sqlite(file) => Ok(Self::Sqlite(SqliteStore::open(file)?)),
        }
    }

    /// Opens the store that the settings name, which must be there: whoever asks about data or mends them has some.
    ///
    /// # Errors
    /// Those of [`Store::open`]; a place where there is no store.
    #[expect(clippy::unused_async, reason = "a store on another machine is waited for")]
    pub async fn open_existing(storage: &Storage) -> Result<Self, StoreError> {
        match storage {
            Storage::Sqlite(file) => Ok(Self::Sqlite(SqliteStore::open_existing(file)?)),
        }
    }

    /// Opens the store for consumers without a server.
    ///
    /// # Errors
    /// Those of [`Store::open`]; [`StoreError::Single`] for a file that another process has.
    pub async fn open_for_worker(storage: &Storage) -> Result<Self, StoreError> {
        match Self::open(storage).await {
            Err(StoreError::Sqlite(taken @ OpenError::InUse { .. })) => Err(StoreError::Single(taken)),
            opened => opened,
        }
    }

    /// Its kind, as `GET /ready` names it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
        }
    }

    /// Its log.
    #[must_use]
    pub fn log(&self) -> Arc<dyn EventLog> {
        match self {
            Self::Sqlite(store) => Arc::new(store.clone()),
        }
    }

    /// Every port over this store and this machine.
    #[must_use]
    pub fn ports(&self, presence: Arc<dyn Presence>) -> Ports {
        match self {
            Self::Sqlite(store) => {
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
        }
    }

    /// What consumers need, over this store and this machine.
    #[must_use]
    pub fn consumer_ports(&self) -> ConsumerPorts {
        match self {
            Self::Sqlite(store) => {
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
        }
    }
}

impl fmt::Display for Store {
    /// Where it is, for a person; without passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(store) => store.file().display().fmt(f),
        }
    }
}
