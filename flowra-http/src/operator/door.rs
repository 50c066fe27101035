//! Where a server takes the orders of whoever operates it: a Unix socket beside its file.
//!
//! Only the user whom the server runs as, and root, are let in; both could read the file anyway. Each connection brings one order. Whoever hangs up
//! breaks the order off, as Ctrl-C would.

use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::wire::{self, Answer, Line, Request};
use super::{Console, Order, Outcome, Site, socket_beside};
use crate::cli::with_causes;

/// How many orders are carried out at once; more wait.
const ORDERS: usize = 4;
/// How long whoever connects may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);

/// The socket; removed when dropped.
pub struct Door {
    listener: UnixListener,
    path: PathBuf,
    /// The user whom this server runs as.
    owner: u32,
}

impl Door {
    /// Listens beside a file that this process has locked.
    ///
    /// # Errors
    /// A folder that cannot be written, something else of that name, a path longer than the system allows for sockets (107 bytes on Linux).
    pub fn beside(file: &Path) -> io::Result<Self> {
        let path = socket_beside(file);
        match std::fs::symlink_metadata(&path) {
            // The file is ours alone, so this was left by a server that was killed.
            Ok(left) if left.file_type().is_socket() => std::fs::remove_file(&path)?,
            Ok(_) | Err(_) => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        let owner = std::fs::symlink_metadata(&path)?.uid();
        Ok(Self {
            listener,
            path,
            owner,
        })
    }

    /// Carries out what comes in, until it is dropped.
    pub async fn attend(self, site: Site) {
        let site = Arc::new(site);
        let free = Arc::new(Semaphore::new(ORDERS));
        let mut orders = JoinSet::new();
        loop {
            let Ok(permit) = Arc::clone(&free).acquire_owned().await else {
                return;
            };
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let (site, owner) = (Arc::clone(&site), self.owner);
                    orders.spawn(async move {
                        if let Err(error) = hear(stream, owner, &site).await {
                            tracing::debug!(%error, "an operator's command was broken off");
                        }
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "an operator's command could not be taken");
                    tokio::time::sleep(PATIENCE).await;
                }
            }
            while orders.try_join_next().is_some() {}
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // A socket that somebody else removed is as good as one that we did.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Takes one order and answers it.
async fn hear(stream: UnixStream, owner: u32, site: &Site) -> io::Result<()> {
    let asking = stream.peer_cred()?.uid();
    let (read, mut write) = stream.into_split();
    if asking != owner && asking != 0 {
        let reason = format!("this server takes commands from root and from the user with id {owner} alone");
        return wire::write(&mut write, &Answer::Failed(reason)).await;
    }
    let mut read = BufReader::new(read);
    let request = tokio::time::timeout(PATIENCE, wire::read(&mut read)).await??;
    let Some(Request {
        version,
        order,
        input,
    }) = request
    else {
        return Ok(());
    };
    if version != wire::VERSION {
        let reason = format!(
            "this command is of version {version} and the server of {}: use the server's own flowra, or restart the server",
            wire::VERSION
        );
        return wire::write(&mut write, &Answer::Failed(reason)).await;
    }
    tracing::info!(command = order.name(), "an operator's command came in");
    let (console, lines) = Console::new(input);
    tokio::select! {
        answered = answer(order, site, console, lines, &mut write) => answered,
        () = hung_up(&mut read) => Err(io::ErrorKind::BrokenPipe.into()),
    }
}

async fn answer(
    order: Order,
    site: &Site,
    console: Console,
    lines: mpsc::Receiver<Line>,
    write: &mut OwnedWriteHalf,
) -> io::Result<()> {
    let carried_out = async move { order.carry_out(site, &console).await };
    let (done, forwarded): (Outcome, _) = tokio::join!(carried_out, forward(lines, write));
    forwarded?;
    let last = match done {
        Ok(()) => Answer::Done,
        Err(error) => Answer::Failed(with_causes(&*error)),
    };
    wire::write(write, &last).await
}

async fn forward(mut lines: mpsc::Receiver<Line>, write: &mut OwnedWriteHalf) -> io::Result<()> {
    while let Some(line) = lines.recv().await {
        wire::write(write, &Answer::Said(line)).await?;
    }
    Ok(())
}

/// Resolves when the other end is gone; what it still sends is of no interest.
async fn hung_up(read: &mut BufReader<OwnedReadHalf>) {
    let mut more = [0; 64];
    while read.read(&mut more).await.is_ok_and(|count| count > 0) {}
}
