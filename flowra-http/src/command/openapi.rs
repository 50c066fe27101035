//! `flowra openapi`: the description of the API, without a server.

use std::io::Write;
use std::sync::Arc;

use clap::Args;

use crate::cli::{CommandError, SettingsArgs};
use crate::http::limit::{InProcessLimiter, RateLimits};
use crate::http::{openapi, routes};

/// Print the OpenAPI document of the API
#[derive(Args, Debug)]
pub struct PrintOpenApi {}

impl PrintOpenApi {
    /// Prints it.
    ///
    /// # Errors
    /// Settings that cannot be used; an output that cannot be written.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        let limits = Arc::new(RateLimits::new(
            Arc::new(InProcessLimiter::default()),
            settings.read()?.limits,
        ));
        let document = openapi::document(&routes(&limits));
        let text = document
            .to_pretty_json()
            .map_err(|error| CommandError::Failed(error.into()))?;
        writeln!(std::io::stdout().lock(), "{text}").map_err(|error| CommandError::Failed(error.into()))
    }
}
