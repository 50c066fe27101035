//! A person at any of the servers.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::parts::{Installation, PATIENCE};

/// How long an answer may take before another server is asked.
const ANSWER: Duration = Duration::from_secs(15);

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Client {
    ports: Arc<[u16]>,
    token: String,
    id: String,
    workspace: String,
}

/// A live connection.
pub(crate) struct Connection(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    /// Makes an account and a workspace.
    pub(crate) async fn register(installation: &Installation, username: &str) -> Self {
        let mut client = Self {
            ports: Arc::clone(&installation.ports),
            token: String::new(),
            id: String::new(),
            workspace: String::new(),
        };
        let account = json!({"username": username, "email": format!("{username}@example.org"),
            "display_name": username, "password": "correct horse battery"});
        let made = client.made_at(0, "/api/v1/auth/register", &account).await;
        made["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut client.token);
        made["user"]["id"].as_str().unwrap().clone_into(&mut client.id);
        let workspace = client
            .made_at(0, "/api/v1/workspaces", &json!({"name": "Works"}))
            .await;
        client.workspace = format!("/api/v1/workspaces/{}", workspace["id"].as_str().unwrap());
        client
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn workspace(&self) -> &str {
        &self.workspace
    }

    pub(crate) fn chats(&self) -> String {
        format!("{}/chats", self.workspace)
    }

    /// A new channel's id.
    pub(crate) async fn channel(&self) -> String {
        let made = self
            .made_at(0, &self.chats(), &json!({"kind": "channel", "title": "General"}))
            .await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Posts what must succeed, and answers what was made.
    pub(crate) async fn made_at(&self, server: usize, path: &str, body: &Value) -> Value {
        let (status, mut answer) = self.post_at(server, path, None, body).await.unwrap();
        assert_eq!(status, 201, "{answer}");
        answer["data"].take()
    }

    pub(crate) async fn post_at(
        &self,
        server: usize,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> io::Result<(u16, Value)> {
        self.send(server, "POST", path, key, &body.to_string()).await
    }

    pub(crate) async fn get_at(&self, server: usize, path: &str) -> (u16, Value) {
        self.send(server, "GET", path, None, "").await.unwrap()
    }

    pub(crate) async fn delete_at(&self, server: usize, path: &str) -> (u16, Value) {
        self.send(server, "DELETE", path, None, "").await.unwrap()
    }

    /// All messages of a chat, oldest first.
    pub(crate) async fn contents(&self, chat: &str) -> Vec<String> {
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("{}/{chat}/messages?limit=100{cursor}", self.chats());
            let (status, page) = self.get_at(0, &path).await;
            assert_eq!(status, 200, "{page}");
            let of = |message: &Value| message["content"].as_str().unwrap().to_owned();
            pages.push(
                page["data"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(of)
                    .collect::<Vec<_>>(),
            );
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        pages.into_iter().rev().flatten().collect()
    }

    /// Listens at a server.
    pub(crate) async fn connect(&self, server: usize) -> Result<Connection, Error> {
        let mut request = format!("ws://127.0.0.1:{}/api/v1/ws", self.ports[server]).into_client_request()?;
        let bearer = format!("Bearer {}", self.token).parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        let connecting = timeout(ANSWER, connect_async(request)).await;
        let (socket, _) = connecting.map_err(|late| Error::Io(io::Error::other(late)))??;
        Ok(Connection(socket))
    }

    async fn send(
        &self,
        server: usize,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &str,
    ) -> io::Result<(u16, Value)> {
        let key = key.map_or_else(String::new, |key| format!("idempotency-key: {key}\r\n"));
        let token = if self.token.is_empty() {
            String::new()
        } else {
            format!("authorization: Bearer {}\r\n", self.token)
        };
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: flowra\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n{token}{key}\r\n{body}"
        );
        let asked = async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.ports[server])).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            whole(&answer).ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
        };
        timeout(ANSWER, asked).await.map_err(io::Error::other)?
    }
}

/// Status and body, unless a part is missing.
fn whole(answer: &str) -> Option<(u16, Value)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = if status == 204 { "null" } else { body };
    Some((status, serde_json::from_str(body).ok()?))
}

impl Connection {
    /// The next frame; an error when there will be none.
    pub(crate) async fn next(&mut self) -> Result<Value, Error> {
        loop {
            match self.0.next().await.ok_or(Error::ConnectionClosed)?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text).unwrap()),
                Message::Close(_) => return Err(Error::ConnectionClosed),
                _ => {}
            }
        }
    }

    pub(crate) async fn say(&mut self, command: &Value) -> Result<(), Error> {
        use futures_util::SinkExt;
        self.0.send(Message::text(command.to_string())).await
    }

    /// Subscribes to a chat; answers from where on.
    pub(crate) async fn follow(&mut self, chat: &str) -> Result<String, Error> {
        self.say(&json!({"type": "subscribe", "chat_id": chat})).await?;
        let frame = self.until("ack").await?;
        Ok(frame["cursor"].as_str().unwrap().to_owned())
    }

    /// The next frame of this type.
    pub(crate) async fn until(&mut self, kind: &str) -> Result<Value, Error> {
        let frames = async {
            loop {
                let frame = self.next().await?;
                assert_ne!(frame["type"], "error", "{frame}");
                if frame["type"] == kind {
                    return Ok(frame);
                }
            }
        };
        timeout(PATIENCE, frames).await.unwrap()
    }

    /// With which code the server ends it.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        let ending = async {
            while let Some(Ok(message)) = self.0.next().await {
                if let Message::Close(Some(frame)) = message {
                    return Some(u16::from(frame.code));
                }
            }
            None
        };
        timeout(PATIENCE, ending).await.unwrap()
    }
}
