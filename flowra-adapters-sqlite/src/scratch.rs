//! Everything that follows from the log, made anew in a file beside the database.
//!
//! One thread reads and decodes the log, another folds it and writes what the writer would have written. `rebuild` puts the result in place of
//! what is stored, `check` compares the two.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use flowra_core::event::{Document, FoldError, Position, Recorded, StreamId, Version};
use rusqlite::Connection;

use crate::fault::{Fault, Outcome};
use crate::project::{self, Change, Projection};
use crate::sql::{self, Prepare};
use crate::upkeep::Turn;
use crate::{chats, codec, log, messages, readers, schema, tasks, users, workspaces};

/// How many events are read, folded and written at once.
const BATCH: usize = 8192;
/// With more documents than this in memory, all are dropped and read again when they are needed.
const DOCUMENTS: usize = 100_000;

/// Why it could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScratchFault {
    /// A file let us down, or an event does not decode.
    #[error(transparent)]
    File(#[from] Fault),
    /// A position is missing.
    #[error("event {expected} is missing: event {found} follows")]
    Hole { expected: u64, found: u64 },
    /// A stream is not in order.
    #[error(transparent)]
    Fold(#[from] FoldError),
}

impl From<rusqlite::Error> for ScratchFault {
    fn from(error: rusqlite::Error) -> Self {
        Self::File(error.into())
    }
}

/// The file beside the database; it is removed when this is dropped.
pub(crate) struct Scratch {
    file: PathBuf,
    db: Connection,
    documents: HashMap<StreamId, Document>,
    projection: Projection,
    /// The last event that is in it.
    pub(crate) position: u64,
    /// Time for decoding and folding, as far as writing did not hide it.
    pub(crate) folding: Duration,
    /// Time for writing rows.
    pub(crate) writing: Duration,
    /// How many streams there are.
    pub(crate) streams: u64,
    /// Last, so that it ends when the file is gone.
    _turn: Turn,
}

impl Scratch {
    /// An empty one beside the database, in place of one that an earlier run left behind.
    pub(crate) fn create(beside: &Path, purpose: &str, turn: Turn) -> Result<Self, ScratchFault> {
        let mut file = beside.as_os_str().to_owned();
        file.push(".");
        file.push(purpose);
        let file = PathBuf::from(file);
        remove(&file);
        // If it cannot be made, SQLite says why.
        drop(crate::open::private_file(&file));
        let mut db = Connection::open(&file)?;
        // It is worth nothing after a crash, so nothing of it is kept safe from one.
        db.pragma_update(None, "journal_mode", "OFF")?;
        db.pragma_update(None, "synchronous", "OFF")?;
        db.pragma_update(None, "cache_size", -64 * 1024)?;
        crate::open::statements(&db)?;
        schema::migrate(&mut db, 0)?;
        Ok(Self {
            file,
            db,
            documents: HashMap::new(),
            projection: Projection::new(),
            position: 0,
            folding: Duration::ZERO,
            writing: Duration::ZERO,
            streams: 0,
            _turn: turn,
        })
    }

    /// Takes in the log of a database up to a position. An error of `progress` ends it.
    pub(crate) fn follow(
        &mut self,
        database: &Path,
        until: u64,
        mut progress: impl FnMut(u64) -> Outcome<()>,
    ) -> Result<(), ScratchFault> {
        let from = self.position;
        std::thread::scope(|scope| {
            let (send, receive) = sync_channel(2);
            let reading = std::thread::Builder::new()
                .name("sqlite-decode".to_owned())
                .spawn_scoped(scope, move || decode(database, from, until, &send))
                .map_err(|error| Fault::corrupt("thread", error))?;
            self.take(&receive, &mut progress)?;
            match reading.join() {
                Ok(result) => Ok(result?),
                Err(_) => Err(Fault::corrupt("log", "the thread that reads it died").into()),
            }
        })
    }

    fn take(
        &mut self,
        batches: &Receiver<Vec<Recorded>>,
        progress: &mut impl FnMut(u64) -> Outcome<()>,
    ) -> Result<(), ScratchFault> {
        loop {
            let begin = Instant::now();
            let Ok(batch) = batches.recv() else {
                return Ok(());
            };
            let touched = self.fold(&batch)?;
            let folded = Instant::now();
            self.write(&batch, &touched)?;
            self.folding += folded - begin;
            self.writing += folded.elapsed();
            progress(self.position)?;
        }
    }

    /// Folds a batch; answers its streams in the order of their first events there, with the places of their events.
    fn fold(&mut self, batch: &[Recorded]) -> Result<Vec<(StreamId, Vec<usize>)>, ScratchFault> {
        let mut touched: Vec<(StreamId, Vec<usize>)> = Vec::new();
        let mut known: HashMap<StreamId, usize> = HashMap::with_capacity(batch.len());
        for (at, recorded) in batch.iter().enumerate() {
            let (expected, found) = (self.position + 1, recorded.position.get());
            if expected != found {
                return Err(ScratchFault::Hole { expected, found });
            }
            self.position = found;
            let before = match self.documents.remove(&recorded.stream) {
                Some(document) => Some(document),
                None if recorded.version == Version::NONE.next() => None,
                None => load(&self.db, recorded.stream)?,
            };
            let document = Document::fold(before, recorded)?;
            self.documents.insert(recorded.stream, document);
            match known.entry(recorded.stream) {
                Entry::Occupied(place) => touched[*place.get()].1.push(at),
                Entry::Vacant(place) => {
                    place.insert(touched.len());
                    touched.push((recorded.stream, vec![at]));
                }
            }
        }
        Ok(touched)
    }

    fn write(&mut self, batch: &[Recorded], touched: &[(StreamId, Vec<usize>)]) -> Outcome<()> {
        self.db.statement(sql::BEGIN)?.execute([])?;
        // Claims go from stream to stream, so they are changed in the order of the log.
        for recorded in batch {
            project::claim(&self.db, recorded.stream, &recorded.event)?;
        }
        for (stream, places) in touched {
            let Some(document) = self.documents.get(stream) else {
                continue;
            };
            let events: Vec<_> = places.iter().map(|at| &batch[*at].event).collect();
            let json =
                codec::document(document).map_err(|error| Fault::corrupt(stream.to_string(), error))?;
            let is_new = batch[places[0]].version == Version::NONE.next();
            self.streams += u64::from(is_new);
            let change = Change {
                stream: *stream,
                is_new,
                events: &events,
                document,
                json: &json,
            };
            self.projection.apply(&self.db, &change)?;
        }
        self.projection.finish(&self.db)?;
        self.db.statement(sql::COMMIT)?.execute([])?;
        if self.documents.len() > DOCUMENTS {
            self.documents.clear();
        }
        Ok(())
    }

    pub(crate) fn db(&self) -> &Connection {
        &self.db
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.file);
    }
}

