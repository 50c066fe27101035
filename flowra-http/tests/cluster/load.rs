//! People who post, each message under a key of its own, again and again until a server acknowledges it.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::parts::Installation;

/// How many post at the same time.
const POSTERS: usize = 8;

/// What became of the messages.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) tried: HashSet<String>,
    pub(crate) acknowledged: Vec<String>,
}

pub(crate) struct Load {
    is_over: Arc<AtomicBool>,
    posters: Vec<JoinHandle<Done>>,
}

impl Load {
    pub(crate) fn start(installation: &Installation, client: &Client, chat: &str) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let servers = installation.ports.len();
        let path = format!("{}/{chat}/messages", client.chats());
        let posters = (0..POSTERS)
            .map(|poster| {
                let (client, path, is_over) = (client.clone(), path.clone(), Arc::clone(&is_over));
                tokio::spawn(async move { post(poster, servers, &client, &path, &is_over).await })
            })
            .collect();
        Self { is_over, posters }
    }

    /// Ends it; nobody gives a message up.
    pub(crate) async fn stop(self) -> Done {
        self.is_over.store(true, Ordering::Relaxed);
        let mut done = Done::default();
        for poster in self.posters {
            let one = poster.await.unwrap();
            done.tried.extend(one.tried);
            done.acknowledged.extend(one.acknowledged);
        }
        done
    }
}

async fn post(poster: usize, servers: usize, client: &Client, path: &str, is_over: &AtomicBool) -> Done {
    let mut done = Done::default();
    let mut number = 0;
    while !is_over.load(Ordering::Relaxed) {
        number += 1;
        let content = format!("message {number} of {poster}");
        done.tried.insert(content.clone());
        let (key, body) = (format!("{poster}-{number}"), json!({ "content": content }));
        for attempt in poster.. {
            match client.post_at(attempt % servers, path, Some(&key), &body).await {
                Ok((201 | 200, _)) => break,
                Ok((status, answer)) => assert!(status >= 500 || status == 409, "{status} {answer}"),
                Err(_) => {}
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        done.acknowledged.push(content);
        // People do not type faster, and the test is not a benchmark.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    done
}
