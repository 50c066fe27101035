//! Log lines: structured, on standard error, and never in the way of a request.
//!
//! A line is handed to a thread of its own through a bounded queue. When standard error is slower than the server, lines are dropped and
//! counted rather than requests held up.

use std::error::Error;
use std::io::IsTerminal;

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// How many lines may wait to be written.
const QUEUE: usize = 16_384;

/// The running log. Lines are written for as long as this lives.
pub struct Log {
    worker: WorkerGuard,
    dropped: ErrorCounter,
}

/// Starts the process's log with the lines that `filter` lets through: text on a terminal, one JSON object a line elsewhere.
///
/// # Errors
/// A filter that cannot be read, or a log that was started before.
pub fn start(filter: &str) -> Result<Log, Box<dyn Error + Send + Sync>> {
    let terminal = std::io::stderr().is_terminal();
    let (writer, worker) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(QUEUE)
        .finish(std::io::stderr());
    let dropped = writer.error_counter();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(filter)?)
        .with_writer(writer);
    if terminal {
        lines.with_ansi(true).finish().try_init()?;
    } else {
        lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .finish()
            .try_init()?;
    }
    Ok(Log { worker, dropped })
}

impl Log {
    /// Writes what still waits, and says how many lines were dropped, if any.
    pub fn finish(self) {
        drop(self.worker);
        let dropped = self.dropped.dropped_lines();
        if dropped > 0 {
            eprintln!("{dropped} log lines were dropped because standard error was too slow");
        }
    }
}
