//! Every storage port of Flowra on one SQLite file.
//!
//! [`SqliteStore::open`] opens the file; the store then goes into every storage field of `flowra_core::Ports`, clones of it being the same
//! store. It needs a Tokio runtime to be used in.
//!
//! One thread writes, all waiting commits in one transaction; reads run beside it, the usual ones from memory.
//!
//! To add a query: 1. write it in `sql.rs`, whose test demands an index for it; 2. call it in the port's file. To add a table: append a migration
//! in `schema.rs`; if its rows follow from the log, name it in `DERIVED` and fill it in `project/`.

mod board;
mod cache;
mod chats;
mod check;
mod codec;
mod consumers;
mod credentials;
mod fault;
mod keys;
mod list;
mod lock;
mod log;
mod marks;
mod messages;
mod open;
mod project;
mod readers;
mod rebuild;
mod recent;
mod schema;
mod scratch;
mod sessions;
mod sql;
mod tail;
mod tasks;
mod tokens;
mod upkeep;
mod users;
mod workspaces;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flowra_core::PortResult;

pub use open::OpenError;

/// Every storage port on one SQLite file. Clones are the same store.
///
/// When the last clone is dropped, what was queued is written and the file is closed and unlocked.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    file: PathBuf,
    shared: Arc<Shared>,
    readers: readers::Readers,
    writer: writer::Writer,
    upkeep: upkeep::Turns,
}

/// What the writer keeps up to date for everybody.
struct Shared {
    caches: cache::Caches,
    tail: tail::Tail,
    keys: keys::Keys,
}

impl SqliteStore {
    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.inner.file
    }

    /// Whether a write succeeds now: one that changes nothing takes the way of all others to the disk.
    ///
    /// # Errors
    /// What keeps writes from succeeding, such as a full disk.
    pub async fn probe(&self) -> PortResult<()> {
        self.inner
            .writer
            .write("sqlite.probe", |group| Ok(schema::touch(group.db)?))
            .await
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore")
            .field("file", &self.inner.file)
            .finish_non_exhaustive()
    }
}
