//! `flowra migrate` from one file to another, by what a server over the other then knows.

use std::process::Command;

use serde_json::{Value, json};

use crate::process::{Client, Folder, Outcome, outcome};

/// A folder in which a server made a channel with messages and a task, and the paths of workspace and channel.
fn founded() -> (Folder, String, String) {
    let folder = Folder::new();
    let mut serving = folder.serve();
    let (workspace, chat) = serving.client.settle();
    for content in ["one", "two @ada", "#task Carry it over"] {
        let posted = format!("{chat}/messages");
        serving.client.made(&posted, &json!({ "content": content }));
    }
    serving.kill();
    (folder, workspace, chat)
}

fn migrate(from: &Folder, to: &Folder) -> Outcome {
    let storage = |folder: &Folder| format!("sqlite:{}", folder.file().display());
    outcome(
        Command::new(env!("CARGO_BIN_EXE_flowra"))
            .args([
                "migrate",
                "--json",
                "--from",
                &storage(from),
                "--to",
                &storage(to),
            ])
            .current_dir("/")
            .env_clear(),
    )
}

fn sign_in(client: &mut Client) {
    let ada = json!({"username": "ada", "password": "correct horse battery"});
    let answer = client.post("/api/v1/auth/login", None, &ada).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json["data"]["access_token"]
        .as_str()
        .unwrap()
        .clone_into(&mut client.token);
}

#[test]
fn people_find_everything_in_the_store_that_it_was_carried_to() {
    let (old, workspace, chat) = founded();
    let new = Folder::new();
    let migrated = migrate(&old, &new);
    assert_eq!(migrated.code, Some(0), "{migrated:?}");
    let report: Value = serde_json::from_str(&migrated.stdout).unwrap();
    assert_eq!(report["found"], 0, "{report}");
    assert_eq!(report["carried"], report["events"], "{report}");
    assert_eq!(new.run(&["check"]).code, Some(0));

    let seen = |folder: &Folder| {
        let mut serving = folder.serve();
        sign_in(&mut serving.client);
        [
            serving.client.all(&format!("{chat}/messages")),
            serving.client.all(&format!("{workspace}/tasks")),
            serving.client.all(&format!("{workspace}/chats")),
        ]
    };
    let before = seen(&old);
    assert!(before.iter().all(|list| !list.is_empty()), "{before:?}");
    assert_eq!(seen(&new), before);
}

#[test]
fn a_store_is_not_filled_twice_and_not_over_data_of_its_own() {
    let (old, ..) = founded();
    let new = Folder::new();
    assert_eq!(migrate(&old, &new).code, Some(0));
    let again = migrate(&old, &new);
    assert_eq!(again.code, Some(0), "{again:?}");
    let report: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(report["carried"], 0, "{report}");

    let (other, ..) = founded();
    let refused = migrate(&old, &other);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("has data of its own"), "{refused:?}");
    assert_eq!(other.run(&["check"]).code, Some(0));
}

#[test]
fn a_source_that_is_not_there_and_a_target_that_is_the_source_are_refused() {
    let (old, ..) = founded();
    let (absent, new) = (Folder::new(), Folder::new());
    let refused = migrate(&absent, &new);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(!absent.file().exists() && !new.file().exists());
    let refused = migrate(&old, &old);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("name the same store"), "{refused:?}");
}
