//! The JSON of events and documents is a public format that is read for ever: each has a file in `golden/` that it must equal.
//!
//! A new event fails here until it has a sample and a file. `UPDATE_GOLDEN=1 cargo test -p flowra-testkit --test golden` writes the
//! files; a change to one that was released breaks every stored log, so make a new event, or an upcast, instead.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod samples;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use flowra_core::event::{Document, Event, Outcome};
use serde_json::Value;

const MODELS: [&str; 5] = [
    include_str!("../../../flowra-core/src/user/model.rs"),
    include_str!("../../../flowra-core/src/workspace/model.rs"),
    include_str!("../../../flowra-core/src/chat/model.rs"),
    include_str!("../../../flowra-core/src/message/model.rs"),
    include_str!("../../../flowra-core/src/task/model.rs"),
];

#[test]
fn every_event_has_its_golden_file() {
    for (stream, event) in samples::events() {
        let written = serde_json::to_value(&event).unwrap();
        assert_eq!(
            written["type"],
            event.name(),
            "the type in JSON is the event's name"
        );
        let golden = golden("events", event.name(), &written);
        assert_eq!(written, golden, "{} is written differently", event.name());
        let read = Event::deserialize_for(stream, &golden).unwrap();
        assert_eq!(read, event, "{} is read differently", event.name());
    }
}

#[test]
fn no_event_is_without_a_sample() {
    let declared = MODELS
        .iter()
        .flat_map(|source| source.split("serde(rename = \"").skip(1))
        .map(|rest| rest.split('"').next().unwrap());
    let declared: BTreeSet<_> = declared.collect();
    let samples = samples::events();
    let names: BTreeSet<_> = samples.iter().map(|(_, event)| event.name()).collect();
    assert_eq!(declared, names);
    assert_eq!(samples.len(), names.len(), "one sample an event");
}

#[test]
fn no_golden_file_is_without_its_event() {
    let samples = samples::events();
    let names: BTreeSet<_> = samples.iter().map(|(_, event)| event.name().to_owned()).collect();
    let files: BTreeSet<_> = fs::read_dir(folder("events"))
        .unwrap()
        .map(|file| {
            file.unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(files, names, "events that were ever written must stay readable");
}

#[test]
fn every_document_has_its_golden_file() {
    for document in samples::documents() {
        let kind = document.stream().kind();
        let (written, read) = round_trip(&document, |written| golden("documents", kind, written));
        assert_eq!(read, document, "a stored {kind} is read differently");
        assert_eq!(
            written,
            golden("documents", kind, &written),
            "a {kind} is written differently"
        );
    }
}

#[test]
fn every_outcome_has_its_golden_file() {
    for (name, outcome) in samples::outcomes() {
        let written = serde_json::to_value(&outcome).unwrap();
        let golden = golden("outcomes", name, &written);
        assert_eq!(written, golden);
        let read: Outcome = serde_json::from_value(golden).unwrap();
        assert_eq!(read, outcome);
    }
}

/// A document as JSON, and what is read from its golden file.
fn round_trip(document: &Document, golden: impl Fn(&Value) -> Value) -> (Value, Document) {
    macro_rules! of_kind {
        ($kind:ident, $aggregate:expr) => {{
            let written = serde_json::to_value($aggregate).unwrap();
            let read = serde_json::from_value(golden(&written)).unwrap();
            (written, Document::$kind(read))
        }};
    }
    match document {
        Document::User(user) => of_kind!(User, user),
        Document::Workspace(workspace) => of_kind!(Workspace, workspace),
        Document::Chat(chat) => of_kind!(Chat, chat),
        Document::Message(message) => of_kind!(Message, message),
        Document::Task(task) => of_kind!(Task, task),
    }
}

fn folder(of: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(of)
}

/// What the golden file says; with `UPDATE_GOLDEN=1` it is written first.
fn golden(of: &str, name: &str, written: &Value) -> Value {
    let path = folder(of).join(format!("{name}.json"));
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::create_dir_all(folder(of)).unwrap();
        fs::write(&path, format!("{written:#}\n")).unwrap();
    }
    match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).unwrap(),
        Err(error) => panic!(
            "{}: {error}; if {name} is new, write its file with UPDATE_GOLDEN=1 and commit it",
            path.display()
        ),
    }
}
