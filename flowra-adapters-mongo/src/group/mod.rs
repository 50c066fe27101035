//! The log's documents: a group of commits each, and how commits become one and events come out of it.
//!
//! The commits are one text of JSON: a server takes a text in several times faster than as many nested fields, of which it asks for none, and each
//! commit's part is made in its caller's task.

mod first;

use std::sync::Arc;

use flowra_core::event::{Commit, Event, Outcome as Made, Position, Recorded, StreamId, Version};
use flowra_core::time::Timestamp;
use flowra_core::{Id, RequestId, UserId};
use mongodb::bson::{Binary, Bson};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::cache::Place;
use crate::codec;
use crate::fault::{Fault, Outcome};
use crate::pending::Node;

/// A document of the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    /// 1, 2, 3 … without holes.
    #[serde(rename = "_id")]
    pub(crate) seq: i64,
    /// The position of its first event.
    pub(crate) first: i64,
    /// The position of its last event.
    pub(crate) last: i64,
    pub(crate) node: Binary,
    /// Tells a group from another under the same number, when its writer does not know whether it was stored.
    pub(crate) nonce: Binary,
    /// The stream and version of each event.
    pub(crate) keys: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) idem: Vec<String>,
    /// A JSON array of [`Stored`]; in schema version 1 one of fields.
    commits: Bson,
    /// For each append of a commit the place of the message that it posts, as JSON.
    #[serde(default)]
    places: String,
}

/// A commit, as it is written.
#[derive(Serialize)]
struct Storing<'a> {
    request: RequestId,
    time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<u64>,
    appends: Vec<Appending<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Remembering<'a>>,
}

#[derive(Serialize)]
struct Appending<'a> {
    kind: &'static str,
    id: Id<()>,
    actor: UserId,
    expected: u64,
    events: &'a [Event],
}

#[derive(Serialize)]
struct Remembering<'a> {
    user: UserId,
    key: &'a str,
    fingerprint: &'a [u8; 32],
    made: &'a Made,
}

/// A commit, as it is read.
#[derive(Deserialize)]
struct Stored {
    request: RequestId,
    time: i64,
    cause: Option<u64>,
    appends: Vec<Append>,
    outcome: Option<Remembered>,
}

/// The events of one stream in a commit.
#[derive(Deserialize)]
struct Append {
    kind: String,
    id: Id<()>,
    actor: UserId,
    expected: u64,
    events: Vec<Box<RawValue>>,
}

/// What a commit made, under its idempotency key.
#[derive(Deserialize)]
pub(crate) struct Remembered {
    pub(crate) user: UserId,
    pub(crate) key: String,
    pub(crate) fingerprint: [u8; 32],
    pub(crate) made: Made,
}

/// A place as it is stored: the number, the root number, the number in the thread.
type StoredPlace = [u64; 3];

/// How an event is named in `keys`.
pub(crate) fn key(stream: StreamId, version: Version) -> String {
    format!("{stream}@{version}")
}

/// How an idempotency key is named in `idem`.
pub(crate) fn idem(user: UserId, key: &str) -> String {
    format!("{user}/{key}")
}

/// A commit with its JSON, made in the caller's task so that the sequencer does not have to.
pub(crate) struct Prepared {
    pub(crate) commit: Commit,
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    json: String,
}

impl Prepared {
    pub(crate) fn new(commit: Commit) -> Outcome<Self> {
        let storing = Storing {
            request: commit.request,
            time: commit.time.millis(),
            cause: commit.cause.map(Position::get),
            appends: commit
                .appends
                .iter()
                .map(|append| Appending {
                    kind: append.stream.kind(),
                    id: Id::from_bytes(*append.stream.id_bytes()),
                    actor: append.actor,
                    expected: append.expected.get(),
                    events: &append.events,
                })
                .collect(),
            outcome: commit.idempotency.as_ref().map(|(promise, made)| Remembering {
                user: promise.user,
                key: &promise.key,
                fingerprint: &promise.fingerprint,
                made,
            }),
        };
        let json = codec::json(&storing, || format!("commit of request {}", commit.request))?;
        Ok(Self {
            events: commit.appends.iter().map(|append| append.events.len()).sum(),
            bytes: json.len(),
            json,
            commit,
        })
    }

