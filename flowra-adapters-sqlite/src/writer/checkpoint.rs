//! Carries the write-ahead log over into the database file, beside the writer.
//!
//! A thread of its own does it while commits go on. It never catches up with a writer that does not pause, so the log would grow without
//! end; when it is too long, the writer carries the rest over itself, which is little by then, and the log begins anew. Before anything
//! else the thread reads the idempotency keys, which opening the file does not wait for.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use crate::Shared as Memory;
use crate::readers;
use crate::sql::{self, Prepare, Statement};

/// So many pages (of 4 KiB) that were not carried over are worth the thread's while.
const LONG: i64 = 4_000;
/// From so many pages on, the writer does it.
const TOO_LONG: i64 = 16_000;
/// How long the writer waits for readers of the old log; after that the log grows by [`LONG`] before it is tried again.
const PATIENCE: Duration = Duration::from_millis(100);

/// The thread, and when the writer itself is to act; dropping it ends the thread.
pub(super) struct Checkpoints {
    call: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    /// From so many pages on the writer carries them over.
    bound: i64,
}

/// The write-ahead log, in pages.
struct Length {
    whole: i64,
    carried_over: i64,
    /// Whether somebody was in the way.
    is_busy: bool,
}

impl Checkpoints {
    pub(super) fn start(file: &Path, memory: Arc<Memory>) -> std::io::Result<Self> {
        // One waiting word is enough: whoever is called carries over all that is there.
        let (call, calls) = sync_channel(1);
        let db = connect(file).map_err(std::io::Error::other)?;
        let thread = std::thread::Builder::new()
            .name("sqlite-checkpoint".to_owned())
            .spawn(move || {
                if let Err(error) = memory.keys.load(&db) {
                    tracing::warn!(%error, "the idempotency keys are not known in memory; the file is asked each time");
                }
                while calls.recv().is_ok() {
                    if let Err(error) = checkpoint(&db, sql::WAL_CARRY_OVER) {
                        tracing::warn!(%error, "the write-ahead log was not carried over; it is tried again soon");
                    }
                }
            })?;
        Ok(Self {
            call: Some(call),
            thread: Some(thread),
            bound: TOO_LONG,
        })
    }

    /// Keeps the log short; to be called by the writer between its transactions.
    pub(super) fn look_after(&mut self, db: &Connection) {
        let result = checkpoint(db, sql::WAL_LENGTH).and_then(|length| {
            if length.whole >= self.bound {
                self.begin_anew(db, length.whole)?;
            } else if length.whole - length.carried_over >= LONG
                && let Some(call) = &self.call
            {
                // Refused when a word is waiting already.
                call.try_send(()).unwrap_or_default();
            }
            Ok(())
        });
        if let Err(error) = result {
            tracing::warn!(%error, "the length of the write-ahead log is unknown");
        }
    }

    fn begin_anew(&mut self, db: &Connection, pages: i64) -> rusqlite::Result<()> {
        // Readers of the old log may need long; it is tried again once they had time.
        self.bound = pages + LONG;
        db.busy_timeout(PATIENCE)?;
        let length = checkpoint(db, sql::WAL_RESTART);
        db.busy_timeout(crate::open::PATIENCE)?;
        if !length?.is_busy {
            self.bound = TOO_LONG;
        }
        Ok(())
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        drop(self.call.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that carries the write-ahead log over died");
        }
    }
}

/// A connection of the thread's own. SQLite finds out that there is a write-ahead log when it first reads; before, there is nothing to do.
fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let db = readers::connect(file)?;
    db.pragma_query_value(None, "schema_version", |_| Ok(()))?;
    Ok(db)
}

fn checkpoint(db: &Connection, how: Statement) -> rusqlite::Result<Length> {
    db.statement(how)?.query_row([], |row| {
        Ok(Length {
            is_busy: row.get(0)?,
            whole: row.get(1)?,
            carried_over: row.get(2)?,
        })
    })
}

#[cfg(test)]
mod tests {
    use flowra_core::UserId;
    use flowra_core::user::CredentialStore;

    use super::{LONG, TOO_LONG};
    use crate::SqliteStore;

    /// Writes so many pages of four KiB and some.
    async fn write(store: &SqliteStore, pages: i64) {
        let user = UserId::from_bytes([1; 16]);
        // SQLite writes only what differs from what is there.
        for digit in (0..10).cycle().take(usize::try_from(pages / 50).unwrap()) {
            let text = digit.to_string().repeat(4096 * 50);
            store.set_password_hash(user, text).await.unwrap();
        }
    }

    fn log_pages(store: &SqliteStore) -> u64 {
        let mut name = store.file().as_os_str().to_owned();
        name.push("-wal");
        std::fs::metadata(name).unwrap().len() / 4096
    }

    #[tokio::test]
    async fn the_write_ahead_log_does_not_grow_without_end() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = SqliteStore::open(folder.path().join("flowra.db")).unwrap();
        write(&store, TOO_LONG * 2).await;
        let bound = u64::try_from(TOO_LONG + LONG).unwrap();
        assert!(log_pages(&store) < bound, "{} pages", log_pages(&store));
    }

    #[tokio::test]
    async fn a_long_write_ahead_log_is_carried_over_beside_the_writer() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = SqliteStore::open(folder.path().join("flowra.db")).unwrap();
        write(&store, LONG + LONG / 2).await;
        let mut tries = 0;
        // The database file itself has the large page of text only once it was carried over.
        while std::fs::metadata(store.file()).unwrap().len() < 4096 * 50 {
            tries += 1;
            assert!(tries < 500, "nothing was carried over");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
}
