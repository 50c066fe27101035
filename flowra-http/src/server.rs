//! A server from its first listener to its last answer.
//!
//! Puts the parts together; knows no route and no rule.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use flowra_adapters_redis::{BadRedisUrl, RedisNode};
use flowra_core::chat::Presence;
use flowra_core::cluster::RateLimiter;
use flowra_core::event::{ConsumerPorts, Policy};
use flowra_core::{App, Ports};
use futures_util::future::BoxFuture;
use metrics_exporter_prometheus::PrometheusHandle;
use salvo::Router;
use salvo::conn::tcp::TcpAcceptor;
use salvo::fuse::FuseConfig;
use tokio::net::TcpSocket;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};

use crate::body::Renderer;
use crate::config::{Registration, Settings, Storage, Worker as Where};
use crate::feed::{Feed, FeedBroken, Hub, Limits, WatchedSessions, WatchedTokens};
use crate::http::limit::{InProcessLimiter, RateLimits};
use crate::http::ops::Readiness;
use crate::http::{self, ServerState, metrics};
use crate::installation;
use crate::operator::{Door, Site};
use crate::store::{Store, StoreError};
use crate::worker::{self, Worker};

/// How long open requests may take after the server was told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// So many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How long a client may take to send a body.
const BODY_PATIENCE: Duration = Duration::from_mins(1);

