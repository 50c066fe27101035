//! Runs the consumers of the log in this process, each in a task of its own.
//!
//! What a consumer does is in the core's [`Consumer`]; when and where it runs, in its [`Runner`]. This module gives them tasks, ends them in
//! order, keeps a panic from ending one, and tells logs and metrics how they get on.
//!
//! # To add a consumer
//! Write a file with a structure that implements [`Consumer`], and list it in [`duties`] and its name in [`CONSUMERS`].

mod guarded;
mod observer;
mod read_model;

use std::sync::Arc;
use std::time::Duration;

use flowra_core::event::{Consumer, ConsumerPorts, Fence, Policy, Runner};
use flowra_core::{PortResult, Ports};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;

use crate::http::metrics;
use guarded::Guarded;
use observer::Observer;
pub use read_model::ReadModel;

/// How long to wait before asking a store again that could not say where a consumer is to begin.
const PAUSE: Duration = Duration::from_secs(1);

/// A consumer and where it begins.
#[derive(Clone)]
pub struct Duty {
    /// The consumer.
    pub consumer: Arc<dyn Consumer>,
    /// Where it begins on an installation that has never run it.
    pub begin: Begin,
}

/// Where a consumer begins that has no checkpoint yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At the first event that there ever was.
    FirstEvent,
    /// With the next event: what happened before is none of its business.
    NextEvent,
}

/// The names of the consumers of every installation.
pub const CONSUMERS: &[&str] = &[read_model::NAME];

/// The consumers of every installation.
#[must_use]
pub fn duties(ports: Arc<Ports>) -> Vec<Duty> {
    vec![Duty {
        consumer: Arc::new(ReadModel::new(ports)),
        begin: Begin::NextEvent,
    }]
}

/// Consumers that run until this is stopped or dropped.
pub struct Worker {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Worker {
    /// Starts them; each works whenever it gets its lease. Needs a running tokio.
    #[must_use]
    pub fn start(ports: &ConsumerPorts, policy: Policy, duties: Vec<Duty>) -> Self {
        let (stop, _) = watch::channel(false);
        let holder = Uuid::now_v7().to_string();
        let mut tasks = JoinSet::new();
        for duty in duties {
            tasks.spawn(run(duty, holder.clone(), ports.clone(), policy, stop.subscribe()));
        }
        Self { stop, tasks }
    }

    /// Resolves when a consumer's task has died, which an error in this program alone brings about: a consumer that panics is guarded. Another process
    /// takes its lease over.
    pub async fn broken(&mut self) -> JoinError {
        loop {
            match self.tasks.join_next().await {
                Some(Err(died)) => return died,
                Some(Ok(())) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// Ends them and gives their leases back, so that another process can go on at once.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(died) = ended {
                tracing::error!(error = &died as &dyn std::error::Error, "a consumer's task died");
            }
        }
    }
}

async fn run(
    duty: Duty,
    holder: String,
    ports: ConsumerPorts,
    policy: Policy,
    mut stop: watch::Receiver<bool>,
) {
    let name = duty.consumer.name();
    metrics::consumer_begins(name);
    let mut stopped = stop.clone();
    if duty.begin == Begin::NextEvent {
        tokio::select! {
            () = begin_at_head(name, &ports) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
    let consumer = Arc::new(Guarded::new(duty.consumer));
    let runner = Runner::new(consumer, holder, ports, Arc::new(Observer), policy);
    // A worker that is gone has aborted this task.
    let stopping = async move { drop(stopped.wait_for(|stop| *stop).await) };
    runner.run(stopping).await;
}

/// Puts the checkpoint of a consumer that has none at the head of the log.
async fn begin_at_head(name: &'static str, ports: &ConsumerPorts) {
    while let Err(failure) = skip_to_head(name, ports).await {
        tracing::warn!(
            consumer = name,
            error = &failure as &dyn std::error::Error,
            "a consumer cannot begin yet"
        );
        ports.timer.sleep(PAUSE).await;
    }
}

/// The lowest fence there is, so that of two that begin at once neither takes the other back.
async fn skip_to_head(name: &'static str, ports: &ConsumerPorts) -> PortResult<()> {
    if ports.checkpoints.load(name).await?.is_none() {
        let head = ports.log.head().await?;
        ports.checkpoints.save(name, Fence::NONE, head).await?;
    }
    Ok(())
}
