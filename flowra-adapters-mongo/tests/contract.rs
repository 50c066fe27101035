//! The MongoDB store keeps the contract of every storage port.

#[cfg(test)]
mod support;

use std::sync::Arc;

use flowra_adapters_mongo::{MongoOptions, MongoStore};
use flowra_testkit::contract::Stores;
use flowra_testkit::contract_tests;

contract_tests!(
    #[cfg_attr(
        not(has_mongodb),
        ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
    )]
    mongo,
    stores
);

#[cfg(test)]
async fn stores() -> Stores {
    let store = Arc::new(
        MongoStore::open(&support::database(), MongoOptions::default())
            .await
            .unwrap(),
    );
    Stores {
        log: store.clone(),
        users: store.clone(),
        workspaces: store.clone(),
        chats: store.clone(),
        messages: store.clone(),
        marks: store.clone(),
        tasks: store.clone(),
        board: store.clone(),
        sessions: store.clone(),
        tokens: store.clone(),
        credentials: store.clone(),
        checkpoints: store.clone(),
        dead_letters: store.clone(),
        leases: store,
        keep: Box::new(()),
    }
}
