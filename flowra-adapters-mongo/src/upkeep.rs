//! Whether everything that is stored follows from the log, and how it is made to.
//!
//! The log is walked twice: once to see that it is whole and how far each stream goes, once to fold it. What is folded to its end is compared with
//! what is stored, batch by batch, so that memory holds only what is still to change. Servers may write meanwhile: what they added since is
//! taken in before a difference counts, and a row is mended only if it still is what was compared.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use flowra_core::PortResult;
use flowra_core::event::{CheckReport, Difference, Document, Progress, RebuildReport, StreamId, Version};
use mongodb::bson::{self, Bson, doc};
use mongodb::options::ReadConcern;

use crate::cache::Stored;
use crate::fault::{Fault, Outcome};
use crate::group::{self, Group};
use crate::pending::{Key, Late, Value};
use crate::sequencer::Changes;
use crate::{MongoStore, Shared, codec, load, project, schema};

/// So many rows are compared at once.
const BATCH: usize = 500;

impl MongoStore {
    /// Reads the whole log, which must have no hole and each stream's versions in order, and compares everything that follows from it with what is
    /// stored. Servers may run.
    ///
    /// # Errors
    /// What cannot be read at all. A damaged log is a difference.
    pub async fn check(&self) -> PortResult<CheckReport> {
        let checked = Upkeep::run(self, false, |_| {}).await;
        checked
            .map(Upkeep::report)
            .map_err(|fault| fault.into_failure("mongo.check"))
    }

    /// Makes everything that follows from the log anew: reads all of it, and writes what is stored otherwise. Servers may run; they show what they
    /// have in memory until it changes.
    ///
    /// # Errors
    /// A damaged log, in which case nothing was written; a database that fails.
    pub async fn rebuild(
        &self,
        progress: impl FnMut(Progress) + Send + 'static,
    ) -> PortResult<RebuildReport> {
        let rebuilt = async {
            let upkeep = Upkeep::run(self, true, progress).await?;
            if let Some(difference) = upkeep.difference {
                return Err(Fault::corrupt("log", difference.to_string()));
            }
            Ok(RebuildReport {
                events: upkeep.events,
                documents: upkeep.versions.len() as u64,
                folding: upkeep.folding,
                writing: upkeep.writing,
                exchanging: Duration::ZERO,
            })
        };
        rebuilt.await.map_err(|fault| fault.into_failure("mongo.rebuild"))
    }
}

/// A walk along the log.
struct Upkeep<'a> {
    shared: &'a Shared,
    /// Whether differences are mended rather than told.
    mends: bool,
    /// The version of each stream, as far as the first walk came.
    versions: HashMap<StreamId, Version>,
    events: u64,
    /// The last group of the first walk. What is later is its server's to write.
    end: i64,
    /// The last group that was folded.
    seq: i64,
    documents: HashMap<StreamId, Stored>,
    /// Counters, claims and invites, each with the last group that changed it.
    others: HashMap<Key, Late>,
    rows: u64,
    difference: Option<Difference>,
    folding: Duration,
    writing: Duration,
}

impl<'a> Upkeep<'a> {
    async fn run(store: &'a MongoStore, mends: bool, mut told: impl FnMut(Progress)) -> Outcome<Self> {
        let mut upkeep = Self {
            shared: &store.inner.shared,
            mends,
            versions: HashMap::new(),
            events: 0,
            end: 0,
            seq: 0,
            documents: HashMap::new(),
            others: HashMap::new(),
            rows: 0,
            difference: None,
            folding: Duration::ZERO,
            writing: Duration::ZERO,
        };
        let begin = Instant::now();
        upkeep.survey().await?;
        upkeep.folding += begin.elapsed();
        // What was logged before must be stored before it is compared, whoever has to store it.
        let head = store.caught_up().await;
        head.map_err(|failure| Fault::corrupt("log", failure))?;
        upkeep.shared.pending.whole_barrier().await;
        if upkeep.difference.is_none() {
            upkeep.walk(&mut told).await?;
        }
        if upkeep.goes_on() {
            upkeep.compare_others().await?;
        }
        for collection in [
            schema::USERS,
            schema::WORKSPACES,
            schema::CHATS,
            schema::MESSAGES,
            schema::TASKS,
        ] {
            if upkeep.goes_on() {
                upkeep.compare_surplus(collection).await?;
            }
        }
        Ok(upkeep)
    }

