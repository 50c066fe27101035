//! Commits as schema version 1 wrote them, field by field, to be read for ever: the log is never rewritten.

use flowra_core::Id;
use mongodb::bson::{self, Binary, Bson};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::StoredPlace;
use crate::codec;
use crate::fault::{Fault, Outcome};

#[derive(Deserialize)]
struct Stored {
    request: Binary,
    time: i64,
    cause: Option<i64>,
    appends: Vec<Append>,
    outcome: Option<Remembered>,
}

#[derive(Deserialize)]
struct Append {
    kind: String,
    stream: Binary,
    actor: Binary,
    expected: i64,
    events: Vec<String>,
    place: Option<[i64; 3]>,
}

#[derive(Deserialize)]
struct Remembered {
    user: Binary,
    key: String,
    fingerprint: Binary,
    json: String,
}

/// The commits as they are read now; `what` names their group.
pub(super) fn read(
    commits: &Bson,
    what: impl Fn() -> String,
) -> Outcome<(Vec<super::Stored>, Vec<Option<StoredPlace>>)> {
    let commits: Vec<Stored> =
        bson::from_bson(commits.clone()).map_err(|error| Fault::corrupt(what(), error))?;
    let natural = |number: i64| u64::try_from(number).map_err(|error| Fault::corrupt(what(), error));
    let mut places = Vec::new();
    let mut all = Vec::with_capacity(commits.len());
    for commit in commits {
        let mut appends = Vec::with_capacity(commit.appends.len());
        for append in &commit.appends {
            let raw = |json: &String| {
                RawValue::from_string(json.clone()).map_err(|error| Fault::corrupt(what(), error))
            };
            let place: Option<Outcome<StoredPlace>> = append.place.map(|[number, root_number, replies]| {
                Ok([natural(number)?, natural(root_number)?, natural(replies)?])
            });
            places.push(place.transpose()?);
            appends.push(super::Append {
                kind: append.kind.clone(),
                id: Id::from_bytes(codec::bytes(&append.stream, &what)?),
                actor: Id::from_bytes(codec::bytes(&append.actor, &what)?),
                expected: natural(append.expected)?,
                events: append.events.iter().map(raw).collect::<Outcome<_>>()?,
            });
        }
        let outcome: Option<Outcome<_>> = commit.outcome.as_ref().map(|outcome| {
            Ok(super::Remembered {
                user: Id::from_bytes(codec::bytes(&outcome.user, &what)?),
                key: outcome.key.clone(),
                fingerprint: codec::bytes(&outcome.fingerprint, &what)?,
                made: codec::decode(&outcome.json, &what)?,
            })
        });
        all.push(super::Stored {
            request: Id::from_bytes(codec::bytes(&commit.request, &what)?),
            time: commit.time,
            cause: commit.cause.map(natural).transpose()?,
            appends,
            outcome: outcome.transpose()?,
        });
    }
    Ok((all, places))
}

#[cfg(test)]
mod tests {
    use flowra_core::event::{Event, Outcome as Made, Position, StreamId};
    use flowra_core::message::MessageEvent;
    use flowra_core::{MessageId, RequestId, UserId};
    use mongodb::bson::doc;

    use super::super::Group;
    use super::*;
    use crate::cache::Place;

    #[test]
    fn a_group_of_the_first_version_is_read() {
        let message = MessageId::from_bytes([1; 16]);
        let (actor, request) = (UserId::from_bytes([2; 16]), RequestId::from_bytes([3; 16]));
        let stored = doc! {
            "_id": 7_i64, "first": 41_i64, "last": 41_i64, "node": codec::binary(&[4; 16]), "nonce": codec::binary(&[5; 16]),
            "keys": ["message:01010101-0101-0101-0101-010101010101@3"],
            "idem": ["02020202-0202-0202-0202-020202020202/again"],
            "commits": [{
                "request": codec::id(request),
                "time": 1_767_225_600_000_i64,
                "cause": 40_i64,
                "appends": [{
                    "kind": "message", "stream": codec::id(message), "actor": codec::id(actor), "expected": 2_i64,
                    "events": ["{\"type\":\"message.deleted\"}"],
                    "place": [9_i64, 8_i64, 0_i64],
                }],
                "outcome": { "user": codec::id(actor), "key": "again", "fingerprint": codec::binary(&[6; 32]), "json": "\"done\"" },
            }],
        };
        let group: Group = bson::from_document(stored).unwrap();
        let decoded = group.decode().unwrap();
        let [append] = decoded.as_slice() else {
            panic!("{} appends", decoded.len())
        };
        let place = Place {
            number: 9,
            root_number: 8,
            replies: 0,
        };
        assert_eq!(append.stream, StreamId::Message(message));
        assert_eq!(append.place, Some(place));
        let [event] = append.events.as_slice() else {
            panic!("{} events", append.events.len())
        };
        assert_eq!(event.position, Position::new(41));
        assert_eq!(
            (event.version.get(), event.actor, event.request),
            (3, actor, request)
        );
        assert_eq!(event.time.millis(), 1_767_225_600_000);
        assert_eq!(event.cause, Some(Position::new(40)));
        assert_eq!(event.event, Event::Message(MessageEvent::Deleted));
        let outcomes: Vec<_> = group.outcomes().unwrap().collect();
        let [outcome] = outcomes.as_slice() else {
            panic!("{} outcomes", outcomes.len())
        };
        assert_eq!((outcome.user, outcome.key.as_str()), (actor, "again"));
        assert_eq!(outcome.fingerprint, [6; 32]);
        assert!(matches!(outcome.made, Made::Done));
    }
}
