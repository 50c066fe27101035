//! Whether commits fit what is known of the log and one another, and the group that those which fit become.

use std::collections::HashMap;
use std::sync::Arc;

use flowra_core::event::{
    AppendError, Appended, Claim, ClaimChange, Conflict, Event, Guard, Idempotency, Outcome as Made,
    Position, StreamId, Version,
};
use flowra_core::message::MessageEvent;
use flowra_core::{ChatId, MessageId, UserId};
use mongodb::bson::doc;

use super::{Answer, EVENTS_OF_ONE, WHAT};
use crate::cache::Place;
use crate::fault::Outcome;
use crate::group::{self, Gathered, Group, Prepared};
use crate::pending::{Key, Room, Value};
use crate::{Shared, schema};

/// What became of a commit.
pub(super) enum Verdict {
    /// It is part of the group, its last event stands here, and the message that each append posts there.
    Stored(Position, Vec<Option<Place>>),
    /// It was stored before.
    Before(Made),
    /// It does not fit.
    Refused(AppendError),
}

impl Verdict {
    pub(super) fn into_answer(self) -> Answer {
        match self {
            Self::Stored(position, _) => Ok(Appended::Now(position)),
            Self::Before(made) => Ok(Appended::Before(made)),
            Self::Refused(error) => Err(error),
        }
    }
}

/// What the commits of one group rest on, those accepted before included.
pub(super) struct Known<'a> {
    shared: &'a Shared,
    seq: i64,
    first: u64,
    head: u64,
    /// Whether streams said to be new and keys are asked for.
    is_thorough: bool,
    versions: HashMap<StreamId, Version>,
    claims: HashMap<String, bool>,
    rooms: HashMap<ChatId, Room>,
    threads: HashMap<MessageId, u64>,
    outcomes: HashMap<(UserId, Arc<str>), ([u8; 32], Made)>,
    gathered: Gathered,
}

impl<'a> Known<'a> {
    pub(super) fn new(shared: &'a Shared, seq: i64, head: u64, is_thorough: bool) -> Self {
        Self {
            shared,
            seq,
            first: head + 1,
            head,
            is_thorough,
            versions: HashMap::new(),
            claims: HashMap::new(),
            rooms: HashMap::new(),
            threads: HashMap::new(),
            outcomes: HashMap::new(),
            gathered: Gathered::default(),
        }
    }

    /// Asks for the claims and outcomes of all commits in one read each.
    pub(super) async fn prepare(&mut self, all: impl Iterator<Item = &Prepared>) -> Outcome<()> {
        let (mut names, mut keys) = (Vec::new(), Vec::new());
        for prepared in all {
            let commit = &prepared.commit;
            let events = commit.appends.iter().flat_map(|append| &append.events);
            let changed = events.flat_map(Event::claims).map(|change| match change {
                ClaimChange::Take(claim) | ClaimChange::Release(claim) => claim,
            });
            let guarded = commit.guards.iter().filter_map(|guard| match guard {
                Guard::Held(claim) => Some(claim.clone()),
                Guard::Unchanged(..) => None,
            });
            for name in changed.chain(guarded).map(|claim| claim.name()) {
                match self.shared.pending.get(&Key::Claim(name.clone())) {
                    Some(Value::Claim(holder)) => drop(self.claims.insert(name, holder.is_some())),
                    _ => names.push(name),
                }
            }
            if let Some((promise, _)) = commit.idempotency.as_ref().filter(|_| self.is_thorough) {
                keys.push((promise.user, Arc::clone(&promise.key)));
            }
        }
        if !names.is_empty() {
            let mut rows = self
                .shared
                .collection(schema::CLAIMS)
                .find(doc! { "_id": { "$in": &names } })
                .await?;
            while rows.advance().await? {
                let row = rows.deserialize_current()?;
                let name = row.get_str("_id").unwrap_or_default();
                self.claims
                    .insert(name.to_owned(), row.get_bool("held").unwrap_or(false));
            }
        }
        for (user, key) in keys {
            if let Some(outcome) = self.shared.outcome(user, &key).await? {
                self.outcomes.insert((user, key), outcome);
            }
        }
        Ok(())
    }

