//! The collections and their indexes.
//!
//! One table names every index: opening makes them, and a test reads the same table to prove that no query does without one.

use std::time::Duration;

use flowra_core::event::StreamId;
use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};

use crate::fault::Outcome;

/// The version of the collections that this build writes.
pub(crate) const VERSION: i32 = 3;

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
pub(crate) const PASSWORDS: &str = "passwords";
pub(crate) const SESSIONS: &str = "sessions";
/// The refresh tokens that were used, each with its session.
pub(crate) const REFRESHES: &str = "refreshes";
pub(crate) const TOKENS: &str = "tokens";
/// How far each consumer is, and the dead letter that is on its way to the others.
pub(crate) const CHECKPOINTS: &str = "checkpoints";
pub(crate) const DEAD_LETTERS: &str = "dead_letters";
pub(crate) const LEASES: &str = "leases";

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

/// The stream whose document has this `_id` in a collection.
pub(crate) fn stream(collection: &str, id: [u8; 16]) -> Option<StreamId> {
    let kinds = ["user", "workspace", "chat", "message", "task"];
    kinds
        .into_iter()
        .filter_map(|kind| StreamId::from_parts(kind, id))
        .find(|stream| self::collection(*stream) == collection)
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
    /// Documents without the first field are left out, which a query for one of its values allows.
    Present,
    /// Documents are removed at the time that the field tells.
    Expiring,
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

const fn present(collection: &'static str, fields: &'static [&'static str]) -> Index {
    Index {
        collection,
        fields,
        kind: Kind::Present,
    }
}

const fn expiring(collection: &'static str, fields: &'static [&'static str]) -> Index {
    Index {
        collection,
        fields,
        kind: Kind::Expiring,
    }
}

/// Every index.
pub(crate) const INDEXES: &[Index] = &[
    plain(LOG, &["first"]),
    unique(LOG, &["keys"]),
    unique(LOG, &["idem"]),
    plain(USERS, &["name"]),
    plain(WORKSPACES, &["members", "_id"]),
    plain(CHATS, &["participants", "workspace", "_id"]),
    plain(CHATS, &["workspace", "kind", "_id"]),
    plain(MESSAGES, &["chat", "number"]),
    present(MESSAGES, &["root_place"]),
    present(MESSAGES, &["parent", "reply_no"]),
    present(MESSAGES, &["mentions", "chat", "number"]),
    plain(TASKS, &["workspace", "number"]),
    plain(TASKS, &["message", "number"]),
    plain(TASKS, &["chat", "number"]),
    // All that a board is read from, without the documents.
    plain(TASKS, &["workspace", "listed", "col", "rank", "_id", "chat", "v"]),
    plain(TASKS, &["workspace", "listed", "created", "_id"]),
    plain(TASKS, &["workspace", "listed", "updated", "_id"]),
    plain(TASKS, &["workspace", "listed", "due", "_id"]),
    plain(TASKS, &["workspace", "listed", "priority", "_id"]),
    plain(TASKS, &["workspace", "listed", "rank", "_id"]),
    plain(TASKS, &["workspace", "listed", "title", "_id"]),
    plain(TASKS, &["workspace", "listed", "assignee"]),
    plain(TASKS, &["workspace", "listed", "reporter"]),
    plain(TASKS, &["workspace", "listed", "epic"]),
    plain(TASKS, &["workspace", "listed", "kind"]),
    plain(TASKS, &["workspace", "listed", "severity"]),
    plain(TASKS, &["workspace", "listed", "labels"]),
    plain(TASKS, &["workspace", "listed", "words"]),
    unique(SESSIONS, &["access"]),
    unique(SESSIONS, &["refresh"]),
    plain(SESSIONS, &["user", "_id"]),
    expiring(SESSIONS, &["expires"]),
    expiring(REFRESHES, &["expires"]),
    unique(TOKENS, &["digest"]),
    plain(TOKENS, &["user", "_id"]),
    plain(DEAD_LETTERS, &["live", "consumer", "position"]),
    plain(DEAD_LETTERS, &["due", "consumer", "position"]),
    expiring(DEAD_LETTERS, &["expires"]),
];

/// The indexes that versions up to this one had and later ones have not, or have otherwise.
const GONE: [(i64, &str, &str); 5] = [
    (1, MESSAGES, "root_place_1"),
    (1, MESSAGES, "parent_1_number_1"),
    (1, MESSAGES, "parent_1_reply_no_1"),
    (1, MESSAGES, "mentions_1_chat_1_number_1"),
    (2, LOG, "first_1"),
];

/// Brings the indexes of a database of this version up to this build's. Processes
/// of version 1 cannot read what this one logs; they are to be stopped before.
pub(crate) async fn upgrade(database: &Database, from: i64) -> Outcome<()> {
    if from >= i64::from(VERSION) {
        return Ok(());
    }
    for (_, collection, name) in GONE.into_iter().filter(|(last, ..)| from <= *last) {
        // Another process may be upgrading, too: what it has made or is making by now stays.
        if is_current(database, collection, name).await? {
            continue;
        }
        let dropped = database.collection::<Document>(collection).drop_index(name).await;
        dropped.or_else(|error| if is_not_there(&error) { Ok(()) } else { Err(error) })?;
    }
    ensure(database).await?;
    // Last, so that who was cut off begins again.
    database
        .collection::<Document>(META)
        .update_one(doc! { "_id": "schema" }, doc! { "$max": { "version": VERSION } })
        .await?;
    Ok(())
}

/// Whether an index of this name is there and is as this build makes it.
async fn is_current(database: &Database, collection: &str, name: &str) -> Outcome<bool> {
    let made = INDEXES.iter().filter(|index| index.collection == collection);
    let Some(wanted) = made.map(model).find(|wanted| name_of(&wanted.keys) == name) else {
        return Ok(false);
    };
    let listed = database.collection::<Document>(collection).list_indexes().await;
    let mut there = match listed {
        Ok(there) => there,
        Err(error) if is_not_there(&error) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let kind = |model: &IndexModel| {
        let options = model.options.clone().unwrap_or_default();
        (options.unique.unwrap_or(false), options.partial_filter_expression)
    };
    while there.advance().await? {
        let found = there.deserialize_current()?;
        if name_of(&found.keys) == name {
            return Ok(kind(&found) == kind(&wanted));
        }
    }
    Ok(false)
}

/// How servers call an index on these fields when nobody does.
fn name_of(keys: &Document) -> String {
    let parts: Vec<String> = keys.keys().map(|field| format!("{field}_1")).collect();
    parts.join("_")
}

/// Whether there was no such index, or no such collection.
fn is_not_there(error: &Error) -> bool {
    const NAMESPACE_NOT_FOUND: i32 = 26;
    const INDEX_NOT_FOUND: i32 = 27;
    matches!(&*error.kind, ErrorKind::Command(said) if [NAMESPACE_NOT_FOUND, INDEX_NOT_FOUND].contains(&said.code))
}

/// Makes the indexes that are not there yet.
pub(crate) async fn ensure(database: &Database) -> Outcome<()> {
    for index in INDEXES {
        database
            .collection::<Document>(index.collection)
            .create_index(model(index))
            .await?;
    }
    Ok(())
}

/// As the driver makes it.
fn model(index: &Index) -> IndexModel {
    let mut keys = Document::new();
    for field in index.fields {
        keys.insert(*field, 1);
    }
    let options = match index.kind {
        Kind::Plain => IndexOptions::default(),
        Kind::Unique => IndexOptions::builder().unique(true).sparse(true).build(),
        Kind::Present => {
            let first = index.fields.first().copied().unwrap_or_default();
            let filter = doc! { first: { "$exists": true } };
            IndexOptions::builder().partial_filter_expression(filter).build()
        }
        Kind::Expiring => IndexOptions::builder().expire_after(Duration::ZERO).build(),
    };
    IndexModel::builder().keys(keys).options(options).build()
}
