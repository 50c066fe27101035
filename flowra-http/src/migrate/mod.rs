//! Carries a whole installation from one store to another, event by event, and proves that it arrived.
//!
//! - `log` brings the target's log to the source's, or finds that the target has a log of its own.
//! - `people` brings what is in no log: passwords, personal tokens, read marks.
//! - [`consumers`] brings how far consumers are, and their dead letters.
//! - `proof` reads both back and compares them.
//!
//! Everything goes through the ports of the core, so any two stores will do, and the target numbers, claims and folds as it does for a server.
//! Nothing is written down about a run: a target whose log is a beginning of the source's was filled from it, and is filled further. Sessions
//! and idempotency keys stay behind, because a server can do without them: people sign in again.
//!
//! Responsible for order and completeness. It refuses to know which stores these are.

pub mod consumers;
mod log;
mod people;
mod proof;

use flowra_core::event::{Conflict, FoldError, Position, StreamId};
use flowra_core::{PortFailure, Ports};

pub use proof::Proof;

/// How many events are read, written and compared at once.
const BATCH: usize = 1024;

/// How far a migration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// Events that are done with.
    pub done: u64,
    /// Events that the source has.
    pub total: u64,
}

/// The steps of a migration, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// What the target has is compared with the source.
    Compare,
    /// Events are carried over.
    Carry,
    /// Passwords, tokens and read marks are carried over, beside the events that made their people and chats.
    People,
    /// Both sides are read and compared.
    Prove,
}

/// What a migration did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Events that the target had from an earlier run.
    pub found: u64,
    /// Events that were carried over now.
    pub carried: u64,
}

/// Why the target is not what the source is. What was carried over stays there, and the next run goes on from it.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The target was not filled from this source.
    #[error(
        "the target has data of its own: its event {position} is not the source's; give one that is empty, or that an earlier run from this source filled"
    )]
    Occupied {
        /// The first event in which they differ.
        position: Position,
    },
    /// Somebody wrote while the migration ran.
    #[error(
        "the {side} was written to meanwhile; stop its servers and workers, then run this again: it goes on where it is"
    )]
    Moving {
        /// Which of them.
        side: Side,
    },
    /// The target refused what the source has.
    #[error("the target refused event {position}: {conflict:?}; run `flowra check` on the source")]
    Refused {
        /// The last event of the commit.
        position: Position,
        /// What it did not fit.
        conflict: Conflict,
    },
    /// The source's log cannot be folded.
    #[error("the source's log is damaged; run `flowra check` on it")]
    Log(#[from] FoldError),
    /// Both have been read and something differs.
    #[error("{what} differs between source and target; run `flowra rebuild` on the target, then this again")]
    Differs {
        /// What.
        what: String,
    },
    /// A stored thing is missing.
    #[error("the {side} has events of {stream} and does not find it; run `flowra check` on it")]
    Missing {
        /// Where.
        side: Side,
        /// What.
        stream: StreamId,
    },
    /// A store let the migration down.
    #[error("the migration was cut off; run it again: it goes on where it is")]
    Store(#[from] PortFailure),
}

/// One end of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// From where.
    Source,
    /// To where.
    Target,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}

/// Brings the target to what the source is. Nobody else may write to either until [`verify`] is through.
///
/// `progress` is called after each batch.
///
/// # Errors
/// [`MigrateError`]. Whatever it is, nothing of the source was changed, and running it again goes on.
pub async fn carry(
    source: &Ports,
    target: &Ports,
    mut progress: impl FnMut(Progress),
) -> Result<Carried, MigrateError> {
    let total = source.log.head().await?;
    let mut tell = telling(total, &mut progress);
    let found = log::compare(source, target, |done| tell(Step::Compare, done)).await?;
    log::carry(source, target, found, total, |done| tell(Step::Carry, done)).await?;
    people::carry(source, target, |done| tell(Step::People, done)).await?;
    Ok(Carried {
        found: found.get(),
        carried: total.get().saturating_sub(found.get()),
    })
}

/// Reads both and compares them. The target is to be opened anew after [`carry`], so that what is read is what was stored and not what its store still has
/// in memory. That somebody wrote to either meanwhile is noticed.
///
/// # Errors
/// [`MigrateError`]. Nothing was changed.
pub async fn verify(
    source: &Ports,
    target: &Ports,
    carried: Carried,
    mut progress: impl FnMut(Progress),
) -> Result<Proof, MigrateError> {
    let total = Position::new(carried.found + carried.carried);
    let mut tell = telling(total, &mut progress);
    let proof = proof::prove(source, target, |done| tell(Step::Prove, done)).await;
    // Told first, since it explains any difference.
    for (side, ports) in [(Side::Source, source), (Side::Target, target)] {
        if ports.log.head().await? != total {
            return Err(MigrateError::Moving { side });
        }
    }
    proof
}

fn telling(total: Position, progress: &mut impl FnMut(Progress)) -> impl FnMut(Step, Position) {
    move |step, done| {
        progress(Progress {
            step,
            done: done.get(),
            total: total.get(),
        });
    }
}
