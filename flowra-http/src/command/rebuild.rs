//! `flowra rebuild`: everything that follows from the log, made anew.

use std::time::{Duration, Instant};

use clap::Args;
use flowra_core::PortFailure;
use flowra_core::event::{Progress, RebuildReport};
use serde::{Deserialize, Serialize};

use crate::operator::{Console, Outcome, Site};

/// How often progress is told.
const PROGRESS: Duration = Duration::from_secs(1);

/// Make everything that follows from the log anew, also while a server runs
#[derive(Args, Debug, Serialize, Deserialize)]
pub struct Rebuild {
    /// Report as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Why the old documents stand.
#[derive(Debug, thiserror::Error)]
enum RebuildError {
    #[error("the log in {place} is damaged, and nothing was changed; put back a copy of it")]
    Log { place: String, source: PortFailure },
    #[error(
        "cannot rebuild {place}, and nothing was changed; it needs room for a second copy of the data beside it"
    )]
    Unwritten { place: String, source: PortFailure },
}

/// What was done, and how fast.
#[derive(Debug, Serialize)]
struct Report {
    /// Events that were folded.
    events: u64,
    /// Events a second, while events were decoded and folded.
    folded_per_second: f64,
    /// Documents that they made.
    documents: u64,
    /// Documents a second, while documents were written and put in place.
    documents_per_second: f64,
    /// From the first event to the end.
    seconds: f64,
}

impl Report {
    fn new(done: &RebuildReport, took: Duration) -> Self {
        Self {
            events: done.events,
            folded_per_second: rate(done.events, done.folding),
            documents: done.documents,
            documents_per_second: rate(done.documents, done.writing + done.exchanging),
            seconds: took.as_secs_f64(),
        }
    }
}

impl Rebuild {
    /// Does it.
    ///
    /// # Errors
    /// A damaged log; a full disk.
    pub(crate) async fn carry_out(&self, site: &Site, console: &Console) -> Outcome {
        let begin = Instant::now();
        let progress = told_each_second(begin, console.clone());
        let done = match site.store.rebuild(progress).await {
            Ok(done) => done,
            Err(source) => return Err(refused(site.store.to_string(), source).into()),
        };
        let words = self.words(&Report::new(&done, begin.elapsed()))?;
        Ok(console.say(words).await?)
    }

    fn words(&self, report: &Report) -> serde_json::Result<String> {
        if self.json {
            return serde_json::to_string(report);
        }
        Ok(format!(
            "rebuilt in {:.1} s: {} events folded ({:.0} a second), {} documents written ({:.0} a second)",
            report.seconds,
            report.events,
            report.folded_per_second,
            report.documents,
            report.documents_per_second,
        ))
    }
}

fn refused(place: String, source: PortFailure) -> RebuildError {
    match source {
        PortFailure::Corrupt { .. } => RebuildError::Log { place, source },
        PortFailure::Unavailable { .. } => RebuildError::Unwritten { place, source },
    }
}

/// Tells progress, once a second at most.
fn told_each_second(begin: Instant, console: Console) -> impl FnMut(Progress) + Send + 'static {
    let mut told = begin;
    move |progress| {
        if told.elapsed() < PROGRESS {
            return;
        }
        told = Instant::now();
        console.progress(line(progress, begin.elapsed()));
    }
}

fn line(Progress { done, total }: Progress, since: Duration) -> String {
    let percent = (done * 100).checked_div(total).unwrap_or(100);
    format!(
        "{done} of {total} events ({percent} %), {:.0} a second",
        rate(done, since)
    )
}

/// How many a second; 0 when the time is too short to tell.
#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 53 bits")]
fn rate(count: u64, time: Duration) -> f64 {
    if time.is_zero() {
        return 0.0;
    }
    count as f64 / time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_how_far_it_is_and_how_fast() {
        let progress = Progress {
            done: 500,
            total: 2000,
        };
        let told = line(progress, Duration::from_secs(2));
        assert_eq!(told, "500 of 2000 events (25 %), 250 a second");
    }

    #[test]
    fn an_empty_log_has_no_rate_and_is_done() {
        let nothing = Progress { done: 0, total: 0 };
        assert_eq!(line(nothing, Duration::ZERO), "0 of 0 events (100 %), 0 a second");
    }
}
