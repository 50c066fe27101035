//! The MongoDB store keeps the contract of the storage ports that it has: the log, users, workspaces, chats.
//!
//! The other ports are those of memory, so their clauses prove nothing here until the store has them.

#[cfg(test)]
mod support;

use std::sync::Arc;

use flowra_adapters_mongo::{MongoOptions, MongoStore};
use flowra_testkit::contract::Stores;
use flowra_testkit::{Memory, contract_tests};

contract_tests!(
    #[cfg_attr(
        not(has_mongodb),
        ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
    )]
    mongo,
    || stores()
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
        ..Stores::of(&Memory::seeded(1).ports())
    }
}
