//! On what is measured: the machine, its disk, and how many connections it lets a process have.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use flowra_core::time::Timestamp;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::Serialize;

use super::error::{Result, Trying};
use super::stats::Samples;

/// What is written at a time by the probe, in bytes.
const PROBE_BYTES: usize = 16 << 10;

/// How often and how long the probe writes at most.
const PROBE_WRITES: usize = 300;
const PROBE_TIME: Duration = Duration::from_secs(3);

/// Descriptors that a process needs besides its connections.
const SPARE: u64 = 200;

/// The machine that a figure belongs to.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    date: String,
    cpu: String,
    cores: usize,
    kernel: String,
    /// `release` or `debug`; figures of a debug build say nothing.
    build: &'static str,
    version: &'static str,
}

impl Machine {
    pub(super) fn here() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpu = read("/proc/cpuinfo")
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
            .map_or_else(|| "unknown".to_owned(), |(_, model)| model.trim().to_owned());
        Self {
            date: now().to_string(),
            cpu,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            build: if cfg!(debug_assertions) {
                "debug"
            } else {
                "release"
            },
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    pub(super) fn describe(&self) -> String {
        format!(
            "{}, {} cores, Linux {}, flowra {} ({} build), {}",
            self.cpu, self.cores, self.kernel, self.version, self.build, self.date
        )
    }
}

/// The time, to the second.
pub(super) fn now() -> Timestamp {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    Timestamp::from_millis(0).plus_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// How long the disk takes to make 16 KiB durable, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Disk {
    median: f64,
    p99: f64,
    writes: usize,
}

impl Disk {
    /// Appends and syncs a file in this folder a few hundred times.
    pub(super) fn probe(folder: &Path) -> Result<Self> {
        let path = folder.join("fsync-probe");
        let trying = || format!("write and sync {}", path.display());
        let mut file = File::create(&path).trying(trying())?;
        let block = vec![0x5a; PROBE_BYTES];
        let (mut samples, begun) = (Samples::default(), Instant::now());
        while samples.len() < PROBE_WRITES && begun.elapsed() < PROBE_TIME {
            let before = Instant::now();
            file.write_all(&block)
                .and_then(|()| file.sync_data())
                .trying(trying())?;
            samples.add(before.elapsed());
        }
        std::fs::remove_file(&path).trying(format!("remove {}", path.display()))?;
        Ok(Self {
            median: samples.median(),
            p99: samples.percentile(0.99),
            writes: samples.len(),
        })
    }

    pub(super) fn describe(&self) -> String {
        format!(
            "16 KiB appended and synced: median {:.2} ms, p99 {:.2} ms of {}",
            self.median, self.p99, self.writes
        )
    }
}

/// Lets this process, and those that it starts, have up to `wanted` connections each; answers how many the system allows.
pub(super) fn allow_connections(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted_descriptors = wanted as u64 + SPARE;
    let most = limit.maximum.unwrap_or(u64::MAX);
    let allowed = wanted_descriptors
        .min(most)
        .max(limit.current.unwrap_or(u64::MAX));
    let raised = Rlimit {
        current: Some(allowed),
        maximum: limit.maximum,
    };
    // Refused, what there was before still holds.
    let allowed = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => allowed,
        Err(_) => limit.current.unwrap_or(u64::MAX),
    };
    usize::try_from(allowed.saturating_sub(SPARE))
        .unwrap_or(usize::MAX)
        .min(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::probe(folder.path()).unwrap();
        assert!(disk.writes > 0 && disk.median <= disk.p99);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn no_more_connections_are_promised_than_wanted() {
        assert_eq!(allow_connections(10), 10);
        assert!(allow_connections(usize::MAX / 2) < usize::MAX / 2);
    }

    #[test]
    fn the_machine_is_named_with_the_build() {
        let text = Machine::here().describe();
        assert!(text.contains("cores") && text.contains("build"), "{text}");
    }
}
