//! `flowra serve --demo` as a visitor meets it: what it prints, who gets in, what they see, and what is left.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use support::{Answer, send};

/// The program in this folder, whose configuration names a database in it, and with temporary files in it too.
fn flowra(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowra"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("TMPDIR", folder.join("temporary"))
        .env("FLOWRA_REDIS", "redis://127.0.0.1:1")
        .env(
            "FLOWRA_STORAGE",
            format!("sqlite:{}", configured(folder).display()),
        );
    command
}

fn configured(folder: &Path) -> std::path::PathBuf {
    folder.join("configured").join("flowra.db")
}

/// Names and contents of all that is in a folder.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(&path).unwrap_or_default())
        })
        .collect();
    files.sort();
    files
}

/// A running demo; killed when dropped.
struct Serving {
    child: Child,
    greeting: Vec<String>,
}

impl Serving {
    fn start(folder: &Path) -> Self {
        let mut child = flowra(folder, &["serve", "--demo", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let greeting = lines.take(8).map(Result::unwrap).collect();
        Self { child, greeting }
    }

    /// What stands behind these words on a line of its own.
    fn said(&self, words: &str) -> String {
        let found = self.greeting.iter().find_map(|line| line.strip_prefix(words));
        found
            .unwrap_or_else(|| panic!("{words}: {:?}", self.greeting))
            .to_owned()
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        let headers = [("authorization", &*format!("Bearer {token}"))];
        send(self.address(), "GET", path, &headers, "").await
    }

    fn address(&self) -> std::net::SocketAddr {
        let url = self.said("Sign in at http://");
        url.strip_suffix("/sign-in").unwrap().parse().unwrap()
    }

    fn stop(mut self) {
        let kill = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(kill.unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // One that was stopped has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn items(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_visitor_signs_in_with_what_the_first_lines_say_and_sees_a_team_at_work() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("temporary")).unwrap();
    let demo = Serving::start(folder.path());
    assert!(demo.said("Demo: ").contains("removed when the server stops"));
    assert!(demo.address().ip().is_loopback());
    let credentials = json!({"username": demo.said("Username: "), "password": demo.said("Password: ")});
    let headers = [("content-type", "application/json")];
    let path = "/api/v1/auth/login";
    let signed_in = send(demo.address(), "POST", path, &headers, &credentials.to_string()).await;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    let token = signed_in.json()["data"]["access_token"]
        .as_str()
        .unwrap()
        .to_owned();

    let workspaces = items(&demo.get(&token, "/api/v1/workspaces").await);
    assert_eq!(workspaces.len(), 1);
    let workspace = format!("/api/v1/workspaces/{}", workspaces[0]["id"].as_str().unwrap());
    let chats = items(&demo.get(&token, &format!("{workspace}/chats")).await);
    assert_eq!(chats.len(), 7);
    let board = demo.get(&token, &format!("{workspace}/board")).await.json();
    let columns = board["data"]["columns"].as_array().unwrap();
    assert_eq!(columns.len(), 6);
    for column in columns {
        assert!(!column["tasks"].as_array().unwrap().is_empty(), "{column}");
    }

    let ready = demo.get(&token, "/ready").await.json();
    let needed = &ready["data"]["dependencies"];
    assert_eq!(needed, &json!(["sqlite"]), "the configured Redis is not joined");
    demo.stop();
}

#[test]
fn the_configured_database_is_not_touched_and_nothing_of_the_demo_stays() {
    let folder = tempfile::tempdir().unwrap();
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    let (reader, mut password) = std::io::pipe().unwrap();
    password.write_all(b"correct horse battery\n").unwrap();
    drop(password);
    let mut add = flowra(
        folder.path(),
        &["user", "add", "ada", "--email", "ada@example.org", "--admin"],
    );
    assert!(
        add.stdin(reader)
            .stdout(Stdio::null())
            .status()
            .unwrap()
            .success()
    );
    let data = configured(folder.path()).parent().unwrap().to_owned();
    let before = contents(&data);
    assert!(!before.is_empty());

    let demo = Serving::start(folder.path());
    assert!(
        demo.said("Data: ").starts_with(temporary.to_str().unwrap()),
        "{:?}",
        demo.greeting
    );
    assert_eq!(contents(&temporary).len(), 1);
    demo.stop();
    assert_eq!(contents(&temporary), []);
    assert_eq!(contents(&data), before);
    assert_eq!(contents(folder.path()).len(), 2, "no other folder was made");
}

#[test]
fn a_demo_that_cannot_start_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = flowra(folder.path(), &["serve", "--demo", "--listen", &address]);
    let ended = command.stderr(Stdio::null()).status().unwrap();
    assert_eq!(ended.code(), Some(1));
    assert_eq!(contents(&temporary), []);
}

#[test]
fn a_demo_is_not_served_from_a_place_that_was_named_for_data() {
    let folder = tempfile::tempdir().unwrap();
    for place in [
        &["--storage", "sqlite:mine.db"],
        &["--set", "storage=sqlite:mine.db"],
    ] {
        let mut command = flowra(folder.path(), &["serve", "--demo"]);
        let mut child = command.args(place).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(2), "{said}");
        assert!(
            said.contains("leave out `--demo` to serve what it names"),
            "{said}"
        );
        assert_eq!(contents(folder.path()), []);
    }
}
