//! The connection that all calls share: made, watched over and made again in the background, so that no call waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flowra_core::{PortFailure, PortResult};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, RedisResult};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

/// How long a connection may take to come about, and how long a beat may go unanswered.
pub(crate) const LONGEST: Duration = Duration::from_secs(1);

/// How often a quiet connection is tried.
pub(crate) const BEAT: Duration = Duration::from_secs(1);

/// The pauses between two attempts to connect: twice as long each time.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Why a call did not come through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Away {
    #[error("there is no connection to redis")]
    NotConnected,
    #[error("redis did not answer within {0:?}")]
    Late(Duration),
    #[error("redis refused")]
    Refused(#[from] RedisError),
}

/// See the module.
pub(crate) struct Link {
    connection: watch::Receiver<Option<MultiplexedConnection>>,
    shared: Arc<Shared>,
    patience: Duration,
}

#[derive(Default)]
struct Shared {
    /// A call failed: try the connection now.
    doubt: Notify,
    /// A refusal was logged since the connection was made.
    has_complained: AtomicBool,
}

impl Link {
    /// A link and its upkeep, which is to run as long as the link is used.
    pub(crate) fn new(
        client: Client,
        patience: Duration,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (sender, connection) = watch::channel(None);
        let shared = Arc::<Shared>::default();
        let link = Self {
            connection,
            shared: Arc::clone(&shared),
            patience,
        };
        (link, keep(client, sender, shared))
    }

    pub(crate) fn is_up(&self) -> bool {
        self.connection.borrow().is_some()
    }

    /// Waits until there is a connection.
    pub(crate) async fn up(&self) {
        // Only a link whose upkeep has ended gets an error, and then nobody uses it any longer.
        let _ = self.connection.clone().wait_for(Option::is_some).await;
    }

    /// The connection, for one call.
    pub(crate) fn connection(&self, what: &'static str) -> PortResult<MultiplexedConnection> {
        let connection = self.connection.borrow().clone();
        connection.ok_or_else(|| PortFailure::unavailable(what, Away::NotConnected))
    }

    /// The answer to a call, if it comes in time.
    pub(crate) async fn answer<T>(
        &self,
        what: &'static str,
        call: impl Future<Output = RedisResult<T>>,
    ) -> PortResult<T> {
        let away = match timeout(self.patience, call).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => {
                self.complain(what, &error);
                Away::Refused(error)
            }
            Err(_) => Away::Late(self.patience),
        };
        self.shared.doubt.notify_one();
        Err(PortFailure::unavailable(what, away))
    }

    /// Logs what Redis itself refuses, such as a user without the right to run scripts, once a connection. That the connection broke is
    /// logged where it is noticed.
    fn complain(&self, what: &'static str, error: &RedisError) {
        if !error.is_io_error()
            && !error.is_connection_dropped()
            && !self.shared.has_complained.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                what,
                error = error as &dyn std::error::Error,
                "redis refuses what it is asked; the server goes on without"
            );
        }
    }
}

async fn keep(client: Client, sender: watch::Sender<Option<MultiplexedConnection>>, shared: Arc<Shared>) {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(LONGEST))
        .set_response_timeout(Some(LONGEST));
    let mut pauses = Pauses::default();
    let mut is_known = false;
    loop {
        let error = match client.get_multiplexed_async_connection_with_config(&config).await {
            Ok(mut connection) => {
                tracing::info!("redis is there: servers count and tell presence together");
                shared.has_complained.store(false, Ordering::Relaxed);
                sender.send_replace(Some(connection.clone()));
                pauses = Pauses::default();
                is_known = false;
                let error = watch_over(&mut connection, &shared.doubt).await;
                sender.send_replace(None);
                error
            }
            Err(error) => error,
        };
        if !is_known {
            is_known = true;
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "redis of setting `redis` is away: until it is back, this server counts and knows who is online for itself"
            );
        }
        pauses.next().await;
    }
}

/// Beats until a beat is not answered.
async fn watch_over(connection: &mut MultiplexedConnection, doubt: &Notify) -> RedisError {
    loop {
        let _ = timeout(BEAT, doubt.notified()).await;
        // The connection's own timeout ends a beat that is not answered.
        if let Err(error) = redis::cmd("PING").exec_async(connection).await {
            return error;
        }
    }
}

/// Pauses that grow.
pub(crate) struct Pauses(Duration);

impl Default for Pauses {
    fn default() -> Self {
        Self(PAUSES.0)
    }
}

impl Pauses {
    pub(crate) async fn next(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(PAUSES.1);
    }
}
