//! `flowra migrate`: everything from one store to another.

use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use clap::Args;
use flowra_core::event::Difference;
use serde::Serialize;

use crate::cli::{CommandError, SettingsArgs};
use crate::config::Storage;
use crate::installation;
use crate::migrate::{self, Carried, Progress, Proof, Step};
use crate::store::Store;
use crate::worker;

/// How often progress is told.
const PROGRESS: Duration = Duration::from_secs(1);

/// Carry everything over to another store; no server may run on either
#[derive(Args, Debug)]
pub struct Migrate {
    /// The store that has the data, as setting `storage` names it
    #[arg(long, value_name = "STORAGE", value_parser = Storage::parse)]
    from: Storage,
    /// The store to fill: an empty one, or one that an earlier run began to fill
    #[arg(long, value_name = "STORAGE", value_parser = Storage::parse)]
    to: Storage,
    /// Report as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Both stores are the same.
#[derive(Debug, thiserror::Error)]
#[error("--from and --to name the same store; name two")]
struct SameStore;

/// The rows of the target do not follow from its log.
#[derive(Debug, thiserror::Error)]
#[error("the target did not store everything: {0}; run `flowra rebuild` on it, then this again")]
struct NotStored(Difference);

/// What was done.
#[derive(Debug, Serialize)]
struct Told<'a> {
    found: u64,
    carried: u64,
    events: u64,
    documents: u64,
    log_sha256: &'a str,
    documents_sha256: &'a str,
    seconds: f64,
}

impl Migrate {
    /// Does it.
    ///
    /// # Errors
    /// Settings that cannot be used; a store that cannot be opened; what [`migrate::carry`] and [`migrate::verify`] find.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        settings.read()?;
        let failed = |error: Box<dyn Error + Send + Sync>| CommandError::Failed(error);
        if self.from == self.to {
            return Err(failed(SameStore.into()));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed(error.into()))?;
        runtime
            .block_on(async {
                let (begin, mut told) = (Instant::now(), told_each_second());
                let source = Store::open_existing(&self.from).await?;
                let target = Store::open(&self.to).await?;
                let (from, to) = (source.consumer_ports(), target.consumer_ports());
                let carried = migrate::carry(
                    &installation::unattended(&source),
                    &installation::unattended(&target),
                    &mut told,
                )
                .await?;
                migrate::consumers::carry(&from, &to, worker::CONSUMERS).await?;
                drop((to, target));
                let target = Store::open_existing(&self.to).await?;
                let checked = target.check().await?;
                if let Some(difference) = checked.difference {
                    return Err(NotStored(difference).into());
                }
                let proof = migrate::verify(
                    &installation::unattended(&source),
                    &installation::unattended(&target),
                    carried,
                    &mut told,
                )
                .await?;
                self.tell(carried, &proof, begin.elapsed())
            })
            .map_err(failed)
    }

    fn tell(
        &self,
        report: Carried,
        proof: &Proof,
        took: Duration,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut out = std::io::stdout().lock();
        if self.json {
            let told = Told {
                found: report.found,
                carried: report.carried,
                events: proof.events,
                documents: proof.documents,
                log_sha256: &proof.log,
                documents_sha256: &proof.stored,
                seconds: took.as_secs_f64(),
            };
            return Ok(writeln!(out, "{}", serde_json::to_string(&told)?)?);
        }
        Ok(writeln!(
            out,
            "migrated in {:.1} s: {} events carried over, {} found there; both have {} events (SHA-256 {}) and {} documents (SHA-256 {})",
            took.as_secs_f64(),
            report.carried,
            report.found,
            proof.events,
            proof.log,
            proof.documents,
            proof.stored,
        )?)
    }
}

/// Tells progress on standard error, once a second at most.
fn told_each_second() -> impl FnMut(Progress) {
    let mut told = Instant::now();
    move |progress| {
        if told.elapsed() >= PROGRESS {
            told = Instant::now();
            eprintln!("{}", line(progress));
        }
    }
}

fn line(Progress { step, done, total }: Progress) -> String {
    let doing = match step {
        Step::Compare => "comparing",
        Step::Carry => "carrying over",
        Step::People => "carrying passwords, tokens and read marks over",
        Step::Prove => "verifying",
    };
    let percent = (done * 100).checked_div(total).unwrap_or(100);
    format!("{doing}: {done} of {total} events ({percent} %)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_the_step_and_how_far_it_is() {
        let progress = Progress {
            step: Step::Carry,
            done: 500,
            total: 2000,
        };
        assert_eq!(line(progress), "carrying over: 500 of 2000 events (25 %)");
    }
}
