//! Long work over the whole file: a check, a rebuild.
//!
//! One at a time, since each makes a file beside the database. Whoever drops the future that waits for the work breaks it off: the thread notices
//! between two batches, and in the middle of a statement.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flowra_core::{PortFailure, PortResult};
use rusqlite::{Connection, InterruptHandle};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::fault::{Fault, Outcome};
use crate::readers;

/// Whose turn it is.
pub(crate) struct Turns(Arc<Semaphore>);

/// The right to make a file beside the database; it ends with that file.
pub(crate) struct Turn {
    _only: OwnedSemaphorePermit,
}

/// Whether anybody waits for the work.
pub(crate) struct Wanted(Arc<AtomicBool>);

impl Wanted {
    /// An error once nobody does.
    pub(crate) fn still(&self) -> Outcome<()> {
        // A flag that orders no other memory.
        if self.0.load(Ordering::Relaxed) {
            Ok(())
        } else {
            let interrupted = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_INTERRUPT);
            Err(Fault::Sql(rusqlite::Error::SqliteFailure(interrupted, None)))
        }
    }
}

/// The end of whoever waits; dropping it withdraws the wish.
struct Wish {
    wanted: Arc<AtomicBool>,
    statement: InterruptHandle,
}

impl Drop for Wish {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
        self.statement.interrupt();
    }
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }

    /// Works on a thread of its own, with a connection that reads, when the turn has come.
    pub(crate) async fn take<T: Send + 'static>(
        &self,
        what: &'static str,
        file: PathBuf,
        work: impl FnOnce(&Connection, &Wanted, Turn) -> T + Send + 'static,
    ) -> PortResult<T> {
        let died = |died| PortFailure::unavailable(what, died);
        let turn = Arc::clone(&self.0)
            .acquire_owned()
            .await
            .map_err(|closed| PortFailure::unavailable(what, closed))?;
        let turn = Turn { _only: turn };
        let db = tokio::task::spawn_blocking(move || readers::connect(&file))
            .await
            .map_err(died)?
            .map_err(|error| Fault::from(error).into_failure(what))?;
        let wanted = Arc::new(AtomicBool::new(true));
        let wish = Wish {
            wanted: Arc::clone(&wanted),
            statement: db.get_interrupt_handle(),
        };
        let done = tokio::task::spawn_blocking(move || work(&db, &Wanted(wanted), turn)).await;
        drop(wish);
        done.map_err(died)
    }
}
