//! Brings the collections that follow from the log up to it, beside everything else.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mongodb::bson::{Bson, Document, RawArrayBuf, RawDocumentBuf, doc, rawdoc};

use crate::codec;
use crate::fault::{Fault, Outcome};
use crate::pending::{Key, Late, Node, Reach};
use crate::project::Write;
use crate::{Shared, project, schema};

/// So many writes go in one command: the more, the fewer times the server has to make sure of them.
const BATCH: usize = 512;
/// How long another process may take to write the rows that follow from what it logged before this one does it.
const GRACE: Duration = Duration::from_millis(500);
/// The same for tallies.
const TALLY_GRACE: Duration = Duration::from_secs(15);
/// The same for both when somebody here waits for it.
const SHORT_GRACE: Duration = Duration::from_millis(30);
/// How long to gather what is pending when nobody waits for it: what changes often is written once, and many things go in one command.
const PACE: Duration = Duration::from_millis(100);
/// How long tallies are gathered. Each is an update, which costs a server several times what a new row does, and many change with every message.
const TALLY_PACE: Duration = Duration::from_secs(5);
/// How long to wait before asking again whether it did.
const GLANCE: Duration = Duration::from_millis(15);
/// The first and the longest wait after a failure.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
/// How often what is known to be done is written down for whoever opens the database later, in groups.
const REMEMBERED_EVERY: i64 = 256;

