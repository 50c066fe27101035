//! The program as a process over a data folder, and a client that can tell an answer from half of one.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything may take before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder for data that is removed with everything in it.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The database in it.
    pub(crate) fn file(&self) -> PathBuf {
        self.path().join("flowra.db")
    }

    /// The program over this folder.
    pub(crate) fn flowra(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowra"));
        command
            .args(arguments)
            .arg("--storage")
            .arg(format!("sqlite:{}", self.file().display()))
            .current_dir("/")
            .env_clear();
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        outcome(&mut self.flowra(arguments))
    }

    /// Runs `flowra user …` to its end, giving it a password.
    pub(crate) fn user(&self, arguments: &[&str]) -> Outcome {
        let (reader, mut password) = io::pipe().unwrap();
        password.write_all(b"correct horse battery\n").unwrap();
        drop(password);
        outcome_of(self.flowra(&["user"]).args(arguments).stdin(reader))
    }

    /// Makes a small database, closed properly: the system admin's account is in it.
    pub(crate) fn settle(&self) {
        let added = self.user(&["add", "ada", "--email", "ada@example.org", "--admin"]);
        assert_eq!(added.code, Some(0), "{added:?}");
    }

    /// Starts a server and waits until it says where it is.
    pub(crate) fn serve(&self) -> Serving {
        let mut child = self
            .flowra(&[
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--set",
                "limits.requests_per_minute=0",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Log::gather(child.stderr.take().unwrap());
        let mut greeting = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut greeting)
            .unwrap();
        let Some((_, address)) = greeting.trim_end().rsplit_once("http://") else {
            panic!("the server did not start: {:?}", log.has("error"));
        };
        let client = Client {
            address: address.to_owned(),
            token: String::new(),
        };
        Serving { child, client, log }
    }
}

/// How a command ended and what it said.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command that reads nothing to its end, killing it when it hangs.
pub(crate) fn outcome(command: &mut Command) -> Outcome {
    outcome_of(command.stdin(Stdio::null()))
}

fn outcome_of(command: &mut Command) -> Outcome {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running server; killed when dropped.
pub(crate) struct Serving {
    child: Child,
    pub(crate) client: Client,
    pub(crate) log: Log,
}

impl Serving {
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, and wait until nothing is left of it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

/// What a server writes on standard error. It is a pipe because a file would be limited with the server's other files.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn gather(from: ChildStderr) -> Self {
        let log = Self::default();
        let lines = log.clone();
        thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                lines.0.lock().unwrap().push(line);
            }
        });
        log
    }

    /// The first line with this text, awaited.
    pub(crate) fn has(&self, text: &str) -> Option<String> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            let lines = self.0.lock().unwrap();
            if let Some(line) = lines.iter().find(|line| line.contains(text)) {
                return Some(line.clone());
            }
            drop(lines);
            thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have been killed already, and then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that opens a connection for each request.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: String,
    pub(crate) token: String,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) json: Value,
}

impl Client {
    /// Registers the first account and makes a workspace with a channel; answers the paths of both.
    pub(crate) fn settle(&mut self) -> (String, String) {
        let ada = json!({"username": "ada", "email": "ada@example.org", "display_name": "Ada",
            "password": "correct horse battery"});
        let signed_in = self.made("/api/v1/auth/register", &ada);
        signed_in["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.token);
        let workspace = self.made("/api/v1/workspaces", &json!({"name": "Works"}));
        let workspace = format!("/api/v1/workspaces/{}", workspace["id"].as_str().unwrap());
        let chats = format!("{workspace}/chats");
        let chat = self.made(&chats, &json!({"kind": "channel", "title": "General"}));
        let chat = format!("{chats}/{}", chat["id"].as_str().unwrap());
        (workspace, chat)
    }

    /// Posts what must succeed, and answers what was made.
    pub(crate) fn made(&self, path: &str, body: &Value) -> Value {
        let mut answer = self.post(path, None, body).unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json["data"].take()
    }

    /// Posts.
    ///
    /// # Errors
    /// Whatever kept the whole answer from arriving: the effect is unknown then.
    pub(crate) fn post(&self, path: &str, key: Option<&str>, body: &Value) -> io::Result<Answer> {
        self.send("POST", path, key, &body.to_string())
    }

    pub(crate) fn get(&self, path: &str) -> io::Result<Answer> {
        self.send("GET", path, None, "")
    }

    /// Every item of a list, page by page.
    pub(crate) fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let mut answer = self.get(&format!("{path}?limit=100{cursor}")).unwrap();
            assert_eq!(answer.status, 200, "{answer:?}");
            items.append(answer.json["data"].as_array_mut().unwrap());
            match answer.json["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    fn send(&self, method: &str, path: &str, key: Option<&str>, body: &str) -> io::Result<Answer> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: flowra\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        );
        if !self.token.is_empty() {
            write!(request, "authorization: Bearer {}\r\n", self.token).unwrap();
        }
        if let Some(key) = key {
            write!(request, "idempotency-key: {key}\r\n").unwrap();
        }
        write!(request, "\r\n{body}").unwrap();
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        whole(&text).ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
    }
}

/// The answer, unless a part of it is missing.
fn whole(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let json = serde_json::from_str(body).ok()?;
    Some(Answer { status, json })
}
