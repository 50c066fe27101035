//! `check` names what does not follow from the log, and `rebuild` mends it.

#[cfg(test)]
mod support;

use flowra_adapters_mongo::{MongoAddress, MongoOptions, MongoStore};
use flowra_core::chat::ChatKind;
use flowra_core::event::{CheckReport, EventLog, StreamId};
use flowra_core::message::MessageEvent;
use flowra_core::workspace::Role;
use flowra_testkit::build::{NewTask, World};
use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};

/// A database with people, chats, threads and tasks, and a way to reach behind the store.
#[cfg(test)]
async fn installation() -> (MongoStore, Database) {
    let address = support::database();
    let database = mongodb::Client::with_uri_str(&address).await.unwrap();
    let address = MongoAddress::parse(&address).unwrap();
    let store = MongoStore::open(&address, MongoOptions::default()).await.unwrap();
    let mut world = World::new(1);
    let (ada, registered) = world.user("ada");
    let (bob, joined) = world.user("bob");
    let (team, founded) = world.workspace(ada, &[(bob, Role::Member)]);
    let (chat, opened) = world.chat(team, ChatKind::Channel, &[ada, bob]);
    let (root, _, posted) = world.message_and_reply(chat, ada, bob);
    let (_, made) = world.task(team, ada, NewTask::in_chat("Mend it", chat));
    let mut commits = vec![registered, joined, founded, opened, posted, made];
    commits.extend((0..200).map(|_| world.message(chat, ada, &[bob]).1));
    commits.push(world.change(StreamId::Message(root), ada, [MessageEvent::Deleted]));
    for commit in commits {
        store.append(commit).await.unwrap();
    }
    (store, database.default_database().unwrap())
}

#[cfg(test)]
async fn sound(store: &MongoStore) -> CheckReport {
    let report = store.check().await.unwrap();
    assert_eq!(report.difference, None, "{report:?}");
    report
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_database_that_follows_from_its_log_is_in_order() {
    let (store, _) = installation().await;
    let report = sound(&store).await;
    // Two people, workspace, chat, task, and the messages.
    assert_eq!(report.streams, 5 + 202);
    assert_eq!(report.events, store.head().await.unwrap().get());
    assert!(report.rows > report.streams, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn whatever_is_stored_otherwise_is_named_and_mended() {
    let (store, database) = installation().await;
    let before = sound(&store).await;
    let of = |collection: &str| database.collection::<Document>(collection);
    let damage = [
        (
            "messages",
            doc! { "number": 7 },
            doc! { "$set": { "number": 700 } },
        ),
        ("messages", doc! { "number": 8 }, doc! { "$set": { "v": 9_i64 } }),
        (
            "messages",
            doc! { "number": 1 },
            doc! { "$set": { "replies": 5_i64 } },
        ),
        ("tasks", doc! {}, doc! { "$set": { "listed": false } }),
        ("users", doc! { "name": "ada" }, doc! { "$set": { "json": "{}" } }),
        ("rooms", doc! {}, doc! { "$set": { "last": 900_i64 } }),
        (
            "claims",
            doc! { "_id": "username/bob" },
            doc! { "$set": { "held": false } },
        ),
    ];
    for (collection, row, change) in damage {
        let changed = of(collection)
            .update_one(row.clone(), change.clone())
            .await
            .unwrap();
        assert_eq!(changed.modified_count, 1, "{collection} {row}");
        let difference = store.check().await.unwrap().difference;
        let difference = difference.unwrap_or_else(|| panic!("{collection} {change} is not seen"));
        assert!(
            difference.place.starts_with(collection) && !difference.is_in_log(),
            "{difference}"
        );
        store.rebuild(|_| {}).await.unwrap();
        assert_eq!(sound(&store).await, before, "{collection} {change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_document_that_is_missing_comes_back_and_one_too_many_goes() {
    let (store, database) = installation().await;
    let messages = database.collection::<Document>("messages");
    let lost = messages
        .find_one_and_delete(doc! { "number": 9 })
        .await
        .unwrap()
        .unwrap();
    let difference = store.check().await.unwrap().difference.unwrap();
    assert_eq!(difference.fault, "is missing");
    store.rebuild(|_| {}).await.unwrap();
    let found = messages.find_one(doc! { "number": 9 }).await.unwrap().unwrap();
    for (field, value) in &lost {
        assert_eq!(found.get(field), Some(value), "{field}");
    }

    let mut surplus = lost;
    let id = mongodb::bson::Binary {
        subtype: mongodb::bson::spec::BinarySubtype::Generic,
        bytes: vec![9; 16],
    };
    surplus.insert("_id", Bson::Binary(id));
    surplus.remove("root_place");
    messages.insert_one(surplus).await.unwrap();
    let difference = store.check().await.unwrap().difference.unwrap();
    assert_eq!(difference.fault, "the log knows nothing of it");
    store.rebuild(|_| {}).await.unwrap();
    sound(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_log_with_a_hole_is_told_and_nothing_is_made_from_it() {
    let (store, database) = installation().await;
    let log = database.collection::<Document>("log");
    log.delete_one(doc! { "_id": 3_i64 }).await.unwrap();
    let difference = store.check().await.unwrap().difference.unwrap();
    assert!(difference.is_in_log(), "{difference}");
    assert!(difference.fault.contains("group 3 is missing"), "{difference}");
    assert!(store.rebuild(|_| {}).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_database_is_in_order_while_servers_write() {
    let (store, database) = installation().await;
    let writer = store.clone();
    let writing = tokio::spawn(async move {
        let mut world = World::new(2);
        for number in 0..300 {
            let (_, registered) = world.user(&format!("person{number}"));
            writer.append(registered).await.unwrap();
        }
    });
    while !writing.is_finished() {
        sound(&store).await;
        store.rebuild(|_| {}).await.unwrap();
    }
    writing.await.unwrap();
    sound(&store).await;
    let people = database.collection::<Document>("users");
    assert_eq!(people.count_documents(doc! {}).await.unwrap(), 302);
}
