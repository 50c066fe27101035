//! What goes through the socket: one order, then answers, each a line of JSON.

use std::io;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::Order;

/// The longest line, in bytes. Orders are short; a shown dead letter holds a whole event.
const LONGEST: u64 = 1 << 20;

/// What a command says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Line {
    /// Of its result.
    Out(String),
    /// Of how far it is.
    Progress(String),
}

/// The first line: what to do.
#[derive(Serialize, Deserialize)]
pub(super) struct Request {
    /// Of the program that asks.
    pub(super) version: String,
    pub(super) order: Order,
    pub(super) input: Option<String>,
}

/// A line of the answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    /// It says something.
    Said(Line),
    /// It is done; the last line.
    Done,
    /// It could not be done, with the reason; the last line.
    Failed(String),
}

/// The version that both ends must have.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Reads a line; nothing at the end.
pub(super) async fn read<T: DeserializeOwned>(
    from: &mut (impl AsyncBufRead + Unpin + Send),
) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    if from.take(LONGEST).read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

/// Writes a line.
pub(super) async fn write(
    to: &mut (impl AsyncWrite + Unpin + Send),
    what: &(impl Serialize + Sync),
) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    to.write_all(&line).await
}