    /// Takes a commit into the group, if it fits.
    pub(super) async fn admit(&mut self, prepared: &Prepared) -> Outcome<Verdict> {
        let commit = &prepared.commit;
        if let Some((promise, _)) = &commit.idempotency
            && let Some(verdict) = self.repeated(promise)
        {
            return Ok(verdict);
        }
        if prepared.events > EVENTS_OF_ONE {
            let failure = flowra_core::PortFailure::unavailable(
                WHAT,
                format!(
                    "a commit may have {EVENTS_OF_ONE} events, and this one has {}",
                    prepared.events
                ),
            );
            return Ok(Verdict::Refused(failure.into()));
        }
        let refused = |conflict| Ok(Verdict::Refused(AppendError::Conflict(conflict)));
        let mut versions = HashMap::with_capacity(commit.appends.len());
        for append in &commit.appends {
            let version = match versions.get(&append.stream) {
                Some(version) => *version,
                None => self.version(append.stream, append.expected).await?,
            };
            if version != append.expected {
                return refused(Conflict::Stale(append.stream));
            }
            let after = Version::new(version.get() + append.events.len() as u64);
            versions.insert(append.stream, after);
        }
        for guard in &commit.guards {
            match guard {
                Guard::Unchanged(stream, version) => {
                    if self.version(*stream, *version).await? != *version {
                        return refused(Conflict::Stale(*stream));
                    }
                }
                Guard::Held(claim) => {
                    if !self.is_held(&claim.name()) {
                        return refused(Conflict::NotHeld(claim.clone()));
                    }
                }
            }
        }
        let claims = match self.claimed(prepared) {
            Ok(claims) => claims,
            Err(claim) => return refused(Conflict::Taken(claim)),
        };
        let places = self.places(prepared).await?;
        for append in &commit.appends {
            let mut version = append.expected;
            for _ in &append.events {
                version = version.next();
                self.gathered.keys.push(group::key(append.stream, version));
            }
        }
        self.versions.extend(versions);
        self.claims.extend(claims);
        self.head += prepared.events as u64;
        if let Some((promise, outcome)) = &commit.idempotency {
            self.gathered.idem.push(group::idem(promise.user, &promise.key));
            self.outcomes.insert(
                (promise.user, Arc::clone(&promise.key)),
                (promise.fingerprint, outcome.clone()),
            );
        }
        self.gathered.push(prepared, &places);
        Ok(Verdict::Stored(Position::new(self.head), places))
    }

    /// The group of those that were admitted; none without any.
    pub(super) fn group(self) -> Outcome<Option<Group>> {
        self.gathered
            .group(self.seq, self.first, self.head, self.shared.node)
    }

    fn repeated(&self, promise: &Idempotency) -> Option<Verdict> {
        let (fingerprint, made) = self.outcomes.get(&(promise.user, Arc::clone(&promise.key)))?;
        Some(if *fingerprint == promise.fingerprint {
            Verdict::Before(made.clone())
        } else {
            Verdict::Refused(AppendError::KeyReused)
        })
    }

    async fn version(&mut self, stream: StreamId, expected: Version) -> Outcome<Version> {
        if let Some(version) = self.versions.get(&stream) {
            return Ok(*version);
        }
        let in_memory = || {
            self.shared
                .cache
                .get(stream)
                .or_else(|| match self.shared.pending.get(&Key::Document(stream)) {
                    Some(Value::Document(stored)) => Some(*stored),
                    _ => None,
                })
        };
        let stored = match in_memory() {
            Some(stored) => Some(stored),
            // Whoever makes a stream has a fresh id; if not, the log's index says so.
            None if expected == Version::NONE && !self.is_thorough => return Ok(Version::NONE),
            None => self.shared.load(stream).await?,
        };
        let version = stored.map_or(Version::NONE, |stored| stored.document.version());
        self.versions.insert(stream, version);
        Ok(version)
    }

    fn is_held(&self, name: &str) -> bool {
        self.claims.get(name).copied().unwrap_or(false)
    }

    /// Which claims are held after the commit; the first that somebody holds when it comes to take it.
    fn claimed(&self, prepared: &Prepared) -> Result<HashMap<String, bool>, Claim> {
        let mut changed = HashMap::new();
        let events = prepared.commit.appends.iter().flat_map(|append| &append.events);
        for change in events.flat_map(Event::claims) {
            match change {
                ClaimChange::Take(claim) => {
                    let name = claim.name();
                    if changed.get(&name).copied().unwrap_or_else(|| self.is_held(&name)) {
                        return Err(claim);
                    }
                    changed.insert(name, true);
                }
                ClaimChange::Release(claim) => drop(changed.insert(claim.name(), false)),
            }
        }
        Ok(changed)
    }

    /// Gives each posted message its place.
    async fn places(&mut self, prepared: &Prepared) -> Outcome<Vec<Option<Place>>> {
        let mut places = Vec::with_capacity(prepared.commit.appends.len());
        for append in &prepared.commit.appends {
            let Some(Event::Message(MessageEvent::Posted {
                chat_id, parent_id, ..
            })) = append.events.first()
            else {
                places.push(None);
                continue;
            };
            let mut room = if let Some(room) = self.rooms.get(chat_id) {
                *room
            } else {
                let room = self.shared.room(*chat_id).await?;
                self.shared.rooms.put(*chat_id, room);
                room
            };
            room.last += 1;
            room.roots += u64::from(parent_id.is_none());
            self.rooms.insert(*chat_id, room);
            let mut replies = 0;
            if let Some(root) = parent_id {
                replies = match self.threads.get(root) {
                    Some(replies) => *replies,
                    None => self.shared.replies(*root).await?,
                };
                replies += 1;
                self.threads.insert(*root, replies);
            }
            places.push(Some(Place {
                number: room.last,
                root_number: room.roots,
                replies,
            }));
        }
        Ok(places)
    }
}
