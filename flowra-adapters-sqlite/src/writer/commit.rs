//! A commit: every check first, then every row, so that a refused one leaves no trace in the others' transaction.

use std::sync::Arc;

use flowra_core::event::{
    AppendError, Appended, Claim, ClaimChange, Commit, Conflict, Document, Entry, Event, Guard, Idempotency,
    Outcome as Made, Position, Recorded, StreamId, Version,
};
use flowra_core::{PortFailure, PortResult};
use rusqlite::{OptionalExtension, params};
use tokio::sync::oneshot;

use super::{Group, Job, Work, Writer};
use crate::codec;
use crate::fault::{Outcome, Shared as SharedFault};
use crate::project::{self, Change};
use crate::sql::{self, Prepare};

const WHAT: &str = "sqlite.event_log.append";
/// How long an idempotency key is kept, in milliseconds: the promised 24 hours and one more for clocks that differ.
const KEPT: i64 = 25 * 3_600_000;

type Answer = Result<Appended, AppendError>;

/// A commit with its JSON, made in the caller's task so that the writer's thread does not have to.
pub(crate) struct Prepared {
    commit: Commit,
    json: Vec<Encoded>,
    outcome: Option<String>,
}

struct Encoded {
    events: Vec<String>,
    document: String,
}

impl Prepared {
    pub(crate) fn new(commit: Commit) -> PortResult<Self> {
        let corrupt = |error| PortFailure::corrupt("commit", error);
        let json = commit
            .appends
            .iter()
            .map(|append| {
                Ok(Encoded {
                    events: append.events.iter().map(codec::json).collect::<Result<_, _>>()?,
                    document: codec::document(&append.document)?,
                })
            })
            .collect::<serde_json::Result<Vec<_>>>()
            .map_err(corrupt)?;
        let outcome = commit
            .idempotency
            .as_ref()
            .map(|(_, outcome)| serde_json::to_string(outcome))
            .transpose()
            .map_err(corrupt)?;
        Ok(Self {
            commit,
            json,
            outcome,
        })
    }
}

struct CommitJob {
    prepared: Option<Prepared>,
    answer: Option<Answer>,
    tell: oneshot::Sender<Answer>,
}

impl Writer {
    /// Stores a commit in the next transaction; answers when it is durable.
    pub(crate) async fn commit(&self, prepared: Prepared) -> Answer {
        let (tell, told) = oneshot::channel();
        let job = CommitJob {
            prepared: Some(prepared),
            answer: None,
            tell,
        };
        self.queue(WHAT, Work::Job(Box::new(job))).await?;
        told.await
            .map_err(|gone| AppendError::Failed(PortFailure::unavailable(WHAT, gone)))?
    }
}

impl Job for CommitJob {
    fn apply(&mut self, group: &mut Group<'_>) -> Outcome<()> {
        let Some(prepared) = self.prepared.take() else {
            return Ok(());
        };
        self.answer = Some(match check(group, &prepared.commit)? {
            Some(answer) => answer,
            None => Ok(Appended::Now(write(group, prepared)?)),
        });
        Ok(())
    }

    fn answer(self: Box<Self>, result: Result<(), &SharedFault>) {
        let answer = match (result, self.answer) {
            (Ok(()), Some(answer)) => answer,
            (Ok(()), None) => Err(PortFailure::unavailable(WHAT, "it was not done").into()),
            (Err(fault), _) => Err(fault.to_failure(WHAT).into()),
        };
        // Who asked may have gone; the commit stands all the same.
        drop(self.tell.send(answer));
    }
}

/// What keeps a commit from being stored, if anything does.
fn check(group: &mut Group<'_>, commit: &Commit) -> Outcome<Option<Answer>> {
    if let Some((promise, _)) = &commit.idempotency
        && let Some(answer) = repeated(group, promise)?
    {
        return Ok(Some(answer));
    }
    Ok(conflict(group, commit)?.map(|conflict| Err(AppendError::Conflict(conflict))))
}

