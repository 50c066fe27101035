//! Makes everything that follows from the log anew.

use std::time::Instant;

use flowra_core::event::{Progress, RebuildReport};
use flowra_core::{PortFailure, PortResult};
use rusqlite::{Connection, TransactionBehavior};

use crate::check::sound;
use crate::scratch::{Scratch, ScratchFault};
use crate::{SqliteStore, schema, writer};

const WHAT: &str = "sqlite.rebuild";

impl SqliteStore {
    /// Makes all documents, and every row that follows from events, anew from the log in a file beside the database, then puts them in the place
    /// of the old ones in one transaction. Reading and writing go on until then; writes wait while they are exchanged. What does not follow
    /// from the log stays: passwords, sessions, tokens, read marks.
    ///
    /// `progress` is called from time to time, on another thread. Dropping the future before the exchange breaks the rebuild off.
    ///
    /// # Errors
    /// [`PortFailure`] when the log is damaged or the disk is full; the old rows stand then.
    pub async fn rebuild(
        &self,
        mut progress: impl FnMut(Progress) + Send + 'static,
    ) -> PortResult<RebuildReport> {
        let file = self.inner.file.clone();
        let database = file.clone();
        let scratch = self
            .inner
            .upkeep
            .take(WHAT, file.clone(), move |db, wanted, turn| {
                // A log that looks shorter than it is must not make everything anew.
                sound(db)?;
                let mut scratch = Scratch::create(&database, "rebuild", turn)?;
                let total = writer::head(db)?;
                scratch.follow(&database, total, |done| {
                    progress(Progress { done, total });
                    wanted.still()
                })?;
                Ok::<_, ScratchFault>(scratch)
            });
        let scratch = scratch.await?.map_err(failure)?;
        self.inner
            .writer
            .alone(WHAT, move |db| {
                let mut scratch = scratch;
                let begin = Instant::now();
                // What came in since; nothing can come now.
                let head = writer::head(db)?;
                scratch.follow(&file, head, |_| Ok(()))?;
                exchange(db, &scratch)?;
                Ok(RebuildReport {
                    events: scratch.position,
                    documents: scratch.streams,
                    folding: scratch.folding,
                    writing: scratch.writing,
                    exchanging: begin.elapsed(),
                })
            })
            .await?
            .map_err(failure)
    }
}

fn failure(fault: ScratchFault) -> PortFailure {
    match fault {
        ScratchFault::File(fault) => fault.into_failure(WHAT),
        log @ (ScratchFault::Hole { .. } | ScratchFault::Fold(_)) => PortFailure::corrupt("log", log),
    }
}

/// Puts the rows of the other file in the place of this one's.
fn exchange(db: &mut Connection, scratch: &Scratch) -> rusqlite::Result<()> {
    let file = scratch.file().to_string_lossy();
    db.execute("ATTACH ?1 AS scratch", [file])?;
    let result = copy(db);
    let detached = db.execute("DETACH scratch", []);
    result.and(detached).map(|_| ())
}

fn copy(db: &mut Connection) -> rusqlite::Result<usize> {
    let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut rows = 0;
    for schema::Derived { table, key, columns } in schema::DERIVED {
        step.execute(&format!("DELETE FROM main.{table}"), [])?;
        rows += step.execute(
            &format!(
                "INSERT INTO main.{table} ({columns}) SELECT {columns} FROM scratch.{table} ORDER BY {key}"
            ),
            [],
        )?;
    }
    step.commit()?;
    Ok(rows)
}
