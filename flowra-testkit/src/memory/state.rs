//! The state that the log leads to, and how one commit changes it: checked as a whole, then applied as a whole.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::consumers::Consumers;
use flowra_core::chat::Chat;
use flowra_core::event::{
    Append, AppendError, Appended, Claim, ClaimChange, Commit, Conflict, Document, Entry, Event, Guard,
    Outcome, Position, Recorded, StreamId, Version,
};
use flowra_core::message::{Message, MessageEvent};
use flowra_core::task::Task;
use flowra_core::user::{Session, SessionId, Token, TokenId, User};
use flowra_core::workspace::{Workspace, WorkspaceEvent};
use flowra_core::{ChatId, Digest, InviteId, MessageId, TaskId, UserId, WorkspaceId};

/// How many of the newest events are read together with their documents; older ones come without, as from a log on disk.
const TAIL: usize = 64;

/// Everything that is stored.
#[derive(Default)]
pub(super) struct State {
    pub(super) consumers: Consumers,
    entries: Vec<Entry>,
    streams: HashMap<StreamId, Vec<Arc<Recorded>>>,
    claims: HashMap<Claim, StreamId>,
    outcomes: HashMap<(UserId, Arc<str>), ([u8; 32], Outcome)>,
    pub(super) users: BTreeMap<UserId, Arc<User>>,
    pub(super) workspaces: BTreeMap<WorkspaceId, Arc<Workspace>>,
    /// Where each invite ever made leads, revoked ones included.
    pub(super) invites: HashMap<Digest, (WorkspaceId, InviteId)>,
    pub(super) chats: BTreeMap<ChatId, Arc<Chat>>,
    pub(super) messages: BTreeMap<MessageId, Arc<Message>>,
    pub(super) tasks: BTreeMap<TaskId, Arc<Task>>,
    pub(super) rooms: HashMap<ChatId, Room>,
    pub(super) places: HashMap<MessageId, Place>,
    pub(super) replies: HashMap<MessageId, Vec<MessageId>>,
    pub(super) marks: HashMap<(UserId, ChatId), Mark>,
    pub(super) password_hashes: HashMap<UserId, String>,
    pub(super) sessions: BTreeMap<SessionId, (Arc<Session>, BTreeSet<Digest>)>,
    pub(super) tokens: BTreeMap<TokenId, Arc<Token>>,
}

/// The messages of a chat in the order of the log; a message's number is its place here, counted from 1.
#[derive(Default)]
pub(super) struct Room {
    pub(super) all: Vec<MessageId>,
    pub(super) roots: Vec<MessageId>,
}

/// Where in its chat a message stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) number: u64,
    pub(super) root_number: u64,
}

/// How far somebody has read a chat, and whether they muted it.
#[derive(Clone, Copy, Default)]
pub(super) struct Mark {
    pub(super) last_read: Option<MessageId>,
    pub(super) is_muted: bool,
}

impl State {
    /// Stores a commit or says what it does not fit.
    ///
    /// # Panics
    /// When the commit breaks the rules of commits themselves: no store owes an answer to that, and a test should learn of it at once.
    pub(super) fn append(&mut self, commit: Commit) -> Result<Appended, AppendError> {
        if let Some((promise, _)) = &commit.idempotency
            && let Some((fingerprint, outcome)) = self.outcome(promise.user, &promise.key)
        {
            return if fingerprint == promise.fingerprint {
                Ok(Appended::Before(outcome))
            } else {
                Err(AppendError::KeyReused)
            };
        }
        let claims = self.check(&commit).map_err(AppendError::Conflict)?;
        let folded: Vec<_> = commit
            .appends
            .iter()
            .map(|append| self.fold(&commit, append))
            .collect();
        for (append, recorded) in commit.appends.iter().zip(folded) {
            self.store_document(&append.document);
            for recorded in recorded {
                self.record(recorded, &append.document);
            }
        }
        for (claim, holder) in claims {
            match holder {
                Some(stream) => drop(self.claims.insert(claim, stream)),
                None => drop(self.claims.remove(&claim)),
            }
        }
        if let Some((promise, outcome)) = commit.idempotency {
            self.outcomes
                .insert((promise.user, promise.key), (promise.fingerprint, outcome));
        }
        Ok(Appended::Now(self.head()))
    }

    /// Who holds the claims that the commit changes after it, or why it does not fit.
    fn check(&self, commit: &Commit) -> Result<HashMap<Claim, Option<StreamId>>, Conflict> {
        for guard in &commit.guards {
            match guard {
                Guard::Unchanged(stream, version) if self.version(*stream) != *version => {
                    return Err(Conflict::Stale(*stream));
                }
                Guard::Held(claim) if !self.claims.contains_key(claim) => {
                    return Err(Conflict::NotHeld(claim.clone()));
                }
                Guard::Unchanged(..) | Guard::Held(_) => {}
            }
        }
        let mut streams = HashSet::new();
        let mut claims = HashMap::new();
        for append in &commit.appends {
            assert!(
                streams.insert(append.stream),
                "a commit has two appends for {}",
                append.stream
            );
            if self.version(append.stream) != append.expected {
                return Err(Conflict::Stale(append.stream));
            }
            for change in append.events.iter().flat_map(Event::claims) {
                match change {
                    ClaimChange::Take(claim) => {
                        let stored = self.claims.get(&claim).copied();
                        if claims.get(&claim).copied().unwrap_or(stored).is_some() {
                            return Err(Conflict::Taken(claim));
                        }
                        claims.insert(claim, Some(append.stream));
                    }
                    ClaimChange::Release(claim) => drop(claims.insert(claim, None)),
                }
            }
        }
        Ok(claims)
    }

