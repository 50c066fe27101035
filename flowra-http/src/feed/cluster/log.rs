//! The log as one of several servers sees it: what it stores, it tells the others; what they tell, or it stored itself, ends the wait for
//! more.

use std::sync::Arc;
use std::time::Duration;

use flowra_core::event::{
    AppendError, Appended, Commit, Entry, EventLog, Position, Recorded, Remembered, StreamId, Version,
};
use flowra_core::{BoxFuture, PortResult, UserId};
use tokio::sync::watch;

use super::Cluster;

/// The first and the longest wait before the log is asked again for what it is told to have.
const SOON: Duration = Duration::from_millis(1);
const SELDOM: Duration = Duration::from_secs(1);

/// See the module.
pub(super) struct SharedLog {
    log: Arc<dyn EventLog>,
    cluster: Arc<Cluster>,
}

impl SharedLog {
    pub(super) fn new(log: Arc<dyn EventLog>, cluster: Arc<Cluster>) -> Self {
        Self { log, cluster }
    }
}

#[deny(clippy::missing_trait_methods)]
impl EventLog for SharedLog {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            let appended = self.log.append(commit).await?;
            if let Appended::Now(position) = appended {
                forward(&self.cluster.stored, position);
                forward(&self.cluster.grown, position);
            }
            Ok(appended)
        })
    }

    fn read(&self, after: Position, limit: usize) -> BoxFuture<'_, PortResult<Vec<Entry>>> {
        self.log.read(after, limit)
    }

    fn stream(
        &self,
        stream: StreamId,
        after: Version,
        limit: usize,
    ) -> BoxFuture<'_, PortResult<Vec<Recorded>>> {
        self.log.stream(stream, after, limit)
    }

    fn head(&self) -> BoxFuture<'_, PortResult<Position>> {
        self.log.head()
    }

    fn wait_past(&self, position: Position) -> BoxFuture<'_, PortResult<Position>> {
        let mut grown = self.cluster.grown.subscribe();
        Box::pin(async move {
            tokio::select! {
                // What the log itself knows already needs no question.
                biased;
                head = self.log.wait_past(position) => return head,
                () = async { let _ = grown.wait_for(|told| *told > position).await; } => {}
            }
            // What was told is a hint: the log itself says whether it is so, now and then a moment after who stored it was told.
            let mut pause = SOON;
            loop {
                let asked = async {
                    let head = self.log.head().await;
                    tokio::time::sleep(pause).await;
                    head
                };
                tokio::select! {
                    biased;
                    // Asking makes the log take in what there is, which ends this wait even before the answer.
                    head = self.log.wait_past(position) => return head,
                    asked = asked => drop(asked?),
                }
                pause = (pause * 2).min(SELDOM);
            }
        })
    }

    fn outcome(&self, user: UserId, key: &str) -> BoxFuture<'_, PortResult<Option<Remembered>>> {
        self.log.outcome(user, key)
    }
}

/// Moves a position on, never back.
pub(super) fn forward(to: &watch::Sender<Position>, position: Position) {
    to.send_if_modified(|last| {
        let is_later = position > *last;
        if is_later {
            *last = position;
        }
        is_later
    });
}
