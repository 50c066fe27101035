//! The collections and their indexes.
//!
//! One table names every index: opening makes them, and a test reads the same table to prove that no query does without one.

use flowra_core::event::StreamId;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};

use crate::fault::Outcome;

/// The version of the collections that this build writes.
pub(crate) const VERSION: i32 = 1;

pub(crate) const META: &str = "meta";
pub(crate) const LOG: &str = "log";
pub(crate) const APPLIED: &str = "applied";
pub(crate) const CLAIMS: &str = "claims";
pub(crate) const USERS: &str = "users";
pub(crate) const WORKSPACES: &str = "workspaces";
/// Where each invite ever made leads, by its digest.
pub(crate) const INVITES: &str = "invites";
pub(crate) const CHATS: &str = "chats";
pub(crate) const MESSAGES: &str = "messages";
pub(crate) const TASKS: &str = "tasks";
pub(crate) const ROOMS: &str = "rooms";
pub(crate) const MARKS: &str = "marks";

/// The collection of a stream's documents.
pub(crate) const fn collection(stream: StreamId) -> &'static str {
    match stream {
        StreamId::User(_) => USERS,
        StreamId::Workspace(_) => WORKSPACES,
        StreamId::Chat(_) => CHATS,
        StreamId::Message(_) => MESSAGES,
        StreamId::Task(_) => TASKS,
    }
}

/// An index next to the one on `_id`.
pub(crate) struct Index {
    pub(crate) collection: &'static str,
    pub(crate) fields: &'static [&'static str],
    pub(crate) kind: Kind,
}

/// What an index does besides finding.
pub(crate) enum Kind {
    /// Nothing.
    Plain,
    /// Each value is in one document only; documents without the field are left out.
    Unique,
    /// Of documents only whose field of this name is `true`.
    Where(&'static str),
}

const fn plain(collection: &'static str, fields: &'static [&'static str]) -> Index {
    Index {
        collection,
        fields,
        kind: Kind::Plain,
    }
}

const fn unique(collection: &'static str, fields: &'static [&'static str]) -> Index {
    Index {
        collection,
        fields,
        kind: Kind::Unique,
    }
}

/// Every index.
pub(crate) const INDEXES: &[Index] = &[
    unique(LOG, &["first"]),
    unique(LOG, &["keys"]),
    unique(LOG, &["idem"]),
    plain(USERS, &["name"]),
    plain(WORKSPACES, &["members", "_id"]),
    plain(CHATS, &["participants", "workspace", "_id"]),
    plain(CHATS, &["workspace", "kind", "_id"]),
    plain(MESSAGES, &["chat", "number"]),
    Index {
        collection: MESSAGES,
        fields: &["chat", "root_number"],
        kind: Kind::Where("root"),
    },
    plain(MESSAGES, &["parent", "number"]),
    plain(MESSAGES, &["mentions", "chat", "number"]),
];

/// Makes the indexes that are not there yet.
pub(crate) async fn ensure(database: &Database) -> Outcome<()> {
    for index in INDEXES {
        let mut keys = Document::new();
        for field in index.fields {
            keys.insert(*field, 1);
        }
        let options = match index.kind {
            Kind::Plain => IndexOptions::default(),
            Kind::Unique => IndexOptions::builder().unique(true).sparse(true).build(),
            Kind::Where(field) => IndexOptions::builder()
                .partial_filter_expression(doc! { field: true })
                .build(),
        };
        let model = IndexModel::builder().keys(keys).options(options).build();
        database
            .collection::<Document>(index.collection)
            .create_index(model)
            .await?;
    }
    Ok(())
}
