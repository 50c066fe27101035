//! Opening the database: its address, its version, its indexes, and what another process left undone.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use flowra_core::event::Position;
use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::ClientOptions;
use mongodb::{Client, Database};

use crate::boards::Boards;
use crate::brief::Brief;
use crate::fault::Fault;
use crate::group::Group;
use crate::pending::{Pending, Reach};
use crate::sequencer::Sequencer;
use crate::tail::Tail;
use crate::tokens::Uses;
use crate::{Inner, MongoAddress, MongoStore, Shared, cache, flush, schema};

/// How the store talks to its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MongoOptions {
    /// At most so many connections, unless the address says `maxPoolSize`.
    pub pool: u32,
    /// How long to look for a server that answers, unless the address says `serverSelectionTimeoutMS` and `connectTimeoutMS`. The driver
    /// looks again all the while, here and before every operation later.
    pub patience: Duration,
}

impl MongoOptions {
    /// The options of a client: the address's own first, these where it says nothing.
    async fn client(self, address: &MongoAddress) -> Result<ClientOptions, OpenError> {
        let mut client = ClientOptions::parse(address.text())
            .await
            .map_err(|_| OpenError::Address)?;
        client.app_name.get_or_insert_with(|| "flowra".to_owned());
        client.max_pool_size.get_or_insert(self.pool);
        client.server_selection_timeout.get_or_insert(self.patience);
        client.connect_timeout.get_or_insert(self.patience);
        Ok(client)
    }
}

impl Default for MongoOptions {
    /// 32 connections, five seconds.
    fn default() -> Self {
        Self {
            pool: 32,
            patience: Duration::from_secs(5),
        }
    }
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is none. What is wrong with it is not told further, since that may quote a password that stands in the wrong place.
    #[error(
        "storage is not an address of MongoDB: give one such as mongodb://user:password@localhost:27017/flowra, with %40 for @, %3A for : and %2F for / in the password, and with options that MongoDB knows"
    )]
    Address,
    /// The address names no database.
    #[error(
        "storage names no database: put its name at the end of the address, as in mongodb://localhost:27017/flowra"
    )]
    NoDatabase,
    /// There are no data of Flowra.
    #[error(
        "the database in storage has no data of Flowra: correct the address, or let `flowra serve` make them"
    )]
    Absent,
    /// Nobody answers.
    #[error("no MongoDB answers at the address in storage: start it, or correct the address")]
    Unreachable {
        /// What was tried.
        source: Error,
    },
    /// The server does not know this user or password.
    #[error("MongoDB refuses the user and password in storage: correct them")]
    Refused {
        /// What the server says.
        source: Error,
    },
    /// The server is too old.
    #[error(
        "the MongoDB in storage speaks wire version {found}, which is older than 6.0: use MongoDB 6.0 or later"
    )]
    OldServer {
        /// Its wire version.
        found: i32,
    },
    /// The database was written by a later version.
    #[error(
        "the database in storage has schema version {found}, and this build knows versions up to {known}: use a newer flowra"
    )]
    Newer {
        /// Its version.
        found: i64,
        /// The latest that this build knows.
        known: i32,
    },
    /// An index could not be made, or something else was not allowed or failed.
    #[error("the database in storage cannot be prepared: let its user read and write it and make indexes")]
    Prepare {
        /// What the server says.
        source: Error,
    },
    /// What is stored cannot be read.
    #[error("the database in storage is damaged at {what}: put back a copy of it")]
    Damaged {
        /// Which stored thing.
        what: String,
    },
    /// The operating system gives no random bytes.
    #[error("there are no random bytes")]
    Random,
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Mongo(source) => source.into(),
            Fault::Corrupt { what, .. } => Self::Damaged { what },
        }
    }
}

impl From<Error> for OpenError {
    fn from(source: Error) -> Self {
        match *source.kind {
            ErrorKind::Authentication { .. } => Self::Refused { source },
            ErrorKind::ServerSelection { .. } | ErrorKind::Io(_) | ErrorKind::DnsResolve { .. } => {
                Self::Unreachable { source }
            }
            _ => Self::Prepare { source },
        }
    }
}

/// The wire version of MongoDB 6.0.
const OLDEST: i32 = 17;

