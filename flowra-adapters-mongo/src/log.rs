//! The port [`EventLog`].

use std::sync::Arc;

use flowra_core::event::{
    AppendError, Appended, Commit, Entry, EventLog, Position, Recorded, Remembered, StreamId, Version,
};
use flowra_core::{BoxFuture, MessageId, PortFailure, PortResult, UserId};
use mongodb::Cursor;
use mongodb::bson::{Document, doc};
use mongodb::options::ReadConcern;
use tokio::sync::oneshot;

use crate::cache::Place;
use crate::codec;
use crate::fault::Outcome;
use crate::group::{self, Group, Prepared};
use crate::sequencer::{EVENTS_OF_ONE, Job, gone};
use crate::{MongoStore, Shared, schema};

/// So many groups are read at once by who goes along the log.
pub(crate) const AHEAD: i64 = 16;
/// So many events of a stream are read at once.
const PIECE: u64 = 256;

impl EventLog for MongoStore {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            let what = "mongo.event_log.append";
            let prepared = Box::new(Prepared::new(commit)?);
            let (tell, answer) = oneshot::channel();
            self.inner
                .jobs
                .send(Job::Commit(prepared, tell))
                .await
                .map_err(|_| gone(what))?;
            answer.await.map_err(|_| gone(what))?
        })
    }

    fn read(&self, after: Position, limit: usize) -> BoxFuture<'_, PortResult<Vec<Entry>>> {
        Box::pin(async move {
            let shared = &self.inner.shared;
            if let Some(entries) = shared.tail.after(after, limit) {
                return Ok(entries);
            }
            let recorded = shared
                .events_after(after, limit)
                .await
                .map_err(|fault| fault.into_failure("mongo.event_log.read"))?;
            let old = |recorded| Entry {
                recorded,
                document: None,
            };
            Ok(recorded.into_iter().map(old).collect())
        })
    }

    fn stream(
        &self,
        stream: StreamId,
        after: Version,
        limit: usize,
    ) -> BoxFuture<'_, PortResult<Vec<Recorded>>> {
        Box::pin(async move {
            self.inner
                .shared
                .stream_after(stream, after.get(), limit as u64)
                .await
                .map_err(|fault| fault.into_failure("mongo.event_log.stream"))
        })
    }

    fn head(&self) -> BoxFuture<'_, PortResult<Position>> {
        Box::pin(self.caught_up())
    }

    fn wait_past(&self, position: Position) -> BoxFuture<'_, PortResult<Position>> {
        Box::pin(async move {
            let mut head = self.inner.shared.tail.follow();
            head.wait_for(|head| *head > position)
                .await
                .map(|head| *head)
                .map_err(|closed| PortFailure::unavailable("mongo.event_log.wait_past", closed))
        })
    }

    fn outcome(&self, user: UserId, key: &str) -> BoxFuture<'_, PortResult<Option<Remembered>>> {
        let key = key.to_owned();
        Box::pin(async move {
            self.inner
                .shared
                .outcome(user, &key)
                .await
                .map_err(|fault| fault.into_failure("mongo.event_log.outcome"))
        })
    }
}

impl MongoStore {
    /// Takes in all that is logged now; answers where the log ends.
    pub(crate) async fn caught_up(&self) -> PortResult<Position> {
        let what = "mongo.event_log.head";
        let (tell, answer) = oneshot::channel();
        self.inner
            .jobs
            .send(Job::Head(tell))
            .await
            .map_err(|_| gone(what))?;
        answer.await.map_err(|_| gone(what))?
    }
}

impl Shared {
    async fn groups(&self, filter: Document) -> Outcome<Vec<Group>> {
        let mut rows = self
            .database
            .collection::<Group>(schema::LOG)
            .find(filter)
            .sort(doc! { "first": 1 })
            .read_concern(ReadConcern::majority())
            .await?;
        let mut groups = Vec::new();
        while rows.advance().await? {
            groups.push(rows.deserialize_current()?);
        }
        Ok(groups)
    }

