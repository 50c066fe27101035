//! One store at a time for a database, by whatever name it is reached.
//!
//! What is locked is the file itself, not a name beside it: a link leads to the same lock, and nothing is left behind that somebody could
//! delete or that the next user could not write. The lock is a `flock`, which does not meet the byte ranges that SQLite locks.
//!
//! SQLite's own locks are lost as soon as this process closes any descriptor of the file. A second store in this process is therefore
//! refused by the number of the file, before the file is opened again.

use std::collections::BTreeSet;
use std::fs::{File, Metadata, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::open::{OpenError, private_file};

/// Device and number of a file.
type Identity = (u64, u64);

/// The files that stores of this process have.
static TAKEN: Mutex<BTreeSet<Identity>> = Mutex::new(BTreeSet::new());

fn taken() -> MutexGuard<'static, BTreeSet<Identity>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// A database that nobody else opens while this lives; it must outlive every connection to the database.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    identity: Identity,
}

impl Lock {
    /// Makes the file if it is not there, and takes it. Gives its path without links, by which SQLite finds the files beside it.
    pub(crate) fn take(path: &Path) -> Result<(Self, PathBuf), OpenError> {
        let mut taken = taken();
        let in_use = |process| OpenError::InUse {
            file: path.to_owned(),
            process,
        };
        if std::fs::metadata(path).is_ok_and(|found| taken.contains(&identity(&found))) {
            return Err(in_use(Some(std::process::id())));
        }
        let refused = |source: io::Error| {
            let file = path.to_owned();
            if source.kind() == io::ErrorKind::PermissionDenied && path.exists() {
                OpenError::ReadOnly { file }
            } else {
                OpenError::Lock { file, source }
            }
        };
        let file = private_file(path).map_err(refused)?;
        let identity = identity(&file.metadata().map_err(refused)?);
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(holder(identity.1))),
            Err(TryLockError::Error(source)) => return Err(refused(source)),
        }
        let path = path.canonicalize().map_err(refused)?;
        taken.insert(identity);
        Ok((Self { file, identity }, path))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut taken = taken();
        // Closing the file would do, were it not for a child that has just been forked and has not yet closed its copy.
        let _ = self.file.unlock();
        taken.remove(&self.identity);
    }
}

/// The process that has this file locked, where the system says so; without it a refusal is still right.
fn holder(inode: u64) -> Option<u32> {
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let end = format!(":{inode}");
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [_, "FLOCK", _, _, process, place, ..] if place.ends_with(&end) => process.parse().ok(),
            _ => None,
        }
    })
}
