//! `flowra serve`: the server, from start to orderly end.

use std::error::Error;
use std::io::{self, Write};

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

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
    let mut signals = Signals::catch()?;
    let server = Server::bind(settings).await?;
    // Nobody reading the greeting is no reason not to serve.
    let _ = write!(std::io::stdout().lock(), "{}", server.greeting());
    server.run(async move { signals.next().await }).await?;
    Ok(())
}

/// The signals that end a process in order.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Catches them from now on.
    pub(super) fn catch() -> io::Result<Self> {
        // A file at the size limit of its process is a full disk: writes are refused, and the signal, caught for good, does not end the process.
        drop(signal(SignalKind::from_raw(libc::SIGXFSZ))?);
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the first of them.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
