//! A disk that takes nothing: refused in plain words, and over when there is room again.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::process::{Folder, Outcome, Serving, outcome};

/// Whom a test that root runs becomes, since root may write everywhere.
const NOBODY: u32 = 65534;

/// Lets no file of the server grow beyond this, which is what a full disk does to it.
fn limit_files(serving: &Serving, bytes: &str) {
    let status = Command::new("prlimit")
        .args(["--pid", &serving.process().to_string()])
        .arg(format!("--fsize={bytes}:"))
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_full_disk_is_503_and_a_log_line_while_reads_go_on_and_over_when_there_is_room() {
    let folder = Folder::new();
    let mut serving = folder.serve();
    let (_, chat) = serving.client.settle();
    let messages = format!("{chat}/messages");
    serving.client.made(&messages, &json!({"content": "before"}));

    limit_files(&serving, "1");
    for _ in 0..3 {
        let full = json!({"content": "into a full disk"});
        let refused = serving.client.post(&messages, Some("key"), &full).unwrap();
        assert_eq!(
            (refused.status, &refused.json["error"]["code"]),
            (503, &"UNAVAILABLE".into()),
            "{refused:?}"
        );
    }
    let line = serving.log.has("cannot write to the database").unwrap();
    assert!(line.contains("is the disk full"), "{line}");
    let read = serving.client.all(&messages);
    assert_eq!(read.len(), 1, "{read:?}");
    assert_eq!(read[0]["content"], "before");
    assert!(serving.is_alive());

    limit_files(&serving, "unlimited");
    let again = json!({"content": "into a full disk"});
    let posted = serving.client.post(&messages, Some("key"), &again).unwrap();
    assert_eq!(posted.status, 201, "{posted:?}");
    assert!(serving.log.has("the database can be written to again").is_some());
    assert_eq!(serving.client.all(&messages).len(), 2);
    serving.kill();
    let check = folder.run(&["check"]);
    assert_eq!(check.code, Some(0), "{check:?}");
}

fn allow(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// `flowra serve` by somebody to whom modes apply.
fn serve_without_privilege(folder: &Folder) -> Outcome {
    let mut command = folder.flowra(&["serve", "--listen", "127.0.0.1:0"]);
    if std::fs::metadata(folder.path()).unwrap().uid() == 0 {
        let program = folder.path().join("flowra");
        if !program.exists() {
            // Copied by another process: while this one has a program open for writing, no thread of it can start that program.
            let copy = Command::new("cp")
                .arg(env!("CARGO_BIN_EXE_flowra"))
                .arg(&program)
                .status();
            assert!(copy.unwrap().success());
        }
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        command = Command::new(program);
        command
            .args(arguments)
            .current_dir("/")
            .env_clear()
            .uid(NOBODY)
            .gid(NOBODY);
    }
    outcome(&mut command)
}

#[test]
fn a_read_only_folder_stops_the_start_and_names_the_setting() {
    let folder = Folder::new();
    allow(folder.path(), 0o555);
    let start = serve_without_privilege(&folder);
    allow(folder.path(), 0o755);
    assert_eq!((start.code, start.stdout.as_str()), (Some(1), ""), "{start:?}");
    for part in ["setting `storage`", "flowra.db", "make its folder writable"] {
        assert!(start.stderr.contains(part), "no {part:?} in {start:?}");
    }
    assert!(!folder.file().exists());
}

#[test]
fn a_read_only_file_stops_the_start_and_names_the_setting() {
    let folder = Folder::new();
    folder.settle();
    allow(folder.path(), 0o777);
    allow(&folder.file(), 0o444);
    let before = std::fs::read(folder.file()).unwrap();
    let start = serve_without_privilege(&folder);
    assert_eq!((start.code, start.stdout.as_str()), (Some(1), ""), "{start:?}");
    for part in ["setting `storage`", "flowra.db is read-only", "make it writable"] {
        assert!(start.stderr.contains(part), "no {part:?} in {start:?}");
    }
    assert_eq!(std::fs::read(folder.file()).unwrap(), before);
}
