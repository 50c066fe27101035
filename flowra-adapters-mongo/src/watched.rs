//! Stores for the contract's clauses whose commands to the server are looked at.

use std::sync::Arc;

use flowra_testkit::contract::Stores;
use mongodb::event::EventHandler;
use mongodb::event::command::{CommandEvent, CommandStartedEvent};
use mongodb::options::ClientOptions;

use crate::{MongoAddress, MongoStore};

#[path = "../tests/support/mod.rs"]
pub(crate) mod support;

/// Calls every clause of the storage ports with the stores that a fixture makes.
macro_rules! every_clause {
    ({ $fixture:ident } $set:ident $($port:ident $trait:ident { $($clause:ident,)* })*) => {
        $($(flowra_testkit::contract::$port::$clause($fixture().await).await;)*)*
    };
}
pub(crate) use every_clause;

/// Stores on one database, and what is to be done with each command.
pub(crate) async fn stores(
    address: &str,
    look: impl Fn(CommandStartedEvent) + Send + Sync + 'static,
) -> Stores {
    let address = MongoAddress::parse(address).unwrap();
    let mut client = ClientOptions::parse(address.text()).await.unwrap();
    client.command_event_handler = Some(EventHandler::callback(move |event| {
        if let CommandEvent::Started(event) = event {
            look(event);
        }
    }));
    let store = MongoStore::connect(&address, client, true).await.unwrap();
    let store = Arc::new(store);
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