    /// The events of an append as they will stand in their stream; their positions come when they are recorded.
    fn fold(&self, commit: &Commit, append: &Append) -> Vec<Recorded> {
        assert!(
            !append.events.is_empty(),
            "the append for {} has no event",
            append.stream
        );
        let mut document = self.document(append.stream);
        let mut version = append.expected;
        let mut all = Vec::with_capacity(append.events.len());
        for event in &append.events {
            version = version.next();
            let recorded = Recorded {
                position: Position::START,
                stream: append.stream,
                version,
                actor: append.actor,
                time: commit.time,
                request: commit.request,
                cause: commit.cause,
                event: event.clone(),
            };
            document = match Document::fold(document, &recorded) {
                Ok(document) => Some(document),
                Err(error) => panic!("a commit does not fold: {error}"),
            };
            all.push(recorded);
        }
        assert_eq!(
            document.as_ref(),
            Some(&append.document),
            "the document of {} is not the fold of its events",
            append.stream
        );
        all
    }

    fn record(&mut self, mut recorded: Recorded, document: &Document) {
        recorded.position = Position::new(self.head().get() + 1);
        if let (
            StreamId::Message(id),
            Event::Message(MessageEvent::Posted {
                chat_id, parent_id, ..
            }),
        ) = (recorded.stream, &recorded.event)
        {
            self.place(id, *chat_id, *parent_id);
            self.mark(recorded.actor, *chat_id, id);
        }
        if let (
            StreamId::Workspace(id),
            Event::Workspace(WorkspaceEvent::InviteCreated {
                invite_id, digest, ..
            }),
        ) = (recorded.stream, &recorded.event)
        {
            self.invites.insert(*digest, (id, *invite_id));
        }
        let recorded = Arc::new(recorded);
        self.streams
            .entry(recorded.stream)
            .or_default()
            .push(Arc::clone(&recorded));
        self.entries.push(Entry {
            recorded,
            document: Some(document.clone()),
        });
        if let Some(old) = self.entries.len().checked_sub(TAIL + 1) {
            self.entries[old].document = None;
        }
    }

    fn place(&mut self, id: MessageId, chat: ChatId, parent: Option<MessageId>) {
        let room = self.rooms.entry(chat).or_default();
        room.all.push(id);
        match parent {
            None => room.roots.push(id),
            Some(thread) => self.replies.entry(thread).or_default().push(id),
        }
        let place = Place {
            number: count(&room.all),
            root_number: count(&room.roots),
        };
        self.places.insert(id, place);
    }

    /// Moves a mark to a message unless it is further already.
    pub(super) fn mark(&mut self, user: UserId, chat: ChatId, message: MessageId) {
        let number = |id: MessageId| self.places.get(&id).map(|place| place.number);
        let before = self.marks.get(&(user, chat)).and_then(|mark| mark.last_read);
        if before.and_then(number) < number(message) {
            self.marks.entry((user, chat)).or_default().last_read = Some(message);
        }
    }

    fn store_document(&mut self, document: &Document) {
        match document.clone() {
            Document::User(user) => drop(self.users.insert(user.id, user)),
            Document::Workspace(workspace) => drop(self.workspaces.insert(workspace.id, workspace)),
            Document::Chat(chat) => drop(self.chats.insert(chat.id, chat)),
            Document::Message(message) => drop(self.messages.insert(message.id, message)),
            Document::Task(task) => drop(self.tasks.insert(task.id, task)),
        }
    }

    pub(super) fn document(&self, stream: StreamId) -> Option<Document> {
        match stream {
            StreamId::User(id) => self.users.get(&id).cloned().map(Document::User),
            StreamId::Workspace(id) => self.workspaces.get(&id).cloned().map(Document::Workspace),
            StreamId::Chat(id) => self.chats.get(&id).cloned().map(Document::Chat),
            StreamId::Message(id) => self.messages.get(&id).cloned().map(Document::Message),
            StreamId::Task(id) => self.tasks.get(&id).cloned().map(Document::Task),
        }
    }

    fn version(&self, stream: StreamId) -> Version {
        self.streams
            .get(&stream)
            .map_or(Version::NONE, |events| Version::new(count(events)))
    }

    pub(super) fn head(&self) -> Position {
        Position::new(count(&self.entries))
    }

    pub(super) fn recorded(&self) -> impl Iterator<Item = &Recorded> {
        self.entries.iter().map(|entry| &*entry.recorded)
    }

    pub(super) fn read(&self, after: Position, limit: usize) -> Vec<Entry> {
        self.entries
            .iter()
            .skip(index(after.get()))
            .take(limit)
            .cloned()
            .collect()
    }

    pub(super) fn stream(&self, stream: StreamId, after: Version, limit: usize) -> Vec<Recorded> {
        let events = self.streams.get(&stream).map_or(&[][..], Vec::as_slice);
        events
            .iter()
            .skip(index(after.get()))
            .take(limit)
            .map(|recorded| Recorded::clone(recorded))
            .collect()
    }

    pub(super) fn outcome(&self, user: UserId, key: &str) -> Option<([u8; 32], Outcome)> {
        self.outcomes.get(&(user, Arc::from(key))).cloned()
    }
}

/// The length of a list as the domain counts.
pub(super) fn count<T>(items: &[T]) -> u64 {
    items.len() as u64
}

/// A number from 1 as the count of items up to it; beyond memory it is beyond every list.
pub(super) fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
