//! `flowra check`: is the log whole, and does everything stored follow from it?

use clap::Args;
use flowra_core::PortFailure;
use flowra_core::event::{CheckReport, Difference};
use serde::{Deserialize, Serialize};

use crate::operator::{Console, Outcome, Site};

/// Verify that the log is whole and that everything stored follows from it, also while a server runs
#[derive(Args, Debug, Serialize, Deserialize)]
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
    /// A store that cannot be read; the first difference.
    pub(crate) async fn carry_out(&self, site: &Site, console: &Console) -> Outcome {
        let place = site.store.to_string();
        let report = match site.store.check().await {
            Ok(report) => report,
            Err(source @ PortFailure::Corrupt { .. }) => {
                return Err(CheckError::Damaged { place, source }.into());
            }
            Err(source) => return Err(CheckError::Unread { place, source }.into()),
        };
        // A reader who has enough makes no difference go away.
        let told = match self.words(&place, &report)? {
            Some(words) => console.say(words).await,
            None => Ok(()),
        };
        match report.difference {
            Some(difference) if difference.is_in_log() => Err(CheckError::Log { place, difference }.into()),
            Some(difference) => Err(CheckError::Stored { place, difference }.into()),
            None => Ok(told?),
        }
    }

    fn words(&self, place: &str, report: &CheckReport) -> serde_json::Result<Option<String>> {
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
            return serde_json::to_string(&report).map(Some);
        }
        Ok(report.difference.is_none().then(|| {
            format!(
                "{place} is in order: {events} events without a hole, {streams} streams each in order, and {rows} stored rows that follow from them"
            )
        }))
    }
}
