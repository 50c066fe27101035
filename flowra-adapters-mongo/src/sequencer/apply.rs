//! What a group changes in memory: documents, counters, claims, the end of the log.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use flowra_core::event::{ClaimChange, Document, Entry, Event, Recorded, StreamId, Version};
use flowra_core::message::{MessageEvent, MessageKind};
use flowra_core::workspace::WorkspaceEvent;

use super::admit::Verdict;
use super::{Sequencer, TURN, Waiting};
use crate::cache::{Place, Stored};
use crate::fault::{Fault, Outcome};
use crate::group::{Decoded, Group};
use crate::pending::{Key, Mark, Room, Value};

impl Sequencer {
    /// What these commits change once they are the next group.
    pub(super) async fn own_changes(&self, waiting: &[Waiting], verdicts: &[Verdict]) -> Outcome<Changes> {
        let mut changes = Changes::default();
        let mut first = self.head + 1;
        for (one, verdict) in waiting.iter().zip(verdicts) {
            let Verdict::Stored(_, places) = verdict else {
                continue;
            };
            let decoded = one.prepared.decoded(first, places);
            first += one.prepared.events as u64;
            for (decoded, append) in decoded.into_iter().zip(&one.prepared.commit.appends) {
                self.change(&mut changes, decoded, Some(append.document.clone()))
                    .await?;
            }
        }
        Ok(changes)
    }

    /// Takes in a group that this process wrote just now.
    pub(super) fn take_own(&mut self, group: &Group, changes: Changes) -> Outcome<()> {
        self.gives_way = self.has_rival.then(|| Instant::now() + TURN);
        self.finish(group, changes)
    }

    /// Takes in a group that is next in the log, whoever wrote it.
    pub(super) async fn take_in(&mut self, group: &Group) -> Outcome<()> {
        let mut changes = Changes::default();
        for decoded in group.decode()? {
            let is_new = decoded
                .events
                .first()
                .is_some_and(|first| first.version == Version::NONE.next());
            let before = match changes.documents.get(&decoded.stream) {
                Some(stored) => Some(stored.clone()),
                // Before its first event there was nothing.
                None if is_new => None,
                None => self.shared.load(decoded.stream).await?,
            };
            let document = self.fold(before, &decoded).await?;
            self.change(&mut changes, decoded, Some(document)).await?;
        }
        (self.has_rival, self.gives_way) = (true, None);
        self.finish(group, changes)
    }

    /// The document after these events. One that was stored by a process further ahead stays as it is.
    async fn fold(&self, before: Option<Stored>, decoded: &Decoded) -> Outcome<Document> {
        let mut document = before.map(|stored| stored.document);
        let fault = |error| Fault::corrupt(decoded.stream.to_string(), error);
        let version = document.as_ref().map_or(0, |document| document.version().get());
        let first = decoded.events.first().map_or(0, |event| event.version.get());
        if version + 1 < first {
            // The collections are behind what was taken in: the log itself tells.
            document = None;
            for recorded in self.shared.whole_stream(decoded.stream, first - 1).await? {
                document = Some(Document::fold(document, &recorded).map_err(fault)?);
            }
        }
        for recorded in &decoded.events {
            if document
                .as_ref()
                .is_none_or(|document| document.version() < recorded.version)
            {
                document = Some(Document::fold(document, recorded).map_err(fault)?);
            }
        }
        document.ok_or_else(|| Fault::corrupt(decoded.stream.to_string(), "an append has no events"))
    }

    async fn change(
        &self,
        changes: &mut Changes,
        decoded: Decoded,
        document: Option<Document>,
    ) -> Outcome<()> {
        let (stream, place) = (decoded.stream, decoded.place);
        for recorded in &decoded.events {
            changes.event(recorded, place);
        }
        let last = decoded.events.last().map(|event| event.version);
        if let Some(document) = &document {
            let place = match (stream, place) {
                (StreamId::Message(_), Some(place)) => Some(place),
                (StreamId::Message(_), None) => match changes.documents.get(&stream) {
                    Some(stored) => stored.place,
                    None => self.place(stream).await?,
                },
                _ => None,
            };
            let document = document.clone();
            changes.documents.insert(stream, Stored { document, place });
        }
        let document = document.filter(|document| Some(document.version()) == last);
        let events = decoded.events.len().max(1);
        for recorded in decoded.events {
            let document = document.clone();
            changes
                .entries
                .push((Entry { recorded, document }, decoded.bytes / events));
        }
        Ok(())
    }

