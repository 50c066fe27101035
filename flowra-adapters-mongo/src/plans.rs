//! Proves that every query finds its documents by an index, by asking the server how it runs each that the contract's clauses make.
//!
//! What cannot be shown on the server that stands in for MongoDB in tests: it tells the plan that MongoDB would have, and reads more than that
//! where a range is one of several conditions or lies in an array (the words of tasks), and past a `limit`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use flowra_testkit::contract::Stores;
use mongodb::Client;
use mongodb::bson::{Bson, Document, doc};

use crate::watched::{self, every_clause, support};

/// The commands of one shape, of which one is asked about.
type Commands = Arc<Mutex<BTreeMap<String, (String, Document)>>>;

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn every_query_finds_its_documents_by_an_index() {
    let commands = Commands::default();
    let fixture = || stores(Arc::clone(&commands));
    flowra_testkit::storage_clauses! { [every_clause] fixture }
    let client = Client::with_uri_str(support::database()).await.unwrap();
    let commands = std::mem::take(&mut *commands.lock().unwrap());
    let mut walks = Vec::new();
    for (shape, (database, command)) in commands {
        let explain = doc! { "explain": command, "verbosity": "queryPlanner" };
        let answer = client.database(&database).run_command(explain).await.unwrap();
        let mut stages = Vec::new();
        winning_stages(&Bson::Document(answer), &mut stages);
        assert!(!stages.is_empty(), "the server tells no plan of {shape}");
        if stages.iter().any(is_walk) {
            walks.push(shape);
        }
    }
    assert!(
        walks.is_empty(),
        "these walk a whole collection or index: {walks:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn a_query_without_an_index_is_told_as_a_walk() {
    let client = Client::with_uri_str(support::database()).await.unwrap();
    let database = client.default_database().unwrap();
    crate::schema::ensure(&database).await.unwrap();
    let find = doc! { "find": "tasks", "filter": { "json": "{}" } };
    let answer = database.run_command(doc! { "explain": find, "verbosity": "queryPlanner" });
    let mut stages = Vec::new();
    winning_stages(&Bson::Document(answer.await.unwrap()), &mut stages);
    assert!(stages.iter().any(is_walk), "{stages:#?}");
}

async fn stores(commands: Commands) -> Stores {
    watched::stores(&support::database(), move |event| {
        for command in queries(event.command) {
            let shape = shape(&Bson::Document(command.clone()));
            let mut commands = commands.lock().unwrap();
            commands.entry(shape).or_insert((event.db.clone(), command));
        }
    })
    .await
}

/// The queries in a command: itself, or each of its updates or deletions; without what belongs to the connection.
fn queries(mut command: Document) -> Vec<Document> {
    for field in [
        "lsid",
        "$db",
        "$clusterTime",
        "txnNumber",
        "writeConcern",
        "readConcern",
        "$readPreference",
    ] {
        command.remove(field);
    }
    let name = command.keys().next().cloned().unwrap_or_default();
    let list = match name.as_str() {
        // A change stream follows the server's own log and reads no collection.
        "aggregate" if is_change_stream(&command) => return Vec::new(),
        "find" | "aggregate" | "count" | "distinct" => return vec![command],
        "update" => "updates",
        "delete" => "deletes",
        _ => return Vec::new(),
    };
    let all = command.get_array(list).cloned().unwrap_or_default();
    let alone = |one: Bson| doc! { &name: command.get(&name).cloned(), list: [one] };
    all.into_iter().map(alone).collect()
}

fn is_change_stream(command: &Document) -> bool {
    let first = command
        .get_array("pipeline")
        .ok()
        .and_then(|stages| stages.first());
    let stage = first.and_then(Bson::as_document);
    stage.is_some_and(|stage| stage.contains_key("$changeStream"))
}

/// What two queries have in common that differ in values only.
fn shape(value: &Bson) -> String {
    match value {
        Bson::Document(document) => {
            let fields: Vec<_> = document
                .iter()
                .map(|(field, value)| match (field.as_str(), value) {
                    ("find" | "aggregate" | "update" | "delete", Bson::String(collection)) => {
                        format!("{field} {collection}")
                    }
                    _ => format!("{field}: {}", shape(value)),
                })
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Bson::Array(values) => values
            .first()
            .map_or_else(String::new, |first| format!("[{}]", shape(first))),
        _ => "?".to_owned(),
    }
}

/// The stages of the plan that won, the outermost first.
fn winning_stages(answer: &Bson, stages: &mut Vec<Document>) {
    match answer {
        Bson::Document(document) => {
            if document.contains_key("stage") {
                stages.push(document.clone());
            }
            let others = document.iter().filter(|(field, _)| *field != "rejectedPlans");
            others.for_each(|(_, value)| winning_stages(value, stages));
        }
        Bson::Array(values) => values.iter().for_each(|value| winning_stages(value, stages)),
        _ => {}
    }
}

/// Whether a stage reads all documents of a collection, or all of an index because its first field is bounded on neither side.
fn is_walk(stage: &Document) -> bool {
    let first_field = stage
        .get_document("indexBounds")
        .ok()
        .and_then(|bounds| bounds.values().next());
    let is_open = first_field.is_some_and(|bounds| *bounds == Bson::from(vec!["[MinKey, MaxKey]"]));
    is_open || stage.get_str("stage") == Ok("COLLSCAN")
}
