//! A server in this process and a client that speaks HTTP/1.1 over real TCP, byte for byte.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;

use flowra_http::config::{Layers, Settings, Values};
use flowra_http::server::{RunningServer, Server};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A running server with a data folder of its own.
pub(crate) struct TestServer {
    pub(crate) running: RunningServer,
    _folder: tempfile::TempDir,
}

impl TestServer {
    /// Starts on a free port with `settings` over defaults without limits.
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = read_settings(&folder, settings);
        let running = Server::bind(settings).await.unwrap().start();
        Self {
            running,
            _folder: folder,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        send(self.running.address(), method, path, headers, body).await
    }
}

pub(crate) fn read_settings(folder: &tempfile::TempDir, settings: &[(&str, &str)]) -> Settings {
    let storage = format!("sqlite:{}/flowra.db", folder.path().display());
    let defaults = [
        ("listen", "127.0.0.1:0"),
        ("storage", &storage),
        ("limits.requests_per_minute", "0"),
    ];
    let command_line = defaults
        .iter()
        .chain(settings)
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let layers = Layers {
        command_line,
        ..Layers::default()
    };
    Settings::read(&Values::gather(layers).unwrap()).unwrap()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Values of one name stand below one another.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Status, code and field of an error, having checked its envelope.
    pub(crate) fn refusal(&self) -> (u16, String, Option<String>) {
        let json = self.json();
        assert_eq!(json["success"], false, "{json}");
        assert_eq!(json["error"]["request_id"], self.header("x-request-id"), "{json}");
        assert!(!json["error"]["message"].as_str().unwrap().is_empty(), "{json}");
        let text = |key: &str| json["error"][key].as_str().map(str::to_owned);
        (self.status, text("code").unwrap(), text("field"))
    }
}

pub(crate) async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    if !body.is_empty() {
        write!(request, "content-length: {}\r\n", body.len()).unwrap();
    }
    request.push_str("\r\n");
    request.push_str(body);
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        headers
            .entry(name.to_ascii_lowercase())
            .and_modify(|before| *before = format!("{before}\n{value}"))
            .or_insert_with(|| value.to_owned());
    }
    Answer {
        status,
        headers,
        body: bytes[end + 4..].to_vec(),
    }
}
