//! `flowra worker`: the consumers without a server.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;

use clap::Args;
use flowra_core::event::Policy;

use super::serve::Signals;
use crate::cli::{CommandError, SettingsArgs};
use crate::config::Settings;
use crate::platform::runtime;
use crate::server::MetricsListener;
use crate::store::Store;
use crate::worker::{self, Worker};
use crate::{installation, log};

/// Run the consumers of the log without a server until it is told to stop
///
/// Any number of workers and servers may run on one database; one of them runs each consumer, another takes over within seconds when it dies. A
/// SQLite file belongs to one process, so there `flowra serve` runs the consumers itself. SIGTERM or SIGINT ends it.
#[derive(Args, Debug)]
pub struct Work {}

impl Work {
    /// Works until a signal comes.
    ///
    /// # Errors
    /// Settings that cannot be used; a store that cannot be opened; an address for the metrics that is taken.
    pub fn run(self, settings: &SettingsArgs) -> Result<(), CommandError> {
        let settings = settings.read()?;
        let logs = log::start(&settings.log).map_err(CommandError::Failed)?;
        let runtime =
            runtime::start(&settings.storage).map_err(|error| CommandError::Failed(error.into()))?;
        let outcome = runtime.block_on(work(settings));
        drop(runtime);
        logs.finish();
        outcome.map_err(CommandError::Failed)
    }
}

async fn work(settings: Settings) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut signals = Signals::catch()?;
    let metrics = MetricsListener::take(&settings)?;
    let store = tokio::select! {
        store = Store::open_for_worker(&settings.storage) => store?,
        () = signals.next() => return Ok(()),
    };
    let duties = worker::duties(Arc::new(installation::unattended(&store)));
    let names: Vec<_> = duties.iter().map(|duty| duty.consumer.name()).collect();
    let mut worker = Worker::start(&store.consumer_ports(), Policy::default(), duties);
    let answering = metrics.map(MetricsListener::answer);
    // Nobody reading the greeting is no reason not to work.
    let _ = writeln!(
        std::io::stdout().lock(),
        "Flowra {} works on {store}: {}",
        env!("CARGO_PKG_VERSION"),
        names.join(", "),
    );
    let died = tokio::select! {
        () = signals.next() => Ok(()),
        died = worker.broken() => Err(died),
    };
    worker.stop().await;
    drop(answering);
    Ok(died?)
}
