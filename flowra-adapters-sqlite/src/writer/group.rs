//! One transaction over many jobs.

use std::path::PathBuf;
use std::sync::Arc;

use flowra_core::event::{Entry, Position, StreamId};
use rusqlite::Connection;

use super::Job;
use super::checkpoint::Checkpoints;
use crate::Shared as Memory;
use crate::codec;
use crate::fault::{Fault, Outcome, Shared as SharedFault};
use crate::project::{Effect, Projection};
use crate::recent::Recent;
use crate::sql::{self, Prepare};

/// The versions of so many streams at least are known without asking the file.
const STREAMS: usize = 16_384;

/// What the caches forget or hold besides what follows from events.
pub(crate) type Publish = Box<dyn FnOnce(&Memory) + Send>;

/// What jobs write into.
pub(crate) struct Group<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) projection: &'a mut Projection,
    versions: &'a mut Recent<StreamId, u64>,
    /// The position of the last event, this transaction's included.
    pub(crate) head: u64,
    /// What is to stand at the end of the log, with the length of its JSON.
    pub(crate) entries: Vec<(Entry, usize)>,
    publish: Vec<Publish>,
}

impl Group<'_> {
    /// A stream's version, this transaction's events included.
    pub(crate) fn version(&mut self, stream: StreamId) -> Outcome<u64> {
        if let Some(version) = self.versions.get(stream) {
            return Ok(version);
        }
        let version = self.db.statement(sql::STREAM_VERSION)?.query_row(
            rusqlite::params![stream.id_bytes(), codec::kind_of(stream)],
            |row| row.get::<_, Option<i64>>(0),
        )?;
        let version = version.map_or(0, |version| u64::try_from(version).unwrap_or(0));
        if version > 0 {
            self.versions.insert(stream, version);
        }
        Ok(version)
    }

    pub(crate) fn set_version(&mut self, stream: StreamId, version: u64) {
        self.versions.insert(stream, version);
    }

    /// To be done once the transaction is durable, before anybody is answered.
    pub(crate) fn publish(&mut self, publish: impl FnOnce(&Memory) + Send + 'static) {
        self.publish.push(Box::new(publish));
    }
}

/// Runs groups of jobs, one after the other.
pub(crate) struct Transactions {
    db: Connection,
    memory: Arc<Memory>,
    file: PathBuf,
    projection: Projection,
    versions: Recent<StreamId, u64>,
    /// Unknown after a failure, until the file has been asked.
    head: Option<u64>,
    is_failing: bool,
    checkpoints: Checkpoints,
}

impl Transactions {
    pub(crate) fn new(db: Connection, memory: Arc<Memory>, file: PathBuf) -> std::io::Result<Self> {
        let checkpoints = Checkpoints::start(&file, Arc::clone(&memory))?;
        Ok(Self {
            db,
            memory,
            file,
            projection: Projection::new(),
            versions: Recent::new(STREAMS),
            head: None,
            is_failing: false,
            checkpoints,
        })
    }

    pub(super) fn run(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        if jobs.is_empty() {
            return;
        }
        match self.store(&mut jobs) {
            Ok(()) => {
                if std::mem::take(&mut self.is_failing) {
                    tracing::info!(file = %self.file.display(), "the database can be written to again");
                }
                for job in jobs {
                    job.answer(Ok(()));
                }
                self.checkpoints.look_after(&self.db);
            }
            Err(fault) => {
                self.undo();
                if !std::mem::replace(&mut self.is_failing, true) {
                    if fault.is_damage() {
                        tracing::error!(
                            file = %self.file.display(),
                            error = %fault,
                            "the database is damaged: stop the server, run `flowra check`, and put back a copy of the file"
                        );
                    } else {
                        tracing::error!(
                            file = %self.file.display(),
                            error = %fault,
                            "cannot write to the database: every change is refused until it can be written to (is the disk full or read-only?)"
                        );
                    }
                }
                let fault = SharedFault(Arc::new(fault));
                for job in jobs {
                    job.answer(Err(&fault));
                }
            }
        }
    }

    pub(super) fn alone(&mut self, work: Box<dyn FnOnce(&mut Connection) + Send>) {
        work(&mut self.db);
        self.undo();
        self.memory.caches.clear();
    }

    fn store(&mut self, jobs: &mut [Box<dyn Job>]) -> Outcome<()> {
        self.db.statement(sql::BEGIN)?.execute([])?;
        let head = match self.head {
            Some(head) => head,
            None => head(&self.db)?,
        };
        let mut group = Group {
            db: &self.db,
            projection: &mut self.projection,
            versions: &mut self.versions,
            head,
            entries: Vec::new(),
            publish: Vec::new(),
        };
        for job in jobs {
            job.apply(&mut group)?;
        }
        let effects = group.projection.finish(&self.db)?;
        let Group {
            head,
            entries,
            publish,
            ..
        } = group;
        self.db.statement(sql::COMMIT)?.execute([])?;
        self.head = Some(head);
        for effect in effects {
            self.memory.take(effect);
        }
        for publish in publish {
            publish(&self.memory);
        }
        self.memory.tail.push(entries);
        Ok(())
    }

    /// Back to what the file says.
    fn undo(&mut self) {
        self.projection.clear();
        self.versions.clear();
        self.head = None;
        if !self.db.is_autocommit()
            && let Err(error) = self
                .db
                .statement(sql::ROLLBACK)
                .and_then(|mut rollback| rollback.execute([]))
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }
}

/// The position of the last event in the file.
pub(crate) fn head(db: &Connection) -> Outcome<u64> {
    let head = db
        .statement(sql::EVENT_HEAD)?
        .query_row([], |row| row.get::<_, Option<i64>>(0))?;
    head.map_or(Ok(0), |head| {
        u64::try_from(head).map_err(|error| Fault::corrupt(format!("event {head}"), error))
    })
}

impl Memory {
    /// Brings a cache to what was committed.
    fn take(&self, effect: Effect) {
        use flowra_core::event::Document;
        match effect {
            Effect::Document(Document::User(user)) => {
                self.caches.usernames.put(user.username.folded().into(), user.id);
                self.caches.users.put(user.id, user);
            }
            Effect::Document(Document::Workspace(workspace)) => {
                self.caches.workspaces.put(workspace.id, workspace);
            }
            Effect::Document(Document::Chat(chat)) => self.caches.chats.put(chat.id, chat),
            Effect::Document(Document::Task(task)) => self.caches.tasks.put(task.id, task),
            // A message comes with its place.
            Effect::Document(Document::Message(_)) => {}
            Effect::Placed(placed) => self.caches.messages.put(placed.message.id, placed),
            Effect::Replies(root, replies) => match self.caches.messages.get(&root) {
                Some(placed) => {
                    let placed = Arc::new(flowra_core::message::Placed {
                        replies,
                        ..(*placed).clone()
                    });
                    self.caches.messages.put(root, placed);
                }
                None => self.caches.messages.remove(&root),
            },
        }
    }
}

/// The position of the last event, as the log names it.
pub(crate) fn position(db: &Connection) -> Outcome<Position> {
    head(db).map(Position::new)
}
