//! Operators' commands while a server has the file.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::process::{Folder, Serving};

fn socket(folder: &Folder) -> std::path::PathBuf {
    folder.path().join("flowra.db.socket")
}

/// Says something to the server's socket, and reads what it says.
fn say(folder: &Folder, what: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket(folder)).unwrap();
    // A server that has heard enough may end the connection while bytes of ours are on their way.
    let _ = stream.write_all(what);
    let mut said = String::new();
    let _ = BufReader::new(stream).read_line(&mut said);
    said
}

fn contents(serving: &Serving, messages: &str) -> Vec<String> {
    let messages = serving.client.all(messages);
    let content = |message: &Value| message["content"].as_str().unwrap().to_owned();
    messages.iter().map(content).collect()
}

#[test]
fn every_command_on_data_works_while_a_server_runs() {
    let folder = Folder::new();
    let mut serving = folder.serve();
    let (_, chat) = serving.client.settle();
    serving
        .client
        .made(&format!("{chat}/messages"), &json!({"content": "#task Sweep"}));
    let added = folder.user(&["add", "grace", "--email", "grace@example.org"]);
    assert_eq!(
        (added.code, added.stdout.as_str()),
        (Some(0), "added grace\n"),
        "{added:?}"
    );
    let list = folder.run(&["user", "list"]);
    assert!(
        list.stdout
            .contains("grace\tgrace@example.org\tgrace\t-\tactive\n"),
        "{list:?}"
    );
    let check = folder.run(&["check"]);
    assert_eq!((check.code, check.stderr.as_str()), (Some(0), ""), "{check:?}");
    assert!(check.stdout.contains("is in order"), "{check:?}");
    let rebuild = folder.run(&["rebuild", "--json"]);
    assert_eq!(rebuild.code, Some(0), "{rebuild:?}");
    let report: Value = serde_json::from_str(&rebuild.stdout).unwrap();
    assert!(report["documents"].as_u64().unwrap() > 3, "{report}");
    assert_eq!(folder.run(&["check"]).stdout, check.stdout);
    let letters = folder.run(&["dead-letters", "list"]);
    assert_eq!(
        (letters.code, letters.stdout.as_str()),
        (Some(0), ""),
        "{letters:?}"
    );
    assert!(serving.log.has("an operator's command came in").is_some());
}

#[test]
fn a_refusal_of_the_running_server_reads_like_one_of_the_command_itself() {
    let folder = Folder::new();
    folder.settle();
    let refused = |folder: &Folder| {
        [
            folder.run(&["user", "admin", "nobody"]),
            folder.user(&["add", "ada", "--email", "other@example.org"]),
            folder.run(&["user", "reset-password", "ada"]),
            folder.run(&["dead-letters", "show", "sweeper", "1"]),
        ]
        .map(|outcome| (outcome.code, outcome.stdout, outcome.stderr))
    };
    let alone = refused(&folder);
    let serving = folder.serve();
    let served = refused(&folder);
    assert_eq!(served, alone);
    assert!(alone.iter().all(|(code, ..)| *code == Some(1)), "{alone:?}");
    drop(serving);
}

#[test]
fn whoever_is_deactivated_by_a_command_is_out_of_the_running_server_at_once() {
    let folder = Folder::new();
    let mut serving = folder.serve();
    serving.client.settle();
    assert_eq!(serving.client.get("/api/v1/users/me").unwrap().status, 200);
    folder.user(&["add", "grace", "--email", "grace@example.org", "--admin"]);
    let out = folder.run(&["user", "deactivate", "ada"]);
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(serving.client.get("/api/v1/users/me").unwrap().status, 401);
}

#[test]
fn a_rebuild_beside_a_working_server_loses_no_message() {
    let folder = Folder::new();
    let mut serving = folder.serve();
    let (_, chat) = serving.client.settle();
    let messages = format!("{chat}/messages");
    let is_done = AtomicBool::new(false);
    let posted = thread::scope(|scope| {
        let posting = scope.spawn(|| {
            let mut count = 0;
            while !is_done.load(Ordering::Relaxed) {
                let content = format!("message {count}");
                serving.client.made(&messages, &json!({ "content": content }));
                count += 1;
            }
            count
        });
        let rebuilt: Vec<_> = (0..5).map(|_| folder.run(&["rebuild"])).collect();
        is_done.store(true, Ordering::Relaxed);
        for outcome in rebuilt {
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
        }
        posting.join().unwrap()
    });
    let mut expected: Vec<String> = (0..posted).map(|number| format!("message {number}")).collect();
    let mut stored = contents(&serving, &messages);
    // More than a page of them come page by page, the newest page first.
    expected.sort_unstable();
    stored.sort_unstable();
    assert_eq!(stored, expected);
    let check = folder.run(&["check"]);
    assert_eq!(check.code, Some(0), "{check:?}");
}

#[test]
fn two_rebuilds_and_a_check_at_once_take_turns() {
    let folder = Folder::new();
    let mut serving = folder.serve();
    serving.client.settle();
    thread::scope(|scope| {
        let commands = [["rebuild"], ["check"], ["rebuild"], ["check"]];
        let folder = &folder;
        let running = commands.map(|command| scope.spawn(move || folder.run(&command)));
        for command in running {
            let outcome = command.join().unwrap();
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
        }
    });
}

#[test]
fn the_socket_is_for_its_user_alone_and_what_a_killed_server_left_is_in_nobodys_way() {
    let folder = Folder::new();
    let serving = folder.serve();
    let mode = std::fs::metadata(socket(&folder)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    serving.kill();
    assert!(socket(&folder).exists());
    let alone = folder.run(&["user", "list"]);
    assert_eq!(alone.code, Some(0), "{alone:?}");
    let serving = folder.serve();
    let served = folder.run(&["user", "list"]);
    assert_eq!(served.stdout, alone.stdout, "{served:?}");
    drop(serving);
}

#[test]
fn what_is_no_order_is_refused_and_the_server_goes_on() {
    let folder = Folder::new();
    let mut serving = folder.serve();
    for nonsense in [
        &b"\n"[..],
        b"{}\n",
        b"\xff\xfe\n",
        b"{\"version\":1}\n",
        &vec![b'x'; 1 << 21],
    ] {
        assert_eq!(say(&folder, nonsense), "");
    }
    let other = json!({"version": "0.0.0", "order": {"check": {"json": false}}, "input": null});
    let refused = say(&folder, format!("{other}\n").as_bytes());
    assert!(refused.contains("of version 0.0.0"), "{refused}");
    assert_eq!(folder.run(&["user", "list"]).code, Some(0));
    assert!(serving.is_alive());
}

#[test]
fn a_file_of_that_name_is_left_alone_and_the_server_runs_without_orders() {
    let folder = Folder::new();
    folder.settle();
    std::fs::write(socket(&folder), "mine").unwrap();
    let serving = folder.serve();
    assert!(serving.log.has("cannot be handed to this server").is_some());
    let refused = folder.run(&["check"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let holder = format!("is in use by process {}", serving.process());
    assert!(refused.stderr.contains(&holder), "{refused:?}");
    drop(serving);
    assert_eq!(std::fs::read_to_string(socket(&folder)).unwrap(), "mine");
}
