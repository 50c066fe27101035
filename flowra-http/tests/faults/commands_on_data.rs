//! `flowra check` and `flowra rebuild` on data that a server left.

use std::path::Path;

use serde_json::{Value, json};

use crate::process::Folder;

/// Stands in the log and in the document that follows from it.
const SAID: &str = "the canary sings";
/// Of the same length, so that it can be written over the other.
const CLAIMED: &str = "the canary sleep";

/// What a killed server left: eight messages of which one makes a task.
fn folder_with_data() -> Folder {
    let folder = Folder::new();
    let mut serving = folder.serve();
    let (_, chat) = serving.client.settle();
    let messages = format!("{chat}/messages");
    for content in [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        SAID,
        "#task Feed the canary",
    ] {
        serving.client.made(&messages, &json!({ "content": content }));
    }
    serving.kill();
    folder
}

/// Output that nobody reads any more.
fn closed_pipe() -> std::io::PipeWriter {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer
}

fn occurrences(file: &Path) -> Vec<usize> {
    let content = std::fs::read(file).unwrap();
    content
        .windows(SAID.len())
        .enumerate()
        .filter(|(_, window)| *window == SAID.as_bytes())
        .map(|(at, _)| at)
        .collect()
}

#[test]
fn check_says_what_it_verified() {
    let folder = folder_with_data();
    let check = folder.run(&["check"]);
    assert_eq!((check.code, check.stderr.as_str()), (Some(0), ""));
    let words: Vec<&str> = check.stdout.split_whitespace().collect();
    let count = |what: &str| -> u64 {
        let at = words.iter().position(|word| *word == what);
        words[at.unwrap_or_else(|| panic!("no {what} in {check:?}")) - 1]
            .parse()
            .unwrap()
    };
    assert!(count("events") > 10, "{check:?}");
    // Ada, the bot, the workspace, the channel, nine messages with the bot's, the task.
    assert!(count("streams") >= 12, "{check:?}");
    assert!(check.stdout.contains("is in order"), "{check:?}");
}

#[test]
fn check_names_the_first_difference_and_rebuild_mends_it() {
    let folder = folder_with_data();
    // Opening it once more carries the write-ahead log over into the file.
    assert_eq!(folder.run(&["check"]).code, Some(0));
    let whole = std::fs::read(folder.file()).unwrap();
    let mut differences = 0;
    for at in occurrences(&folder.file()) {
        let mut patched = whole.clone();
        patched[at..at + CLAIMED.len()].copy_from_slice(CLAIMED.as_bytes());
        std::fs::write(folder.file(), patched).unwrap();
        let check = folder.run(&["check"]);
        if check.code == Some(0) {
            // A remnant in a page, which nothing reads.
            continue;
        }
        differences += 1;
        let reader_left = folder.flowra(&["check", "--json"]).stdout(closed_pipe()).output();
        assert_eq!(reader_left.unwrap().status.code(), Some(1));
        let json = folder.run(&["check", "--json"]);
        let report: Value = serde_json::from_str(&json.stdout).unwrap();
        let difference = report["difference"].as_str().unwrap();
        assert_eq!(json.code, Some(1), "{json:?}");
        assert!(json.stderr.contains(difference), "{json:?}");
        assert!(difference.starts_with("table messages, row "), "{json:?}");
        assert_eq!((check.code, check.stdout.as_str()), (Some(1), ""), "{check:?}");
        for part in ["table messages, row ", SAID, CLAIMED, "`flowra rebuild`"] {
            assert!(check.stderr.contains(part), "no {part:?} in {check:?}");
        }
        let rebuild = folder.run(&["rebuild"]);
        assert_eq!(rebuild.code, Some(0), "{rebuild:?}");
        assert!(rebuild.stdout.contains("events folded"), "{rebuild:?}");
        let check = folder.run(&["check"]);
        assert_eq!(check.code, Some(0), "{check:?}");
    }
    assert!(differences >= 2, "neither the event nor its document was found");
}

#[test]
fn check_reports_in_json_what_it_says_in_words() {
    let folder = folder_with_data();
    let words = folder.run(&["check"]).stdout;
    let check = folder.run(&["check", "--json"]);
    assert_eq!((check.code, check.stderr.as_str()), (Some(0), ""), "{check:?}");
    assert_eq!(check.stdout.lines().count(), 1, "{check:?}");
    let report: Value = serde_json::from_str(&check.stdout).unwrap();
    let mut keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["difference", "events", "rows", "streams"]);
    assert_eq!(report["difference"], Value::Null);
    for (count, what) in [
        ("events", "events without"),
        ("streams", "streams each"),
        ("rows", "stored rows"),
    ] {
        assert!(
            words.contains(&format!(" {} {what}", report[count])),
            "{words} {report}"
        );
    }
}

#[test]
fn rebuild_changes_nothing_that_a_client_reads_and_reports_in_json() {
    let folder = folder_with_data();
    let check = folder.run(&["check"]);
    let rebuild = folder.run(&["rebuild", "--json"]);
    assert_eq!(rebuild.code, Some(0), "{rebuild:?}");
    let report: Value = serde_json::from_str(&rebuild.stdout).unwrap();
    let mut keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "documents",
            "documents_per_second",
            "events",
            "folded_per_second",
            "seconds"
        ]
    );
    for (key, number) in report.as_object().unwrap() {
        assert!(number.as_f64().unwrap() > 0.0, "{key} in {report}");
    }
    assert!(
        check.stdout.contains(&format!(": {} events", report["events"])),
        "{report} {check:?}"
    );
    assert_eq!(folder.run(&["check"]).stdout, check.stdout);
}
