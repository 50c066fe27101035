//! Both sides, read back and compared.

use std::collections::HashMap;
use std::fmt::Write as _;

use flowra_core::event::{Document, Entry, Position, Recorded, StreamId, Version};
use flowra_core::{PortFailure, Ports};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::log::documents;
use super::{BATCH, MigrateError, Side};

/// What two stores have alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Events in the log.
    pub events: u64,
    /// Documents that follow from them.
    pub documents: u64,
    /// SHA-256 over the log in hexadecimal digits: every event with its place, stream, version, actor, time, request and cause.
    pub log: String,
    /// SHA-256 over the stored documents in hexadecimal digits, in the order in which the log begins them.
    pub stored: String,
}

/// Reads both logs and all documents of both.
pub(super) async fn prove(
    source: &Ports,
    target: &Ports,
    mut told: impl FnMut(Position),
) -> Result<Proof, MigrateError> {
    let (mut ours, mut theirs) = (Sum::default(), Sum::default());
    let mut at = Position::START;
    loop {
        let read = source.log.read(at, BATCH).await?;
        let copied = target.log.read(at, BATCH.min(read.len())).await?;
        let Some(last) = read.last() else {
            break;
        };
        at = last.recorded.position;
        ours.take(source, Side::Source, &read).await?;
        theirs.take(target, Side::Target, &copied).await?;
        told(at);
    }
    let (proof, copied) = (ours.finish(), theirs.finish());
    for (what, differs) in [
        (
            "the log",
            (proof.events, &proof.log) != (copied.events, &copied.log),
        ),
        (
            "what is stored of the documents",
            (proof.documents, &proof.stored) != (copied.documents, &copied.stored),
        ),
    ] {
        if differs {
            return Err(MigrateError::Differs {
                what: what.to_owned(),
            });
        }
    }
    Ok(proof)
}

/// One side, as far as it was read.
#[derive(Default)]
struct Sum {
    events: u64,
    documents: u64,
    log: Sha256,
    stored: Sha256,
}

impl Sum {
    async fn take(&mut self, ports: &Ports, side: Side, batch: &[Entry]) -> Result<(), MigrateError> {
        let mut begun = Vec::new();
        for entry in batch {
            add_event(&mut self.log, &entry.recorded)?;
            self.events += 1;
            if entry.recorded.version == Version::NONE.next() {
                begun.push(entry.recorded.stream);
            }
        }
        let mut found: HashMap<StreamId, Document> = documents(ports, &begun)
            .await?
            .into_iter()
            .map(|document| (document.stream(), document))
            .collect();
        for stream in begun {
            let document = found
                .remove(&stream)
                .ok_or(MigrateError::Missing { side, stream })?;
            add_document(&mut self.stored, &document)?;
            self.documents += 1;
        }
        Ok(())
    }

    fn finish(self) -> Proof {
        Proof {
            events: self.events,
            documents: self.documents,
            log: hex(&self.log.finalize()),
            stored: hex(&self.stored.finalize()),
        }
    }
}

fn add_event(sum: &mut Sha256, recorded: &Recorded) -> Result<(), PortFailure> {
    for number in [
        recorded.position.get(),
        recorded.version.get(),
        recorded.cause.map_or(0, Position::get),
    ] {
        sum.update(number.to_le_bytes());
    }
    sum.update(recorded.time.millis().to_le_bytes());
    sum.update(recorded.stream.kind());
    for id in [
        recorded.stream.id_bytes(),
        recorded.actor.as_bytes(),
        recorded.request.as_bytes(),
    ] {
        sum.update(id);
    }
    add_json(sum, &recorded.event)
}

fn add_document(sum: &mut Sha256, document: &Document) -> Result<(), PortFailure> {
    match document {
        Document::User(user) => add_json(sum, user),
        Document::Workspace(workspace) => add_json(sum, workspace),
        Document::Chat(chat) => add_json(sum, chat),
        Document::Message(message) => add_json(sum, message),
        Document::Task(task) => add_json(sum, task),
    }
}

/// Adds a value with its length before it, so that no two sequences of values look alike.
fn add_json(sum: &mut Sha256, value: &impl Serialize) -> Result<(), PortFailure> {
    let json = serde_json::to_vec(value).map_err(|error| PortFailure::corrupt("value", error))?;
    sum.update((json.len() as u64).to_le_bytes());
    sum.update(json);
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A string takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
