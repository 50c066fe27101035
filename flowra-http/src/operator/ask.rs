//! Handing an order to the server that has the data.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use tokio::io::BufReader;
use tokio::net::UnixStream;

use super::wire::{self, Answer, Request};
use super::{Order, Outcome};
use crate::store::StoreError;

/// Why the server that has the data did not carry an order out.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("{taken}; it takes no commands at {}", socket.display())]
    Deaf {
        socket: PathBuf,
        taken: StoreError,
        source: io::Error,
    },
    #[error("the server ended before the command did: run the command again")]
    Left,
    #[error("the server could not be understood; stop it, and run the command again")]
    Unclear(#[source] io::Error),
    /// The server's own words, causes included.
    #[error("{0}")]
    Failed(String),
}

/// Has the server behind a socket carry out an order, and prints what it says. `taken` is why the data cannot be opened here.
pub(super) async fn the_server(
    socket: &Path,
    order: Order,
    input: Option<String>,
    taken: StoreError,
) -> Outcome {
    let stream = match UnixStream::connect(socket).await {
        Ok(stream) => stream,
        Err(source) => {
            let socket = socket.to_owned();
            return Err(AskError::Deaf {
                socket,
                taken,
                source,
            }
            .into());
        }
    };
    let (read, mut write) = stream.into_split();
    let request = Request {
        version: wire::VERSION.to_owned(),
        order,
        input,
    };
    // A server that refuses whoever asks may have hung up already; its answer says why.
    let sent = wire::write(&mut write, &request).await;
    let mut answers = BufReader::new(read);
    let mut printed = Ok(());
    loop {
        let answer = wire::read(&mut answers).await.map_err(AskError::Unclear)?;
        match answer {
            Some(Answer::Said(line)) => {
                // How the command ends counts, even when nobody reads what it says.
                if printed.is_ok() {
                    printed = line.print();
                }
            }
            Some(Answer::Done) => return printed.map_err(Into::into),
            Some(Answer::Failed(reason)) => return Err(AskError::Failed(reason).into()),
            None => {
                sent?;
                return Err(Box::<dyn Error + Send + Sync>::from(AskError::Left));
            }
        }
    }
}
