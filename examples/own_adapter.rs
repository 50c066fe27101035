//! An adapter of one's own, certified by the contract suite: passwords kept in a folder, one file a user.
//!
//! To certify an adapter: make fresh, empty `Stores` with it in the place of its port and working ones beside it, and hand the fixture
//! to `contract_tests!`. Every promise of the port becomes a test; `cargo test -p flowra-examples --example own_adapter` shows them.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flowra_core::user::CredentialStore;
use flowra_core::{App, BoxFuture, PortFailure, PortResult, Ports, UserId};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let credentials = Arc::new(FolderCredentialStore::new(folder.path()));
    let app = App::new(Ports {
        credentials,
        ..flowra_testkit::ports()
    });
    let user = UserId::from_bytes(app.ports.ids.next());
    app.ports
        .credentials
        .set_password_hash(user, "$argon2id$…".to_owned())
        .await?;
    println!(
        "kept in {}: {:?}",
        folder.path().display(),
        app.ports.credentials.password_hash(user).await?
    );
    Ok(())
}

/// Keeps the password hash of each user in a file named after the user's id.
///
/// A hash is written beside the old one, synced, and then renamed over it, so that a crash leaves the old hash or the new one, whole.
struct FolderCredentialStore {
    folder: PathBuf,
}

impl FolderCredentialStore {
    fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }
}

impl CredentialStore for FolderCredentialStore {
    fn password_hash(&self, user: UserId) -> BoxFuture<'_, PortResult<Option<String>>> {
        let file = self.folder.join(user.to_string());
        Box::pin(off_the_runtime(
            "folder.credential_store.password_hash",
            move || match fs::read_to_string(file) {
                Ok(hash) => Ok(Some(hash)),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
        ))
    }

    fn set_password_hash(&self, user: UserId, hash: String) -> BoxFuture<'_, PortResult<()>> {
        let folder = self.folder.clone();
        Box::pin(off_the_runtime(
            "folder.credential_store.set_password_hash",
            move || {
                let mut fresh = tempfile::NamedTempFile::new_in(&folder)?;
                fresh.write_all(hash.as_bytes())?;
                fresh.as_file().sync_all()?;
                fresh.persist(folder.join(user.to_string()))?;
                // The new name is durable once its folder is.
                File::open(&folder)?.sync_all()
            },
        ))
    }

    fn remove_password_hash(&self, user: UserId) -> BoxFuture<'_, PortResult<()>> {
        let folder = self.folder.clone();
        Box::pin(off_the_runtime(
            "folder.credential_store.remove_password_hash",
            move || match fs::remove_file(folder.join(user.to_string())) {
                Ok(()) => File::open(&folder)?.sync_all(),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error),
            },
        ))
    }
}

/// Files block their thread, and the runtime's threads must not be blocked.
async fn off_the_runtime<T: Send + 'static>(
    what: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> PortResult<T> {
    let done = tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)
        .flatten();
    done.map_err(|error| PortFailure::unavailable(what, error))
}

#[cfg(test)]
mod tests {
    use flowra_testkit::contract::Stores;
    use flowra_testkit::{Memory, contract_tests};

    use super::*;

    contract_tests!(folder, || async {
        let folder = tempfile::tempdir().unwrap();
        Stores {
            credentials: Arc::new(FolderCredentialStore::new(folder.path())),
            keep: Box::new(folder),
            ..Stores::of(&Memory::seeded(1))
        }
    });

    #[tokio::test]
    async fn a_folder_that_is_gone_is_a_failure_and_not_an_unknown_user() {
        let store = FolderCredentialStore::new(Path::new("/dev/null"));
        let user = UserId::from_bytes([7; 16]);
        let answer = store.password_hash(user).await;
        assert!(
            matches!(answer, Err(PortFailure::Unavailable { .. })),
            "{answer:?}"
        );
        assert!(store.set_password_hash(user, "hash".to_owned()).await.is_err());
    }
}
