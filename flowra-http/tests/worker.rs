//! Consumers in a worker, in a server and in processes of their own, and the command that deals with their dead letters.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

#[expect(dead_code, reason = "only settings and single requests are needed here")]
mod support;

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flowra_core::BoxFuture;
use flowra_core::event::{Consumer, Entry, Failure, Policy, Position};
use flowra_core::user::{Authority, Register};
use flowra_http::config::Storage;
use flowra_http::installation;
use flowra_http::store::Store;
use flowra_http::worker::{Begin, CONSUMERS, Duty, ReadModel, Worker, duties};
use serde_json::Value;
use support::send;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

/// Fails twice, and at once.
const HASTY: Policy = Policy {
    batch: 256,
    attempts: 2,
    first_delay: Duration::from_millis(1),
    longest_delay: Duration::from_millis(1),
    pause: Duration::from_millis(1),
    lease: Duration::from_secs(6),
};

/// Notes each event, and panics at one kind of them while it is told to.
#[derive(Default)]
struct Mailer {
    seen: Mutex<Vec<u64>>,
    panics: AtomicBool,
}

impl Mailer {
    fn seen(&self) -> Vec<u64> {
        self.seen.lock().unwrap().clone()
    }
}

impl Consumer for Mailer {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn handle<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<(), Failure>> {
        let panics = self.panics.load(Ordering::SeqCst) && entry.recorded.event.name() == "user.registered";
        assert!(!panics, "the mailbox is full");
        self.seen.lock().unwrap().push(entry.recorded.position.get());
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A data folder.
struct Data(TempDir);

impl Data {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn storage(&self) -> Storage {
        Storage::Sqlite(self.file())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("flowra.db")
    }

