//! One server's end of Redis.

use std::sync::Arc;
use std::time::Duration;

use flowra_core::cluster::{NodeId, RateLimiter, Signal};
use redis::{Client, Script};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::bus;
use crate::link::Link;
use crate::options::{BadRedisUrl, RedisOptions};
use crate::{ledger, limiter};

/// One server's end of Redis, behind the ports of [`flowra_core::cluster`].
///
/// It connects in the background and goes on trying for as long as it lives.
pub struct RedisNode {
    pub(crate) id: NodeId,
    pub(crate) options: RedisOptions,
    pub(crate) link: Link,
    /// The bus, while it is joined.
    pub(crate) heard: watch::Receiver<Option<broadcast::Sender<Signal>>>,
    /// Counts while Redis is away.
    pub(crate) alone: Arc<dyn RateLimiter>,
    pub(crate) take: Script,
    pub(crate) find: Script,
    tasks: [JoinHandle<()>; 2],
}

impl RedisNode {
    /// Begins to connect, and answers at once whether Redis is there or not. `alone` counts while it is not. Needs a running tokio.
    ///
    /// # Errors
    /// [`BadRedisUrl`] when the address cannot be used at all.
    pub fn open(options: RedisOptions, id: NodeId, alone: Arc<dyn RateLimiter>) -> Result<Self, BadRedisUrl> {
        let client = Client::open(options.connection.clone()).map_err(|_| BadRedisUrl)?;
        let (link, upkeep) = Link::new(client.clone(), options.patience);
        let (sender, heard) = watch::channel(None);
        let listening = bus::listen(client, options.key(bus::CHANNEL), id, sender);
        Ok(Self {
            id,
            options,
            link,
            heard,
            alone,
            take: limiter::script(),
            find: ledger::script(),
            tasks: [tokio::spawn(upkeep), tokio::spawn(listening)],
        })
    }

    /// Whether Redis answers and the bus is joined.
    #[must_use]
    pub fn is_up(&self) -> bool {
        // A task that has ended, which it does by a panic only, notices nothing any more.
        let is_looked_after = !self.tasks.iter().any(JoinHandle::is_finished);
        is_looked_after && self.link.is_up() && self.heard.borrow().is_some()
    }

    /// Waits until Redis is up, at most so long; whether it is.
    pub async fn wait_until_up(&self, patience: Duration) -> bool {
        let mut heard = self.heard.clone();
        let up = async {
            self.link.up().await;
            heard.wait_for(Option::is_some).await.is_ok()
        };
        timeout(patience, up).await.unwrap_or(false)
    }
}

impl Drop for RedisNode {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
