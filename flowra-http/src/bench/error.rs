//! Why something could not be measured.

use std::error::Error;
use std::io;

/// A measurement that did not come about. Says what was being done, so that the next step is clear.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The system did not do it.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The other side answered what no measurement can rest on.
    #[error("{0}")]
    Unexpected(String),
    /// It took longer than it may.
    #[error("{what} took longer than {seconds} s")]
    Late {
        /// What.
        what: String,
        /// How long it may take.
        seconds: u64,
    },
    /// The data could not be prepared.
    #[error("cannot prepare the data of the benchmark")]
    Data(#[source] Box<dyn Error + Send + Sync>),
}

/// The outcome of a part of a measurement.
pub(super) type Result<T> = std::result::Result<T, BenchError>;

/// Says what was tried when the system refuses.
pub(super) trait Trying<T> {
    fn trying(self, what: impl Into<String>) -> Result<T>;
}

impl<T> Trying<T> for io::Result<T> {
    fn trying(self, what: impl Into<String>) -> Result<T> {
        self.map_err(|source| BenchError::Io {
            what: what.into(),
            source,
        })
    }
}

/// Waits for `work` for at most so many seconds.
pub(super) async fn within<T>(seconds: u64, what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(std::time::Duration::from_secs(seconds), work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(BenchError::Late {
            what: what.to_owned(),
            seconds,
        }),
    }
}
