//! A server for the tests: the one in `FLOWRA_TEST_MONGODB`, or one that is started once a test binary; a database a test.

use std::env;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

static SERVER: OnceLock<String> = OnceLock::new();
static NEXT: AtomicU64 = AtomicU64::new(1);

/// The address of a database that nobody else uses.
pub(crate) fn database() -> String {
    let server = SERVER.get_or_init(|| env::var("FLOWRA_TEST_MONGODB").unwrap_or_else(|_| start("")));
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let name = format!("flowra_test_{}_{number}", std::process::id());
    format!("{}/{name}?{query}", address.trim_end_matches('/'))
}

/// Starts a server with one more option, or none; its address.
#[expect(
    clippy::zombie_processes,
    reason = "the shell outlives this process, which is what it waits for"
)]
pub(crate) fn start(option: &str) -> String {
    let cache = env::var_os("FLOWRA_TEST_CACHE").map(PathBuf::from);
    let cache =
        cache.unwrap_or_else(|| PathBuf::from(env::var_os("HOME").unwrap()).join(".cache/flowra-test"));
    let program = cache.join("bin/secantusd-rs");
    assert!(
        program.exists(),
        "there is no server: set FLOWRA_TEST_MONGODB to the address of one, or install {}",
        program.display()
    );
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let folder = tempfile::TempDir::new().unwrap().keep();
    // The shell ends the server when this process, however it ends, lets go of its input.
    let script = r#""$0" --host 127.0.0.1 --port "$1" --storage-path "$2" --sync-on-commit $3 >"$2.log" 2>&1 </dev/null &
server=$!
read -r _
kill "$server"
wait "$server"
rm -rf "$2" "$2.log""#;
    let mut shell = Command::new("sh")
        .args(["-c", script])
        .arg(&program)
        .arg(port.to_string())
        .arg(&folder)
        .arg(option)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Kept open until the process ends.
    std::mem::forget(shell.stdin.take());
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            begin.elapsed() < PATIENCE,
            "the server did not start: see {}.log",
            folder.display()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    format!("mongodb://127.0.0.1:{port}/?directConnection=true")
}
