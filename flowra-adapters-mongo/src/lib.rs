//! Every storage port of Flowra on MongoDB, for many servers over one database.
//!
//! [`MongoStore::open`] connects; the store then goes into every storage field of `flowra_core::Ports`, clones of it being the same store.
//!
//! The log is one collection whose documents are groups of commits under dense numbers, so that one insert decides who was first; nothing
//! else is relied on than that one document is written whole. All other collections follow from the log and lag behind it by a moment, which
//! no reader of this process sees.
//!
//! To add a query: 1. write it in the port's file, after `barrier()` unless it asks for one id; 2. name its index in `schema.rs`; the test in
//! `plans.rs` demands one. To add a collection that follows from the log: write its rows in `project/`.

mod address;
mod board;
mod boards;
mod brief;
mod cache;
mod chats;
mod codec;
mod consumers;
mod credentials;
mod fault;
mod flush;
mod group;
mod list;
mod load;
mod log;
mod marks;
mod messages;
mod open;
mod pending;
#[cfg(test)]
mod plans;
mod project;
mod replicas;
mod schema;
mod sequencer;
mod sessions;
mod tail;
mod tasks;
mod tokens;
mod upkeep;
mod users;
#[cfg(test)]
mod watched;
mod workspaces;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use fault::Outcome;
use flowra_core::user::{Session, Token};
use flowra_core::{PortFailure, PortResult};
use mongodb::action::Find;
use mongodb::bson::Document;
use mongodb::options::{Acknowledgment, CollectionOptions, SelectionCriteria, WriteConcern};
use mongodb::{Collection, Database};
use tokio::sync::mpsc;

pub use address::{BadAddress, MongoAddress};
pub use open::{MongoOptions, OpenError};

/// Every storage port on one MongoDB database. Clones are the same store.
///
/// When the last clone is dropped, its tasks end; what they did not write into the collections that follow from the log, the next store
/// that is opened writes.
#[derive(Clone)]
pub struct MongoStore {
    inner: Arc<Inner>,
}

struct Inner {
    address: MongoAddress,
    shared: Arc<Shared>,
    jobs: mpsc::Sender<sequencer::Job>,
    flusher: tokio::task::AbortHandle,
    follower: tokio::task::AbortHandle,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.flusher.abort();
        self.follower.abort();
    }
}

/// What the sequencer keeps up to date for everybody.
struct Shared {
    database: Database,
    replicas: Option<SelectionCriteria>,
    node: pending::Node,
    tail: tail::Tail,
    cache: cache::Documents,
    rooms: cache::Rooms,
    sessions: brief::Brief<Session>,
    tokens: brief::Brief<Token>,
    pending: pending::Pending,
    boards: boards::Boards,
    token_uses: tokens::Uses,
    /// Whether the database tells this process what others log, so that it need not look for it.
    is_told: AtomicBool,
}

impl Shared {
    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }
}

impl MongoStore {
    /// Waits until all that this process has taken in from the log can be found by queries; to be called before every query but those for ids.
    async fn barrier(&self) {
        self.inner.shared.pending.barrier().await;
    }

    fn collection(&self, name: &str) -> Collection<Document> {
        self.inner.shared.collection(name)
    }

    /// A collection whose writes are on the disks of most servers before they are answered.
    fn durable(&self, name: &str) -> Collection<Document> {
        let concern = WriteConcern::builder()
            .w(Acknowledgment::Majority)
            .journal(true)
            .build();
        let options = CollectionOptions::builder().write_concern(concern).build();
        self.inner.shared.database.collection_with_options(name, options)
    }

    /// Reads all that a query finds, from the primary.
    async fn rows(&self, collection: &str, filter: Document, sort: Document) -> Outcome<Vec<Document>> {
        replicas::read(None, self.collection(collection).find(filter).sort(sort)).await
    }

    /// Reads all that a query for a list finds, from the members that the address prefers.
    async fn listed(&self, find: Find<'_, Document>) -> Outcome<Vec<Document>> {
        let shared = &self.inner.shared;
        let replicas = shared.replicas.as_ref();
        replicas::read(replicas.map(|replicas| (&shared.database, replicas)), find).await
    }

    /// Whether the server that takes writes answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn probe(&self) -> PortResult<()> {
        if self.inner.flusher.is_finished() {
            let died = "what brings the collections up to the log has died: start the server again";
            return Err(PortFailure::unavailable("mongo.probe", died));
        }
        // By the way of all writes: it fails when the database is away, and when there is something in the log that this program cannot take in.
        self.caught_up().await.map(drop)
    }
}

impl std::fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MongoStore")
            .field("database", &self.inner.shared.database.name())
            .finish_non_exhaustive()
    }
}
