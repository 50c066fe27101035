//! `flowra bench`: what the server does, beside what the machine could do at most.
//!
//! Each line drives this very program, started as a server of its own, over TCP from a lean load generator; then the same generator drives
//! a *floor*, which does the same work with bare parts. The ratio of the two holds on any machine; the figures hold on theirs. The
//! generator and the server share the machine's cores, as the goals say.
//!
//! It knows the contract that clients see and the core's events, with which it prepares data; of the server's inside it knows nothing.

#[expect(
    clippy::module_inception,
    reason = "a run of the benchmark is called what it is"
)]
mod bench;
mod child;
mod error;
mod floor;
mod lines;
mod machine;
mod report;
mod seed;
mod shared;
mod stats;
mod store;
mod wire;

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;
use tokio::task::LocalSet;

pub use error::BenchError;
pub use floor::{Floor, FloorKind};
pub use lines::LineName;

use bench::Bench;
use error::Trying;
use machine::{Disk, Machine};
use shared::Shared;

/// What to measure and how to show it.
#[derive(Clone, Debug)]
pub struct Options {
    /// JSON lines instead of a table.
    pub json: bool,
    /// These lines; all when empty.
    pub only: Vec<LineName>,
    /// How long each load is counted, in seconds.
    pub seconds: u64,
    /// Where the data are kept; in a temporary folder of the current one when left out.
    pub data: Option<PathBuf>,
    /// Only the floors.
    pub floors_only: bool,
    /// The address of a database that servers share, as setting `storage` names it; SQLite when left out.
    pub storage: Option<String>,
    /// The address of the Redis that they share.
    pub redis: Option<String>,
}

/// Measures and writes to `out`; a line that fails is reported there and the others go on.
///
/// # Errors
/// A folder that cannot be used, an output that takes nothing, and at the end whatever the first failed line failed of.
pub fn run(options: Options, out: &mut impl Write) -> Result<(), BenchError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .trying("start the load generator")?;
    // A temporary folder of the system is often in memory, where nothing is durable.
    let (folder, _temporary) = if let Some(folder) = options.data {
        std::fs::create_dir_all(&folder).trying(format!("make {}", folder.display()))?;
        (folder, None)
    } else {
        let temporary = tempfile::Builder::new()
            .prefix("flowra-bench-")
            .tempdir_in(".")
            .trying("make a folder in the current one; name another with --data")?;
        (temporary.path().to_owned(), Some(temporary))
    };
    let folder = std::path::absolute(&folder).trying(format!("find {}", folder.display()))?;
    let mut shown = Shown::begin(options.json, &Machine::here(), &Disk::probe(&folder)?, out)?;
    let shared = options.storage.map(|address| Shared {
        address,
        redis: options.redis,
    });
    let lines = if options.only.is_empty() {
        let all = LineName::value_variants().iter().copied();
        all.filter(|line| line.is_measured(shared.is_some())).collect()
    } else {
        options.only
    };
    let bench = Bench::new(folder, options.seconds.max(1), options.floors_only, shared);
    let mut failure = None;
    for line in lines {
        // Each line has a set of tasks of its own, which ends with it.
        match LocalSet::new().block_on(&runtime, line.measure(&bench)) {
            Ok(measures) => shown.measures(measures, out)?,
            Err(error) => {
                shown.failure(line, &error, out)?;
                failure.get_or_insert(error);
            }
        }
    }
    shown.end(out)?;
    failure.map_or(Ok(()), Err)
}

/// What was shown so far: JSON at once, the table at the end, when the widths are known.
enum Shown {
    Json,
    Table(Vec<report::Measure>),
}

impl Shown {
    fn begin(json: bool, machine: &Machine, disk: &Disk, out: &mut impl Write) -> Result<Self, BenchError> {
        if json {
            let machine = json!({"line": "machine", "machine": machine});
            let disk = json!({"line": "fsync", "milliseconds": disk});
            writeln!(out, "{machine}\n{disk}").trying(WRITE)?;
            Ok(Self::Json)
        } else {
            writeln!(out, "machine: {}\nfsync: {}", machine.describe(), disk.describe()).trying(WRITE)?;
            Ok(Self::Table(Vec::new()))
        }
    }

    fn measures(&mut self, measures: Vec<report::Measure>, out: &mut impl Write) -> Result<(), BenchError> {
        match self {
            Self::Json => {
                for measure in measures {
                    writeln!(out, "{}", json!(measure)).trying(WRITE)?;
                }
                out.flush().trying(WRITE)
            }
            Self::Table(all) => {
                all.extend(measures);
                Ok(())
            }
        }
    }

    fn failure(&self, line: LineName, error: &BenchError, out: &mut impl Write) -> Result<(), BenchError> {
        let why = crate::cli::with_causes(error);
        match self {
            Self::Json => writeln!(out, "{}", json!({"line": line.name(), "error": why})),
            Self::Table(_) => writeln!(out, "{} failed: {why}", line.name()),
        }
        .trying(WRITE)
    }

    fn end(self, out: &mut impl Write) -> Result<(), BenchError> {
        match self {
            Self::Json => Ok(()),
            Self::Table(all) => write!(out, "{}", report::table(&all)).trying(WRITE),
        }
    }
}

const WRITE: &str = "write the figures";
