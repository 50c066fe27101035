//! `flowra check`: is the log whole, and does everything stored follow from it?

use std::error::Error;
use std::io::Write;

use clap::Args;
use flowra_core::PortFailure;
use flowra_core::event::{CheckReport, Difference};
use serde::Serialize;

use crate::cli::{CommandError, SettingsArgs};
use crate::store::Store;

/// Verify that the log is whole and that everything stored follows from it; a server on a SQLite file must be stopped first
#[derive(Args, Debug)]
pub struct Check {
    /// One JSON object on a line instead of a sentence
    #[arg(long)]
    json: bool,
}

/// What was compared, and the first difference if there is one.
#[derive(Debug, Serialize)]
struct Report {
    /// Events that were read.
    events: u64,
    /// Streams that they are in.
    streams: u64,
    /// Stored rows that were compared with those that the log makes.
    rows: u64,
    /// Where what is not as it must be.
    difference: Option<String>,
}

/// Why the data are not known to be in order.
#[derive(Debug, thiserror::Error)]
enum CheckError {
    #[error("the log in {place} is damaged: {difference}; put back a copy of it")]
    Log { place: String, difference: Difference },
    #[error(
        "{place} does not follow from its log: {difference}; `flowra rebuild` makes it anew from the log"
    )]
    Stored { place: String, difference: Difference },
    #[error("cannot check {place}")]
    Damaged { place: String, source: PortFailure },
    #[error("cannot check {place}; it needs room for a second copy of the data beside it")]
    Unread { place: String, source: PortFailure },
}

impl Check {
    /// Does it.
    ///
    /// # Errors
    /// Settings that cannot be used; a store that cannot be opened or read; the first difference.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        let settings = settings.read()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| CommandError::Failed(error.into()))?;
        runtime
            .block_on(async {
                let store = Store::open_existing(&settings.storage).await?;
                let place = store.to_string();
                let report = match store.check().await {
                    Ok(report) => report,
                    Err(source @ PortFailure::Corrupt { .. }) => {
                        return Err(CheckError::Damaged { place, source }.into());
                    }
                    Err(source) => return Err(CheckError::Unread { place, source }.into()),
                };
                // A reader who has enough makes no difference go away.
                let told = self.tell(&place, &report);
                match report.difference {
                    Some(difference) if difference.is_in_log() => {
                        Err(CheckError::Log { place, difference }.into())
                    }
                    Some(difference) => Err(CheckError::Stored { place, difference }.into()),
                    None => told,
                }
            })
            .map_err(CommandError::Failed)
    }

    fn tell(&self, place: &str, report: &CheckReport) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut out = std::io::stdout().lock();
        let CheckReport {
            events,
            streams,
            rows,
            ..
        } = *report;
        if self.json {
            let report = Report {
                events,
                streams,
                rows,
                difference: report.difference.as_ref().map(ToString::to_string),
            };
            return Ok(writeln!(out, "{}", serde_json::to_string(&report)?)?);
        }
        if report.difference.is_some() {
            return Ok(());
        }
        Ok(writeln!(
            out,
            "{place} is in order: {events} events without a hole, {streams} streams each in order, and {rows} stored rows that follow from them",
        )?)
    }
}
