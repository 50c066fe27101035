//! A server in memory and the people who use it.

use std::net::SocketAddr;

use flowra_core::Ports;
use flowra_http::feed::{Hub, Limits};
use flowra_http::server::{RunningServer, Server};
use flowra_testkit::Memory;
use serde_json::{Value, json};

use crate::support::{Answer, read_settings, send};

const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A server over ports in memory.
pub(crate) struct World {
    pub(crate) memory: Memory,
    server: RunningServer,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these settings over defaults without limits.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let memory = Memory::seeded(1);
        let hub = Hub::new(Limits::default());
        let ports = Ports {
            presence: hub.clone(),
            ..memory.ports()
        };
        let folder = tempfile::tempdir().unwrap();
        let unlimited = ("limits.logins_per_minute", "0");
        let settings: Vec<_> = [unlimited].iter().chain(settings).copied().collect();
        let settings = read_settings(&folder, &settings);
        let server = Server::over(settings, hub, ports, Vec::new()).await.unwrap();
        Self {
            memory,
            server: server.start(),
            _folder: folder,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Somebody without an account.
    pub(crate) fn nobody(&self) -> User {
        User::over(self.address())
    }

    /// Somebody who has just registered.
    pub(crate) async fn register(&self, name: &str) -> User {
        User::register(self.address(), name).await
    }
}

/// Somebody who sends requests.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) address: SocketAddr,
    pub(crate) id: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl User {
    pub(crate) fn over(address: SocketAddr) -> Self {
        Self {
            address,
            id: String::new(),
            access: String::new(),
            refresh: String::new(),
        }
    }

    pub(crate) async fn register(address: SocketAddr, name: &str) -> Self {
        let answer = Self::over(address).post("/auth/register", account(name)).await;
        Self::signed_in(address, &answer.data(201))
    }

    /// Whom an answer that signs in names.
    pub(crate) fn signed_in(address: SocketAddr, data: &Value) -> Self {
        Self {
            address,
            id: text(&data["user"]["id"]),
            access: text(&data["access_token"]),
            refresh: text(&data["refresh_token"]),
        }
    }

    /// The same person with another token.
    pub(crate) fn by(&self, token: &str) -> Self {
        Self {
            access: token.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let token = format!("Bearer {}", self.access);
        let mut all = headers.to_vec();
        if !self.access.is_empty() {
            all.push(("authorization", &token));
        }
        send(self.address, method, &format!("/api/v1{path}"), &all, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[JSON], &body.to_string()).await
    }

    pub(crate) async fn post_with_key(&self, path: &str, key: &str, body: Value) -> Answer {
        let headers = [JSON, ("idempotency-key", key)];
        self.send("POST", path, &headers, &body.to_string()).await
    }

    /// A POST without a body.
    pub(crate) async fn act(&self, path: &str) -> Answer {
        self.send("POST", path, &[], "").await
    }

    pub(crate) async fn form(&self, path: &str, form: &str) -> Answer {
        self.send("POST", path, &[FORM], form).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, &[JSON], &body.to_string()).await
    }

    pub(crate) async fn put_if(&self, path: &str, version: &str, body: Value) -> Answer {
        let headers = [JSON, ("if-match", version)];
        self.send("PUT", path, &headers, &body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], "").await
    }

    /// A workspace of which this person is the owner; the answer is its path.
    pub(crate) async fn workspace(&self) -> String {
        let made = self.post("/workspaces", json!({"name": "Flow engines"})).await;
        format!("/workspaces/{}", text(&made.data(201)["id"]))
    }

    /// Adds somebody to a workspace.
    pub(crate) async fn add(&self, workspace: &str, user: &Self, role: &str) {
        let body = json!({"user_id": user.id, "role": role});
        self.post(&format!("{workspace}/members"), body).await.data(201);
    }

    /// A chat with these people in it; the answer is its path.
    pub(crate) async fn chat(&self, workspace: &str, kind: &str, with: &[&Self]) -> String {
        let ids: Vec<&str> = with.iter().map(|user| user.id.as_str()).collect();
        let body = json!({"kind": kind, "title": "Pistons", "participant_ids": ids});
        let made = self.post(&format!("{workspace}/chats"), body).await;
        format!("{workspace}/chats/{}", text(&made.data(201)["id"]))
    }

    /// Says something in a chat; the answer is the message.
    pub(crate) async fn say(&self, chat: &str, content: &str) -> Value {
        self.post(&format!("{chat}/messages"), json!({"content": content}))
            .await
            .data(201)
    }

    /// A task; the answer is it.
    pub(crate) async fn task(&self, workspace: &str, body: Value) -> Value {
        self.post(&format!("{workspace}/tasks"), body).await.data(201)
    }
}

/// What somebody registers with.
pub(crate) fn account(name: &str) -> Value {
    json!({
        "username": name,
        "email": format!("{name}@example.org"),
        "display_name": name.to_uppercase(),
        "password": "correct horse battery",
    })
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
        .to_owned()
}

/// These texts of each item of a list.
pub(crate) fn each(items: &Value, field: &str) -> Vec<String> {
    let items = items.as_array().unwrap_or_else(|| panic!("not a list: {items}"));
    items.iter().map(|item| text(&item[field])).collect()
}

impl Answer {
    /// The data of a success with this status.
    pub(crate) fn data(&self, status: u16) -> Value {
        let json = self.json();
        assert_eq!(self.status, status, "{json}");
        assert_eq!(json["success"], true, "{json}");
        assert_eq!(self.header("content-type"), "application/json");
        json["data"].clone()
    }

    /// A page: its items and the cursor of the next one.
    pub(crate) fn page(&self) -> (Value, Option<String>) {
        let data = self.data(200);
        let json = self.json();
        assert!(data.is_array(), "{json}");
        let next = json.get("next_cursor").map(text);
        assert_eq!(json["has_more"], next.is_some(), "{json}");
        (data, next)
    }

    /// Checks that it is a success without a body.
    pub(crate) fn nothing(&self) {
        assert_eq!((self.status, self.text().as_str()), (204, ""));
    }

    /// Checks that it is this error, in its envelope.
    pub(crate) fn refuses(&self, status: u16, code: &str, field: Option<&str>) {
        let wanted = (status, code.to_owned(), field.map(str::to_owned));
        assert_eq!(self.refusal(), wanted, "{}", self.text());
    }
}
