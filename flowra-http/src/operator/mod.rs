//! The commands of whoever operates an installation, carried out where its data are.
//!
//! Over MongoDB a command opens the store, as one more process beside the servers. A SQLite file belongs to one process: while a server has it,
//! the command is handed to that server through a socket beside the file ([`Door`]) and carried out there, over the same store and the same use
//! cases; what it says comes back line by line. Without a server it opens the file itself. One code serves both.
//!
//! To add a command: 1. a variant of [`Order`]; 2. its `carry_out(&Site, &Console)` in [`command`](crate::command).

mod ask;
mod console;
mod door;
mod wire;

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use flowra_core::App;
use serde::{Deserialize, Serialize};

use crate::cli::{CommandError, SettingsArgs, is_broken_pipe};
use crate::command::{Check, ManageDeadLetters, ManageUsers, Rebuild};
use crate::config::Storage;
use crate::installation;
use crate::store::{Store, StoreError};

pub use console::Console;
pub use door::Door;

pub(crate) type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// What an operator wants done.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// `flowra check`
    Check(Check),
    /// `flowra rebuild`
    Rebuild(Rebuild),
    /// `flowra user …`
    User(ManageUsers),
    /// `flowra dead-letters …`
    DeadLetters(ManageDeadLetters),
}

/// Where an order is carried out: the data, and the use cases over them.
pub struct Site {
    /// The opened store.
    pub store: Store,
    /// The use cases, a server's own where one runs.
    pub app: App,
}

impl Order {
    /// Carries it out, by the server that has the data if there is one.
    ///
    /// # Errors
    /// Settings that cannot be used; a store that cannot be opened; what the command itself could not do.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        let settings = settings.read()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| CommandError::Failed(error.into()))?;
        runtime
            .block_on(async {
                let input = if self.needs_input() {
                    Some(first_line()?)
                } else {
                    None
                };
                match self.open(&settings.storage).await {
                    Ok(store) => here(self, store, input).await,
                    Err(taken) if taken.is_in_use() => match socket_of(&settings.storage) {
                        Some(socket) => ask::the_server(&socket, self, input, taken).await,
                        None => Err(taken.into()),
                    },
                    Err(error) => Err(error.into()),
                }
            })
            .map_err(CommandError::Failed)
    }

    async fn open(&self, storage: &Storage) -> Result<Store, StoreError> {
        if self.makes_data() {
            Store::open(storage).await
        } else {
            Store::open_existing(storage).await
        }
    }

    /// Does it on a site.
    async fn carry_out(&self, site: &Site, console: &Console) -> Outcome {
        match self {
            Self::Check(check) => check.carry_out(site, console).await,
            Self::Rebuild(rebuild) => rebuild.carry_out(site, console).await,
            Self::User(users) => users.carry_out(site, console).await,
            Self::DeadLetters(letters) => letters.carry_out(site, console).await,
        }
    }

    /// Its command, as typed.
    fn name(&self) -> &'static str {
        match self {
            Self::Check(_) => "check",
            Self::Rebuild(_) => "rebuild",
            Self::User(_) => "user",
            Self::DeadLetters(_) => "dead-letters",
        }
    }

    /// Whether it may be the first that an installation hears.
    fn makes_data(&self) -> bool {
        matches!(self, Self::User(users) if users.adds())
    }

    /// Whether a line of standard input belongs to it.
    fn needs_input(&self) -> bool {
        matches!(self, Self::User(users) if users.takes_password())
    }
}

/// Carries an order out in this process.
async fn here(order: Order, store: Store, input: Option<String>) -> Outcome {
    let app = installation::offline(&store);
    let site = Site { store, app };
    let (console, lines) = Console::new(input);
    let (done, printed) = tokio::join!(
        async move { order.carry_out(&site, &console).await },
        console::print(lines)
    );
    match done {
        // The words did not reach anybody, and `printed` knows why.
        Err(error) if is_broken_pipe(&*error) => Ok(printed?),
        Err(error) => Err(error),
        Ok(()) => Ok(printed?),
    }
}

/// The first line of standard input, so that a password is in no history and no list of processes.
fn first_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}

/// Where the server that has this storage listens for orders, if it is of the kind that does.
fn socket_of(storage: &Storage) -> Option<PathBuf> {
    match storage {
        // A server knows its file by the name without links.
        Storage::Sqlite(file) => Some(socket_beside(&file.canonicalize().ok()?)),
        Storage::Mongo(_) => None,
    }
}

fn socket_beside(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".socket");
    PathBuf::from(path)
}
