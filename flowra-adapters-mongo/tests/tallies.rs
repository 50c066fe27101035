//! A chat's counters and its authors' read marks are written seldom, and nobody sees it: neither who asks at once, nor another process, nor whoever
//! opens the database after one that died.

#[cfg(test)]
mod support;

use flowra_adapters_mongo::{MongoAddress, MongoOptions, MongoStore};
use flowra_core::chat::{ChatKind, ReadMarks};
use flowra_core::event::EventLog;
use flowra_core::message::{MessageStore, Range, Which};
use flowra_core::page::Limit;
use flowra_core::workspace::Role;
use flowra_core::{ChatId, MessageId, UserId};
use flowra_testkit::build::World;
use mongodb::bson::{Document, doc};

#[cfg(test)]
const POSTS: usize = 30;

/// That the store shows all posts, and that their author has read them all.
#[cfg(test)]
async fn shows_all(store: &MongoStore, (author, reader): (UserId, UserId), chat: ChatId, last: MessageId) {
    // A process learns what others logged when it looks for the log's end.
    store.head().await.unwrap();
    let limit = Limit::parse(5).unwrap();
    let page = store
        .page(chat, Which::Roots, Range::Newest(limit))
        .await
        .unwrap();
    let newest = page.items.last().unwrap();
    assert_eq!((newest.message.id, newest.number), (last, POSTS as u64));
    let standings = store.standings_of(chat, vec![author, reader]).await.unwrap();
    let of = |number: usize| (standings[number].unread, standings[number].last_read);
    assert_eq!(of(0), (0, Some(last)));
    assert_eq!(of(1), (POSTS as u64, None));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn what_is_not_written_yet_is_shown_by_every_process_and_by_the_next() {
    let text = support::database();
    let address = MongoAddress::parse(&text).unwrap();
    let open = || MongoStore::open(&address, MongoOptions::default());
    let (store, other) = (open().await.unwrap(), open().await.unwrap());
    let mut world = World::new(1);
    let (ada, registered) = world.user("ada");
    let (bob, joined) = world.user("bob");
    let (team, founded) = world.workspace(ada, &[(bob, Role::Member)]);
    let (chat, opened) = world.chat(team, ChatKind::Channel, &[ada, bob]);
    for commit in [registered, joined, founded, opened] {
        store.append(commit).await.unwrap();
    }
    let mut last = None;
    for _ in 0..POSTS {
        let (message, commit) = world.message(chat, ada, &[]);
        store.append(commit).await.unwrap();
        last = Some(message);
    }
    let last = last.unwrap();
    shows_all(&store, (ada, bob), chat, last).await;
    shows_all(&other, (ada, bob), chat, last).await;
    // Both end as a process does that dies, with the counters still in memory.
    drop((store, other));
    let database = mongodb::Client::with_uri_str(&text).await.unwrap();
    let rooms = database
        .default_database()
        .unwrap()
        .collection::<Document>("rooms");
    assert_eq!(rooms.count_documents(doc! {}).await.unwrap(), 0);
    let next = open().await.unwrap();
    shows_all(&next, (ada, bob), chat, last).await;
    let report = next.check().await.unwrap();
    assert_eq!(report.difference, None, "{report:?}");
    assert_eq!(rooms.count_documents(doc! {}).await.unwrap(), 1);
}
