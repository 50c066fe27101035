//! Requests that decide at the same time. The adapters in memory never wait, so without this one joined request would be over before the
//! other begins.

use std::sync::Arc;

use flowra_core::event::{
    AppendError, Appended, Commit, Entry, EventLog, Outcome, Position, Recorded, StreamId, Version,
};
use flowra_core::{App, BoxFuture, PortResult, Ports, UserId};
use flowra_testkit::Memory;

/// The application over the same memory, on a log that lets everybody else decide before it stores.
pub(crate) fn raced(memory: &Memory) -> App {
    let ports = memory.ports();
    App::new(Ports {
        log: Arc::new(Hesitant(Arc::clone(&ports.log))),
        ..ports
    })
}

struct Hesitant(Arc<dyn EventLog>);

#[deny(clippy::missing_trait_methods)]
impl EventLog for Hesitant {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.0.append(commit).await
        })
    }

    fn read(&self, after: Position, limit: usize) -> BoxFuture<'_, PortResult<Vec<Entry>>> {
        self.0.read(after, limit)
    }

    fn stream(
        &self,
        stream: StreamId,
        after: Version,
        limit: usize,
    ) -> BoxFuture<'_, PortResult<Vec<Recorded>>> {
        self.0.stream(stream, after, limit)
    }

    fn head(&self) -> BoxFuture<'_, PortResult<Position>> {
        self.0.head()
    }

    fn wait_past(&self, position: Position) -> BoxFuture<'_, PortResult<Position>> {
        self.0.wait_past(position)
    }

    fn outcome(&self, user: UserId, key: &str) -> BoxFuture<'_, PortResult<Option<([u8; 32], Outcome)>>> {
        self.0.outcome(user, key)
    }
}
