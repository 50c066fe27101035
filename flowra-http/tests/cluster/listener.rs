//! Somebody who listens to a chat for as long as it takes, at whichever server is there.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;

use crate::client::{Client, Connection};
use crate::parts::{Installation, PATIENCE};

/// How long a server may say nothing before another is tried: one that is paused says nothing either.
const SILENCE: Duration = Duration::from_secs(3);

pub(crate) struct Listener {
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Listens at this server first, and at the next one whenever a connection ends. It has begun when this returns.
    pub(crate) async fn start(
        installation: &Installation,
        server: usize,
        client: &Client,
        chat: &str,
    ) -> Self {
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let (client, chat, servers) = (client.clone(), chat.to_owned(), installation.ports.len());
        let into = Arc::clone(&heard);
        let (mut connection, mut cursor) = follow(&client, server, &chat).await.unwrap();
        let task = tokio::spawn(async move {
            // Why a connection ends does not matter here: what counts is what was heard in the end.
            let _ = hear(&mut connection, &mut cursor, &into).await;
            for attempt in server + 1.. {
                let _ = resume(&client, attempt % servers, &chat, &mut cursor, &into).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        Self { heard, task }
    }

    /// All that was heard, once this has been.
    pub(crate) async fn until(self, last: &str) -> Vec<String> {
        let begin = Instant::now();
        while self
            .heard
            .lock()
            .unwrap()
            .last()
            .is_none_or(|heard| heard != last)
        {
            assert!(begin.elapsed() < PATIENCE, "{last} was not heard");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.task.abort();
        let heard = self.heard.lock().unwrap();
        heard.clone()
    }
}

/// Begins to listen; answers from where on.
async fn follow(client: &Client, server: usize, chat: &str) -> Result<(Connection, String), Error> {
    let mut connection = client.connect(server).await?;
    let cursor = connection.follow(chat).await?;
    Ok((connection, cursor))
}

async fn resume(
    client: &Client,
    server: usize,
    chat: &str,
    cursor: &mut String,
    heard: &Mutex<Vec<String>>,
) -> Result<(), Error> {
    let mut connection = client.connect(server).await?;
    let missed = json!({"type": "resume", "after": cursor, "chat_ids": [chat], "workspace_ids": []});
    connection.say(&missed).await?;
    hear(&mut connection, cursor, heard).await
}

async fn hear(
    connection: &mut Connection,
    cursor: &mut String,
    heard: &Mutex<Vec<String>>,
) -> Result<(), Error> {
    while let Some(frame) = next(connection).await? {
        assert_ne!(frame["type"], "resync", "the gap is short");
        assert_ne!(frame["type"], "error", "{frame}");
        if frame["type"] == "message.posted" {
            let content = frame["data"]["content"].as_str().unwrap().to_owned();
            heard.lock().unwrap().push(content);
        }
        if let Some(place) = frame["cursor"].as_str() {
            place.clone_into(cursor);
        }
    }
    Ok(())
}

/// The next frame; none when the server has been silent too long.
async fn next(connection: &mut Connection) -> Result<Option<Value>, Error> {
    match timeout(SILENCE, connection.next()).await {
        Ok(frame) => frame.map(Some),
        Err(_) => Ok(None),
    }
}
