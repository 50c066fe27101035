//! What memory promises beyond the contract.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use flowra_core::chat::ChatKind;
use flowra_core::event::{Commit, EventLog, StreamId};
use flowra_core::task::TaskEvent;
use flowra_core::time::Timestamp;
use flowra_core::workspace::Role;
use flowra_core::{Clock, Id, IdGenerator, Secrets};
use flowra_testkit::Memory;
use flowra_testkit::build::{NewTask, World};
use flowra_testkit::memory::{SeededIds, TestClock};

async fn a_day_at_work(seed: u64) -> Memory {
    let memory = Memory::seeded(seed);
    let mut world = World::new(seed);
    let store = async |commit: Commit| memory.append(commit).await.unwrap();
    let (ada, commit) = world.user("ada");
    store(commit).await;
    let (bob, commit) = world.user("bob");
    store(commit).await;
    let (workspace, commit) = world.workspace(ada, &[(bob, Role::Member)]);
    store(commit).await;
    let (chat, commit) = world.chat(workspace, ChatKind::Channel, &[ada, bob]);
    store(commit).await;
    let (_, _, commit) = world.message_and_reply(chat, ada, bob);
    store(commit).await;
    let (task, commit) = world.task(workspace, bob, NewTask::in_chat("Weave", chat));
    store(commit).await;
    let assigned = TaskEvent::Assigned { assignee_id: ada };
    store(world.change(StreamId::Task(task), bob, [assigned])).await;
    memory
}

#[tokio::test]
async fn the_same_seed_leaves_the_same_log_byte_for_byte() {
    let one = a_day_at_work(1).await.log_as_json_lines();
    assert_eq!(one.lines().count(), 9);
    assert_eq!(a_day_at_work(1).await.log_as_json_lines(), one);
    assert_ne!(a_day_at_work(2).await.log_as_json_lines(), one);
}

#[tokio::test]
#[should_panic(expected = "is not the fold of its events")]
async fn a_document_that_is_not_the_fold_of_its_events_is_noticed() {
    let mut world = World::new(1);
    let (_, mut commit) = world.user("ada");
    let (_, other) = world.user("bob");
    commit.appends[0].document = other.appends[0].document.clone();
    let _ = Memory::seeded(1).append(commit).await;
}

#[tokio::test]
#[should_panic(expected = "two appends")]
async fn a_commit_with_two_appends_for_one_stream_is_noticed() {
    let mut world = World::new(1);
    let (_, mut commit) = world.user("ada");
    commit.appends.push(commit.appends[0].clone());
    let _ = Memory::seeded(1).append(commit).await;
}

#[test]
fn a_clock_stands_still_until_it_is_moved() {
    let noon = Timestamp::parse("2026-11-22T12:00:00Z").unwrap();
    let clock = TestClock::at(noon);
    assert_eq!((clock.now(), clock.now()), (noon, noon));
    clock.advance_seconds(60);
    assert_eq!(clock.now(), noon.plus_seconds(60));
    let stepping = TestClock::stepping(noon, 1_000);
    assert_eq!((stepping.now(), stepping.now()), (noon, noon.plus_seconds(1)));
}

#[test]
fn seeded_ids_are_uuids_of_version_7_that_grow() {
    let ids = SeededIds::new(3);
    let texts: Vec<_> = (0..100)
        .map(|_| Id::<()>::from_bytes(ids.next()).to_string())
        .collect();
    assert!(texts.is_sorted());
    assert!(
        texts
            .iter()
            .all(|text| &text[14..15] == "7" && "89ab".contains(&text[19..20]))
    );
    assert_ne!(SeededIds::new(3).next(), SeededIds::new(4).next());
}

#[test]
fn installations_of_the_same_seed_mint_the_same_secrets() {
    let (one, other) = (Memory::seeded(5), Memory::seeded(5));
    assert_eq!(one.secrets.mint(), other.secrets.mint());
    assert_ne!(one.secrets.mint(), Memory::seeded(6).secrets.mint());
}
