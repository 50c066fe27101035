//! What a process that dies or is paused between two writes of a consumer leaves behind.

#[cfg(test)]
mod support;

use flowra_adapters_mongo::{MongoAddress, MongoOptions, MongoStore};
use flowra_core::event::{CheckpointStore, DeadLetter, DeadLetterStore, Fence, LetterKey, Position};
use flowra_core::time::Timestamp;
use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection};

#[cfg(test)]
const CONSUMER: &str = "mailer";

#[cfg(test)]
fn letter() -> DeadLetter {
    DeadLetter {
        key: LetterKey {
            consumer: CONSUMER.to_owned(),
            position: Position::new(7),
        },
        event: "message.posted".to_owned(),
        reason: "nobody answers".to_owned(),
        failures: 8,
        time: Timestamp::from_millis(1_000),
        is_replay_due: false,
    }
}

#[cfg(test)]
async fn open() -> (MongoStore, Collection<Document>, Collection<Document>) {
    let address = support::database();
    let parsed = MongoAddress::parse(&address).unwrap();
    let store = MongoStore::open(&parsed, MongoOptions::default()).await.unwrap();
    let client = Client::with_uri_str(&address).await.unwrap();
    let database = client.default_database().unwrap();
    let (checkpoints, letters) = (
        database.collection("checkpoints"),
        database.collection("dead_letters"),
    );
    (store, checkpoints, letters)
}

/// Puts a letter, then undoes its move, so that it is as if its writer had died before that.
#[cfg(test)]
async fn put_and_die(store: &MongoStore, checkpoints: &Collection<Document>, letters: &Collection<Document>) {
    assert!(store.put(letter(), Fence::new(1)).await.unwrap());
    let mut pending = letters.find_one(doc! {}).await.unwrap().unwrap();
    pending.remove("puts");
    let undone = checkpoints
        .update_one(doc! { "_id": CONSUMER }, doc! { "$set": { "pending": pending } })
        .await
        .unwrap();
    assert_eq!(undone.matched_count, 1);
}

#[tokio::test]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_letter_that_its_writer_did_not_move_is_moved_by_the_next_reader() {
    let (store, checkpoints, letters) = open().await;
    put_and_die(&store, &checkpoints, &letters).await;
    letters.delete_many(doc! {}).await.unwrap();

    assert_eq!(
        store.claim(CONSUMER, Fence::new(2)).await.unwrap(),
        Some(Position::START)
    );
    let found = DeadLetterStore::load(&store, letter().key).await.unwrap();
    assert_eq!(found, Some(letter()));
    assert!(!store.put(letter(), Fence::new(1)).await.unwrap());
    let stored = checkpoints
        .find_one(doc! { "_id": CONSUMER })
        .await
        .unwrap()
        .unwrap();
    assert!(!stored.contains_key("pending"), "{stored}");
}

#[tokio::test]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_removed_letter_is_not_brought_back_by_a_late_move() {
    let (store, checkpoints, letters) = open().await;
    put_and_die(&store, &checkpoints, &letters).await;
    assert!(store.remove(letter().key).await.unwrap());

    CheckpointStore::load(&store, CONSUMER).await.unwrap();
    assert_eq!(DeadLetterStore::load(&store, letter().key).await.unwrap(), None);
    // Another failure of the same event is another letter.
    assert!(store.put(letter(), Fence::new(1)).await.unwrap());
    let found = DeadLetterStore::load(&store, letter().key).await.unwrap();
    assert_eq!(found, Some(letter()));
}
