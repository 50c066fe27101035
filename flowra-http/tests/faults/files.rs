//! A file that is not what it should be is refused in plain words and left as it is.

use std::path::Path;

use serde_json::json;

use crate::process::Folder;

/// Where SQLite's header has what `PRAGMA user_version` and `PRAGMA application_id` say.
const USER_VERSION: usize = 60;
const APPLICATION_ID: usize = 68;

/// A folder with a small database of Flowra, closed properly.
fn folder_with_data() -> Folder {
    let folder = Folder::new();
    folder.settle();
    folder
}

fn patch(file: &Path, at: usize, bytes: [u8; 4]) {
    let mut content = std::fs::read(file).unwrap();
    content[at..at + 4].copy_from_slice(&bytes);
    std::fs::write(file, content).unwrap();
}

/// Every command that opens the file must end with code 1, say this, and change no byte.
fn assert_refused(folder: &Folder, part: &str) {
    let before = std::fs::read(folder.file()).unwrap();
    let serve: &[&str] = &["serve", "--listen", "127.0.0.1:0"];
    for arguments in [serve, &["check"], &["rebuild"], &["user", "list"]] {
        let outcome = folder.run(arguments);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (Some(1), ""),
            "{arguments:?}: {outcome:?}"
        );
        assert!(
            outcome.stderr.contains(part) && outcome.stderr.contains("flowra.db"),
            "{arguments:?}: no {part:?} in {outcome:?}"
        );
        let after = std::fs::read(folder.file()).unwrap();
        assert!(after == before, "{arguments:?} changed the file");
    }
}

#[test]
fn a_file_of_a_later_version_is_refused_and_left_as_it_is() {
    let folder = folder_with_data();
    patch(&folder.file(), USER_VERSION, 99_i32.to_be_bytes());
    assert_refused(&folder, "schema version 99");
}

#[test]
fn a_sqlite_file_of_another_program_is_refused_and_left_as_it_is() {
    let folder = folder_with_data();
    patch(&folder.file(), APPLICATION_ID, 7_i32.to_be_bytes());
    assert_refused(&folder, "is not a database of Flowra");
    patch(&folder.file(), APPLICATION_ID, [0; 4]);
    assert_refused(&folder, "is not a database of Flowra");
    patch(&folder.file(), USER_VERSION, [0; 4]);
    assert_refused(&folder, "is not a database of Flowra");
}

#[test]
fn a_file_that_is_not_sqlite_is_refused_and_left_as_it_is() {
    for content in [
        "a letter to a friend",
        &"a long letter to a friend\n".repeat(1000),
    ] {
        let folder = Folder::new();
        std::fs::write(folder.file(), content).unwrap();
        assert_refused(&folder, "is not a database of Flowra");
    }
}

#[test]
fn a_file_that_was_cut_off_is_refused_and_left_as_it_is() {
    let folder = folder_with_data();
    let whole = std::fs::read(folder.file()).unwrap();
    std::fs::write(folder.file(), &whole[..whole.len() / 2]).unwrap();
    assert_refused(&folder, "is damaged: put back a copy of it");
}

#[test]
fn a_second_server_on_the_same_file_is_refused_and_the_first_goes_on() {
    let folder = Folder::new();
    let mut serving = folder.serve();
    let (_, chat) = serving.client.settle();
    let holder = format!("is in use by process {}: stop it first", serving.process());
    let second = folder.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(second.stderr.contains(&holder), "{second:?}");
    let messages = format!("{chat}/messages");
    serving.client.made(&messages, &json!({"content": "unharmed"}));
    assert_eq!(serving.client.all(&messages).len(), 1);
}

#[test]
fn a_second_server_is_refused_by_every_name_of_the_file_and_no_lock_lies_about_to_be_deleted() {
    let folder = Folder::new();
    let serving = folder.serve();
    let holder = format!("is in use by process {}: stop it first", serving.process());
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(folder.file(), &link).unwrap();
    let hard = folder.path().join("hard.db");
    std::fs::hard_link(folder.file(), &hard).unwrap();
    // What an earlier version locked, or somebody took for a lock.
    let _ = std::fs::remove_file(folder.path().join("flowra.db.lock"));
    for name in [&link, &hard, &folder.file()] {
        let storage = format!("storage=sqlite:{}", name.display());
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_flowra"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--set", &storage])
            .env_clear();
        let second = crate::process::outcome(&mut command);
        assert_eq!(second.code, Some(1), "{name:?}: {second:?}");
        assert!(second.stderr.contains(&holder), "{name:?}: {second:?}");
    }
    let lock = folder.path().join("flowra.db.lock");
    assert!(!lock.exists(), "{} was left", lock.display());
}
