//! A database that several servers share, given by whoever measures: each world gets a database of its own in it.

use std::time::{SystemTime, UNIX_EPOCH};

use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::options::{Acknowledgment, WriteConcern};
use mongodb::{Client, Collection};

use super::error::{BenchError, Result};
use super::seed::{Plan, World};
use super::store;

/// Where the databases and Redis are.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    /// The address of a database; others are named after it.
    pub(super) address: String,
    /// Redis, if the servers are to use one.
    pub(super) redis: Option<String>,
}

impl Shared {
    /// The address of the database of this name beside the one that was given.
    pub(super) fn database(&self, name: &str) -> String {
        let (address, options) = self.address.split_once('?').unwrap_or((&self.address, ""));
        let mut beside = format!("{address}_{name}");
        if !options.is_empty() {
            beside = format!("{beside}?{options}");
        }
        beside
    }

    /// The address of a database that nothing is in.
    pub(super) fn fresh(&self, name: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.database(&format!("{name}_{}", now.as_millis()))
    }

    /// A new world of this plan, and where it is.
    pub(super) async fn plant(&self, plan: &Plan) -> Result<(String, World)> {
        let address = self.fresh(plan.name);
        let world = store::plant(&address, plan).await.map_err(BenchError::Data)?;
        Ok((address, world))
    }

    /// A collection for bare inserts, written as durably as the log.
    pub(super) async fn bare(&self) -> Result<Collection<Document>> {
        let failed = |error: mongodb::error::Error| BenchError::Data(error.into());
        let client = Client::with_uri_str(self.fresh("floor")).await.map_err(failed)?;
        let database = client.default_database().ok_or_else(|| {
            BenchError::Unexpected("the address of the storage names no database".to_owned())
        })?;
        let durable = WriteConcern::builder()
            .w(Acknowledgment::Majority)
            .journal(true)
            .build();
        let options = mongodb::options::CollectionOptions::builder()
            .write_concern(durable)
            .build();
        Ok(database.collection_with_options("bare", options))
    }
}

/// How many bytes a post has in the newest groups of a database's log, each being one event.
pub(super) async fn bytes_of_one(address: &str) -> Result<usize> {
    /// So many groups are looked at.
    const GROUPS: i64 = 200;
    let failed = |error: mongodb::error::Error| BenchError::Data(error.into());
    let client = Client::with_uri_str(address).await.map_err(failed)?;
    let database = client
        .default_database()
        .ok_or_else(|| BenchError::Unexpected("the address of the storage names no database".to_owned()))?;
    let log = database.collection::<RawDocumentBuf>("log");
    let newest = log.find(doc! {}).sort(doc! { "_id": -1 }).limit(GROUPS);
    let mut groups = newest.await.map_err(failed)?;
    let (mut bytes, mut posts) = (0, 0);
    while groups.advance().await.map_err(failed)? {
        let group = groups.current();
        bytes += group.as_bytes().len();
        let keys = group.get_array("keys");
        posts += keys.map_or(0, |keys| keys.into_iter().count());
    }
    Ok(bytes / posts.max(1))
}

/// A document of so many bytes, with fields as the log has them.
pub(super) fn bare_document(bytes: usize) -> Document {
    let mut bare = doc! {
        "request": "019b76da-a80c-77ce-9afe-097cf9a47a73",
        "time": 1_767_225_600_000_i64,
        "stream": "019b76da-a80c-77ce-9afe-097cf9a47a73",
        "actor": "019b76da-a80c-77ce-9afe-097cf9a47a73",
        "event": "",
    };
    let length = mongodb::bson::to_vec(&bare).map_or(0, |bare| bare.len());
    bare.insert("event", "a".repeat(bytes.saturating_sub(length)));
    bare
}

#[cfg(test)]
mod tests {
    use super::Shared;

    #[test]
    fn databases_are_named_after_the_one_that_is_given() {
        let of = |address: &str| {
            let shared = Shared {
                address: address.to_owned(),
                redis: None,
            };
            shared.database("team")
        };
        assert_eq!(of("mongodb://localhost/bench"), "mongodb://localhost/bench_team");
        assert_eq!(
            of("mongodb://localhost/bench?replicaSet=rs0"),
            "mongodb://localhost/bench_team?replicaSet=rs0"
        );
    }
}
