//! One installation of Flowra: its store, its ports, its use cases.
//!
//! The composition root: it alone knows which adapter stands behind which port.

use std::sync::Arc;

use flowra_adapters_redis::{BadRedisUrl, RedisNode, RedisOptions};
use flowra_adapters_sqlite::{OpenError, SqliteStore};
use flowra_core::chat::Presence;
use flowra_core::cluster::{NodeId, RateLimiter};
use flowra_core::{App, BoxFuture, Ports, UserId};
use uuid::Uuid;

use crate::config::Storage;
use crate::feed::Cluster;
use crate::platform::{Argon2id, RandomSecrets, SystemClock, TimeOrderedIds};

/// Opens the store that the settings name; of a file, nobody else may have it open.
///
/// # Errors
/// A file that is locked, newer than this program, not Flowra's, or cannot be read or written.
pub fn open_store(storage: &Storage) -> Result<SqliteStore, OpenError> {
    let Storage::Sqlite(file) = storage;
    SqliteStore::open(file)
}

/// This server's end of the Redis that the settings name, and its place among the servers there. `alone` counts while Redis is away.
///
/// # Errors
/// A URL that cannot be used at all; a Redis that is away is none.
pub fn join(
    options: &RedisOptions,
    alone: Arc<dyn RateLimiter>,
) -> Result<(Arc<RedisNode>, Arc<Cluster>), BadRedisUrl> {
    let id = NodeId::from_bytes(*Uuid::now_v7().as_bytes());
    let node = Arc::new(RedisNode::open(options.clone(), id, alone)?);
    let cluster = Cluster::new(id, Arc::clone(&node) as _, Arc::clone(&node) as _);
    Ok((node, cluster))
}

/// Opens the store that the settings name, which must be there: whoever asks about data or mends them has some.
///
/// # Errors
/// Those of [`open_store`]; a place where there is no store.
pub fn open_existing_store(storage: &Storage) -> Result<SqliteStore, OpenError> {
    let Storage::Sqlite(file) = storage;
    SqliteStore::open_existing(file)
}

/// Every port over this store and this machine.
#[must_use]
pub fn ports(store: &SqliteStore, presence: Arc<dyn Presence>) -> Ports {
    Ports {
        log: Arc::new(store.clone()),
        clock: Arc::new(SystemClock),
        ids: Arc::new(TimeOrderedIds),
        secrets: Arc::new(RandomSecrets),
        users: Arc::new(store.clone()),
        credentials: Arc::new(store.clone()),
        passwords: Arc::new(Argon2id::default()),
        sessions: Arc::new(store.clone()),
        tokens: Arc::new(store.clone()),
        workspaces: Arc::new(store.clone()),
        chats: Arc::new(store.clone()),
        marks: Arc::new(store.clone()),
        presence,
        messages: Arc::new(store.clone()),
        tasks: Arc::new(store.clone()),
        board: Arc::new(store.clone()),
    }
}

/// The use cases for a command that runs without a server: nobody is online.
#[must_use]
pub fn offline(store: &SqliteStore) -> App {
    App::new(ports(store, Arc::new(NobodyOnline)))
}

/// The id of a request that no client sent.
#[must_use]
pub fn own_request() -> flowra_core::RequestId {
    flowra_core::RequestId::from_bytes(*Uuid::now_v7().as_bytes())
}

struct NobodyOnline;

impl Presence for NobodyOnline {
    fn online(&self, _users: Vec<UserId>) -> BoxFuture<'_, Vec<UserId>> {
        Box::pin(std::future::ready(Vec::new()))
    }
}
