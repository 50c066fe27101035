//! What the lines of one run share: where the data are, how long is counted, and the servers to measure.

use std::path::{Path, PathBuf};

use super::child::Process;
use super::error::{BenchError, Result, Trying};
use super::floor::FloorKind;
use super::seed::{Plan, World};
use super::shared::Shared;
use super::store;

/// The file in which a world's names are kept beside its data.
const WORLD: &str = "world.json";

/// One run.
pub(super) struct Bench {
    folder: PathBuf,
    seconds: u64,
    floors_only: bool,
    shared: Option<Shared>,
}

impl Bench {
    pub(super) fn new(folder: PathBuf, seconds: u64, floors_only: bool, shared: Option<Shared>) -> Self {
        Self {
            folder,
            seconds,
            floors_only,
            shared,
        }
    }

    /// The database that servers are to share, if one was given.
    pub(super) fn shared(&self) -> Option<&Shared> {
        self.shared.as_ref()
    }

    /// Starts a server over a shared database.
    pub(super) fn serve_shared(&self, storage: &str, redis: Option<&str>) -> Result<Process> {
        Process::serve_at(storage, redis, &self.folder)
    }

    /// How long each load is counted, at least 1.
    pub(super) fn seconds(&self) -> u64 {
        self.seconds
    }

    /// Does this part of a line unless only the floors are wanted.
    pub(super) async fn unless_floors_only<T>(
        &self,
        part: impl Future<Output = Result<T>>,
    ) -> Result<Option<T>> {
        if self.floors_only {
            Ok(None)
        } else {
            part.await.map(Some)
        }
    }

    /// Starts a server of bare parts on empty data.
    pub(super) fn floor(&self, kind: FloorKind) -> Result<Process> {
        let folder = self.empty(&format!("floor-{}", kind.name()))?;
        Process::floor(kind, &folder)
    }

    /// Starts the server in a new world of this plan.
    pub(super) async fn serve_fresh(&self, plan: &Plan) -> Result<(Process, World)> {
        let folder = self.empty(plan.name)?;
        let (file, world) = plant(&folder, plan).await?;
        Ok((Process::serve(&file)?, world))
    }

    /// Starts the server in a new world of 1,000 messages and 1,000 tasks.
    pub(super) async fn serve_small(&self) -> Result<(Process, World)> {
        let plan = Plan {
            name: "small",
            messages: 1_000,
            tasks: 1_000,
            ..archive()
        };
        if let Some(shared) = &self.shared {
            let (address, world) = shared.plant(&plan).await?;
            return Ok((self.serve_shared(&address, shared.redis.as_deref())?, world));
        }
        self.serve_fresh(&plan).await
    }

    /// Starts the server on the large file.
    pub(super) async fn serve_archive(&self) -> Result<(Process, World)> {
        if let Some(shared) = &self.shared {
            let (address, world) = self.shared_archive(shared).await?;
            return Ok((self.serve_shared(&address, shared.redis.as_deref())?, world));
        }
        let (file, world) = self.archive().await?;
        Ok((Process::serve(&file)?, world))
    }

    /// The large file: 1,000,000 messages in one chat and 100,000 tasks. Made when it is not there yet.
    pub(super) async fn archive(&self) -> Result<(PathBuf, World)> {
        let plan = archive();
        let folder = self.folder.join(plan.name);
        if let Some(world) = known(&folder) {
            return Ok((database(&folder), world));
        }
        eprintln!(
            "preparing 1,000,000 messages and 100,000 tasks in {}",
            folder.display()
        );
        plant(&self.empty(plan.name)?, &plan).await
    }

    /// The same in a shared database. It is found again when the folder of the run is.
    async fn shared_archive(&self, shared: &Shared) -> Result<(String, World)> {
        let plan = archive();
        let folder = self.folder.join("shared-archive");
        let address = shared.database(plan.name);
        if let Some(world) = known(&folder) {
            return Ok((address, world));
        }
        eprintln!("preparing 1,000,000 messages and 100,000 tasks in the shared database");
        let folder = self.empty("shared-archive")?;
        let world = store::plant(&address, &plan).await.map_err(BenchError::Data)?;
        remember(&folder, &world)?;
        Ok((address, world))
    }

    fn empty(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        let there = folder.exists();
        if there {
            std::fs::remove_dir_all(&folder).trying(format!("empty {}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).trying(format!("make {}", folder.display()))?;
        Ok(folder)
    }
}

fn database(folder: &Path) -> PathBuf {
    folder.join("flowra.db")
}

/// The world that a folder holds, if it was prepared to the end.
fn known(folder: &Path) -> Option<World> {
    serde_json::from_slice(&std::fs::read(folder.join(WORLD)).ok()?).ok()
}

async fn plant(folder: &Path, plan: &Plan) -> Result<(PathBuf, World)> {
    let file = database(folder);
    let storage = format!("sqlite:{}", file.display());
    let world = store::plant(&storage, plan).await.map_err(BenchError::Data)?;
    remember(folder, &world)?;
    Ok((file, world))
}

fn remember(folder: &Path, world: &World) -> Result<()> {
    let json = serde_json::to_vec(world).map_err(|error| BenchError::Data(error.into()))?;
    let path = folder.join(WORLD);
    std::fs::write(&path, json).trying(format!("write {}", path.display()))
}

/// A large world.
fn archive() -> Plan {
    Plan {
        name: "archive",
        people: 16,
        chats: std::iter::once(0..16).collect(),
        messages: 1_000_000,
        tasks: 100_000,
    }
}
