//! The floors: servers that do a line's work with bare parts and nothing else, each a process of its own.
//!
//! What a figure costs beyond its floor is what Flowra costs; what the floor costs is the machine, the network stack and the disk.
//!
//! - `insert`: salvo, one handler that reads a JSON body and waits for its group-committed insert into SQLite.
//! - `fixed`: salvo, one handler that answers as many bytes as the path asks for. Also the floor of starting.
//! - `broadcast`: TCP, each frame of a publisher written to each subscriber of its group. Also the floor of idle connections.

mod broadcast;
mod fixed;
mod insert;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use salvo::conn::tcp::TcpAcceptor;
use tokio::net::TcpListener;

use super::error::{BenchError, Result, Trying};

pub(super) use broadcast::{publish, publisher, subscriber};

/// Which bare parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FloorKind {
    /// Salvo and a group-committed insert.
    Insert,
    /// Salvo and a fixed answer.
    Fixed,
    /// A TCP broadcast.
    Broadcast,
}

impl FloorKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Fixed => "fixed",
            Self::Broadcast => "broadcast",
        }
    }
}

/// Run a server of bare parts for `flowra bench`
#[derive(Args, Debug)]
pub struct Floor {
    /// Which bare parts
    kind: FloorKind,
    /// Where it keeps its data
    folder: PathBuf,
}

impl Floor {
    /// Serves on a free port of the loopback, which its first line names, until it is killed.
    ///
    /// # Errors
    /// A port that cannot be had, a folder that cannot be written.
    pub fn run(self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .trying("start the floor's threads")?;
        runtime.block_on(async {
            let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
                .await
                .trying("listen on the loopback")?;
            match self.kind {
                FloorKind::Insert => {
                    let table = insert::Table::open(&self.folder)?;
                    greet(&listener)?;
                    serve(listener, insert::router(table)).await
                }
                FloorKind::Fixed => {
                    greet(&listener)?;
                    serve(listener, fixed::router()).await
                }
                FloorKind::Broadcast => {
                    greet(&listener)?;
                    broadcast::serve(listener).await
                }
            }
        })
    }
}

fn greet(listener: &TcpListener) -> Result<()> {
    let address = listener.local_addr().trying("learn the floor's address")?;
    writeln!(std::io::stdout().lock(), "floor at http://{address}").trying("say where the floor is")
}

async fn serve(listener: TcpListener, router: salvo::Router) -> Result<()> {
    let acceptor = TcpAcceptor::try_from(listener).trying("listen on the loopback")?;
    salvo::Server::new(acceptor)
        .try_serve(router)
        .await
        .map_err(|source| BenchError::Io {
            what: "serve the floor".to_owned(),
            source,
        })
}
