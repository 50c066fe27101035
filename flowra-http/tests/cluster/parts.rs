//! The processes of an installation, each of which can be killed, paused and started again.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a process may take to come up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A program that is killed when this is dropped.
pub(crate) struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null());
        Self(quiet.spawn().unwrap())
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &self.0.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn end(&mut self) {
        self.signal("-TERM");
        let begin = Instant::now();
        while self.0.try_wait().unwrap().is_none() {
            assert!(begin.elapsed() < PATIENCE, "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended before, and then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

async fn answering(port: u16) {
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(begin.elapsed() < PATIENCE, "nobody answers at {port}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A worker that tells how it gets on.
pub(crate) struct Worker {
    process: Process,
    metrics: u16,
}

impl Worker {
    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// SIGSTOP.
    pub(crate) fn pause(&self) {
        self.process.signal("-STOP");
    }

    pub(crate) fn resume(&self) {
        self.process.signal("-CONT");
    }

    /// Waits until it runs the consumer, or does not.
    pub(crate) async fn until_it_holds(&self, consumer: &str, holds: bool) {
        let wanted = format!(
            "flowra_consumer_held{{consumer=\"{consumer}\"}} {}",
            u8::from(holds)
        );
        let begin = Instant::now();
        loop {
            let metrics = self.metrics().await.unwrap_or_default();
            if metrics.lines().any(|line| line == wanted) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "no {wanted} in {metrics}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn metrics(&self) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.metrics)).await?;
        let request = b"GET /metrics HTTP/1.1\r\nhost: worker\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}

/// A service that the servers use.
pub(crate) struct Service {
    process: Process,
    port: u16,
    command: Box<dyn Fn() -> Command + Send>,
}

impl Service {
    async fn start(port: u16, command: impl Fn() -> Command + Send + 'static) -> Self {
        let process = Process::start(&mut command());
        answering(port).await;
        Self {
            process,
            port,
            command: Box::new(command),
        }
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on what it left.
    pub(crate) async fn restart(&mut self) {
        self.process = Process::start(&mut (self.command)());
        answering(self.port).await;
    }
}

/// Everything.
pub(crate) struct Installation {
    pub(crate) database: Service,
    pub(crate) redis: Service,
    servers: Vec<Option<Process>>,
    worker: Option<Process>,
    /// Where the servers are.
    pub(crate) ports: Arc<[u16]>,
    _folder: TempDir,
}

impl Installation {
    /// So many servers with a worker, a database and a Redis of their own.
    pub(crate) async fn start(servers: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let (database_port, redis_port) = (free_port(), free_port());
        let data = folder.path().join("mongodb");
        let database = Service::start(database_port, move || {
            let mut command = Command::new(database_program());
            command
                .args(["--host", "127.0.0.1", "--port", &database_port.to_string()])
                .arg("--storage-path")
                .arg(&data)
                .arg("--sync-on-commit")
                .stderr(Stdio::null());
            command
        })
        .await;
        let redis = Service::start(redis_port, move || {
            let mut command = Command::new("redis-server");
            command.args(["--bind", "127.0.0.1", "--port", &redis_port.to_string()]);
            command.args(["--save", "", "--appendonly", "no"]);
            command
        })
        .await;
        let mut installation = Self {
            database,
            redis,
            servers: (0..servers).map(|_| None).collect(),
            worker: None,
            ports: (0..servers).map(|_| free_port()).collect(),
            _folder: folder,
        };
        for server in 0..servers {
            installation.start_server(server).await;
        }
        installation.start_worker();
        installation
    }

    /// A database of this name, as setting `storage` names it.
    pub(crate) fn storage(&self, name: &str) -> String {
        format!(
            "mongodb://127.0.0.1:{}/{name}?directConnection=true",
            self.database.port
        )
    }

    pub(crate) fn flowra(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowra"));
        let redis = self.redis.port;
        command
            .args(arguments)
            .env_clear()
            .env("FLOWRA_STORAGE", self.storage("flowra"))
            .env("FLOWRA_REDIS", format!("redis://127.0.0.1:{redis}"))
            .env("FLOWRA_WORKER", "apart")
            .env("FLOWRA_LOG", "warn")
            .env("FLOWRA_LIMITS__REQUESTS_PER_MINUTE", "0");
        command
    }

    /// Runs a command beside the servers.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.flowra(arguments).output().unwrap()
    }

    pub(crate) async fn start_server(&mut self, server: usize) {
        let address = format!("127.0.0.1:{}", self.ports[server]);
        let mut command = self.flowra(&["serve", "--listen", &address]);
        self.servers[server] = Some(Process::start(command.stderr(Stdio::null())));
        answering(self.ports[server]).await;
    }

    /// One more server, at a port of its own, which may not answer yet.
    pub(crate) fn extra_server(&self) -> Process {
        let mut command = self.flowra(&["serve", "--listen", "127.0.0.1:0"]);
        Process::start(command.stderr(Stdio::null()))
    }

    pub(crate) fn start_worker(&mut self) {
        let mut command = self.flowra(&["worker"]);
        self.worker = Some(Process::start(command.stderr(Stdio::null())));
    }

    /// One more worker, at a port of its own.
    pub(crate) fn metered_worker(&self) -> Worker {
        let metrics = free_port();
        let mut command = self.flowra(&["worker", "--set", &format!("metrics=127.0.0.1:{metrics}")]);
        Worker {
            process: Process::start(command.stderr(Stdio::null())),
            metrics,
        }
    }

    /// Ends the worker in order.
    pub(crate) async fn stop_worker(&mut self) {
        if let Some(mut worker) = self.worker.take() {
            worker.end().await;
        }
    }

    fn server(&mut self, server: usize) -> &mut Process {
        self.servers[server].as_mut().unwrap()
    }

    /// SIGKILL.
    pub(crate) fn kill_server(&mut self, server: usize) {
        self.server(server).kill();
    }

    /// SIGKILL.
    pub(crate) fn kill_worker(&mut self) {
        self.worker.as_mut().unwrap().kill();
    }

    /// SIGSTOP: it answers nobody and loses no connection.
    pub(crate) fn pause_server(&mut self, server: usize) {
        self.server(server).signal("-STOP");
    }

    pub(crate) fn resume_server(&mut self, server: usize) {
        self.server(server).signal("-CONT");
    }

    /// Ends servers and worker in order; the services stay.
    pub(crate) async fn stop(&mut self) {
        for process in self.servers.iter_mut().flatten().chain(&mut self.worker) {
            process.end().await;
        }
    }
}

fn database_program() -> PathBuf {
    let cache = std::env::var_os("FLOWRA_TEST_CACHE").map(PathBuf::from);
    let cache =
        cache.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/flowra-test"));
    cache.join("bin/secantusd-rs")
}
