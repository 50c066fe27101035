//! `flowra check`: is the log whole, and does everything stored follow from it?

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use flowra_adapters_sqlite::Difference;
use flowra_core::PortFailure;

use crate::cli::{CommandError, SettingsArgs};
use crate::installation;

/// Verify that the log is whole and that everything stored follows from it; the server must not run on the same data
#[derive(Args, Debug)]
pub struct Check {}

/// Why the data are not known to be in order.
#[derive(Debug, thiserror::Error)]
enum CheckError {
    #[error("the log in {} is damaged: {difference}; put back a copy of the file", file.display())]
    Log { file: PathBuf, difference: Difference },
    #[error(
        "{} does not follow from its log: {difference}; `flowra rebuild` makes it anew from the log",
        file.display()
    )]
    Stored { file: PathBuf, difference: Difference },
    #[error("cannot check {}", file.display())]
    Damaged { file: PathBuf, source: PortFailure },
    #[error("cannot check {}; it needs room for a second copy of the data beside it", file.display())]
    Unread { file: PathBuf, source: PortFailure },
}

impl Check {
    /// Does it.
    ///
    /// # Errors
    /// Settings that cannot be used; a store that cannot be opened or read; the first difference.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        let settings = settings.read()?;
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.map_err(|error| CommandError::Failed(error.into()))?;
        runtime
            .block_on(async {
                let store = installation::open_existing_store(&settings.storage)?;
                let file = store.file().to_owned();
                let report = match store.check().await {
                    Ok(report) => report,
                    Err(source @ PortFailure::Corrupt { .. }) => {
                        return Err(CheckError::Damaged { file, source }.into());
                    }
                    Err(source) => return Err(CheckError::Unread { file, source }.into()),
                };
                match report.difference {
                    Some(difference) if difference.is_in_log() => {
                        Err(CheckError::Log { file, difference }.into())
                    }
                    Some(difference) => Err(CheckError::Stored { file, difference }.into()),
                    None => Ok::<_, Box<dyn Error + Send + Sync>>(writeln!(
                        std::io::stdout().lock(),
                        "{} is in order: {} events without a hole, {} streams each in order, and {} stored rows that follow from them",
                        file.display(),
                        report.events,
                        report.streams,
                        report.rows,
                    )?),
                }
            })
            .map_err(CommandError::Failed)
    }
}
