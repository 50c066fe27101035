//! What an operator is told whose database cannot be opened.
//!
//! Not shown here: a user who may write and may not make indexes, since the server that stands in for MongoDB is started without users.

#[cfg(test)]
mod support;

use std::error::Error;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use flowra_adapters_mongo::{MongoAddress, MongoOptions, MongoStore, OpenError};
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use mongodb::{Client, IndexModel};

#[cfg(test)]
const PASSWORD: &str = "hunter2-hunter2";

#[cfg(test)]
async fn refused(address: &str, patience: Duration) -> OpenError {
    let options = MongoOptions {
        patience,
        ..MongoOptions::default()
    };
    let address = MongoAddress::parse(address).unwrap();
    MongoStore::open(&address, options).await.unwrap_err()
}

/// All that an error can be made to say.
#[cfg(test)]
fn told(error: &OpenError) -> String {
    let mut all = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        all = format!("{all} {cause} {cause:?}");
        source = cause.source();
    }
    all
}

#[tokio::test]
async fn no_error_tells_the_password_in_the_address() {
    let addresses = [
        format!("mongodb://flowra:{PASSWORD}@127.0.0.1:1/flowra"),
        format!("mongodb://flowra:{PASSWORD}@127.0.0.1:1/"),
        format!("mongodb://flowra:{PASSWORD}@127.0.0.1:port/flowra"),
        format!("mongodb://flowra:{PASSWORD}@/flowra"),
        format!("mongodb://flowra:{PASSWORD}@x@127.0.0.1:1/flowra"),
        format!("mongodb://flowra:{PASSWORD}/x@127.0.0.1:1/flowra"),
        format!("mongodb://flowra:{PASSWORD}%@127.0.0.1:1/flowra"),
        format!("mongodb://127.0.0.1:{PASSWORD}"),
        format!("mongo://flowra:{PASSWORD}@127.0.0.1:1/flowra"),
        format!("mongodb://flowra:{PASSWORD}@127.0.0.1:1/flowra?w=-5"),
    ];
    for address in addresses {
        let told = match MongoAddress::parse(&address) {
            Err(bad) => format!("{bad} {bad:?}"),
            Ok(_) => told(&refused(&address, Duration::from_millis(100)).await),
        };
        assert!(!told.contains(PASSWORD), "{address} makes {told}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_looked_for_as_long_as_the_patience_lasts() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (begin, patience) = (Instant::now(), Duration::from_millis(700));
    let error = refused(&format!("mongodb://{closed}/flowra"), patience).await;
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("storage"), "{error}");
    assert!(begin.elapsed() >= patience, "{:?}", begin.elapsed());
    assert!(begin.elapsed() < patience * 8, "{:?}", begin.elapsed());
}

#[tokio::test]
#[cfg_attr(not(has_server_program), ignore = "needs a server of its own, with --auth")]
async fn a_wrong_password_is_refused_by_name_of_the_setting() {
    let server = support::start("--auth");
    let address = server.replace("mongodb://", &format!("mongodb://flowra:{PASSWORD}@"));
    let address = address.replace("/?", "/flowra?");
    let error = refused(&address, Duration::from_secs(5)).await;
    assert!(matches!(error, OpenError::Refused { .. }), "{error:?}");
    assert!(error.to_string().contains("storage"), "{error}");
    assert!(!told(&error).contains(PASSWORD));
}

#[tokio::test]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_database_of_a_later_version_is_refused() {
    let address = support::database();
    let parsed = MongoAddress::parse(&address).unwrap();
    drop(MongoStore::open(&parsed, MongoOptions::default()).await.unwrap());
    let database = Client::with_uri_str(&address).await.unwrap();
    let meta = database
        .default_database()
        .unwrap()
        .collection::<Document>("meta");
    let later = doc! { "$set": { "version": 1_000 } };
    meta.update_one(doc! { "_id": "schema" }, later).await.unwrap();
    let error = refused(&address, Duration::from_secs(5)).await;
    assert!(
        matches!(error, OpenError::Newer { found: 1_000, .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("storage"), "{error}");
}

#[tokio::test]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_database_of_the_first_version_gets_the_indexes_of_this_one() {
    let address = support::database();
    let parsed = MongoAddress::parse(&address).unwrap();
    drop(MongoStore::open(&parsed, MongoOptions::default()).await.unwrap());
    let client = Client::with_uri_str(&address).await.unwrap();
    let database = client.default_database().unwrap();
    let meta = database.collection::<Document>("meta");
    let messages = database.collection::<Document>("messages");
    let mut fresh = messages.list_index_names().await.unwrap();
    fresh.sort();
    // As the first version left it.
    messages.drop_indexes().await.unwrap();
    let unique = IndexOptions::builder().unique(true).sparse(true).build();
    for (keys, options) in [
        (doc! { "chat": 1, "number": 1 }, IndexOptions::default()),
        (doc! { "root_place": 1 }, unique),
        (doc! { "parent": 1, "number": 1 }, IndexOptions::default()),
        (doc! { "parent": 1, "reply_no": 1 }, IndexOptions::default()),
        (
            doc! { "mentions": 1, "chat": 1, "number": 1 },
            IndexOptions::default(),
        ),
    ] {
        let model = IndexModel::builder().keys(keys).options(options).build();
        messages.create_index(model).await.unwrap();
    }
    let first = doc! { "$set": { "version": 1 } };
    meta.update_one(doc! { "_id": "schema" }, first).await.unwrap();
    drop(MongoStore::open(&parsed, MongoOptions::default()).await.unwrap());
    let mut upgraded = messages.list_index_names().await.unwrap();
    upgraded.sort();
    assert_eq!(upgraded, fresh);
    let mut indexes = messages.list_indexes().await.unwrap();
    while indexes.advance().await.unwrap() {
        let index = indexes.deserialize_current().unwrap();
        let is_unique = index.options.and_then(|options| options.unique);
        assert_ne!(is_unique, Some(true), "{:?}", index.keys);
    }
    let schema = meta.find_one(doc! { "_id": "schema" }).await.unwrap().unwrap();
    assert!(schema.get_i32("version").unwrap() > 1, "{schema}");
}

#[tokio::test]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_database_of_the_second_version_gets_a_plain_index_on_positions() {
    let address = support::database();
    let parsed = MongoAddress::parse(&address).unwrap();
    drop(MongoStore::open(&parsed, MongoOptions::default()).await.unwrap());
    let client = Client::with_uri_str(&address).await.unwrap();
    let database = client.default_database().unwrap();
    let meta = database.collection::<Document>("meta");
    let log = database.collection::<Document>("log");
    // As the second version left it.
    log.drop_index("first_1").await.unwrap();
    let unique = IndexOptions::builder().unique(true).sparse(true).build();
    let model = IndexModel::builder()
        .keys(doc! { "first": 1 })
        .options(unique)
        .build();
    log.create_index(model).await.unwrap();
    let second = doc! { "$set": { "version": 2 } };
    meta.update_one(doc! { "_id": "schema" }, second).await.unwrap();
    let version = async || {
        let stored = meta.find_one(doc! { "_id": "schema" }).await.unwrap();
        stored.unwrap().get_i32("version").unwrap()
    };
    drop(
        MongoStore::open_existing(&parsed, MongoOptions::default())
            .await
            .unwrap(),
    );
    assert_eq!(version().await, 2, "who only looks changes nothing");
    // As when all servers are restarted together, and when one was cut off before it said that it had finished.
    let open = || MongoStore::open(&parsed, MongoOptions::default());
    let (one, two, three) = tokio::join!(open(), open(), open());
    drop((one.unwrap(), two.unwrap(), three.unwrap()));
    assert_eq!(version().await, 3);
    let second = doc! { "$set": { "version": 2 } };
    meta.update_one(doc! { "_id": "schema" }, second).await.unwrap();
    drop(open().await.unwrap());
    let mut unique = Vec::new();
    let mut indexes = log.list_indexes().await.unwrap();
    while indexes.advance().await.unwrap() {
        let index = indexes.deserialize_current().unwrap();
        let is_unique = index.options.and_then(|options| options.unique);
        unique.push((
            index.keys.keys().next().cloned().unwrap(),
            is_unique == Some(true),
        ));
    }
    let of = |field: &str| {
        unique
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, unique)| *unique)
    };
    assert_eq!((of("first"), of("keys")), (Some(false), Some(true)), "{unique:?}");
}
