//! The log in memory.

use flowra_core::event::{
    AppendError, Appended, Commit, Entry, EventLog, Outcome, Position, Recorded, StreamId, Version,
};
use flowra_core::{BoxFuture, PortFailure, PortResult, UserId};

use super::Memory;

impl EventLog for Memory {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            let mut state = self.lock();
            let appended = state.append(commit)?;
            self.head.send_replace(state.head().get());
            Ok(appended)
        })
    }

    fn read(&self, after: Position, limit: usize) -> BoxFuture<'_, PortResult<Vec<Entry>>> {
        self.ask(move |state| state.read(after, limit))
    }

    fn stream(
        &self,
        stream: StreamId,
        after: Version,
        limit: usize,
    ) -> BoxFuture<'_, PortResult<Vec<Recorded>>> {
        self.ask(move |state| state.stream(stream, after, limit))
    }

    fn head(&self) -> BoxFuture<'_, PortResult<Position>> {
        self.ask(|state| state.head())
    }

    fn wait_past(&self, position: Position) -> BoxFuture<'_, PortResult<Position>> {
        Box::pin(async move {
            let mut head = self.head.subscribe();
            let head = head
                .wait_for(|head| *head > position.get())
                .await
                .map_err(|closed| PortFailure::unavailable("memory.event_log.wait_past", closed))?;
            Ok(Position::new(*head))
        })
    }

    fn outcome(&self, user: UserId, key: &str) -> BoxFuture<'_, PortResult<Option<([u8; 32], Outcome)>>> {
        let key = key.to_owned();
        self.ask(move |state| state.outcome(user, &key))
    }
}