    fn report(self) -> CheckReport {
        CheckReport {
            events: self.events,
            streams: self.versions.len() as u64,
            rows: self.rows,
            difference: self.difference,
        }
    }

    fn goes_on(&self) -> bool {
        self.difference.is_none()
    }

    async fn groups(&self, after: i64) -> Outcome<Vec<Group>> {
        let mut found = self.shared.groups_ahead(after).await?;
        let mut groups = Vec::new();
        while found.advance().await? {
            groups.push(found.deserialize_current()?);
        }
        Ok(groups)
    }

    /// Looks whether the log is whole, and how far each stream goes.
    async fn survey(&mut self) -> Outcome<()> {
        let newest = self
            .shared
            .collection(schema::LOG)
            .find_one(doc! {})
            .sort(doc! { "_id": -1 })
            .projection(doc! { "_id": 1 })
            .read_concern(ReadConcern::majority())
            .await?;
        let end = newest.and_then(|group| group.get_i64("_id").ok()).unwrap_or(0);
        self.end = end;
        let mut seq = 0;
        while seq < end {
            let groups = self.groups(seq).await?;
            let is_next = groups.first().is_some_and(|group| group.seq == seq + 1);
            if !is_next {
                self.differ_in_log(format!("group {} is missing", seq + 1));
                return Ok(());
            }
            for group in groups.into_iter().filter(|group| group.seq <= end) {
                if let Err(fault) = self.survey_group(&group, seq + 1) {
                    self.differ_in_log(fault);
                    return Ok(());
                }
                seq += 1;
            }
        }
        Ok(())
    }

    fn survey_group(&mut self, group: &Group, seq: i64) -> Result<(), String> {
        if group.seq != seq {
            return Err(format!("group {seq} is missing: group {} follows", group.seq));
        }
        let decoded = group.decode().map_err(|fault| fault.to_string())?;
        for recorded in decoded.iter().flat_map(|decoded| &decoded.events) {
            let expected = self.events + 1;
            let found = recorded.position.get();
            if found != expected {
                return Err(format!("event {expected} is missing: event {found} follows"));
            }
            self.events = found;
            let version = self.versions.entry(recorded.stream).or_insert(Version::NONE);
            if recorded.version != version.next() {
                return Err(format!(
                    "event {found} is version {} of {}, which is at {version}",
                    recorded.version, recorded.stream
                ));
            }
            *version = recorded.version;
        }
        if codec::number(self.events) != group.last {
            return Err(format!(
                "group {seq} ends at {} and not where it says",
                self.events
            ));
        }
        Ok(())
    }

    /// Folds the log, and compares each document once it is folded to its end.
    async fn walk(&mut self, told: &mut impl FnMut(Progress)) -> Outcome<()> {
        let mut done = 0;
        while self.seq < self.end && self.goes_on() {
            let begin = Instant::now();
            let mut whole = Vec::new();
            let groups = self.groups(self.seq).await?;
            let end = self.end;
            for group in groups.into_iter().filter(|group| group.seq <= end) {
                done = u64::try_from(group.last).unwrap_or(u64::MAX);
                whole.extend(self.fold(&group)?);
                self.seq = group.seq;
            }
            self.folding += begin.elapsed();
            let begin = Instant::now();
            for batch in whole.chunks(BATCH) {
                self.compare(batch).await?;
            }
            self.writing += begin.elapsed();
            told(Progress {
                done: done.min(self.events),
                total: self.events,
            });
        }
        Ok(())
    }

