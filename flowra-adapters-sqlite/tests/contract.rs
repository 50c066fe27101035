//! The SQLite store keeps the contract of every storage port.

use std::sync::Arc;

use flowra_adapters_sqlite::SqliteStore;
use flowra_testkit::contract::Stores;
use flowra_testkit::contract_tests;
use tempfile::TempDir;

contract_tests!(sqlite, || async { stores() });

/// Everything over a fresh file, which goes when they do.
#[cfg(test)]
fn stores() -> Stores {
    let folder = TempDir::new().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path().join("flowra.db")).unwrap());
    Stores {
        log: store.clone(),
        users: store.clone(),
        credentials: store.clone(),
        sessions: store.clone(),
        tokens: store.clone(),
        workspaces: store.clone(),
        chats: store.clone(),
        marks: store.clone(),
        messages: store.clone(),
        tasks: store.clone(),
        board: store.clone(),
        checkpoints: store.clone(),
        dead_letters: store.clone(),
        leases: store,
        keep: Box::new(folder),
    }
}
