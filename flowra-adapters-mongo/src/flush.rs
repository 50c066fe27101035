//! Brings the collections that follow from the log up to it, beside everything else.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::{Bson, Document, doc};

use crate::codec;
use crate::fault::Outcome;
use crate::pending::{Key, Late, Node};
use crate::{Shared, project, schema};

/// So many updates go in one command.
const BATCH: usize = 500;
/// How long another process may take to write what it logged before this one does it.
const GRACE: Duration = Duration::from_millis(500);
/// How long to wait before asking again whether it did.
const GLANCE: Duration = Duration::from_millis(15);
/// The first and the longest wait after a failure.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
/// How often what is known to be done is written down for whoever opens the database later, in groups.
const REMEMBERED_EVERY: i64 = 256;

/// Writes what is pending, for ever.
pub(crate) async fn run(shared: Arc<Shared>) {
    let (mut wait, mut written, mut remembered) = (WAITS.0, 0, 0);
    loop {
        match round(&shared, &mut written, &mut remembered).await {
            Ok(is_all) => {
                wait = WAITS.0;
                if is_all {
                    shared.pending.more().await;
                } else {
                    tokio::time::sleep(GLANCE).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the collections cannot be brought up to the log: trying again");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(WAITS.1);
            }
        }
    }
}

/// Writes what there is; whether nothing is left.
async fn round(shared: &Shared, written: &mut i64, remembered: &mut i64) -> Outcome<bool> {
    let (until, all) = shared.pending.snapshot();
    let foreign: HashSet<Node> = all
        .iter()
        .map(|(_, late)| late.node)
        .filter(|node| *node != shared.node)
        .collect();
    let applied = applied(shared, foreign).await?;
    let (mut done, mut rows): (Vec<(Key, Late)>, HashMap<_, Vec<Document>>) = (Vec::new(), HashMap::new());
    let total = all.len();
    let chats = project::tasks::Chats::of(shared, &all).await?;
    let deleted = project::tasks::deleted_chats(&all);
    for (key, late) in all {
        let is_own = late.node == shared.node;
        let is_applied = applied.get(&late.node).is_some_and(|seq| *seq >= late.seq);
        if !is_own && !is_applied && late.since.elapsed() < GRACE {
            continue;
        }
        if !is_applied && let Some((collection, update)) = project::update(&key, &late, &chats)? {
            rows.entry(collection).or_default().push(update);
        }
        done.push((key, late));
    }
    // Last, so that no message is counted before it is there.
    let rooms = rows.remove_entry(schema::ROOMS);
    for (collection, updates) in rows.into_iter().chain(rooms) {
        for batch in updates.chunks(BATCH) {
            write(shared, collection, batch).await?;
        }
    }
    if !deleted.is_empty() {
        write(shared, schema::TASKS, &[project::tasks::unlist(deleted)]).await?;
    }
    let is_all = done.len() == total;
    shared.pending.settle(until, &done);
    // All own entries are written in every round, so all own groups up to here are in.
    if until > *written {
        shared
            .collection(schema::APPLIED)
            .update_one(
                doc! { "_id": codec::binary(&shared.node) },
                doc! { "$max": { "seq": until } },
            )
            .upsert(true)
            .await?;
        *written = until;
    }
    let settled = shared.pending.settled();
    if settled >= *remembered + REMEMBERED_EVERY {
        shared
            .collection(schema::META)
            .update_one(doc! { "_id": "repaired" }, doc! { "$max": { "seq": settled } })
            .upsert(true)
            .await?;
        *remembered = settled;
    }
    Ok(is_all)
}

/// Up to which group each of these processes wrote its own.
async fn applied(shared: &Shared, nodes: HashSet<Node>) -> Outcome<HashMap<Node, i64>> {
    let mut applied = HashMap::new();
    if nodes.is_empty() {
        return Ok(applied);
    }
    let ids: Vec<_> = nodes
        .iter()
        .map(|node| Bson::Binary(codec::binary(node)))
        .collect();
    let mut rows = shared
        .collection(schema::APPLIED)
        .find(doc! { "_id": { "$in": ids } })
        .await?;
    while rows.advance().await? {
        let row = rows.deserialize_current()?;
        let node = codec::read_id::<()>(&row, "_id")?;
        applied.insert(*node.as_bytes(), codec::number(codec::natural(&row, "seq")));
    }
    Ok(applied)
}

/// Runs guarded updates; one whose guard finds something as new or newer ends in a duplicate key, which is as it must be.
async fn write(shared: &Shared, collection: &str, updates: &[Document]) -> Outcome<()> {
    const DUPLICATE: u64 = 11000;
    let answer = shared
        .database
        .run_command(doc! {
            "update": collection,
            "updates": updates,
            "ordered": false,
            "writeConcern": { "w": "majority" },
        })
        .await?;
    let errors = answer.get_array("writeErrors").map_or(&[][..], Vec::as_slice);
    for error in errors.iter().filter_map(Bson::as_document) {
        if codec::natural(error, "code") != DUPLICATE {
            let text = error.get_str("errmsg").unwrap_or("no reason given").to_owned();
            return Err(mongodb::error::Error::custom(text).into());
        }
    }
    Ok(())
}
