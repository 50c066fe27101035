//! Two processes over one database: one order of events, no event twice, and everybody's writes to be read on the other.

#[cfg(test)]
mod support;

use std::time::Duration;

use flowra_adapters_mongo::{MongoAddress, MongoOptions, MongoStore};
use flowra_core::event::{
    Append, AppendError, Appended, Commit, Conflict, Document, Event, EventLog, Idempotency, Outcome,
    Position, Recorded, StreamId, Version,
};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::user::{DisplayName, Email, Session, SessionStore, UserEvent, UserStore, Username};
use flowra_core::{Digest, Id, UserId};

const EACH: u8 = 40;

#[cfg(test)]
async fn open(address: &str) -> MongoStore {
    let address = MongoAddress::parse(address).unwrap();
    MongoStore::open(&address, MongoOptions::default()).await.unwrap()
}

#[cfg(test)]
fn user(node: u8, number: u8) -> UserId {
    let mut bytes = [0; 16];
    (bytes[0], bytes[1]) = (node + 1, number);
    Id::from_bytes(bytes)
}

/// A commit that goes on from a document.
#[cfg(test)]
fn commit(id: UserId, before: Option<Document>, event: UserEvent) -> Commit {
    let (stream, time) = (StreamId::User(id), Timestamp::from_millis(1_000));
    let request = Id::from_bytes(*id.as_bytes());
    let expected = before.as_ref().map_or(Version::NONE, Document::version);
    let event = Event::from(event);
    let recorded = Recorded {
        position: Position::START,
        stream,
        version: expected.next(),
        actor: id,
        time,
        request,
        cause: None,
        event: event.clone(),
    };
    let document = Document::fold(before, &recorded).unwrap();
    Commit {
        request,
        time,
        cause: None,
        appends: vec![Append {
            stream,
            expected,
            actor: id,
            events: vec![event],
            document,
        }],
        guards: Vec::new(),
        idempotency: None,
    }
}

#[cfg(test)]
fn registering(id: UserId, name: &str) -> Commit {
    let registered = UserEvent::Registered {
        external_id: None,
        username: Username::parse(name).unwrap(),
        email: Email::parse(&format!("{name}@example.org")).unwrap(),
        display_name: DisplayName::parse(name).unwrap(),
        is_admin: false,
        is_first: false,
    };
    commit(id, None, registered)
}