impl MongoStore {
    /// Connects to the database that the address names, makes what is missing in it, and finishes what a process that died left undone.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do.
    pub async fn open(address: &MongoAddress, options: MongoOptions) -> Result<Self, OpenError> {
        let client = options.client(address).await?;
        Self::connect(address, client, true).await
    }

    /// The same with a database that must have been prepared before, and that keeps its version.
    ///
    /// # Errors
    /// Those of [`MongoStore::open`]; [`OpenError::Absent`].
    pub async fn open_existing(address: &MongoAddress, options: MongoOptions) -> Result<Self, OpenError> {
        let client = options.client(address).await?;
        Self::connect(address, client, false).await
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &MongoAddress {
        &self.inner.address
    }

    /// The same with a client's options; `may_make` a database where there is none.
    pub(crate) async fn connect(
        address: &MongoAddress,
        mut client: ClientOptions,
        may_make: bool,
    ) -> Result<Self, OpenError> {
        let name = client.default_database.clone().ok_or(OpenError::NoDatabase)?;
        // Lists alone are read from elsewhere than the primary.
        let replicas = client.selection_criteria.take();
        let client = Client::with_options(client).map_err(|_| OpenError::Address)?;
        let database = client.database(&name);
        let hello = database.run_command(doc! { "hello": 1 }).await?;
        let found = hello.get_i32("maxWireVersion").unwrap_or(0);
        if found < OLDEST {
            return Err(OpenError::OldServer { found });
        }
        let version = identify(&database, may_make).await?;
        // Who only looks at a database leaves it as the servers of an earlier version want it.
        if may_make || version == i64::from(schema::VERSION) {
            schema::upgrade(&database, version).await?;
            schema::ensure(&database).await?;
        }
        let mut node = [0; 16];
        getrandom::fill(&mut node).map_err(|_| OpenError::Random)?;
        let repaired = repaired(&database).await?;
        let before = if repaired.whole == 0 {
            None
        } else {
            database
                .collection::<Group>(schema::LOG)
                .find_one(doc! { "_id": repaired.whole })
                .await?
        };
        let head = before.map_or(0, |group| u64::try_from(group.last).unwrap_or(0));
        let shared = Arc::new(Shared {
            database,
            replicas,
            node,
            tail: Tail::new(Position::new(head)),
            cache: cache::Documents::new(),
            rooms: cache::Rooms::new(),
            sessions: Brief::new(),
            tokens: Brief::new(),
            pending: Pending::new(node, repaired),
            boards: Boards::new(),
            token_uses: Uses::new(),
            is_told: AtomicBool::new(false),
        });
        let mut sequencer = Sequencer::new(Arc::clone(&shared), repaired.whole, head);
        let flusher = tokio::spawn(flush::run(Arc::clone(&shared))).abort_handle();
        if let Err(fault) = sequencer.catch_up().await {
            flusher.abort();
            return Err(fault.into());
        }
        let (jobs, follower) = sequencer.start();
        Ok(Self {
            inner: Arc::new(Inner {
                address: address.clone(),
                shared,
                jobs,
                flusher,
                follower,
            }),
        })
    }
}

/// The version of the database, which must be one of ours; one without data becomes so, if it may.
async fn identify(database: &Database, may_make: bool) -> Result<i64, OpenError> {
    let meta = database.collection::<Document>(schema::META);
    if may_make {
        meta.update_one(
            doc! { "_id": "schema" },
            doc! { "$setOnInsert": { "version": schema::VERSION } },
        )
        .upsert(true)
        .await?;
    }
    let stored = meta.find_one(doc! { "_id": "schema" }).await?;
    let stored = stored.ok_or(OpenError::Absent)?;
    let found = i64::try_from(crate::codec::natural(&stored, "version")).unwrap_or(i64::MAX);
    if found > i64::from(schema::VERSION) {
        return Err(OpenError::Newer {
            found,
            known: schema::VERSION,
        });
    }
    Ok(found)
}

/// Up to which groups the collections are known to follow the log, whoever wrote them.
async fn repaired(database: &Database) -> Result<Reach, OpenError> {
    let stored = database
        .collection::<Document>(schema::META)
        .find_one(doc! { "_id": "repaired" })
        .await?
        .unwrap_or_default();
    Ok(flush::remembered(&stored))
}
