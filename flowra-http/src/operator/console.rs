//! What a command reads and says, wherever it is carried out.

use std::io::{self, Write};

use tokio::sync::mpsc;

use super::wire::Line;

/// How many lines may wait for whoever reads them; a command that says more waits.
const LINES: usize = 64;

/// The operator's end of a command. Clones are the same.
#[derive(Clone)]
pub struct Console {
    lines: mpsc::Sender<Line>,
    /// No `Debug` here or above: it is a password.
    input: Option<String>,
}

impl Console {
    /// A console with a line of input, and what is said on it.
    pub(super) fn new(input: Option<String>) -> (Self, mpsc::Receiver<Line>) {
        let (lines, said) = mpsc::channel(LINES);
        (Self { lines, input }, said)
    }

    /// Says a line of the result.
    ///
    /// # Errors
    /// [`io::ErrorKind::BrokenPipe`] when nobody reads any more.
    pub async fn say(&self, line: String) -> io::Result<()> {
        self.lines
            .send(Line::Out(line))
            .await
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Says how far it is, unless the reader is behind: the next time will do.
    pub fn progress(&self, line: String) {
        // A reader who has gone is noticed when the result is said.
        let _ = self.lines.try_send(Line::Progress(line));
    }

    /// The line that came with the command; nothing where none did.
    #[must_use]
    pub fn input(&self) -> &str {
        self.input.as_deref().unwrap_or_default()
    }
}

/// Prints lines as they come: the result on standard output, progress on standard error.
pub(super) async fn print(mut lines: mpsc::Receiver<Line>) -> io::Result<()> {
    // Whoever reads our output may be slow, and must not hold up the runtime.
    let printing = tokio::task::spawn_blocking(move || {
        while let Some(line) = lines.blocking_recv() {
            line.print()?;
        }
        Ok(())
    });
    printing.await.unwrap_or_else(|died| Err(io::Error::other(died)))
}

impl Line {
    pub(super) fn print(&self) -> io::Result<()> {
        match self {
            Self::Out(line) => writeln!(io::stdout().lock(), "{line}"),
            Self::Progress(line) => writeln!(io::stderr().lock(), "{line}"),
        }
    }
}
