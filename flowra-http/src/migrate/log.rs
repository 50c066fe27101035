//! The log, commit by commit.

use std::collections::HashMap;

use flowra_core::event::{
    Append, AppendError, Appended, Commit, Document, Entry, Position, Recorded, StreamId, Version,
};
use flowra_core::{PortFailure, PortResult, Ports};
use futures_util::future::poll_immediate;

use super::{BATCH, MigrateError, Side};

/// Compares the target's log with the beginning of the source's; answers the target's head.
pub(super) async fn compare(
    source: &Ports,
    target: &Ports,
    mut told: impl FnMut(Position),
) -> Result<Position, MigrateError> {
    let mut at = Position::START;
    loop {
        let theirs = target.log.read(at, BATCH).await?;
        let Some(last) = theirs.last().map(|entry| entry.recorded.position) else {
            return Ok(at);
        };
        let ours = source.log.read(at, theirs.len()).await?;
        let differing = theirs
            .iter()
            .enumerate()
            .find(|(place, entry)| ours.get(*place).is_none_or(|own| own.recorded != entry.recorded));
        if let Some((_, entry)) = differing {
            return Err(MigrateError::Occupied {
                position: entry.recorded.position,
            });
        }
        at = last;
        told(at);
    }
}

/// Carries the source's events after `from` over, up to `until`.
pub(super) async fn carry(
    source: &Ports,
    target: &Ports,
    from: Position,
    until: Position,
    mut told: impl FnMut(Position),
) -> Result<(), MigrateError> {
    let mut at = from;
    while at < until {
        let batch = source.log.read(at, BATCH).await?;
        if batch.is_empty() {
            return Err(PortFailure::corrupt("log", "it ends before its head").into());
        }
        let commits = commits(&batch, known(target, &batch).await?)?;
        at = store(target, commits).await?;
        told(at);
    }
    Ok(())
}

/// The target's documents of the streams that the batch goes on with.
async fn known(target: &Ports, batch: &[Entry]) -> PortResult<HashMap<StreamId, Document>> {
    let mut streams: Vec<_> = batch.iter().map(|entry| entry.recorded.stream).collect();
    streams.sort_unstable();
    streams.dedup();
    let begun: Vec<_> = batch
        .iter()
        .filter(|entry| entry.recorded.version == Version::NONE.next())
        .map(|entry| entry.recorded.stream)
        .collect();
    streams.retain(|stream| !begun.contains(stream));
    let documents = documents(target, &streams).await?;
    Ok(documents
        .into_iter()
        .map(|document| (document.stream(), document))
        .collect())
}

/// The stored documents of these streams, in no particular order, without those that are not stored.
pub(super) async fn documents(ports: &Ports, streams: &[StreamId]) -> PortResult<Vec<Document>> {
    let (mut users, mut messages, mut tasks) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = Vec::with_capacity(streams.len());
    for stream in streams {
        match *stream {
            StreamId::User(id) => users.push(id),
            StreamId::Message(id) => messages.push(id),
            StreamId::Task(id) => tasks.push(id),
            StreamId::Workspace(id) => {
                found.extend(ports.workspaces.load(id).await?.map(Document::Workspace));
            }
            StreamId::Chat(id) => found.extend(ports.chats.load(id).await?.map(Document::Chat)),
        }
    }
    found.extend(
        ports
            .users
            .load_many(users)
            .await?
            .into_iter()
            .map(Document::User),
    );
    let messages = ports.messages.load_many(messages).await?;
    found.extend(
        messages
            .into_iter()
            .map(|placed| Document::Message(placed.message)),
    );
    found.extend(
        ports
            .tasks
            .load_many(tasks)
            .await?
            .into_iter()
            .map(Document::Task),
    );
    Ok(found)
}

/// The commits of a batch, each with its last position.
///
/// What was one commit shares request, time and cause, and has each stream once. A commit that the batch cuts in two becomes two: it was decided
/// whole, and nothing that follows from the log knows the difference.
fn commits(
    batch: &[Entry],
    mut documents: HashMap<StreamId, Document>,
) -> Result<Vec<(Position, Commit)>, MigrateError> {
    let mut commits: Vec<(Position, Commit)> = Vec::new();
    for entry in batch {
        let recorded = &*entry.recorded;
        let document = Document::fold(documents.remove(&recorded.stream), recorded)?;
        documents.insert(recorded.stream, document.clone());
        match commits.last_mut().filter(|(_, commit)| goes_on(commit, recorded)) {
            Some((last, commit)) => {
                *last = recorded.position;
                extend(commit, recorded, document);
            }
            None => commits.push((recorded.position, begin(recorded, document))),
        }
    }
    Ok(commits)
}

fn goes_on(commit: &Commit, recorded: &Recorded) -> bool {
    let is_same =
        commit.request == recorded.request && commit.time == recorded.time && commit.cause == recorded.cause;
    let is_last = commit
        .appends
        .last()
        .is_some_and(|append| append.stream == recorded.stream && append.actor == recorded.actor);
    is_same
        && (is_last
            || commit
                .appends
                .iter()
                .all(|append| append.stream != recorded.stream))
}

fn begin(recorded: &Recorded, document: Document) -> Commit {
    Commit {
        request: recorded.request,
        time: recorded.time,
        cause: recorded.cause,
        appends: vec![append(recorded, document)],
        guards: Vec::new(),
        idempotency: None,
    }
}

fn append(recorded: &Recorded, document: Document) -> Append {
    Append {
        stream: recorded.stream,
        expected: Version::new(recorded.version.get() - 1),
        actor: recorded.actor,
        events: vec![recorded.event.clone()],
        document,
    }
}

fn extend(commit: &mut Commit, recorded: &Recorded, document: Document) {
    match commit.appends.last_mut() {
        Some(last) if last.stream == recorded.stream => {
            last.events.push(recorded.event.clone());
            last.document = document;
        }
        _ => commit.appends.push(append(recorded, document)),
    }
}

/// Stores the commits in their order, waiting once for all of them; answers the last position.
///
/// The order is that of the first polls, which is the order in which logs store. One that does otherwise is noticed, because then the positions are not
/// those of the source.
async fn store(target: &Ports, commits: Vec<(Position, Commit)>) -> Result<Position, MigrateError> {
    let mut last = Position::START;
    let mut begun = Vec::with_capacity(commits.len());
    for (position, commit) in commits {
        let mut storing = target.log.append(commit);
        let at_once = poll_immediate(&mut storing).await;
        begun.push((position, storing, at_once));
        last = position;
    }
    let mut outcome = Ok(last);
    for (position, storing, at_once) in begun {
        let stored = match at_once {
            Some(stored) => stored,
            None => storing.await,
        };
        // All are waited for, so that nothing is written any more when this ends.
        outcome = outcome.and_then(|last| judge(position, stored).map(|()| last));
    }
    outcome
}

fn judge(position: Position, stored: Result<Appended, AppendError>) -> Result<(), MigrateError> {
    match stored {
        Ok(Appended::Now(at)) if at == position => Ok(()),
        Ok(Appended::Now(_) | Appended::Before(_)) | Err(AppendError::KeyReused) => {
            Err(MigrateError::Moving { side: Side::Target })
        }
        Err(AppendError::Conflict(conflict)) => Err(MigrateError::Refused { position, conflict }),
        Err(AppendError::Failed(failure)) => Err(failure.into()),
    }
}
