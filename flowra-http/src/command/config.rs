//! `flowra config`: what would the server run with?

use std::io::Write;

use clap::Args;

use crate::cli::{CommandError, SettingsArgs};
use crate::config::Settings;

/// Print the effective settings, each with where it comes from
///
/// Secrets are hidden. A wrong setting is reported as `serve` would report it.
#[derive(Args, Debug)]
pub struct ShowConfig {}

impl ShowConfig {
    /// Checks and prints the settings.
    ///
    /// # Errors
    /// Settings that cannot be used, or a standard output that takes nothing.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        let values = settings.gather()?;
        Settings::read(&values)?;
        write!(std::io::stdout().lock(), "{values}").map_err(|error| CommandError::Failed(error.into()))
    }
}
