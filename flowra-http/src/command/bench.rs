//! `flowra bench`: how fast is it here, and how fast could it be?

use std::path::PathBuf;

use clap::Args;

use crate::bench::{self, Floor, LineName, Options};
use crate::cli::CommandError;

/// Measure the server on this machine, each figure beside its floor
///
/// The floor of a figure is the same work with bare parts, driven by the same clients in the same run. A missed goal is a result and no
/// failure: the exit code is 0 when everything could be measured.
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
    /// Only the floors: what the machine could do at most
    #[arg(long)]
    floors_only: bool,
}

impl Bench {
    /// Measures and prints.
    ///
    /// # Errors
    /// Something that could not be measured.
    pub fn run(self) -> Result<(), CommandError> {
        let options = Options {
            json: self.json,
            only: self.only,
            seconds: self.seconds,
            data: self.data,
            floors_only: self.floors_only,
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
