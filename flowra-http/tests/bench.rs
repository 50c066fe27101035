//! `flowra bench` as a person runs it: its floors, briefly.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn bench(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flowra"))
        .arg("bench")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap()
}

#[test]
fn the_floors_are_measured_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let lines = ["post", "fanout", "latency", "idle", "board", "start"];
    let mut arguments = vec!["--json", "--floors-only", "--seconds", "1"];
    for line in lines {
        arguments.extend(["--only", line]);
    }
    let output = bench(folder.path(), &arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let names: Vec<_> = lines.iter().map(|line| line["line"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "machine", "fsync", "post", "post.p99", "fanout", "latency", "idle", "board", "newest", "start",
            "memory"
        ]
    );
    assert!(
        lines[1]["milliseconds"]["median"].as_f64().unwrap() > 0.0,
        "{text}"
    );
    for line in &lines[2..] {
        assert!(
            line["floor"].as_f64().unwrap() > 0.0 && line.get("figure").is_none(),
            "{line}"
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_table_has_a_row_for_each_figure() {
    let folder = tempfile::tempdir().unwrap();
    let output = bench(
        folder.path(),
        &["--floors-only", "--seconds", "1", "--only", "start"],
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let starts: Vec<_> = text
        .lines()
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert_eq!(
        starts,
        ["machine:", "fsync:", "line", "start", "memory"],
        "{text}"
    );
}

#[test]
fn an_unknown_line_is_bad_usage() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(bench(folder.path(), &["--only", "speed"]).status.code(), Some(2));
    assert_eq!(bench(folder.path(), &["--seconds", "0"]).status.code(), Some(2));
}
