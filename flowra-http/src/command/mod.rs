//! The commands, one file each.
//!
//! # To add a command
//! Write a file with a structure that derives [`clap::Args`] and has `run(self, &SettingsArgs) -> Result<(), CommandError>`, and give it
//! a variant of [`Command`] and a line in [`Command::run`]. One that works on the data is an [`Order`], which a running server can carry out. The doc comment of the structure's first line is its help.

mod bench;
mod check;
mod config;
mod dead_letters;
mod migrate;
mod openapi;
mod rebuild;
mod serve;
mod user;
mod worker;

use clap::Subcommand;

use crate::cli::{CommandError, SettingsArgs};
use crate::operator::Order;

pub use crate::bench::Floor;
pub use bench::Bench;
pub use check::Check;
pub use config::ShowConfig;
pub use dead_letters::ManageDeadLetters;
pub use migrate::Migrate;
pub use openapi::PrintOpenApi;
pub use rebuild::Rebuild;
pub use serve::Serve;
pub use user::ManageUsers;
pub use worker::Work;

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server until it is told to stop
    Serve(Serve),
    /// Run the consumers of the log without a server until it is told to stop
    ///
    /// Any number of workers and servers may run on one database; one of them runs each consumer, another takes over within seconds when it
    /// dies. A SQLite file belongs to one process, so there `flowra serve` runs the consumers itself. SIGTERM or SIGINT ends it.
    Worker(Work),
    /// List, show, replay and drop the events that a consumer could not handle, also while a server runs
    #[command(name = "dead-letters")]
    DeadLetters(ManageDeadLetters),
    /// Print the effective settings, each with where it comes from
    Config(ShowConfig),
    /// List, add and change accounts, also while a server runs
    User(ManageUsers),
    /// Verify that the log is whole and that everything stored follows from it, also while a server runs
    ///
    /// Reads every event: none may be missing, and each stream's versions must be in order. Then makes all documents anew in a file beside
    /// the database and compares them with the stored ones. Changes nothing. Exit code 0 when all is well; 1 with the first difference
    /// otherwise.
    Check(Check),
    /// Make everything that follows from the log anew, also while a server runs
    ///
    /// Folds all events into new documents in a file beside the database and puts them in the place of the stored ones in one step: a run
    /// that is broken off changes nothing. People go on reading and writing meanwhile; writes wait for the last step. What does not follow from the log stays, such as passwords, sessions and read marks. Progress
    /// goes to standard error.
    Rebuild(Rebuild),
    /// Carry everything over to another store; no server may run on either
    ///
    /// Carries the whole log over in its order, then passwords, personal tokens and read marks, then reads both stores and compares them, and
    /// at last takes the consumers' checkpoints and dead letters along.
    /// A run that is cut off goes on where it was when it is started again; a target with data of its own is refused. Sessions stay
    /// behind: people sign in again. Progress goes to standard error.
    Migrate(Migrate),
    /// Print the OpenAPI document of the API
    #[command(name = "openapi")]
    OpenApi(PrintOpenApi),
    /// Measure the server on this machine, each figure beside its floor
    Bench(Bench),
    /// Run a server of bare parts for `bench`
    #[command(name = "bench-floor", hide = true)]
    Floor(Floor),
}

impl Default for Command {
    fn default() -> Self {
        Self::Serve(Serve::default())
    }
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// Settings that cannot be used, and whatever the command itself could not do.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        match self {
            Self::Serve(serve) => serve.run(settings),
            Self::Worker(worker) => worker.run(settings),
            Self::DeadLetters(letters) => Order::DeadLetters(letters).run(settings),
            Self::Config(config) => config.run(settings),
            Self::User(users) => Order::User(users).run(settings),
            Self::Check(check) => Order::Check(check).run(settings),
            Self::Rebuild(rebuild) => Order::Rebuild(rebuild).run(settings),
            Self::Migrate(migrate) => migrate.run(settings),
            Self::OpenApi(openapi) => openapi.run(settings),
            Self::Bench(bench) => bench.run(settings),
            Self::Floor(floor) => bench::serve_floor(floor),
        }
    }
}