    /// Where a message stands that was posted before.
    async fn place(&self, stream: StreamId) -> Outcome<Option<Place>> {
        let stored = self.shared.load(stream).await?;
        if let Some(place) = stored.and_then(|stored| stored.place) {
            return Ok(Some(place));
        }
        self.shared.place_in_log(stream).await
    }

    fn finish(&mut self, group: &Group, changes: Changes) -> Outcome<()> {
        let Changes {
            documents,
            others,
            entries,
        } = changes;
        let mut all: Vec<(Key, Value)> = others.into_iter().collect();
        let threads: HashMap<_, _> = all
            .iter()
            .filter_map(|(key, value)| match (key, value) {
                (Key::Thread(root), Value::Thread(replies)) => Some((*root, *replies)),
                _ => None,
            })
            .collect();
        let rooms: Vec<_> = all
            .iter()
            .filter_map(|(key, value)| match (key, value) {
                (Key::Room(chat), Value::Room(room)) => Some((*chat, *room)),
                _ => None,
            })
            .collect();
        let mut tasks = Vec::new();
        for (stream, mut stored) in documents {
            if let (StreamId::Message(id), Some(place)) = (stream, &mut stored.place)
                && let Some(replies) = threads.get(&id)
            {
                place.replies = place.replies.max(*replies);
            }
            if let Document::Task(task) = &stored.document {
                tasks.push(Arc::clone(task));
            }
            all.push((Key::Document(stream), Value::Document(Box::new(stored.clone()))));
            self.shared.cache.put(stream, stored);
        }
        self.shared.pending.take(group.seq, group.node()?, all);
        for (chat, room) in rooms {
            self.shared.rooms.put(chat, room);
        }
        // After they are pending, so that a board which is read meanwhile finds each in the one place or the other.
        for task in tasks {
            self.shared.boards.take(&task);
        }
        // After it is pending, so that a reader who has to go to the collections finds it there.
        for (root, replies) in threads {
            self.shared.cache.count(StreamId::Message(root), replies);
        }
        self.seq = group.seq;
        self.head = u64::try_from(group.last).map_err(|error| Fault::corrupt("group", error))?;
        self.shared.tail.push(entries);
        Ok(())
    }
}

/// What a group changes.
#[derive(Default)]
pub(crate) struct Changes {
    documents: HashMap<StreamId, Stored>,
    others: HashMap<Key, Value>,
    entries: Vec<(Entry, usize)>,
}

impl Changes {
    /// Counters, claims, marks and invites.
    pub(crate) fn into_others(self) -> impl Iterator<Item = (Key, Value)> {
        self.others.into_iter()
    }

    pub(crate) fn event(&mut self, recorded: &Arc<Recorded>, place: Option<Place>) {
        for change in recorded.event.claims() {
            let (claim, holder) = match change {
                ClaimChange::Take(claim) => (claim, Some(recorded.stream)),
                ClaimChange::Release(claim) => (claim, None),
            };
            self.others.insert(Key::Claim(claim.name()), Value::Claim(holder));
        }
        if let (
            StreamId::Workspace(id),
            Event::Workspace(WorkspaceEvent::InviteCreated {
                invite_id, digest, ..
            }),
        ) = (recorded.stream, &recorded.event)
        {
            self.others
                .insert(Key::Invite(*digest), Value::Invite(id, *invite_id));
        }
        if let (
            StreamId::Message(id),
            Event::Message(MessageEvent::Posted {
                chat_id,
                parent_id,
                kind,
                ..
            }),
            Some(place),
        ) = (recorded.stream, &recorded.event, place)
        {
            let room = Room {
                last: place.number,
                roots: place.root_number,
            };
            self.others.insert(Key::Room(*chat_id), Value::Room(room));
            if let Some(root) = parent_id {
                self.others
                    .insert(Key::Thread(*root), Value::Thread(place.replies));
            }
            if *kind == MessageKind::User {
                let mark = Mark {
                    number: place.number,
                    root_number: place.root_number,
                    message: id,
                };
                self.others
                    .insert(Key::Mark(recorded.actor, *chat_id), Value::Mark(mark));
            }
        }
    }
}