    /// What reading back the commit would give, with its first event at this position and its messages in these places.
    pub(crate) fn decoded(&self, first: u64, places: &[Option<Place>]) -> Vec<Decoded> {
        let bytes = self.bytes / self.commit.appends.len().max(1);
        let mut position = first;
        let mut all = Vec::with_capacity(self.commit.appends.len());
        for (append, place) in self.commit.appends.iter().zip(places) {
            let mut version = append.expected;
            let mut events = Vec::with_capacity(append.events.len());
            for event in &append.events {
                version = version.next();
                events.push(Arc::new(Recorded {
                    position: Position::new(position),
                    stream: append.stream,
                    version,
                    actor: append.actor,
                    time: self.commit.time,
                    request: self.commit.request,
                    cause: self.commit.cause,
                    event: event.clone(),
                }));
                position += 1;
            }
            all.push(Decoded {
                stream: append.stream,
                events,
                bytes,
                place: *place,
            });
        }
        all
    }
}

/// A group in the making.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) keys: Vec<String>,
    pub(crate) idem: Vec<String>,
    commits: String,
    places: Vec<Option<StoredPlace>>,
}

impl Gathered {
    /// Adds a commit, each posted message in its place.
    pub(crate) fn push(&mut self, prepared: &Prepared, places: &[Option<Place>]) {
        self.commits.push(if self.commits.is_empty() { '[' } else { ',' });
        self.commits.push_str(&prepared.json);
        let place = |place: Place| [place.number, place.root_number, place.replies];
        self.places.extend(places.iter().map(|at| at.map(place)));
    }

    /// The group of what was added, whose events stand at these positions; none without any.
    pub(crate) fn group(self, seq: i64, first: u64, last: u64, node: Node) -> Outcome<Option<Group>> {
        if self.commits.is_empty() {
            return Ok(None);
        }
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|error| Fault::corrupt("randomness", error.to_string()))?;
        Ok(Some(Group {
            seq,
            first: codec::number(first),
            last: codec::number(last),
            node: codec::binary(&node),
            nonce: codec::binary(&nonce),
            keys: self.keys,
            idem: self.idem,
            commits: Bson::String(self.commits + "]"),
            places: codec::json(&self.places, || format!("places of group {seq}"))?,
        }))
    }
}

/// The events of one append, read back.
pub(crate) struct Decoded {
    pub(crate) stream: StreamId,
    pub(crate) events: Vec<Arc<Recorded>>,
    /// Of their JSON, about.
    pub(crate) bytes: usize,
    /// Of a posted message; `replies` is its number in its thread.
    pub(crate) place: Option<Place>,
}

impl Group {
    /// Its commits, and the place of each append.
    fn stored(&self) -> Outcome<(Vec<Stored>, Vec<Option<StoredPlace>>)> {
        match &self.commits {
            Bson::String(commits) => Ok((
                codec::decode(commits, || format!("group {}", self.seq))?,
                codec::decode(&self.places, || format!("places of group {}", self.seq))?,
            )),
            commits => first::read(commits, || format!("group {}", self.seq)),
        }
    }

    /// Its appends in order, with their events at their positions.
    pub(crate) fn decode(&self) -> Outcome<Vec<Decoded>> {
        let what = || format!("group {}", self.seq);
        let mut position = u64::try_from(self.first).map_err(|error| Fault::corrupt(what(), error))?;
        let (commits, places) = self.stored()?;
        let mut places = places.into_iter();
        let mut all = Vec::new();
        for commit in commits {
            for append in commit.appends {
                let stream = StreamId::from_parts(&append.kind, *append.id.as_bytes())
                    .ok_or_else(|| Fault::corrupt(what(), "a stream is of no known kind"))?;
                let mut version = Version::new(append.expected);
                let mut events = Vec::with_capacity(append.events.len());
                let mut bytes = 0;
                for json in &append.events {
                    version = version.next();
                    bytes += json.get().len();
                    events.push(Arc::new(Recorded {
                        position: Position::new(position),
                        stream,
                        version,
                        actor: append.actor,
                        time: Timestamp::from_millis(commit.time),
                        request: commit.request,
                        cause: commit.cause.map(Position::new),
                        event: codec::event(stream, json.get())?,
                    }));
                    position += 1;
                }
                let place = places
                    .next()
                    .ok_or_else(|| Fault::corrupt(what(), "an append has no place"))?;
                all.push(Decoded {
                    stream,
                    events,
                    bytes,
                    place: place.map(|[number, root_number, replies]| Place {
                        number,
                        root_number,
                        replies,
                    }),
                });
            }
        }
        Ok(all)
    }

    /// What its commits made under idempotency keys.
    pub(crate) fn outcomes(&self) -> Outcome<impl Iterator<Item = Remembered>> {
        let (commits, _) = self.stored()?;
        Ok(commits.into_iter().filter_map(|commit| commit.outcome))
    }

    /// Who wrote it.
    pub(crate) fn node(&self) -> Outcome<Node> {
        codec::bytes(&self.node, || format!("group {}", self.seq))
    }
}
