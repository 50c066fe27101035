//! `flowra serve`: the server, from start to orderly end.

use std::error::Error;
use std::io::{self, Write};

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::{CommandError, SettingsArgs};
use crate::config::{ConfigError, Settings};
use crate::demo::Demo;
use crate::log;
use crate::platform::runtime;
use crate::server::Server;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Run the server until it is told to stop
///
/// SIGTERM or SIGINT lets open requests end, for 10 seconds at most.
#[derive(Args, Debug, Default)]
pub struct Serve {
    /// Show a sample team in a database of its own, which is removed when the server stops
    ///
    /// The first lines say where to sign in, and as whom. Your own data are not touched: what the environment or the file says of `storage`,
    /// `redis` and `worker` is passed over, and `--storage` beside this is refused.
    #[arg(long)]
    pub demo: bool,
}

impl Serve {
    /// Serves until a signal comes.
    ///
    /// # Errors
    /// Settings that cannot be used, an address that is taken, a folder that cannot be written.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        if self.demo && settings.names_storage() {
            return Err(ConfigError::DemoElsewhere.into());
        }
        let settings = settings.read()?;
        let logs = log::start(&settings.log).map_err(CommandError::Failed)?;
        let runtime =
            runtime::start(&settings.storage).map_err(|error| CommandError::Failed(error.into()))?;
        let served = runtime.block_on(async {
            let signals = Signals::catch()?;
            if self.demo {
                serve_demo(settings, signals).await.map(Some)
            } else {
                serve(settings, None, signals).await.map(|()| None)
            }
        });
        drop(runtime);
        // Last, when nothing has the database open any more.
        let outcome = served.and_then(|demo| Ok(demo.map_or(Ok(()), Demo::remove)?));
        logs.finish();
        outcome.map_err(CommandError::Failed)
    }
}

/// Serves until a signal comes; a demo has something to add to the greeting.
async fn serve(settings: Settings, demo: Option<&Demo>, mut signals: Signals) -> Outcome<()> {
    let server = tokio::select! {
        server = Server::bind(settings) => server?,
        // The data may be waited for; whoever started this need not.
        () = signals.next() => return Ok(()),
    };
    let mut greeting = server.greeting();
    if let Some(demo) = demo {
        greeting.push_str(&demo.greeting(server.url()));
    }
    // Nobody reading the greeting is no reason not to serve.
    let _ = write!(std::io::stdout().lock(), "{greeting}");
    server.run(async move { signals.next().await }).await?;
    Ok(())
}

/// Makes a demo and serves it; what is left of it comes back.
async fn serve_demo(settings: Settings, signals: Signals) -> Outcome<Demo> {
    let demo = Demo::make().await?;
    serve(demo.settings(settings), Some(&demo), signals).await?;
    Ok(demo)
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
