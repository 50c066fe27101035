//! Opening the file: its lock, its identity, its version.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::cache::Caches;
use crate::fault::Fault;
use crate::keys::Keys;
use crate::lock::Lock;
use crate::readers::Readers;
use crate::tail::Tail;
use crate::upkeep::Turns;
use crate::writer::{Writer, position};
use crate::{Inner, Shared, SqliteStore, schema};

/// How long a connection waits for another program that holds the file, such as `sqlite3`.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How many prepared statements a connection keeps: all there are.
const STATEMENTS: usize = 160;
/// Pages that the writer keeps, in KiB.
const CACHE: i64 = 8 * 1024;

/// Why the file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no file, and none is to be made.
    #[error("there is no database at {}: give the place of the one you mean", file.display())]
    Absent {
        /// Where.
        file: PathBuf,
    },
    /// The folder is not there and cannot be made.
    #[error("cannot make the folder {}: make it yourself, or give another place for the database", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The file cannot be made or locked: the folder is read-only, most likely.
    #[error("cannot write {}: make its folder writable for this user", file.display())]
    Lock {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// Another process has the file.
    #[error("{} is in use by {}: stop it first, or give another file", file.display(), holder(*process))]
    InUse {
        /// The file.
        file: PathBuf,
        /// The other process, if it is known.
        process: Option<u32>,
    },
    /// The file can only be read.
    #[error("{} is read-only: make it writable for this user", file.display())]
    ReadOnly {
        /// The file.
        file: PathBuf,
    },
    /// The file is of another program.
    #[error("{} is not a database of Flowra: give another file", file.display())]
    NotOurs {
        /// The file.
        file: PathBuf,
    },
    /// The file was written by a later version.
    #[error("{} has schema version {found}, and this build knows versions up to {known}: use a newer flowra", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// The latest that this build knows.
        known: usize,
    },
    /// The file is damaged.
    #[error("{} is damaged: put back a copy of it", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// SQLite does not open the file for another reason.
    #[error("cannot open {}", file.display())]
    Sqlite {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The writer's thread could not be started.
    #[error("cannot start a thread")]
    Thread {
        /// What the operating system says.
        source: std::io::Error,
    },
}

fn holder(process: Option<u32>) -> String {
    process.map_or_else(
        || "another process".to_owned(),
        |process| format!("process {process}"),
    )
}

impl OpenError {
    fn sqlite(file: &Path, source: rusqlite::Error) -> Self {
        let file = file.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotOurs { file },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { file, source },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { file },
            _ => Self::Sqlite { file, source },
        }
    }
}

impl SqliteStore {
    /// Opens a file that is there, as [`open`](Self::open) does.
    ///
    /// # Errors
    /// [`OpenError::Absent`] when it is not there; those of [`open`](Self::open).
    pub fn open_existing(file: impl AsRef<Path>) -> Result<Self, OpenError> {
        let file = file.as_ref();
        if file.exists() {
            Self::open(file)
        } else {
            Err(OpenError::Absent {
                file: file.to_owned(),
            })
        }
    }

    /// Opens the file, or makes it with its folders, and brings it to the current version. Nothing in it is walked through, so
    /// this takes as long for a large file as for a small one.
    ///
    /// The file stays locked, by whatever name others reach it, until the last clone of the store is dropped.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do.
    pub fn open(file: impl AsRef<Path>) -> Result<Self, OpenError> {
        let file = file.as_ref();
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            private_folder(folder).map_err(|source| OpenError::Folder {
                folder: folder.to_owned(),
                source,
            })?;
        }
        let (lock, file) = Lock::take(file)?;
        let file = file.as_path();
        let db = connect(file)?;
        let sqlite = |source| OpenError::sqlite(file, source);
        let readers = Readers::open(file).map_err(sqlite)?;
        let head = position(&db).map_err(|fault| match fault {
            Fault::Sql(source) => sqlite(source),
            Fault::Corrupt { .. } => OpenError::NotOurs {
                file: file.to_owned(),
            },
        })?;
        let shared = Arc::new(Shared {
            caches: Caches::new(),
            tail: Tail::new(head),
            keys: Keys::new(),
        });
        let writer = Writer::start(db, Arc::clone(&shared), file, lock)
            .map_err(|source| OpenError::Thread { source })?;
        let inner = Inner {
            file: file.to_owned(),
            shared,
            readers,
            writer,
            upkeep: Turns::new(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }
}

/// Opens a file, made readable for its owner alone if it is not there yet: it holds what people say to one another. SQLite gives the same
/// rights to the files that it makes beside it.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder, and those above it, for its owner alone; leaves those that are there as they are.
fn private_folder(path: &Path) -> io::Result<()> {
    let mut folders = DirBuilder::new();
    folders.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
    folders.create(path)
}

/// The writer's connection to a file of ours at the current version.
fn connect(file: &Path) -> Result<Connection, OpenError> {
    let sqlite = |source| OpenError::sqlite(file, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(file, flags).map_err(sqlite)?;
    db.busy_timeout(PATIENCE).map_err(sqlite)?;
    let version = identify(file, &db)?;
    if db.is_readonly(rusqlite::MAIN_DB).map_err(sqlite)? {
        return Err(OpenError::ReadOnly {
            file: file.to_owned(),
        });
    }
    configure(&db).map_err(sqlite)?;
    schema::migrate(&mut db, version).map_err(sqlite)?;
    Ok(db)
}

fn configure(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "cache_size", -CACHE)?;
    // The write-ahead log is carried over beside the writer.
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    statements(db)
}

/// Lets a connection keep its statements prepared.
pub(crate) fn statements(db: &Connection) -> rusqlite::Result<()> {
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise a statement that might use a partial index is prepared again each time that other values are bound to it.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
}

/// The version of the file, 0 for an empty one, before anything in it is changed.
fn identify(file: &Path, db: &Connection) -> Result<usize, OpenError> {
    let sqlite = |source| OpenError::sqlite(file, source);
    let pragma = |name| {
        db.pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .map_err(sqlite)
    };
    let application = pragma("application_id")?;
    let version = pragma("user_version")?;
    let is_empty = pragma("schema_version")? == 0 && application == 0 && version == 0;
    if is_empty {
        return Ok(0);
    }
    let known = usize::try_from(version).ok().filter(|version| *version > 0);
    match known {
        _ if application != i64::from(schema::APPLICATION_ID) => Err(OpenError::NotOurs {
            file: file.to_owned(),
        }),
        Some(version) if version <= schema::VERSION => Ok(version),
        Some(_) => Err(OpenError::Newer {
            file: file.to_owned(),
            found: version,
            known: schema::VERSION,
        }),
        None => Err(OpenError::NotOurs {
            file: file.to_owned(),
        }),
    }
}
