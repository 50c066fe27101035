//! A browser without scripts: keeps cookies, and brings the token of its last page back.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::support::{Answer, TestServer, send};

/// See the module.
#[derive(Clone)]
pub(crate) struct Browser {
    address: SocketAddr,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) csrf: String,
}

impl Browser {
    pub(crate) fn new(server: &TestServer) -> Self {
        Self::at(server.running.address())
    }

    /// For a server at this address.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            cookies: BTreeMap::new(),
            csrf: String::new(),
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[("accept", "text/html")], "").await
    }

    /// Posts a form with the token of the last page, as that page would.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.csrf.clone();
        let form: Vec<_> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        let form = serde_urlencoded::to_string(form).unwrap();
        let origin = format!("http://{}", self.address);
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", &origin),
        ];
        self.send("POST", path, &headers, &form).await
    }

    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let cookies = cookies.join("; ");
        let mut all = headers.to_vec();
        if !cookies.is_empty() {
            all.push(("cookie", &cookies));
        }
        let answer = send(self.address, method, path, &all, body).await;
        for cookie in answer.header("set-cookie").lines() {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let page = String::from_utf8_lossy(&answer.body).into_owned();
        if let Some((_, rest)) = page.split_once("name=\"csrf\" value=\"") {
            rest.split('"').next().unwrap().clone_into(&mut self.csrf);
        }
        answer
    }

    /// Registers and makes a workspace; answers the path of its first chat.
    pub(crate) async fn begin(&mut self, name: &str) -> String {
        self.get("/register").await;
        let email = format!("{name}@example.org");
        let account = [
            ("username", name),
            ("display_name", name),
            ("email", &email),
            ("password", "correct horse battery"),
        ];
        assert_eq!(self.post("/register", &account).await.status, 303);
        self.get("/workspaces/new").await;
        let made = self.post("/workspaces/new", &[("name", "Engines")]).await;
        assert_eq!(made.status, 303);
        let chat = made.header("location").to_owned();
        self.get(&chat).await;
        chat
    }
}