/// Why a server did not start or did not go on. Names the setting to change.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address of a listener cannot be had.
    #[error("cannot listen on {address}; free it or set `{setting}` to another address")]
    Listen {
        /// The setting that names the address.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The store cannot be opened.
    #[error("cannot open the data of setting `storage`")]
    Store(#[from] StoreError),
    /// The address of Redis cannot be used.
    #[error("cannot use setting `redis`")]
    Redis(#[from] BadRedisUrl),
    /// The store was opened and does not work.
    #[error("the data of setting `storage` cannot be used")]
    Unusable(#[source] flowra_core::Error),
    /// The metrics cannot be gathered.
    #[error("cannot measure, as setting `metrics` asks")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// Clients would be short of live events, and nobody would notice.
    #[error("the server stopped, since it could not tell clients any more what happens")]
    Feed(#[from] FeedBroken),
    /// A consumer's task died, and nobody would notice.
    #[error(
        "the server stopped, since one of its consumers died, which is an error in the program: start it again, and report what stands in the log before this"
    )]
    Consumer(#[source] JoinError),
    /// A listener broke while the server ran.
    #[error("the server stopped listening")]
    Broken(#[source] io::Error),
}

/// A server that has its listeners and does not answer yet.
pub struct Server {
    state: Arc<ServerState>,
    api: TcpAcceptor,
    address: SocketAddr,
    metrics: Option<MetricsListener>,
    feed: Feed,
    /// Whether anybody had an account when it started.
    has_accounts: bool,
    /// What the consumers inside need, if any run here.
    inside: Option<ConsumerPorts>,
    /// Where operators' commands come in, and the store they work on, if other processes cannot open it.
    door: Option<(Door, Store)>,
}

impl Server {
    /// Takes the addresses, then opens the data: a server that finds its port taken has not touched them.
    ///
    /// # Errors
    /// A taken address; data that cannot be opened.
    pub async fn bind(settings: Settings) -> Result<Self, ServerError> {
        let listeners = Listeners::take(&settings)?;
        let store = Store::open_patiently(&settings.storage).await?;
        let mut dependencies: Vec<Arc<dyn Readiness>> = vec![Arc::new(StoreReady(store.clone()))];
        let mut limiter: Arc<dyn RateLimiter> = Arc::new(InProcessLimiter::default());
        let hub = match &settings.redis {
            Some(options) => {
                let (node, cluster) = installation::join(options, limiter)?;
                dependencies.push(Arc::new(RedisReady(Arc::clone(&node))));
                limiter = node;
                Hub::among(Limits::default(), cluster)
            }
            None => Hub::new(Limits::default()),
        };
        let ports = store.ports(Arc::clone(&hub) as Arc<dyn Presence>);
        let inside = match settings.worker {
            Where::Inside => Some(store.consumer_ports()),
            Where::Apart => None,
        };
        let server = Self::assemble(settings, listeners, hub, ports, limiter, dependencies).await?;
        Ok(Self {
            inside,
            door: door(&store).map(|door| (door, store)),
            ..server
        })
    }

    /// Takes the addresses for a server over these ports, whose presence is this hub's.
    ///
    /// # Errors
    /// A taken address; ports that do not work.
    pub async fn over(
        settings: Settings,
        hub: Arc<Hub>,
        ports: Ports,
        dependencies: Vec<Arc<dyn Readiness>>,
    ) -> Result<Self, ServerError> {
        let listeners = Listeners::take(&settings)?;
        let limiter = Arc::new(InProcessLimiter::default());
        Self::assemble(settings, listeners, hub, ports, limiter, dependencies).await
    }

    async fn assemble(
        settings: Settings,
        listeners: Listeners,
        hub: Arc<Hub>,
        ports: Ports,
        limiter: Arc<dyn RateLimiter>,
        dependencies: Vec<Arc<dyn Readiness>>,
    ) -> Result<Self, ServerError> {
        let ports = match hub.cluster() {
            Some(cluster) => cluster.ports(&hub, ports),
            None => ports,
        };
        let ports = Ports {
            sessions: Arc::new(WatchedSessions::new(ports.sessions, Arc::clone(&hub))),
            tokens: Arc::new(WatchedTokens::new(ports.tokens, Arc::clone(&hub))),
            ..ports
        };
        let app = App::new(ports);
        app.accounts
            .ensure_bot(installation::own_request())
            .await
            .map_err(ServerError::Unusable)?;
        let has_accounts = app.accounts.any().await.map_err(ServerError::Unusable)?;
        let feed = Feed::start(Arc::clone(&hub), Arc::clone(&app.ports)).await;
        let feed = feed.map_err(|failure| ServerError::Unusable(failure.into()))?;
        let Listeners {
            api: (api, address),
            metrics,
        } = listeners;
        let state = Arc::new(ServerState {
            public_url: settings.address_for(address),
            limits: Arc::new(RateLimits::new(limiter, settings.limits)),
            renderer: Renderer::new(Arc::clone(&app.ports)),
            app,
            hub,
            dependencies,
            settings,
        });
        Ok(Self {
            state,
            api,
            address,
            metrics,
            feed,
            has_accounts,
            inside: None,
            door: None,
        })
    }

    /// Where the API is, with the port the system chose if the settings left it open.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the metrics are, if anywhere.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|metrics| metrics.address)
    }

    /// The URL that people open.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.state.public_url
    }

    /// The first lines a person sees: where to go, where the data are, and what to do first while nobody has an account.
    #[must_use]
    pub fn greeting(&self) -> String {
        let url = &self.state.public_url;
        let data = match &self.state.settings.storage {
            Storage::Sqlite(file) => std::path::absolute(file)
                .unwrap_or_else(|_| file.clone())
                .display()
                .to_string(),
            Storage::Mongo(address) => address.to_string(),
        };
        format!(
            "Flowra {} runs at {url}\n\
             API and its description: {url}/docs\n\
             Data: {data}\n\
             {}",
            env!("CARGO_PKG_VERSION"),
            self.first_step(),
        )
    }

    /// What to do first, as a line; nothing where somebody has an account.
    fn first_step(&self) -> String {
        let url = &self.state.public_url;
        match self.state.settings.registration {
            _ if self.has_accounts => String::new(),
            Registration::Open => format!(
                "First step: open {url} in a browser and create an account, or POST it to {url}/api/v1/auth/register; \
                 the first one becomes the system admin.\n"
            ),
            Registration::Closed => format!(
                "First step: run `flowra user add NAME --email ADDRESS --admin` with the same settings; or open {url} in a browser, \
                 where registration is closed as soon as the first account, the system admin's, is made.\n"
            ),
        }
    }

    /// Answers until `stop` resolves, then takes nothing new, lets open requests end for 10 seconds at most, and returns.
    ///
    /// # Errors
    /// A listener, a live feed or a consumer that breaks: it stops as if it had been told to, for whatever watches over it to start it again.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> Result<(), ServerError> {
        let service = http::service(&self.state);
        let fuse = FuseConfig::default().with_request_body_timeout(BODY_PATIENCE);
        let server = salvo::Server::new(self.api).fuse_config(fuse);
        let handle = server.handle();
        let side = self.metrics.map(MetricsListener::answer);
        let mut worker = self.inside.map(|ports| {
            let duties = worker::duties(Arc::clone(&self.state.app.ports));
            Worker::start(&ports, Policy::default(), duties)
        });
        let door = self.door.map(|(door, store)| {
            let app = self.state.app.clone();
            tokio::spawn(door.attend(Site { store, app }))
        });
        let serving = server.try_serve(service);
        let mut feed = self.feed;
        let outcome = {
            let told = async {
                tokio::select! {
                    () = stop => Ok(()),
                    broken = feed.broken() => Err(ServerError::Feed(broken)),
                    died = async {
                        match &mut worker {
                            Some(worker) => worker.broken().await,
                            None => std::future::pending().await,
                        }
                    } => Err(ServerError::Consumer(died)),
                }
            };
            tokio::pin!(serving, told);
            tokio::select! {
                outcome = &mut serving => outcome.map_err(ServerError::Broken),
                told = &mut told => {
                    tracing::info!(seconds = DRAIN.as_secs(), "stopping: open requests may end");
                    // Live connections never end by themselves: their clients are told to come back later.
                    self.state.hub.shut_down();
                    handle.stop_graceful(DRAIN);
                    let drained = serving.await.map_err(ServerError::Broken);
                    told.and(drained)
                }
            }
        };
        drop(side);
        if let Some(door) = door {
            door.abort();
            // It ends as asked; what it carried out is broken off.
            let _ = door.await;
        }
        if let Some(worker) = worker {
            worker.stop().await;
        }
        drop(feed);
        if let Some(cluster) = self.state.hub.cluster() {
            cluster.leave().await;
        }
        outcome
    }

    /// Answers in the background, until the handle stops it or is dropped.
    #[must_use]
    pub fn start(self) -> RunningServer {
        let (address, metrics_address) = (self.address(), self.metrics_address());
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(self.run(async move {
            // A dropped handle stops the server as well.
            let _ = stopped.await;
        }));
        RunningServer {
            address,
            metrics_address,
            stop,
            task,
        }
    }
}

/// A server that answers in the background.
pub struct RunningServer {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServerError>>,
}

impl RunningServer {
    /// Where the API is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the metrics are, if anywhere.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Stops as a signal would, and waits for the end.
    ///
    /// # Errors
    /// As [`Server::run`].
    pub async fn stop(self) -> Result<(), ServerError> {
        // The server may have ended before, and then there is nobody to tell.
        let _ = self.stop.send(());
        self.task
            .await
            .unwrap_or_else(|ended| Err(ServerError::Broken(io::Error::other(ended))))
    }
}

/// The metrics' listener before it answers.
pub(crate) struct MetricsListener {
    acceptor: TcpAcceptor,
    address: SocketAddr,
    recorder: PrometheusHandle,
}

impl MetricsListener {
    /// Takes the address and starts measuring, if the settings want it.
    pub(crate) fn take(settings: &Settings) -> Result<Option<Self>, ServerError> {
        let Some(wanted) = settings.metrics else {
            return Ok(None);
        };
        let (acceptor, address) = listen("metrics", wanted)?;
        Ok(Some(Self {
            acceptor,
            address,
            recorder: metrics::install()?,
        }))
    }

    /// Answers until what is returned is dropped.
    pub(crate) fn answer(self) -> Side {
        let router = Router::new().push(metrics::router(self.recorder.clone()));
        let listener = tokio::spawn(async move {
            if let Err(error) = salvo::Server::new(self.acceptor).try_serve(router).await {
                tracing::error!(%error, "the metrics' listener broke");
            }
        });
        Side {
            tasks: [listener, tokio::spawn(metrics::keep_up(self.recorder))],
        }
    }
}

/// The metrics' listener and upkeep, which end when this is dropped.
pub(crate) struct Side {
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Side {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// The addresses that a server answers on.
struct Listeners {
    api: (TcpAcceptor, SocketAddr),
    metrics: Option<MetricsListener>,
}

impl Listeners {
    fn take(settings: &Settings) -> Result<Self, ServerError> {
        let api = listen("listen", settings.listen)?;
        let metrics = MetricsListener::take(settings)?;
        Ok(Self { api, metrics })
    }
}

fn listen(setting: &'static str, address: SocketAddr) -> Result<(TcpAcceptor, SocketAddr), ServerError> {
    let failed = |source| ServerError::Listen {
        setting,
        address,
        source,
    };
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    };
    let socket = socket.map_err(failed)?;
    // A server that starts again gets its address back while connections of the last one fade.
    socket.set_reuseaddr(true).map_err(failed)?;
    // Accepted connections inherit it. Without it, a live event waits for the client to acknowledge the one before, which takes up to 40 ms.
    socket.set_nodelay(true).map_err(failed)?;
    socket.bind(address).map_err(failed)?;
    let listener = socket.listen(BACKLOG).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((TcpAcceptor::try_from(listener).map_err(failed)?, bound))
}

/// The way in for operators' commands, where they cannot open the store beside this server. It serves without one, too.
fn door(store: &Store) -> Option<Door> {
    let file = store.file()?;
    Door::beside(file)
        .inspect_err(|error| {
            tracing::warn!(
                %error,
                file = %file.display(),
                "commands such as `flowra check` cannot be handed to this server: stop it to run them"
            );
        })
        .ok()
}

/// The store as `GET /ready` tries it.
struct StoreReady(Store);

impl Readiness for StoreReady {
    fn name(&self) -> &'static str {
        self.0.kind()
    }

    fn is_needed(&self) -> bool {
        true
    }

    fn check(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async { self.0.probe().await.map_err(|failure| failure.to_string()) })
    }
}

/// Redis as `GET /ready` looks at it; nothing that a server could not do without.
struct RedisReady(Arc<RedisNode>);

impl Readiness for RedisReady {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn is_needed(&self) -> bool {
        false
    }

    fn check(&self) -> BoxFuture<'_, Result<(), String>> {
        let checked = if self.0.is_up() {
            Ok(())
        } else {
            Err("away; this server counts, and knows who is online, for itself".to_owned())
        };
        Box::pin(std::future::ready(checked))
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::listen;

    #[tokio::test]
    async fn what_is_written_to_a_client_leaves_at_once() {
        let (acceptor, address) = listen("listen", ([127, 0, 0, 1], 0).into()).unwrap();
        let client = TcpStream::connect(address);
        let (accepted, connected) = tokio::join!(acceptor.inner().accept(), client);
        connected.unwrap();
        let (accepted, _) = accepted.unwrap();
        assert!(accepted.nodelay().unwrap(), "Nagle's algorithm is on");
    }
}
