//! `flowra serve`: the server, from start to orderly end.

use std::error::Error;
use std::io::Write;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{CommandError, SettingsArgs};
use crate::config::Settings;
use crate::log;
use crate::server::Server;

/// Run the server until it is told to stop
///
/// SIGTERM or SIGINT lets open requests end, for 10 seconds at most.
#[derive(Args, Debug)]
pub struct Serve {}

impl Serve {
    /// Serves until a signal comes.
    ///
    /// # Errors
    /// Settings that cannot be used, an address that is taken, a folder that cannot be written.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        let settings = settings.read()?;
        let logs = log::start(&settings.log).map_err(CommandError::Failed)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| CommandError::Failed(error.into()))?;
        let outcome = runtime.block_on(serve(settings));
        drop(runtime);
        logs.finish();
        outcome.map_err(CommandError::Failed)
    }
}

async fn serve(settings: Settings) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // A file at the size limit of its process is a full disk: writes are refused, and the signal, caught for good, does not end the server.
    drop(signal(SignalKind::from_raw(libc::SIGXFSZ))?);
    let server = Server::bind(settings).await?;
    // Nobody reading the greeting is no reason not to serve.
    let _ = write!(std::io::stdout().lock(), "{}", server.greeting());
    server
        .run(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await?;
    Ok(())
}