fn repeated(group: &Group<'_>, promise: &Idempotency) -> Outcome<Option<Answer>> {
    let stored = group
        .db
        .statement(sql::OUTCOME)?
        .query_row(params![promise.user.as_bytes(), promise.key], |row| {
            Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    Ok(stored.map(|(fingerprint, outcome)| {
        if fingerprint != promise.fingerprint {
            return Err(AppendError::KeyReused);
        }
        serde_json::from_str::<Made>(&outcome)
            .map(Appended::Before)
            .map_err(|error| {
                let what = format!("outcome under key {} of user {}", promise.key, promise.user);
                PortFailure::corrupt(what, error).into()
            })
    }))
}

fn conflict(group: &mut Group<'_>, commit: &Commit) -> Outcome<Option<Conflict>> {
    let mut appended: Vec<(StreamId, u64)> = Vec::with_capacity(commit.appends.len());
    for append in &commit.appends {
        let earlier = appended.iter().rev().find(|(stream, _)| *stream == append.stream);
        let version = match earlier {
            Some((_, version)) => *version,
            None => group.version(append.stream)?,
        };
        if version != append.expected.get() {
            return Ok(Some(Conflict::Stale(append.stream)));
        }
        appended.push((append.stream, version + append.events.len() as u64));
    }
    for guard in &commit.guards {
        match guard {
            Guard::Unchanged(stream, version) => {
                if group.version(*stream)? != version.get() {
                    return Ok(Some(Conflict::Stale(*stream)));
                }
            }
            Guard::Held(claim) => {
                if !project::is_held(group.db, claim)? {
                    return Ok(Some(Conflict::NotHeld(claim.clone())));
                }
            }
        }
    }
    taken(group, commit)
}

/// The first claim that somebody holds when the commit comes to take it.
fn taken(group: &Group<'_>, commit: &Commit) -> Outcome<Option<Conflict>> {
    let mut changed: Vec<(Claim, bool)> = Vec::new();
    let events = commit.appends.iter().flat_map(|append| &append.events);
    for change in events.flat_map(Event::claims) {
        match change {
            ClaimChange::Take(claim) => {
                let is_held = match changed.iter().rev().find(|(known, _)| *known == claim) {
                    Some((_, held)) => *held,
                    None => project::is_held(group.db, &claim)?,
                };
                if is_held {
                    return Ok(Some(Conflict::Taken(claim)));
                }
                changed.push((claim, true));
            }
            ClaimChange::Release(claim) => changed.push((claim, false)),
        }
    }
    Ok(None)
}

fn write(group: &mut Group<'_>, prepared: Prepared) -> Outcome<Position> {
    let Prepared {
        commit,
        json,
        outcome,
    } = prepared;
    if let (Some((promise, _)), Some(outcome)) = (&commit.idempotency, outcome) {
        remember(group, promise, &outcome, commit.time.millis())?;
    }
    for (append, json) in commit.appends.into_iter().zip(json) {
        let mut version = append.expected;
        let first = group.entries.len();
        for (event, text) in append.events.into_iter().zip(&json.events) {
            version = version.next();
            group.head += 1;
            let recorded = Recorded {
                position: Position::new(group.head),
                stream: append.stream,
                version,
                actor: append.actor,
                time: commit.time,
                request: commit.request,
                cause: commit.cause,
                event,
            };
            insert(group, &recorded, text)?;
            project::claim(group.db, append.stream, &recorded.event)?;
            group
                .entries
                .push((entry(recorded, &append.document), text.len()));
        }
        group.set_version(append.stream, version.get());
        let entries = &group.entries[first..];
        let events: Vec<&Event> = entries.iter().map(|(entry, _)| &entry.recorded.event).collect();
        let change = Change {
            stream: append.stream,
            is_new: append.expected == Version::NONE,
            events: &events,
            document: &append.document,
            json: &json.document,
        };
        group.projection.apply(group.db, &change)?;
    }
    Ok(Position::new(group.head))
}

fn entry(recorded: Recorded, document: &Document) -> Entry {
    Entry {
        recorded: Arc::new(recorded),
        document: Some(document.clone()),
    }
}

fn insert(group: &Group<'_>, recorded: &Recorded, json: &str) -> Outcome<()> {
    group.db.statement(sql::EVENT_INSERT)?.execute(params![
        codec::number(recorded.position.get()),
        codec::kind_of(recorded.stream),
        recorded.stream.id_bytes(),
        codec::number(recorded.version.get()),
        recorded.actor.as_bytes(),
        recorded.time.millis(),
        recorded.request.as_bytes(),
        recorded.cause.map(|cause| codec::number(cause.get())),
        json
    ])?;
    Ok(())
}

/// Keeps an outcome under its key, and forgets a few of the oldest when their time is over.
fn remember(group: &mut Group<'_>, promise: &Idempotency, outcome: &str, time: i64) -> Outcome<()> {
    let no = group.db.statement(sql::OUTCOME_INSERT)?.insert(params![
        promise.user.as_bytes(),
        promise.key,
        promise.fingerprint,
        outcome,
        time
    ])?;
    let (user, key) = (promise.user, Arc::clone(&promise.key));
    group.publish(move |memory| memory.keys.add(user, &key));
    // Each step forgets up to twice as many as came since the last one, so the table cannot outgrow its time.
    if no % 32 != 0 {
        return Ok(());
    }
    let oldest = group
        .db
        .statement(sql::OUTCOMES_OLDEST)?
        .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let over = oldest
        .into_iter()
        .take_while(|(_, stored)| stored.saturating_add(KEPT) < time)
        .last();
    if let Some((no, _)) = over {
        group.db.statement(sql::OUTCOMES_FORGET)?.execute([no])?;
    }
    Ok(())
}