    /// Takes in a group; answers the documents that it folds to their ends.
    fn fold(&mut self, group: &Group) -> Outcome<Vec<(Key, Late)>> {
        let mut whole = Vec::new();
        let mut changes = Changes::default();
        for decoded in group.decode()? {
            for recorded in &decoded.events {
                changes.event(recorded, decoded.place);
            }
            let surveyed = self.versions.get(&decoded.stream).copied();
            let Some(last) =
                surveyed.filter(|last| decoded.events.iter().all(|event| event.version <= *last))
            else {
                continue;
            };
            let before = self.documents.remove(&decoded.stream);
            let place = decoded.place.or(before.as_ref().and_then(|stored| stored.place));
            let mut document = before.map(|stored| stored.document);
            for recorded in &decoded.events {
                let folded = Document::fold(document, recorded)
                    .map_err(|error| Fault::corrupt(decoded.stream.to_string(), error))?;
                document = Some(folded);
            }
            let Some(document) = document else { continue };
            let stored = Stored { document, place };
            if stored.document.version() == last {
                let value = Value::Document(Box::new(stored));
                whole.push((Key::Document(decoded.stream), Late::of(value, group.seq)));
            } else {
                self.documents.insert(decoded.stream, stored);
            }
        }
        for (key, value) in changes.into_others() {
            // How far people read does not follow from the log alone.
            if !matches!(key, Key::Mark(..)) {
                self.others.insert(key, Late::of(value, group.seq));
            }
        }
        Ok(whole)
    }

    /// Compares counters, claims and invites, all of which may change until the very end.
    async fn compare_others(&mut self) -> Outcome<()> {
        let begin = Instant::now();
        let keys: Vec<Key> = self.others.keys().cloned().collect();
        for batch in keys.chunks(BATCH) {
            let known = |others: &HashMap<Key, Late>| -> Vec<(Key, Late)> {
                let of = |key: &Key| Some((key.clone(), others.get(key)?.clone()));
                batch.iter().filter_map(of).collect()
            };
            self.compare(&known(&self.others)).await?;
        }
        self.writing += begin.elapsed();
        Ok(())
    }

    /// Compares a batch with what is stored.
    async fn compare(&mut self, batch: &[(Key, Late)]) -> Outcome<()> {
        let chats = project::tasks::Chats::of(self.shared, batch).await?;
        let mut wanted: HashMap<&'static str, Vec<(&Key, Wanted)>> = HashMap::new();
        for (key, late) in batch {
            if let Some((collection, write)) = project::write(key, late, &chats)? {
                let update = write.into_update()?;
                let wanted = wanted.entry(collection).or_default();
                wanted.extend(Wanted::of(&update).map(|wants| (key, wants)));
            }
        }
        for (collection, wanted) in wanted {
            let stored = self.stored(collection, &wanted).await?;
            for (key, wanted) in wanted {
                self.rows += 1;
                let row = stored.get(&wanted.id.to_string());
                let differing = wanted.differing(key, row)?;
                if !differing.is_empty() && !self.is_newer(key).await? {
                    self.differ(collection, &wanted, row, &differing).await?;
                }
            }
        }
        Ok(())
    }

    async fn stored(
        &self,
        collection: &str,
        wanted: &[(&Key, Wanted)],
    ) -> Outcome<HashMap<String, bson::Document>> {
        let ids: Vec<_> = wanted.iter().map(|(_, wanted)| wanted.id.clone()).collect();
        let mut found = self
            .shared
            .collection(collection)
            .find(doc! { "_id": { "$in": ids } })
            .read_concern(ReadConcern::majority())
            .await?;
        let mut rows = HashMap::new();
        while found.advance().await? {
            let row = found.deserialize_current()?;
            if let Some(id) = row.get("_id") {
                rows.insert(id.to_string(), row);
            }
        }
        Ok(rows)
    }

    /// Whether the log has gone on since about this, so that the row may be right.
    async fn is_newer(&mut self, key: &Key) -> Outcome<bool> {
        if let Key::Document(stream) = key {
            let last = self.versions.get(stream).copied().unwrap_or(Version::NONE);
            return self.is_logged(*stream, last.next()).await;
        }
        loop {
            let groups = self.groups(self.seq).await?;
            if groups.is_empty() {
                break;
            }
            for group in groups {
                self.fold(&group)?;
                self.seq = group.seq;
            }
        }
        Ok(self.others.get(key).is_some_and(|late| late.seq > self.end))
    }

