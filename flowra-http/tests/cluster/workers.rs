//! Two workers of which the one at work is stopped in the middle: for longer than its lease lasts, or for good.

use std::time::{Duration, Instant};

use flowra_core::event::Checkpoint;
use flowra_http::config::Storage;
use flowra_http::store::Store;

use crate::client::Client;
use crate::load::Load;
use crate::parts::{Installation, PATIENCE, Worker};
use crate::{CALM, LONGER_THAN_A_LEASE};

const CONSUMER: &str = "read-model";

/// Shorter than a lease, and long enough for some hundred events to wait.
const BACKLOG: Duration = Duration::from_secs(3);

/// How the consumer stands in the database.
struct Books(Store);

impl Books {
    async fn open(installation: &Installation) -> Self {
        let storage = Storage::parse(&installation.storage("flowra")).unwrap();
        Self(Store::open(&storage).await.unwrap())
    }

    async fn checkpoint(&self) -> Checkpoint {
        let checkpoints = self.0.consumer_ports().checkpoints;
        let begin = Instant::now();
        loop {
            if let Some(checkpoint) = checkpoints.load(CONSUMER).await.unwrap() {
                return checkpoint;
            }
            assert!(begin.elapsed() < PATIENCE, "it does not begin");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn until(&self, what: &str, is_so: impl Fn(Checkpoint) -> bool) -> Checkpoint {
        let begin = Instant::now();
        loop {
            let checkpoint = self.checkpoint().await;
            if is_so(checkpoint) {
                return checkpoint;
            }
            assert!(begin.elapsed() < PATIENCE, "{checkpoint:?} is not {what}");
        }
    }

    async fn is_behind(&self) -> bool {
        let head = self.0.log().head().await.unwrap();
        self.checkpoint().await.position < head
    }

    /// Stops the worker while it has saved a part of what waited for it, and not the rest.
    async fn stop_in_the_middle(&self, worker: &Worker) -> Checkpoint {
        for _ in 0..10 {
            worker.pause();
            tokio::time::sleep(BACKLOG).await;
            let before = self.checkpoint().await;
            worker.resume();
            self.until("moved", |now| now.position > before.position).await;
            worker.pause();
            if self.is_behind().await {
                return self.checkpoint().await;
            }
            worker.resume();
        }
        panic!("it cannot be stopped in the middle");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(
    not(has_services),
    ignore = "needs redis-server and a server for MongoDB; scripts/test installs both"
)]
async fn a_worker_that_was_paused_beyond_its_lease_or_killed_in_a_batch_writes_nothing_more() {
    let mut installation = Installation::start(1).await;
    installation.stop_worker().await;
    let ada = Client::register(&installation, "ada").await;
    let chat = ada.channel().await;
    let books = Books::open(&installation).await;
    let first = installation.metered_worker();
    first.until_it_holds(CONSUMER, true).await;
    let mut second = installation.metered_worker();
    let load = Load::start(&installation, &ada, &chat);
    tokio::time::sleep(CALM).await;

    let left = books.stop_in_the_middle(&first).await;
    tokio::time::sleep(LONGER_THAN_A_LEASE).await;
    second.until_it_holds(CONSUMER, true).await;
    let taken = books.until("past it", |now| now.position > left.position).await;
    assert!(taken.fence > left.fence, "{taken:?} after {left:?}");
    first.resume();
    first.until_it_holds(CONSUMER, false).await;
    let mut last = taken;
    let begin = Instant::now();
    while begin.elapsed() < CALM {
        let now = books.checkpoint().await;
        assert_eq!(now.fence, taken.fence, "the first worker wrote");
        assert!(now.position >= last.position, "{now:?} after {last:?}");
        last = now;
    }

    let left = books.stop_in_the_middle(&second).await;
    second.kill();
    first.until_it_holds(CONSUMER, true).await;
    load.stop().await;
    let head = books.0.log().head().await.unwrap();
    let done = books.until("at the head", |now| now.position == head).await;
    assert!(done.fence > left.fence, "{done:?} after {left:?}");
    drop((first, books));
    installation.stop().await;
    let check = installation.run(&["check", "--json"]);
    assert!(check.status.success(), "{check:?}");
    let letters = installation.run(&["dead-letters", "list"]);
    assert_eq!(String::from_utf8_lossy(&letters.stdout), "", "{letters:?}");
}
