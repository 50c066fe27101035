//! Writes that are no events: sessions, tokens, passwords, read marks.

use flowra_core::{PortFailure, PortResult};
use tokio::sync::oneshot;

use super::{Group, Job, Work, Writer};
use crate::fault::{Outcome, Shared as SharedFault};

struct Side<T, W> {
    what: &'static str,
    write: Option<W>,
    made: Option<T>,
    tell: oneshot::Sender<PortResult<T>>,
}

impl<T, W> Job for Side<T, W>
where
    T: Send,
    W: FnOnce(&mut Group<'_>) -> Outcome<T> + Send,
{
    fn apply(&mut self, group: &mut Group<'_>) -> Outcome<()> {
        if let Some(write) = self.write.take() {
            self.made = Some(write(group)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, result: Result<(), &SharedFault>) {
        let answer = match (result, self.made) {
            (Ok(()), Some(made)) => Ok(made),
            (Ok(()), None) => Err(PortFailure::unavailable(self.what, "it was not done")),
            (Err(fault), _) => Err(fault.to_failure(self.what)),
        };
        // Who asked may have gone; the write stands all the same.
        drop(self.tell.send(answer));
    }
}

impl Writer {
    /// Writes in the next transaction; answers when it is durable.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        what: &'static str,
        write: impl FnOnce(&mut Group<'_>) -> Outcome<T> + Send + 'static,
    ) -> PortResult<T> {
        let (tell, told) = oneshot::channel();
        let job = Side {
            what,
            write: Some(write),
            made: None,
            tell,
        };
        self.queue(what, Work::Job(Box::new(job))).await?;
        told.await.map_err(|gone| PortFailure::unavailable(what, gone))?
    }
}
