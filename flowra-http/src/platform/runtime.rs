//! The threads on which everything runs that waits for others.

use std::io;
use std::num::NonZero;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Runtime};

use crate::config::Storage;

/// A thread for each core; with a database server on the same machine, for each but one. The database is at work whenever these threads wait, and one of them too many is woken at each step of a request to find nothing to do: on two cores, posts of a single client over MongoDB then take a
/// fifth longer.
///
/// # Errors
/// The machine has no more threads.
pub fn start(storage: &Storage) -> io::Result<Runtime> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    let others = match storage {
        Storage::Mongo(address) if address.is_local() => 1,
        Storage::Mongo(_) | Storage::Sqlite(_) => 0,
    };
    Builder::new_multi_thread()
        .worker_threads(cores.saturating_sub(others).max(1))
        .enable_all()
        .build()
}
