//! The process under test: this very program, started anew, watched from outside, and stopped.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::error::{BenchError, Result, Trying};
use super::floor::FloorKind;
use super::wire::{Connection, Request};

/// How long a process may take until it says where it listens, in seconds.
const START: u64 = 60;

/// How long a process may take to end when it is told to; then it is killed.
const STOP: Duration = Duration::from_secs(15);

/// A running server process. It is killed when this is dropped.
pub(super) struct Process {
    child: Child,
    started: Instant,
    address: SocketAddr,
    /// Open for as long as the process lives, so that its greeting is never refused.
    stdout: BufReader<ChildStdout>,
}

impl Process {
    /// `flowra serve` on this database file, without limits, logging into `server.log` beside it.
    pub(super) fn serve(file: &Path) -> Result<Self> {
        let folder = file.parent().unwrap_or(file);
        Self::serve_at(&format!("sqlite:{}", file.display()), None, folder)
    }

    /// `flowra serve` on this storage, with Redis or without, logging into `server.log` in this folder.
    pub(super) fn serve_at(storage: &str, redis: Option<&str>, folder: &Path) -> Result<Self> {
        let log = folder.join("server.log");
        let log = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .trying(format!("write {}", log.display()))?;
        let mut command = this_program(&["serve"])?;
        command
            .env("FLOWRA_LISTEN", "127.0.0.1:0")
            .env("FLOWRA_STORAGE", storage)
            .env("FLOWRA_REDIS", redis.unwrap_or_default())
            .env("FLOWRA_LOG", "warn")
            .env("FLOWRA_LIMITS__REQUESTS_PER_MINUTE", "0")
            .env("FLOWRA_LIMITS__LOGINS_PER_MINUTE", "0")
            .env("FLOWRA_LIMITS__FRAMES_PER_MINUTE", "0")
            .stderr(log);
        Self::start(command)
    }

    /// A server of bare parts, with its data in this folder.
    pub(super) fn floor(kind: FloorKind, folder: &Path) -> Result<Self> {
        let folder = folder.to_string_lossy();
        let mut command = this_program(&["bench-floor", kind.name(), &folder])?;
        command.stderr(Stdio::inherit());
        Self::start(command)
    }

    fn start(mut command: Command) -> Result<Self> {
        let started = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .trying("start a server process")?;
        let Some(stdout) = child.stdout.take() else {
            return Err(BenchError::Unexpected(
                "a process has no standard output".to_owned(),
            ));
        };
        let pid = child.id();
        let mut process = Self {
            child,
            started,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            stdout: BufReader::new(stdout),
        };
        let watchdog = Watchdog::start(pid);
        let mut line = String::new();
        process
            .stdout
            .read_line(&mut line)
            .trying("read a server's greeting")?;
        drop(watchdog);
        process.address = line
            .rsplit("http://")
            .next()
            .and_then(|address| address.trim().parse().ok())
            .ok_or_else(|| {
                BenchError::Unexpected(format!(
                    "a server process did not say where it listens within {START} s; it said {line:?}"
                ))
            })?;
        Ok(process)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// When the process was asked for.
    pub(super) fn started(&self) -> Instant {
        self.started
    }

    /// Its memory that is in RAM, in bytes.
    pub(super) fn resident(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(&path).trying(format!("read {path}"))?;
        resident(&status).ok_or_else(|| BenchError::Unexpected(format!("{path} has no line VmRSS")))
    }

    /// Waits until it answers `GET /health`.
    pub(super) async fn answers(&self) -> Result<()> {
        Connection::open(self.address)
            .await?
            .send(&Request::bytes("GET", "/health", None, None))
            .await?
            .expect(200, "GET /health")
    }

    /// Tells it to stop and waits for its end.
    pub(super) async fn stop(mut self) -> Result<()> {
        signal(self.child.id(), Signal::TERM);
        let patience = Instant::now() + STOP;
        while Instant::now() < patience {
            if self.child.try_wait().trying("wait for a process")?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(BenchError::Late {
            what: "the end of a server process".to_owned(),
            seconds: STOP.as_secs(),
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is not there afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program with these arguments and a bare environment: no setting of whoever measures may change what is measured.
pub(super) fn this_program(arguments: &[&str]) -> Result<Command> {
    let program = std::env::current_exe().trying("find this program's own file")?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear();
    Ok(command)
}

/// Kills a process that does not greet in time, which ends the reading of its output.
struct Watchdog {
    _done: std::sync::mpsc::SyncSender<()>,
}

impl Watchdog {
    fn start(pid: u32) -> Self {
        let (done, waiting) = std::sync::mpsc::sync_channel::<()>(1);
        std::thread::spawn(move || {
            let timeout = std::sync::mpsc::RecvTimeoutError::Timeout;
            if waiting.recv_timeout(Duration::from_secs(START)) == Err(timeout) {
                signal(pid, Signal::KILL);
            }
        });
        Self { _done: done }
    }
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // A process that has ended needs no signal.
        let _ = kill_process(pid, signal);
    }
}

/// The bytes of the line `VmRSS` of `/proc/PID/status`.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::resident;

    #[test]
    fn memory_in_ram_is_read_in_bytes() {
        assert_eq!(
            resident("Name:\tx\nVmRSS:\t    1200 kB\nVmData:\t 9 kB\n"),
            Some(1_228_800)
        );
        assert_eq!(resident("Name:\tx\n"), None);
    }
}
