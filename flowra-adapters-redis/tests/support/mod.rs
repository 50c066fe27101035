//! A Redis to test against: the one of `FLOWRA_TEST_REDIS`, or else one of the test's own, without persistence.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use flowra_adapters_redis::{RedisNode, RedisOptions};
use flowra_core::Id;
use flowra_core::cluster::RateLimiter;
use flowra_testkit::contract::{Node, Nodes};
use flowra_testkit::memory::InMemoryCluster;
use tempfile::TempDir;

/// How long a server or a connection may take to come up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A `redis-server` that ends with its value.
pub(crate) struct Server {
    port: u16,
    child: Child,
    folder: TempDir,
}

impl Server {
    /// A fresh one.
    pub(crate) fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = TempDir::new().unwrap();
        let child = Self::spawn(port, &folder);
        Self { port, child, folder }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again, empty, where it was.
    pub(crate) fn restart(&mut self) {
        self.child = Self::spawn(self.port, &self.folder);
    }

    /// Stops it from doing anything, without closing a connection, or lets it go on.
    pub(crate) fn pause(&self, is_paused: bool) {
        let signal = if is_paused { "-STOP" } else { "-CONT" };
        let sent = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Forgets everything.
    pub(crate) fn flush(&self) {
        let mut connection = redis::Client::open(self.url()).unwrap().get_connection().unwrap();
        redis::cmd("FLUSHALL").exec(&mut connection).unwrap();
    }

    fn spawn(port: u16, folder: &TempDir) -> Child {
        let child = Command::new("redis-server")
            .args([
                "--port",
                &port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
            ])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
        let deadline = Instant::now() + PATIENCE;
        while client.get_connection().is_err() {
            assert!(
                Instant::now() < deadline,
                "redis-server does not answer on port {port}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        child
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed by its test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server that tests share as long as one of them runs.
fn shared() -> Option<Arc<Server>> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    if std::env::var_os("FLOWRA_TEST_REDIS").is_some() {
        return None;
    }
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let server = shared.upgrade().unwrap_or_else(|| Arc::new(Server::start()));
    *shared = Arc::downgrade(&server);
    Some(server)
}

/// Counts on its own, as a server without Redis does.
pub(crate) fn alone() -> Arc<dyn RateLimiter> {
    InMemoryCluster::default().node(Id::from_bytes([0; 16]))
}

/// A node of the options, once it is up.
pub(crate) async fn node(options: RedisOptions, id: u8) -> Arc<RedisNode> {
    let node = RedisNode::open(options, Id::from_bytes([id; 16]), alone()).unwrap();
    assert!(
        node.wait_until_up(PATIENCE).await,
        "the node did not reach its redis"
    );
    Arc::new(node)
}

/// Two nodes in a space of their own.
pub(crate) async fn two_nodes() -> Nodes {
    static SPACES: AtomicU32 = AtomicU32::new(0);
    let server = shared();
    let url = match &server {
        Some(server) => server.url(),
        None => std::env::var("FLOWRA_TEST_REDIS").unwrap(),
    };
    let space = format!(
        "test-{}-{}",
        std::process::id(),
        SPACES.fetch_add(1, Ordering::Relaxed)
    );
    // A machine that runs all tests at once may be late without being away.
    let options = RedisOptions::parse(&url)
        .unwrap()
        .apart(&space)
        .with_patience(PATIENCE);
    let (one, other) = (node(options.clone(), 1).await, node(options, 2).await);
    Nodes {
        one: Node::of(Id::from_bytes([1; 16]), &one),
        other: Node::of(Id::from_bytes([2; 16]), &other),
        keep: Box::new(server),
    }
}
