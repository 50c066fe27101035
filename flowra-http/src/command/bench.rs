//! `flowra bench`: how fast is it here, and how fast could it be?

use std::path::PathBuf;

use clap::Args;

use crate::bench::{self, Floor, LineName, Options};
use crate::cli::{CommandError, SettingsArgs};
use crate::config::Storage;

/// Measure the server on this machine, each figure beside its floor
///
/// The floor of a figure is the same work with bare parts, driven by the same clients in the same run. A missed goal is a result and no
/// failure: the exit code is 0 when everything could be measured.
///
/// With --storage and the address of a MongoDB database it measures what servers do that share one; it makes databases named after
/// that one, which stay.
#[derive(Args, Debug)]
pub struct Bench {
    /// One JSON object a line instead of a table
    #[arg(long)]
    json: bool,
    /// Only this line; can be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<LineName>,
    /// How long each load is counted
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Folder to keep prepared data in; a temporary one in the current folder when left out
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The Redis of the servers that are measured over --storage
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// Only the floors: what the machine could do at most
    #[arg(long)]
    floors_only: bool,
}

impl Bench {
    /// Measures and prints.
    ///
    /// # Errors
    /// A storage that cannot be shared; something that could not be measured.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        let options = Options {
            json: self.json,
            only: self.only,
            seconds: self.seconds,
            data: self.data,
            floors_only: self.floors_only,
            storage: settings.storage.as_deref().map(shared).transpose()?,
            redis: self.redis,
        };
        bench::run(options, &mut std::io::stdout().lock()).map_err(|error| CommandError::Failed(error.into()))
    }
}

/// Serves one floor.
///
/// # Errors
/// As [`Floor::run`].
pub(super) fn serve_floor(floor: Floor) -> Result<(), CommandError> {
    floor.run().map_err(|error| CommandError::Failed(error.into()))
}

/// Why it cannot be measured there.
#[derive(Debug, thiserror::Error)]
#[error("--storage {rule}; leave it out to measure over a file")]
struct NotShared {
    rule: String,
}

/// The address of a storage that several servers can share.
fn shared(text: &str) -> Result<String, CommandError> {
    let rule = match Storage::parse(text) {
        Ok(storage) if storage.is_shared() => return Ok(text.to_owned()),
        Ok(_) => "must be mongodb:// and the address of a database".to_owned(),
        Err(rule) => rule,
    };
    Err(CommandError::Failed(NotShared { rule }.into()))
}
