//! The one thread that writes.
//!
//! All jobs that wait together go into one transaction, so that one flush of the disk serves them all. A job is answered once it is durable,
//! and what it changed is in the caches and at the end of the log before anybody is answered.

mod checkpoint;
mod commit;
mod group;
mod side;

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use flowra_core::{PortFailure, PortResult};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::Shared as Memory;
use crate::fault::{Outcome, Shared as SharedFault};
pub(crate) use commit::Prepared;
pub(crate) use group::{Group, head, position};

/// How many jobs wait at most; who comes later waits to be queued.
const QUEUE: usize = 1024;
/// How many jobs one transaction takes at most, which bounds how long the first of them waits.
const GROUP: usize = 256;

/// A write, from the queue to its answer.
trait Job: Send {
    /// Does it within the group's transaction. An error undoes the whole group.
    fn apply(&mut self, group: &mut Group<'_>) -> Outcome<()>;

    /// Answers, once the transaction is durable or undone.
    fn answer(self: Box<Self>, result: Result<(), &SharedFault>);
}

/// What the thread is handed.
enum Work {
    /// To be grouped with others.
    Job(Box<dyn Job>),
    /// To be done alone and outside a transaction.
    Alone(Box<dyn FnOnce(&mut Connection) + Send>),
}

/// The way to the thread; dropping it lets the thread finish what is queued and end.
pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. `lock` is released when it ends.
    pub(crate) fn start(
        db: Connection,
        memory: Arc<Memory>,
        file: &Path,
        lock: crate::lock::Lock,
    ) -> std::io::Result<Self> {
        let (queue, mut jobs) = mpsc::channel(QUEUE);
        let mut group = group::Transactions::new(db, memory, file.to_owned())?;
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                let mut waiting = Vec::with_capacity(GROUP);
                while jobs.blocking_recv_many(&mut waiting, GROUP) > 0 {
                    let mut together = Vec::with_capacity(waiting.len());
                    for work in waiting.drain(..) {
                        match work {
                            Work::Job(job) => together.push(job),
                            Work::Alone(work) => {
                                group.run(std::mem::take(&mut together));
                                group.alone(work);
                            }
                        }
                    }
                    group.run(together);
                }
                drop(group);
                drop(lock);
            })?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    async fn queue(&self, what: &'static str, work: Work) -> PortResult<()> {
        let queue = self
            .queue
            .as_ref()
            .ok_or_else(|| PortFailure::unavailable(what, "the writer has ended"))?;
        // Tried first: `send` may yield before it takes its place, and then somebody who came later would be before us.
        match queue.try_send(work) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Full(work)) => queue
                .send(work)
                .await
                .map_err(|_| PortFailure::unavailable(what, "the writer has ended")),
            Err(mpsc::error::TrySendError::Closed(_)) => {
                Err(PortFailure::unavailable(what, "the writer has ended"))
            }
        }
    }

    /// Does something with the file that no transaction of others may surround.
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> PortResult<T> {
        let (tell, told) = oneshot::channel();
        let work = Box::new(move |db: &mut Connection| {
            // Who asked may have gone; the work is done all the same.
            drop(tell.send(work(db)));
        });
        self.queue(what, Work::Alone(work)).await?;
        told.await.map_err(|gone| PortFailure::unavailable(what, gone))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes to the database died");
        }
    }
}

#[cfg(test)]
mod tests {
    use flowra_core::user::CredentialStore;
    use flowra_core::{PortFailure, UserId};

    use crate::SqliteStore;

    async fn limit_pages(store: &SqliteStore, pages: i64) {
        let limit = move |db: &mut rusqlite::Connection| {
            db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| {
                row.get::<_, i64>(0)
            })
        };
        store.inner.writer.alone("test", limit).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_full_disk_refuses_writes_until_there_is_room_again() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = SqliteStore::open(folder.path().join("flowra.db")).unwrap();
        let user = UserId::from_bytes([1; 16]);
        store.set_password_hash(user, "old".to_owned()).await.unwrap();
        limit_pages(&store, 1).await;
        let large = "x".repeat(1 << 20);
        let refused = store.set_password_hash(user, large.clone()).await;
        assert!(
            matches!(refused, Err(PortFailure::Unavailable { .. })),
            "{refused:?}"
        );
        assert_eq!(store.password_hash(user).await.unwrap().as_deref(), Some("old"));
        limit_pages(&store, 1 << 20).await;
        store.set_password_hash(user, large.clone()).await.unwrap();
        assert_eq!(store.password_hash(user).await.unwrap(), Some(large));
    }

    #[tokio::test]
    async fn a_probe_fails_where_writes_do() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = SqliteStore::open(folder.path().join("flowra.db")).unwrap();
        store.probe().await.unwrap();
        let forbid = |is: bool| {
            store
                .inner
                .writer
                .alone("test", move |db| db.pragma_update(None, "query_only", is))
        };
        forbid(true).await.unwrap().unwrap();
        let user = UserId::from_bytes([1; 16]);
        assert!(store.set_password_hash(user, "lost".to_owned()).await.is_err());
        assert!(store.probe().await.is_err());
        forbid(false).await.unwrap().unwrap();
        store.probe().await.unwrap();
    }
}
