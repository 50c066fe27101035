//! `rebuild`: all documents made anew from the log, by `flowra rebuild` itself.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use serde::Deserialize;

use crate::bench::bench::Bench;
use crate::bench::child::this_program;
use crate::bench::error::{BenchError, Result, Trying};
use crate::bench::report::Measure;
use crate::bench::stats::per_second;

/// How long a rebuild may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// The last line of `flowra rebuild --json`.
#[derive(Debug, Deserialize, PartialEq)]
struct Report {
    folded_per_second: f64,
    documents_per_second: f64,
}

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Measure>> {
    let Some((file, _)) = bench.unless_floors_only(bench.archive()).await? else {
        // Its floor is read from the data of the figure.
        return Ok(Vec::new());
    };
    let report = rebuild(&file).await?;
    let floor = tokio::task::spawn_blocking(move || read_and_parse(&file))
        .await
        .map_err(|error| BenchError::Data(error.into()))?
        .map_err(|error| BenchError::Data(error.into()))?;
    Ok(vec![
        Measure::new(
            "rebuild",
            "events folded from the log",
            Some(report.folded_per_second),
            "events/s",
        )
        .floor(floor)
        .at_least(500_000.0)
        .note("floor: the same rows read and parsed as JSON"),
        Measure::new(
            "rebuild.documents",
            "documents rewritten beside it",
            Some(report.documents_per_second),
            "documents/s",
        ),
    ])
}

async fn rebuild(file: &Path) -> Result<Report> {
    let storage = format!("sqlite:{}", file.display());
    let mut command = this_program(&["rebuild", "--json", "--storage", &storage, "--log", "warn"])?;
    command.stdin(std::process::Stdio::null());
    let mut command = tokio::process::Command::from(command);
    command.kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .map_err(|_| BenchError::Late {
            what: "flowra rebuild".to_owned(),
            seconds: PATIENCE.as_secs(),
        })?
        .trying("run flowra rebuild")?;
    if !output.status.success() {
        return Err(BenchError::Unexpected(format!(
            "flowra rebuild ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        )));
    }
    report(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| {
        BenchError::Unexpected(
            "flowra rebuild --json ended without a line that has folded_per_second and documents_per_second"
                .to_owned(),
        )
    })
}

/// The report among what may also be lines of progress.
fn report(lines: &str) -> Option<Report> {
    lines
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str(line).ok())
}

/// How many events a second can be read in order and parsed, without knowing what they mean.
fn read_and_parse(file: &Path) -> rusqlite::Result<f64> {
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut select = database.prepare("SELECT event FROM events ORDER BY position")?;
    let begun = Instant::now();
    let mut rows = select.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str()?;
        let parsed: serde_json::Result<serde_json::Value> = serde_json::from_str(text);
        if std::hint::black_box(parsed).is_ok() {
            count += 1;
        }
    }
    Ok(per_second(count, begun.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_found_behind_lines_of_progress() {
        let lines =
            "{\"progress\":0.5}\n{\"folded_per_second\":600000,\"documents_per_second\":1.5,\"events\":9}\n";
        let expected = Report {
            folded_per_second: 600_000.0,
            documents_per_second: 1.5,
        };
        assert_eq!(report(lines), Some(expected));
        assert_eq!(report("{\"progress\":1}\n"), None);
    }

    #[test]
    fn every_event_is_read_and_parsed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.db");
        Connection::open(&file)
            .unwrap()
            .execute_batch("CREATE TABLE events (position INTEGER PRIMARY KEY, event TEXT); INSERT INTO events VALUES (1, '{}')")
            .unwrap();
        assert!(read_and_parse(&file).unwrap() > 0.0);
    }
}