fn remove(file: &Path) {
    if let Err(error) = std::fs::remove_file(file)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(file = %file.display(), %error, "a file that is of no use any more could not be removed");
    }
}

/// Reads the log in order, a batch at a time, until it ends or nobody takes more.
fn decode(database: &Path, from: u64, until: u64, send: &SyncSender<Vec<Recorded>>) -> Outcome<()> {
    let db = readers::connect(database)?;
    let mut after = from;
    while after < until {
        let left = usize::try_from(until - after).unwrap_or(usize::MAX);
        let batch = log::events_after(&db, Position::new(after), BATCH.min(left))?;
        let Some(last) = batch.last() else {
            return Ok(());
        };
        after = last.position.get();
        if send.send(batch).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// A document that was written before and dropped from memory since.
fn load(db: &Connection, stream: StreamId) -> Outcome<Option<Document>> {
    Ok(match stream {
        StreamId::User(id) => users::by_id(db, id)?.map(Document::User),
        StreamId::Workspace(id) => workspaces::by_id(db, id)?.map(Document::Workspace),
        StreamId::Chat(id) => chats::by_id(db, id)?.map(Document::Chat),
        StreamId::Message(id) => messages::by_id(db, id)?.map(|placed| Document::Message(placed.message)),
        StreamId::Task(id) => tasks::by_id(db, id)?.map(Document::Task),
    })
}