    /// The store, as soon as nobody else has it.
    async fn open(&self) -> Store {
        let begin = Instant::now();
        loop {
            match Store::open(&self.storage()).await {
                Ok(store) => return store,
                Err(taken) => assert!(begin.elapsed() < PATIENCE, "{taken}"),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowra"));
        command
            .args(arguments)
            .args(["--storage", &self.storage().to_string()])
            .current_dir("/")
            .env_clear();
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs what must succeed; answers its standard output.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts a process with metrics and waits for its first line.
    fn start(&self, command: &str, settings: &[&str]) -> Running {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let metrics = format!("metrics={port}");
        let mut arguments = vec![command, "--listen", "127.0.0.1:0", "--set", &metrics];
        for setting in settings {
            arguments.extend(["--set", setting]);
        }
        let mut process = self
            .command(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        let out = process.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut greeting).unwrap();
        assert!(greeting.starts_with("Flowra "), "{greeting:?}");
        Running {
            process,
            greeting,
            metrics: port,
        }
    }
}

/// A process that is killed when it is dropped.
struct Running {
    process: Child,
    greeting: String,
    metrics: SocketAddr,
}

impl Running {
    /// SIGTERM, and how it ends.
    fn terminate(mut self) -> Option<i32> {
        let sent = Command::new("kill").arg(self.process.id().to_string()).status();
        assert!(sent.unwrap().success());
        self.process.wait().unwrap().code()
    }

    /// The value of a metric of a consumer, once the process shows one that will do.
    async fn awaited(&self, metric: &str, will_do: impl Fn(u64) -> bool) -> u64 {
        let line = format!("{metric}{{consumer=\"read-model\"}} ");
        let begin = Instant::now();
        loop {
            let page = send(self.metrics, "GET", "/metrics", &[], "").await.text();
            let value = page.lines().find_map(|found| found.strip_prefix(&line));
            match value.map(|value| value.parse().unwrap()) {
                Some(value) if will_do(value) => return value,
                _ => assert!(begin.elapsed() < PATIENCE, "{page}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn registers(&self, name: &str) {
        let address = self.greeting.trim_end().rsplit_once("http://").unwrap().1;
        let body = format!(
            r#"{{"username": "{name}", "email": "{name}@example.org", "display_name": "{name}", "password": "correct horse battery"}}"#
        );
        let json = [("content-type", "application/json")];
        let answer = send(
            address.parse().unwrap(),
            "POST",
            "/api/v1/auth/register",
            &json,
            &body,
        );
        assert_eq!(answer.await.status, 201);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn register(store: &Store, name: &str) -> Position {
    let app = installation::offline(store);
    let command = Register {
        username: name.to_owned(),
        email: format!("{name}@example.org"),
        display_name: name.to_owned(),
        password: "correct horse battery".to_owned(),
    };
    let operator = Authority::Operator(installation::own_request());
    app.accounts.add(&operator, command, false).await.unwrap();
    store.log().head().await.unwrap()
}

fn work(store: &Store, consumer: &Arc<Mailer>, begin: Begin) -> Worker {
    let duty = Duty {
        consumer: Arc::clone(consumer) as Arc<dyn Consumer>,
        begin,
    };
    Worker::start(&store.consumer_ports(), HASTY, vec![duty])
}

/// Waits until the consumer's checkpoint is here.
async fn reached(store: &Store, consumer: &str, position: Position) {
    let begin = Instant::now();
    loop {
        let checkpoint = store.consumer_ports().checkpoints.load(consumer).await.unwrap();
        if checkpoint.is_some_and(|checkpoint| checkpoint.position == position) {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "{checkpoint:?}, not {position}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_is_listed_shown_replayed_and_gone() {
    let data = Data::new();
    let mailer = Arc::new(Mailer::default());
    mailer.panics.store(true, Ordering::SeqCst);
    let store = data.open().await;
    let worker = work(&store, &mailer, Begin::FirstEvent);
    let head = register(&store, "ada").await;
    reached(&store, "mail", head).await;
    worker.stop().await;
    drop(store);

    let listed = data.done(&["dead-letters", "list", "--json"]);
    let letter: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(letter["consumer"], "mail");
    assert_eq!(letter["event"], "user.registered");
    assert_eq!(
        (&letter["failures"], &letter["replay_due"]),
        (&2.into(), &false.into())
    );
    let reason = letter["reason"].as_str().unwrap();
    assert_eq!(reason, "the consumer panicked: the mailbox is full");
    let position = letter["position"].to_string();
    let shown = data.done(&["dead-letters", "show", "mail", &position, "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert!(shown["data"].to_string().contains("ada@example.org"), "{shown}");
    let shown = data.done(&["dead-letters", "show", "mail", &position]);
    assert!(
        shown.contains(reason) && shown.contains("ada@example.org"),
        "{shown}"
    );

    data.done(&["dead-letters", "replay", "mail", &position]);
    assert!(data.done(&["dead-letters", "list"]).contains("replay due"));
    mailer.panics.store(false, Ordering::SeqCst);
    let before = mailer.seen();
    let store = data.open().await;
    let worker = work(&store, &mailer, Begin::FirstEvent);
    let next = register(&store, "bob").await;
    reached(&store, "mail", next).await;
    worker.stop().await;
    drop(store);
    assert_eq!(data.done(&["dead-letters", "list"]), "");
    let replayed: Vec<u64> = mailer.seen()[before.len()..].to_vec();
    let rest = head.get() + 1..=next.get();
    let expected: Vec<u64> = std::iter::once(position.parse().unwrap()).chain(rest).collect();
    assert_eq!(replayed, expected);
}

#[tokio::test]
async fn a_dropped_letter_is_gone_and_one_that_is_not_there_is_refused() {
    let data = Data::new();
    let mailer = Arc::new(Mailer::default());
    mailer.panics.store(true, Ordering::SeqCst);
    let store = data.open().await;
    let worker = work(&store, &mailer, Begin::FirstEvent);
    let head = register(&store, "ada").await;
    reached(&store, "mail", head).await;
    worker.stop().await;
    drop(store);
    let listed = data.done(&["dead-letters", "list"]);
    let position = listed.split('\t').nth(1).unwrap();
    data.done(&["dead-letters", "drop", "mail", position]);
    for action in ["drop", "replay", "show"] {
        let refused = data.run(&["dead-letters", action, "mail", position]);
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8(refused.stderr).unwrap();
        let expected = format!("mail has no dead letter at position {position}: `flowra dead-letters list`");
        assert!(said.contains(&expected), "{said}");
    }
    let unreadable = data.run(&["dead-letters", "drop", "mail", "first"]);
    assert_eq!(unreadable.status.code(), Some(2));
}

#[tokio::test]
async fn a_consumer_goes_on_where_it_was() {
    let data = Data::new();
    let store = data.open().await;
    let first = register(&store, "ada").await;
    for begin in [Begin::NextEvent, Begin::FirstEvent] {
        let mailer = Arc::new(Mailer::default());
        let worker = work(&store, &mailer, begin);
        let from = if begin == Begin::NextEvent {
            // What was before it began is none of its business.
            reached(&store, "mail", first).await;
            first
        } else {
            store.log().head().await.unwrap()
        };
        let head = register(&store, &format!("{begin:?}")).await;
        reached(&store, "mail", head).await;
        worker.stop().await;
        let expected: Vec<u64> = (from.get() + 1..=head.get()).collect();
        assert_eq!(mailer.seen(), expected);
    }
}

#[tokio::test]
async fn a_document_that_is_gone_makes_a_dead_letter_that_names_its_stream() {
    let data = Data::new();
    let store = data.open().await;
    register(&store, "ada").await;
    drop(store);
    // The store still has the file until its threads have ended.
    drop(data.open().await);
    let database = rusqlite::Connection::open(data.file()).unwrap();
    assert_eq!(
        database
            .execute("DELETE FROM users WHERE username = 'ada'", [])
            .unwrap(),
        1
    );
    drop(database);
    let store = data.open().await;
    let consumer = ReadModel::new(Arc::new(installation::unattended(&store)));
    let duty = Duty {
        consumer: Arc::new(consumer),
        begin: Begin::FirstEvent,
    };
    let worker = Worker::start(&store.consumer_ports(), HASTY, vec![duty]);
    reached(&store, "read-model", store.log().head().await.unwrap()).await;
    worker.stop().await;
    drop(store);
    let listed = data.done(&["dead-letters", "list"]);
    assert!(
        listed.contains("user.registered") && listed.contains("`flowra rebuild`"),
        "{listed}"
    );
}

#[tokio::test]
async fn a_migration_takes_checkpoints_and_dead_letters_along() {
    let (data, elsewhere) = (Data::new(), Data::new());
    let mailer = Arc::new(Mailer::default());
    mailer.panics.store(true, Ordering::SeqCst);
    let store = data.open().await;
    let ports = Arc::new(installation::unattended(&store));
    let mut all = duties(ports);
    let names: Vec<_> = all.iter().map(|duty| duty.consumer.name()).collect();
    assert_eq!(names, CONSUMERS);
    all.push(Duty {
        consumer: mailer,
        begin: Begin::FirstEvent,
    });
    let head = register(&store, "ada").await;
    let worker = Worker::start(&store.consumer_ports(), HASTY, all);
    for consumer in ["mail", CONSUMERS[0]] {
        reached(&store, consumer, head).await;
    }
    worker.stop().await;
    drop(store);
    let to = elsewhere.storage().to_string();
    data.done(&["migrate", "--from", &data.storage().to_string(), "--to", &to]);
    let letters = data.done(&["dead-letters", "list"]);
    assert_eq!(letters.lines().count(), 1);
    assert_eq!(elsewhere.done(&["dead-letters", "list"]), letters);
    reached(&elsewhere.open().await, CONSUMERS[0], head).await;
}

#[tokio::test]
async fn a_worker_that_ends_leaves_its_consumers_free() {
    let data = Data::new();
    let store = data.open().await;
    let one = Arc::new(Mailer::default());
    let worker = work(&store, &one, Begin::FirstEvent);
    reached(&store, "mail", register(&store, "ada").await).await;
    worker.stop().await;
    let other = Arc::new(Mailer::default());
    let begin = Instant::now();
    let worker = work(&store, &other, Begin::FirstEvent);
    reached(&store, "mail", register(&store, "bob").await).await;
    assert!(begin.elapsed() < HASTY.lease, "it waited for the lease");
    worker.stop().await;
}

#[tokio::test]
async fn a_killed_server_takes_up_its_consumers_again() {
    let data = Data::new();
    let serving = data.start("serve", &[]);
    serving.awaited("flowra_consumer_held", |held| held == 1).await;
    serving.registers("ada").await;
    serving
        .awaited("flowra_consumer_events_total", |events| events > 0)
        .await;
    drop(serving);
    let serving = data.start("serve", &[]);
    serving.registers("bob").await;
    serving
        .awaited("flowra_consumer_events_total", |events| events > 0)
        .await;
    assert_eq!(serving.terminate(), Some(0));
    let store = data.open().await;
    let head = store.log().head().await.unwrap();
    reached(&store, "read-model", head).await;
    drop(store);
    assert_eq!(data.done(&["dead-letters", "list"]), "");
}

#[tokio::test]
async fn a_worker_of_its_own_handles_what_a_server_left() {
    let data = Data::new();
    let serving = data.start("serve", &[]);
    serving.awaited("flowra_consumer_held", |held| held == 1).await;
    let beside = data.run(&["worker", "--log", "off"]);
    assert_eq!(beside.status.code(), Some(1));
    let said = String::from_utf8(beside.stderr).unwrap();
    assert!(
        said.contains("`flowra serve` runs the consumers itself") && said.contains("in use by"),
        "{said}"
    );
    assert_eq!(serving.terminate(), Some(0));

    let serving = data.start("serve", &["worker=apart"]);
    serving.registers("ada").await;
    let page = send(serving.metrics, "GET", "/metrics", &[], "").await.text();
    assert!(!page.contains("consumer=\""), "{page}");
    assert_eq!(serving.terminate(), Some(0));

    let worker = data.start("worker", &[]);
    assert!(worker.greeting.contains("read-model"), "{}", worker.greeting);
    worker
        .awaited("flowra_consumer_events_total", |events| events > 0)
        .await;
    for metric in ["failures", "dead_letters", "replays"] {
        worker
            .awaited(&format!("flowra_consumer_{metric}_total"), |count| count == 0)
            .await;
    }
    worker.awaited("flowra_consumer_lag_events", |lag| lag == 0).await;
    assert_eq!(worker.terminate(), Some(0));
}

/// A consumer that panics where nothing guards it.
struct Nameless;

impl Consumer for Nameless {
    fn name(&self) -> &'static str {
        panic!("it has no name")
    }

    fn handle<'a>(&'a self, _: &'a Entry) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[tokio::test]
async fn a_task_of_a_consumer_that_dies_is_noticed() {
    let data = Data::new();
    let store = data.open().await;
    let duty = Duty {
        consumer: Arc::new(Nameless),
        begin: Begin::FirstEvent,
    };
    let mut worker = Worker::start(&store.consumer_ports(), HASTY, vec![duty]);
    let died = tokio::time::timeout(Duration::from_secs(10), worker.broken()).await;
    assert!(died.unwrap().is_panic());
}
