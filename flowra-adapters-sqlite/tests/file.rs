//! The file itself: who may read it, what happens when it is damaged or absent.

#[cfg(test)]
#[expect(dead_code, reason = "these tests need a part of it only")]
mod support;

use flowra_adapters_sqlite::{OpenError, SqliteStore};
use flowra_core::PortFailure;
use rusqlite::Connection;
use support::{Team, open};
use tempfile::TempDir;

#[cfg(unix)]
#[tokio::test]
async fn what_people_say_is_readable_for_the_owner_of_the_file_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let store = SqliteStore::open(data.join("flowra.db")).unwrap();
    Team::found(&store).await;
    let rights = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(rights(&data), 0o700);
    let files: Vec<_> = std::fs::read_dir(&data)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(rights(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_file_with_a_damaged_page_is_neither_called_in_order_nor_made_anew() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    for number in 0..200 {
        team.post(&store, &format!("number {number}"), None).await;
    }
    let file = store.file().to_owned();
    drop(store);
    // The last leaf of the log's table: through it, the log looks shorter than it is.
    let (page, size): (u32, u32) = {
        let db = Connection::open(&file).unwrap();
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .unwrap();
        let size = db.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
        let last = "SELECT pageno FROM dbstat WHERE name = 'events' AND pagetype = 'leaf' ORDER BY path DESC LIMIT 1";
        (db.query_row(last, [], |row| row.get(0)).unwrap(), size)
    };
    let mut bytes = std::fs::read(&file).unwrap();
    let cells = usize::try_from((page - 1) * size).unwrap() + 8;
    bytes[cells..cells + 2].fill(0xAA);
    std::fs::write(&file, &bytes).unwrap();

    let store = SqliteStore::open_existing(&file).unwrap();
    for refused in [
        store.check().await.map(drop),
        store.rebuild(|_| {}).await.map(drop),
    ] {
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, PortFailure::Corrupt { .. }) && refused.to_string().contains("put back a copy"),
            "{refused}"
        );
    }
    drop(store);
    let kept = Connection::open(&file).unwrap();
    let messages: u32 = kept
        .query_row("SELECT count(*) FROM messages", [], |row| row.get(0))
        .unwrap();
    assert_eq!(messages, 200);
}

#[tokio::test]
async fn a_database_that_is_to_be_there_is_not_made() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("data/flowra.db");
    let absent = SqliteStore::open_existing(&file).unwrap_err();
    assert!(matches!(absent, OpenError::Absent { .. }), "{absent}");
    assert!(!file.parent().unwrap().exists());
}
