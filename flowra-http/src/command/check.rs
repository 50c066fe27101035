//! `flowra check`: is the log whole, and does everything stored follow from it?

use std::error::Error;
use std::io::Write;

use clap::Args;
use flowra_core::PortFailure;
use flowra_core::event::Difference;

use crate::cli::{CommandError, SettingsArgs};
use crate::store::Store;

/// Verify that the log is whole and that everything stored follows from it; the server must not run on the same data
#[derive(Args, Debug)]
pub struct Check {}

/// Why the data are not known to be in order.
#[derive(Debug, thiserror::Error)]
enum CheckError {
    #[error("the log in {place} is damaged: {difference}; put back a copy of it")]
    Log { place: String, difference: Difference },
    #[error(
        "{place} does not follow from its log: {difference}; `flowra rebuild` makes it anew from the log"
    )]
    Stored { place: String, difference: Difference },
    #[error("cannot check {place}")]
    Damaged { place: String, source: PortFailure },
    #[error("cannot check {place}; it needs room for a second copy of the data beside it")]
    Unread { place: String, source: PortFailure },
}

impl Check {
    /// Does it.
    ///
    /// # Errors
    /// Settings that cannot be used; a store that cannot be opened or read; the first difference.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        let settings = settings.read()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| CommandError::Failed(error.into()))?;
        runtime
            .block_on(async {
                let store = Store::open_existing(&settings.storage).await?;
                let place = store.to_string();
                let report = match store.check().await {
                    Ok(report) => report,
                    Err(source @ PortFailure::Corrupt { .. }) => {
                        return Err(CheckError::Damaged { place, source }.into());
                    }
                    Err(source) => return Err(CheckError::Unread { place, source }.into()),
                };
                match report.difference {
                    Some(difference) if difference.is_in_log() => {
                        Err(CheckError::Log { place, difference }.into())
                    }
                    Some(difference) => Err(CheckError::Stored { place, difference }.into()),
                    None => Ok::<_, Box<dyn Error + Send + Sync>>(writeln!(
                        std::io::stdout().lock(),
                        "{} is in order: {} events without a hole, {} streams each in order, and {} stored rows that follow from them",
                        place,
                        report.events,
                        report.streams,
                        report.rows,
                    )?),
                }
            })
            .map_err(CommandError::Failed)
    }
}