    async fn is_logged(&self, stream: StreamId, version: Version) -> Outcome<bool> {
        let key = group::key(stream, version);
        let found = self
            .shared
            .collection(schema::LOG)
            .find_one(doc! { "keys": key })
            .projection(doc! { "_id": 1 })
            .await?;
        Ok(found.is_some())
    }

    async fn differ(
        &mut self,
        collection: &str,
        wanted: &Wanted,
        row: Option<&bson::Document>,
        differing: &[String],
    ) -> Outcome<()> {
        if !self.mends {
            let fault = if row.is_some() {
                format!("{} is not what the log makes", differing.join(", "))
            } else {
                "is missing".to_owned()
            };
            let place = format!("{collection} {}", wanted.id);
            self.difference.get_or_insert(Difference { place, fault });
            return Ok(());
        }
        let mut query = doc! { "_id": wanted.id.clone() };
        if let Some(row) = row {
            for field in differing {
                let is_stored = row.get(field).cloned();
                query.insert(
                    field,
                    is_stored.unwrap_or_else(|| doc! { "$exists": false }.into()),
                );
            }
        }
        let mended = self
            .shared
            .collection(collection)
            .update_one(query, doc! { "$set": wanted.fields.clone() })
            .upsert(row.is_none())
            .await;
        match mended {
            Ok(_) => Ok(()),
            // A server was faster.
            Err(error) if crate::fault::is_duplicate(&error) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks for documents that the log knows nothing of.
    async fn compare_surplus(&mut self, collection: &'static str) -> Outcome<()> {
        let rows = self.shared.collection(collection);
        let mut found = rows.find(doc! {}).projection(doc! { "_id": 1 }).await?;
        while found.advance().await? {
            let row = found.deserialize_current()?;
            let id = codec::read_id::<()>(&row, "_id")?;
            let stream = schema::stream(collection, *id.as_bytes());
            let Some(stream) = stream.filter(|stream| !self.versions.contains_key(stream)) else {
                continue;
            };
            if self.is_logged(stream, Version::NONE.next()).await? {
                continue;
            }
            if self.mends {
                rows.delete_one(doc! { "_id": codec::id(id) }).await?;
            } else {
                self.difference.get_or_insert(Difference {
                    place: format!("{collection} {stream}"),
                    fault: "the log knows nothing of it".to_owned(),
                });
                return Ok(());
            }
        }
        Ok(())
    }

    fn differ_in_log(&mut self, fault: String) {
        self.difference.get_or_insert(Difference {
            place: Difference::LOG.to_owned(),
            fault,
        });
    }
}

/// What a row must be.
struct Wanted {
    id: Bson,
    fields: bson::Document,
}

impl Wanted {
    /// What an update makes, whatever its guards.
    fn of(update: &bson::Document) -> Option<Self> {
        let id = update.get_document("q").ok()?.get("_id")?.clone();
        let change = update.get_document("u").ok()?;
        let fields = change.values().find_map(Bson::as_document)?.clone();
        Some(Self { id, fields })
    }

    /// The fields that are stored otherwise.
    fn differing(&self, key: &Key, row: Option<&bson::Document>) -> Outcome<Vec<String>> {
        let Some(row) = row else {
            return Ok(self.fields.keys().cloned().collect());
        };
        let mut differing = Vec::new();
        for (field, value) in &self.fields {
            let is_same = match (key, field.as_str()) {
                // The same document may have been written in other words by another version.
                (Key::Document(stream), "json") => {
                    let stored = load::from_row(*stream, row);
                    let wanted = codec::read_document(*stream, value.as_str().unwrap_or_default())?;
                    stored.is_ok_and(|stored| stored.is_some_and(|stored| stored.document == wanted))
                }
                _ => row.get(field) == Some(value),
            };
            if !is_same {
                differing.push(field.clone());
            }
        }
        Ok(differing)
    }
}