/// Writes what is pending, for ever.
pub(crate) async fn run(shared: Arc<Shared>) {
    let (mut flush, mut wait) = (Flush::new(&shared), WAITS.0);
    let pending = &shared.pending;
    loop {
        match flush.round().await {
            Ok(is_all) => {
                wait = WAITS.0;
                if is_all {
                    pending.more(flush.until_tallies()).await;
                    if !pending.is_awaited() {
                        pending.pause(PACE).await;
                    }
                } else if pending.is_awaited() {
                    tokio::time::sleep(GLANCE).await;
                } else {
                    pending.pause(PACE).await;
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

/// Where the writing is.
struct Flush<'a> {
    shared: &'a Shared,
    /// When tallies were written last.
    tallied: Instant,
    /// Up to where this process said that it wrote its own.
    written: Reach,
    /// Up to where it wrote down that everything is in, whoever wrote it.
    remembered: Reach,
}

impl<'a> Flush<'a> {
    fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            tallied: Instant::now(),
            written: Reach::default(),
            remembered: shared.pending.reach(),
        }
    }

    /// How long until the tallies are due, if there are any.
    fn until_tallies(&self) -> Option<Duration> {
        let due = || TALLY_PACE.saturating_sub(self.tallied.elapsed());
        self.shared.pending.has_tallies().then(due)
    }

    /// Writes the rows, and the tallies when they are due; whether nothing is left that ought to be written soon.
    async fn round(&mut self) -> Outcome<bool> {
        let shared = self.shared;
        let is_whole_awaited = shared.pending.is_whole_awaited();
        let with_tallies = is_whole_awaited || self.tallied.elapsed() >= TALLY_PACE;
        let (until, all) = shared.pending.snapshot(with_tallies);
        let foreign: HashSet<Node> = all
            .iter()
            .map(|(_, late)| late.node)
            .filter(|node| *node != shared.node)
            .collect();
        let applied = applied(shared, foreign).await?;
        let mut done: Vec<(Key, Late)> = Vec::new();
        let (mut inserts, mut updates) = (
            HashMap::<_, Vec<RawDocumentBuf>>::new(),
            HashMap::<_, Vec<Document>>::new(),
        );
        let chats = project::tasks::Chats::of(shared, &all).await?;
        let deleted = project::tasks::deleted_chats(&all);
        let mut is_all = true;
        for (key, late) in all {
            let is_own = late.node == shared.node;
            let reach = applied.get(&late.node).copied().unwrap_or_default();
            let (reach, grace) = if key.is_tally() {
                (
                    reach.whole,
                    if is_whole_awaited {
                        SHORT_GRACE
                    } else {
                        TALLY_GRACE
                    },
                )
            } else {
                let is_awaited = shared.pending.is_awaited();
                (reach.rows, if is_awaited { SHORT_GRACE } else { GRACE })
            };
            let is_applied = reach >= late.seq;
            if !is_own && !is_applied && late.since.elapsed() < grace {
                is_all &= key.is_tally() && !is_whole_awaited;
                continue;
            }
            if !is_applied && let Some((collection, write)) = project::write(&key, &late, &chats)? {
                match write {
                    Write::Insert(row) => inserts.entry(collection).or_default().push(row),
                    Write::Update(update) => updates.entry(collection).or_default().push(update),
                }
            }
            done.push((key, late));
        }
        // First, so that a thread's counter finds its root there and makes no row that the root then clashes with.
        for (collection, rows) in inserts {
            for batch in rows.chunks(BATCH) {
                insert(shared, collection, batch).await?;
            }
        }
        // Last, so that no message is counted before it is there.
        let rooms = updates.remove_entry(schema::ROOMS);
        for (collection, updates) in updates.into_iter().chain(rooms) {
            for batch in updates.chunks(BATCH) {
                update(shared, collection, batch).await?;
            }
        }
        if !deleted.is_empty() {
            update(shared, schema::TASKS, &[project::tasks::unlist(deleted)]).await?;
        }
        shared.pending.settle(until, &done);
        if with_tallies {
            self.tallied = Instant::now();
        }
        self.tell(until, with_tallies).await?;
        Ok(is_all)
    }

    /// Says how far the collections follow the log: to other processes what became of this one's groups, and to whoever opens the database
    /// later what became of all.
    async fn tell(&mut self, until: i64, with_tallies: bool) -> Outcome<()> {
        let shared = self.shared;
        // All own entries that were in the snapshot are written, so all own groups up to here are in.
        let written = Reach {
            rows: until,
            whole: if with_tallies { until } else { self.written.whole },
        };
        if written != self.written {
            let id = Bson::Binary(codec::binary(&shared.node));
            remember(shared, schema::APPLIED, id, written).await?;
            self.written = written;
        }
        let reach = shared.pending.reach();
        let is_further = |now: i64, before: i64| now >= before + REMEMBERED_EVERY;
        if is_further(reach.rows, self.remembered.rows) || is_further(reach.whole, self.remembered.whole) {
            remember(shared, schema::META, "repaired".into(), reach).await?;
            self.remembered = reach;
        }
        Ok(())
    }
}

async fn remember(shared: &Shared, collection: &str, id: Bson, reach: Reach) -> Outcome<()> {
    shared
        .collection(collection)
        .update_one(
            doc! { "_id": id },
            doc! { "$max": { "seq": reach.whole, "rows": reach.rows } },
        )
        .upsert(true)
        .await?;
    Ok(())
}

/// What [`remember`] wrote. An earlier version tells one number, which holds for everything.
pub(crate) fn remembered(row: &Document) -> Reach {
    let whole = codec::number(codec::natural(row, "seq"));
    Reach {
        rows: codec::number(codec::natural(row, "rows")).max(whole),
        whole,
    }
}

/// Up to which group each of these processes wrote its own.
async fn applied(shared: &Shared, nodes: HashSet<Node>) -> Outcome<HashMap<Node, Reach>> {
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
        applied.insert(*node.as_bytes(), remembered(&row));
    }
    Ok(applied)
}

/// Inserts new rows; those that are there already, since another process wrote them or counts replies in them, are updated instead.
async fn insert(shared: &Shared, collection: &str, rows: &[RawDocumentBuf]) -> Outcome<()> {
    let mut documents = RawArrayBuf::new();
    for row in rows {
        documents.push(row.clone());
    }
    let command = rawdoc! { "insert": collection, "documents": documents };
    let there = write(shared, command).await?;
    let updates = there
        .into_iter()
        .filter_map(|at| rows.get(at))
        .map(project::guarded)
        .collect::<Outcome<Vec<_>>>()?;
    if updates.is_empty() {
        return Ok(());
    }
    update(shared, collection, &updates).await
}

/// Runs guarded updates; one whose guard finds something as new or newer ends in a duplicate key, which is as it must be. Where there was no row yet,
/// it may also come of another process that inserted an older one just then, so those are run once more: now the row is there, and the guard decides.
async fn update(shared: &Shared, collection: &str, updates: &[Document]) -> Outcome<()> {
    let there = write(shared, raw(&doc! { "update": collection, "updates": updates })?).await?;
    let again: Vec<_> = there.into_iter().filter_map(|at| updates.get(at)).collect();
    if again.is_empty() {
        return Ok(());
    }
    write(shared, raw(&doc! { "update": collection, "updates": again })?)
        .await
        .map(drop)
}

fn raw(command: &Document) -> Outcome<RawDocumentBuf> {
    RawDocumentBuf::from_document(command).map_err(|error| Fault::corrupt("update", error))
}

/// Runs a command of many writes; which of them ended in a duplicate key.
async fn write(shared: &Shared, mut command: RawDocumentBuf) -> Outcome<Vec<usize>> {
    command.append("ordered", false);
    command.append("writeConcern", rawdoc! { "w": "majority" });
    duplicates(&shared.database.run_raw_command(command).await?)
}

/// Which of a command's writes ended in a duplicate key, by its answer, in which the driver looks for no errors.
fn duplicates(answer: &Document) -> Outcome<Vec<usize>> {
    const DUPLICATE: u64 = 11000;
    // A primary that has stepped down may lose what it wrote, and then nothing of it may count as written.
    if let Ok(error) = answer.get_document("writeConcernError") {
        return Err(said(error));
    }
    let errors = answer.get_array("writeErrors").map_or(&[][..], Vec::as_slice);
    let mut there = Vec::new();
    for error in errors.iter().filter_map(Bson::as_document) {
        if codec::natural(error, "code") != DUPLICATE {
            return Err(said(error));
        }
        there.extend(usize::try_from(codec::natural(error, "index")));
    }
    Ok(there)
}

/// What the server says is wrong.
fn said(error: &Document) -> Fault {
    let text = error.get_str("errmsg").unwrap_or("no reason given").to_owned();
    mongodb::error::Error::custom(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_majority_does_not_have_is_not_written() {
        let lost = doc! { "ok": 1, "n": 2, "writeConcernError": { "code": 189, "errmsg": "stepped down" } };
        let fault = duplicates(&lost).unwrap_err();
        assert!(fault.to_string().contains("stepped down"), "{fault}");
    }

    #[test]
    fn duplicate_keys_are_told_by_their_places_and_other_errors_are_errors() {
        let answer =
            |code: i32| doc! { "ok": 1, "writeErrors": [{ "index": 3, "code": code, "errmsg": "E" }] };
        assert_eq!(duplicates(&answer(11000)).unwrap(), [3]);
        assert!(duplicates(&answer(8000)).is_err());
        assert!(duplicates(&doc! { "ok": 1, "n": 1 }).unwrap().is_empty());
    }
}
