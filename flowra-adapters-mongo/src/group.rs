//! The log's documents: a group of commits each, and how commits become one and events come out of it.

use std::sync::Arc;

use flowra_core::event::{Commit, Position, Recorded, StreamId, Version};
use flowra_core::time::Timestamp;
use flowra_core::{Id, UserId};
use mongodb::bson::Binary;
use serde::{Deserialize, Serialize};

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
    pub(crate) commits: Vec<Stored>,
}

/// A commit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    request: Binary,
    time: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<i64>,
    pub(crate) appends: Vec<Append>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<Remembered>,
}

/// The events of one stream in a commit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Append {
    kind: String,
    stream: Binary,
    actor: Binary,
    expected: i64,
    events: Vec<String>,
    /// Of a message that was posted: its number, its root number, its number in its thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<[i64; 3]>,
}

/// What a commit made, under its idempotency key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Remembered {
    pub(crate) user: Binary,
    pub(crate) key: String,
    pub(crate) fingerprint: Binary,
    pub(crate) json: String,
}

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
    stored: Stored,
}

impl Prepared {
    pub(crate) fn new(commit: Commit) -> Outcome<Self> {
        let mut appends = Vec::with_capacity(commit.appends.len());
        let (mut count, mut bytes) = (0, 0);
        for append in &commit.appends {
            let mut events = Vec::with_capacity(append.events.len());
            for event in &append.events {
                let json = codec::json(event, || append.stream.to_string())?;
                bytes += json.len() + 128;
                count += 1;
                events.push(json);
            }
            appends.push(Append {
                kind: append.stream.kind().to_owned(),
                stream: codec::binary(append.stream.id_bytes()),
                actor: codec::binary(append.actor.as_bytes()),
                expected: codec::number(append.expected.get()),
                events,
                place: None,
            });
        }
        let outcome = match &commit.idempotency {
            None => None,
            Some((promise, outcome)) => Some(Remembered {
                user: codec::binary(promise.user.as_bytes()),
                key: promise.key.as_ref().to_owned(),
                fingerprint: codec::binary(&promise.fingerprint),
                json: codec::json(outcome, || format!("outcome under key {}", promise.key))?,
            }),
        };
        let stored = Stored {
            request: codec::binary(commit.request.as_bytes()),
            time: commit.time.millis(),
            cause: commit.cause.map(|cause| codec::number(cause.get())),
            appends,
            outcome,
        };
        Ok(Self {
            commit,
            events: count,
            bytes,
            stored,
        })
    }

    /// The commit as it is stored, each posted message in its place.
    pub(crate) fn stored(&self, places: &[Option<Place>]) -> Stored {
        let mut stored = self.stored.clone();
        for (append, place) in stored.appends.iter_mut().zip(places) {
            append.place = place.map(|place| {
                [
                    codec::number(place.number),
                    codec::number(place.root_number),
                    codec::number(place.replies),
                ]
            });
        }
        stored
    }
}

/// The events of one append, read back.
pub(crate) struct Decoded {
    pub(crate) stream: StreamId,
    pub(crate) events: Vec<Arc<Recorded>>,
    pub(crate) bytes: usize,
    /// Of a posted message; `replies` is its number in its thread.
    pub(crate) place: Option<Place>,
}

impl Group {
    /// Its appends in order, with their events at their positions.
    pub(crate) fn decode(&self) -> Outcome<Vec<Decoded>> {
        let what = || format!("group {}", self.seq);
        let natural = |number: i64| u64::try_from(number).map_err(|error| Fault::corrupt(what(), error));
        let mut position = natural(self.first)?;
        let mut all = Vec::new();
        for commit in &self.commits {
            let request = Id::from_bytes(codec::bytes(&commit.request, what)?);
            for append in &commit.appends {
                let stream = StreamId::from_parts(&append.kind, codec::bytes(&append.stream, what)?)
                    .ok_or_else(|| Fault::corrupt(what(), "a stream is of no known kind"))?;
                let actor = Id::from_bytes(codec::bytes(&append.actor, what)?);
                let mut version = Version::new(natural(append.expected)?);
                let mut events = Vec::with_capacity(append.events.len());
                for json in &append.events {
                    version = version.next();
                    events.push(Arc::new(Recorded {
                        position: Position::new(position),
                        stream,
                        version,
                        actor,
                        time: Timestamp::from_millis(commit.time),
                        request,
                        cause: commit.cause.map(natural).transpose()?.map(Position::new),
                        event: codec::event(stream, json)?,
                    }));
                    position += 1;
                }
                let place = match append.place {
                    None => None,
                    Some([number, root_number, replies]) => Some(Place {
                        number: natural(number)?,
                        root_number: natural(root_number)?,
                        replies: natural(replies)?,
                    }),
                };
                all.push(Decoded {
                    stream,
                    events,
                    bytes: append.events.iter().map(String::len).sum(),
                    place,
                });
            }
        }
        Ok(all)
    }

    /// Who wrote it.
    pub(crate) fn node(&self) -> Outcome<Node> {
        codec::bytes(&self.node, || format!("group {}", self.seq))
    }
}