    /// The groups after this number in order, as far as they are there, at most [`AHEAD`]. They are named one by one, since some servers walk the
    /// whole log for a range of its `_id`.
    pub(crate) async fn groups_ahead(&self, seq: i64) -> Outcome<Cursor<Group>> {
        let next: Vec<i64> = (1..=AHEAD).map(|step| seq.saturating_add(step)).collect();
        let groups = self
            .database
            .collection::<Group>(schema::LOG)
            .find(doc! { "_id": { "$in": next } })
            .sort(doc! { "_id": 1 })
            .read_concern(ReadConcern::majority())
            .await?;
        Ok(groups)
    }

    /// Events of the log after a position, in order, as far as this process follows it.
    async fn events_after(&self, after: Position, limit: usize) -> Outcome<Vec<Arc<Recorded>>> {
        let head = self.tail.head();
        let next = codec::number(after.get()).saturating_add(1);
        let low = next.saturating_sub(codec::number(EVENTS_OF_ONE as u64));
        let high = codec::number(after.get()).saturating_add(codec::number(limit as u64));
        // Where the group of the next position begins, by the index alone: the group itself may be large, and those before it are of no use.
        let begin = self
            .collection(schema::LOG)
            .find_one(doc! { "first": { "$gt": low, "$lte": next } })
            .sort(doc! { "first": -1 })
            .projection(doc! { "first": 1, "_id": 0 })
            .read_concern(ReadConcern::majority())
            .await?;
        let Some(begin) = begin else {
            return Ok(Vec::new());
        };
        let begin = codec::number(codec::natural(&begin, "first"));
        let groups = self
            .groups(doc! { "first": { "$gte": begin, "$lte": high } })
            .await?;
        let mut events = Vec::new();
        for group in groups {
            for decoded in group.decode()? {
                let fit = |event: &Arc<Recorded>| event.position > after && event.position <= head;
                events.extend(decoded.events.into_iter().filter(fit));
            }
        }
        events.truncate(limit);
        Ok(events)
    }

    async fn stream_after(&self, stream: StreamId, after: u64, limit: u64) -> Outcome<Vec<Recorded>> {
        let mut events = Vec::new();
        let mut next = after + 1;
        let end = after.saturating_add(limit);
        while next <= end {
            let last = end.min(next + PIECE - 1);
            let keys: Vec<_> = (next..=last)
                .map(|version| group::key(stream, Version::new(version)))
                .collect();
            let before = events.len();
            for group in self.groups(doc! { "keys": { "$in": keys } }).await? {
                for decoded in group.decode()? {
                    if decoded.stream == stream {
                        let fit = |event: &Arc<Recorded>| (next..=last).contains(&event.version.get());
                        events.extend(decoded.events.into_iter().filter(fit).map(Arc::unwrap_or_clone));
                    }
                }
            }
            if ((events.len() - before) as u64) < last - next + 1 {
                break;
            }
            next = last + 1;
        }
        Ok(events)
    }

    /// All events of a stream up to a version.
    pub(crate) async fn whole_stream(&self, stream: StreamId, until: u64) -> Outcome<Vec<Recorded>> {
        self.stream_after(stream, 0, until).await
    }

    /// Where a message stands, as the group with its first event says.
    pub(crate) async fn place_in_log(&self, stream: StreamId) -> Outcome<Option<Place>> {
        let key = group::key(stream, Version::NONE.next());
        for group in self.groups(doc! { "keys": key }).await? {
            for decoded in group.decode()? {
                if decoded.stream == stream && decoded.place.is_some() {
                    return Ok(decoded.place);
                }
            }
        }
        Ok(None)
    }

    /// How many replies a thread has.
    pub(crate) async fn replies(&self, root: MessageId) -> Outcome<u64> {
        let stored = self.load(StreamId::Message(root)).await?;
        Ok(stored
            .and_then(|stored| stored.place)
            .map_or(0, |place| place.replies))
    }

    /// What was stored under a caller's key.
    pub(crate) async fn outcome(&self, user: UserId, key: &str) -> Outcome<Option<Remembered>> {
        let name = group::idem(user, key);
        for group in self.groups(doc! { "idem": name }).await? {
            for stored in group.outcomes()? {
                if stored.key == key && stored.user == user {
                    return Ok(Some((stored.fingerprint, stored.made)));
                }
            }
        }
        Ok(None)
    }
}