/// The log as a listener of this process hears it, up to so many events.
#[cfg(test)]
async fn hear(store: MongoStore, events: usize) -> Vec<Recorded> {
    let mut heard: Vec<Recorded> = Vec::new();
    while heard.len() < events {
        let after = heard.last().map_or(Position::START, |last| last.position);
        store.wait_past(after).await.unwrap();
        let entries = store.read(after, 7).await.unwrap();
        heard.extend(entries.iter().map(|entry| (*entry.recorded).clone()));
    }
    heard
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn racing_processes_make_one_log_that_all_listeners_hear_alike() {
    let address = support::database();
    let nodes = [open(&address).await, open(&address).await];
    let all = usize::from(EACH) * 2;
    let listeners = nodes.clone().map(|store| tokio::spawn(hear(store, all)));
    let mut writers = Vec::new();
    for (node, store) in (0..).zip(&nodes) {
        for number in 0..EACH {
            let store = store.clone();
            writers.push(tokio::spawn(async move {
                let name = format!("user-{node}-{number}");
                store
                    .append(registering(user(node, number), &name))
                    .await
                    .unwrap()
            }));
        }
    }
    let mut positions = Vec::new();
    for writer in writers {
        match writer.await.unwrap() {
            Appended::Now(position) => positions.push(position.get()),
            Appended::Before(outcome) => panic!("nobody gave a key, and yet: {outcome:?}"),
        }
    }
    positions.sort_unstable();
    assert_eq!(positions, (1..=all as u64).collect::<Vec<_>>());
    let mut heard = Vec::new();
    for listener in listeners {
        heard.push(listener.await.unwrap());
    }
    assert_eq!(heard[0], heard[1]);
    let order: Vec<_> = heard[0].iter().map(|event| event.position.get()).collect();
    assert_eq!(order, positions);
    let mut streams: Vec<_> = heard[0].iter().map(|event| event.stream).collect();
    streams.sort_unstable();
    streams.dedup();
    assert_eq!(streams.len(), all);
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn after_asking_for_the_head_the_other_process_shows_the_authors_writes() {
    let address = support::database();
    let (one, other) = (open(&address).await, open(&address).await);
    for number in 0..10 {
        let (id, name) = (user(0, number), format!("user-{number}"));
        let stored = one.append(registering(id, &name)).await.unwrap();
        assert_eq!(stored, Appended::Now(other.head().await.unwrap()));
        let loaded = UserStore::load(&other, id).await.unwrap().unwrap();
        assert_eq!(loaded.username.as_str(), name);
        let listed = other.list(PageRequest::first(Limit::MAX)).await.unwrap();
        assert_eq!(listed.items.len(), usize::from(number) + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn of_processes_that_change_one_stream_one_wins_and_the_other_can_decide_again() {
    let address = support::database();
    let nodes = [open(&address).await, open(&address).await];
    let ada = user(0, 0);
    nodes[0].append(registering(ada, "ada")).await.unwrap();
    for round in 0..10 {
        let mut before = Vec::new();
        for store in &nodes {
            store.head().await.unwrap();
            before.push(UserStore::load(store, ada).await.unwrap().map(Document::User));
        }
        assert_eq!(before[0], before[1]);
        let change = |at: usize| {
            let is_admin = round % 2 == 0;
            nodes[at].append(commit(
                ada,
                before[at].clone(),
                UserEvent::AdminChanged { is_admin },
            ))
        };
        let (first, second) = tokio::join!(change(0), change(1));
        assert!(first.is_ok() != second.is_ok(), "{first:?}, {second:?}");
        for (store, answer) in nodes.iter().zip([first, second]) {
            if let Err(error) = answer {
                let stale = Conflict::Stale(StreamId::User(ada));
                assert!(matches!(error, AppendError::Conflict(conflict) if conflict == stale));
                let current = UserStore::load(store, ada).await.unwrap().unwrap();
                assert_eq!(current.version, Version::new(round + 2));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_key_used_at_one_process_is_known_at_the_other() {
    let address = support::database();
    let (one, other) = (open(&address).await, open(&address).await);
    let ada = user(0, 0);
    let keyed = |fingerprint| Commit {
        idempotency: Some((
            Idempotency {
                user: ada,
                key: "first".into(),
                fingerprint: [fingerprint; 32],
            },
            Outcome::User(ada),
        )),
        ..registering(ada, "ada")
    };
    one.append(keyed(1)).await.unwrap();
    assert_eq!(
        other.append(keyed(1)).await.unwrap(),
        Appended::Before(Outcome::User(ada))
    );
    let reused = other.append(keyed(2)).await;
    assert!(matches!(reused, Err(AppendError::KeyReused)), "{reused:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_store_that_is_opened_again_shows_all_that_was_acknowledged() {
    let address = support::database();
    for number in 0..5 {
        let store = open(&address).await;
        let name = format!("user-{number}");
        store.append(registering(user(0, number), &name)).await.unwrap();
        drop(store);
    }
    let store = open(&address).await;
    assert_eq!(store.head().await.unwrap(), Position::new(5));
    let listed = store.list(PageRequest::first(Limit::MAX)).await.unwrap();
    assert_eq!(listed.items.len(), 5);
    let taken = store.append(registering(user(1, 0), "user-3")).await;
    assert!(
        matches!(taken, Err(AppendError::Conflict(Conflict::Taken(_)))),
        "{taken:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_session_that_ends_at_one_process_is_over_there_at_once_and_at_the_other_within_a_second() {
    let address = support::database();
    let (one, other) = (open(&address).await, open(&address).await);
    let access = Digest::from_bytes([1; 32]);
    let session = Session {
        id: Id::from_bytes([7; 16]),
        user: user(0, 0),
        access,
        refresh: Digest::from_bytes([2; 32]),
        access_expires_at: Timestamp::from_millis(i64::from(u32::MAX) * 1000),
        refresh_expires_at: Timestamp::from_millis(i64::from(u32::MAX) * 1000),
        created_at: Timestamp::from_millis(0),
        client: None,
        renewal: None,
    };
    one.begin(session.clone()).await.unwrap();
    for store in [&one, &other] {
        let found = store.by_access(access).await.unwrap();
        assert_eq!(found.map(|found| found.id), Some(session.id));
    }
    one.end(session.id).await.unwrap();
    assert_eq!(one.by_access(access).await.unwrap(), None);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(other.by_access(access).await.unwrap(), None);
}
