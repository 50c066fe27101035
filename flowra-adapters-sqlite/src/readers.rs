//! Connections that only read, beside the writer.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use flowra_core::PortResult;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use crate::fault::{Fault, Outcome};
use crate::sql::{self, Prepare};

/// How many reads run at once; more would only wait for the disk and the cores.
const READERS: usize = 4;
/// Pages that each connection keeps, in KiB.
const CACHE: i64 = 1024;

/// The connections for reading.
pub(crate) struct Readers {
    free: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(crate) fn open(file: &Path) -> rusqlite::Result<Self> {
        let idle = (0..READERS)
            .map(|_| connect(file))
            .collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(Self {
            free: Arc::new(Semaphore::new(READERS)),
            idle: Arc::new(Mutex::new(idle)),
        })
    }

    /// Reads in one snapshot of the file, on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        what: &'static str,
        read: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> PortResult<T> {
        let unavailable = |error: Box<dyn std::error::Error + Send + Sync>| {
            flowra_core::PortFailure::unavailable(what, error)
        };
        let permit = Arc::clone(&self.free)
            .acquire_owned()
            .await
            .map_err(|closed| unavailable(closed.into()))?;
        let lease = Lease::take(&self.idle).ok_or_else(|| unavailable("no connection is left".into()))?;
        tokio::task::spawn_blocking(move || {
            let result = lease.snapshot(read);
            drop(lease);
            drop(permit);
            result
        })
        .await
        .map_err(|died| unavailable(died.into()))?
        .map_err(|fault| fault.into_failure(what))
    }
}

/// A connection that goes back when it is done with, also by a panic.
struct Lease {
    connection: Option<Connection>,
    home: Arc<Mutex<Vec<Connection>>>,
}

impl Lease {
    fn take(home: &Arc<Mutex<Vec<Connection>>>) -> Option<Self> {
        let connection = home.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Self {
            connection: Some(connection),
            home: Arc::clone(home),
        })
    }

    fn snapshot<T>(&self, read: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        let db = self
            .connection
            .as_ref()
            .ok_or(Fault::Sql(rusqlite::Error::InvalidQuery))?;
        snapshot(db, read)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.home
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
    }
}

/// Runs several reads that see the same state of the file.
pub(crate) fn snapshot<T>(db: &Connection, read: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
    if !db.is_autocommit() {
        // A read that panicked left its snapshot open.
        db.statement(sql::ROLLBACK)?.execute([])?;
    }
    db.statement(sql::BEGIN_READ)?.execute([])?;
    let result = read(db);
    db.statement(sql::COMMIT)?.execute([])?;
    result
}

/// What was asked for, without repetitions.
pub(crate) fn each_once<T: Ord>(mut asked: Vec<T>) -> Vec<T> {
    asked.sort_unstable();
    asked.dedup();
    asked
}

/// A connection that cannot write.
pub(crate) fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(crate::open::PATIENCE)?;
    db.pragma_update(None, "query_only", true)?;
    db.pragma_update(None, "cache_size", -CACHE)?;
    crate::open::statements(&db)?;
    Ok(db)
}
