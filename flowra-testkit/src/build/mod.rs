//! Makes valid commits by hand, in two or three lines, for tests that write the log without use cases.
//!
//! Responsible for commits that fold: versions, documents, numbers and ranks fit. It refuses to know who may do what.
//!
//! ```
//! use flowra_testkit::build::World;
//!
//! let mut world = World::new(1);
//! let (ada, registered) = world.user("ada");
//! let (team, founded) = world.workspace(ada, &[]);
//! assert_eq!(registered.appends.len() + founded.appends.len(), 2);
//! ```

mod task;

pub use task::NewTask;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::str::FromStr;
use std::sync::Arc;

use flowra_core::chat::{ChatEvent, ChatKind, ChatRole, Title, Topic};
use flowra_core::event::{Append, Commit, Document, Event, Position, Recorded, StreamId, Version};
use flowra_core::message::{Content, MessageEvent, MessageKind};
use flowra_core::time::Timestamp;
use flowra_core::user::{DisplayName, Email, UserEvent, Username};
use flowra_core::workspace::{KeyPrefix, Role, WorkspaceDescription, WorkspaceEvent, WorkspaceName};
use flowra_core::{ChatId, Id, IdGenerator, MessageId, RequestId, TaskId, UserId, WorkspaceId};

use crate::memory::SeededIds;

/// When the first commit of a world is decided: 2026-01-01T00:00:00Z, in milliseconds.
const EPOCH: i64 = 1_767_225_600_000;

/// What has been committed so far, as far as the next commit must fit it.
///
/// Every commit that it makes counts as stored, and time moves on by a second. To make one that will be refused, or another than the
/// one before, take it from a clone: clones go apart, and never make the same id.
#[derive(Clone)]
pub struct World {
    ids: Arc<SeededIds>,
    now: Timestamp,
    documents: BTreeMap<StreamId, Document>,
    numbers: BTreeMap<WorkspaceId, u64>,
}

impl World {
    /// An empty world; its ids follow from the seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            ids: Arc::new(SeededIds::new(seed)),
            now: Timestamp::from_millis(EPOCH),
            documents: BTreeMap::new(),
            numbers: BTreeMap::new(),
        }
    }

    /// A fresh id of any kind.
    #[must_use]
    pub fn id<K: ?Sized>(&self) -> Id<K> {
        Id::from_bytes(self.ids.next())
    }

    /// When the next commit will be decided.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The aggregate of a stream after all commits.
    #[must_use]
    pub fn document(&self, stream: StreamId) -> Option<Document> {
        self.documents.get(&stream).cloned()
    }

    /// The version of a stream after all commits.
    #[must_use]
    pub fn version(&self, stream: StreamId) -> Version {
        self.documents
            .get(&stream)
            .map_or(Version::NONE, Document::version)
    }

    /// Events for the end of a stream, folded, for [`commit`](Self::commit).
    ///
    /// # Panics
    /// When there are no events, or they do not fold.
    #[must_use]
    pub fn append<E: Into<Event>>(
        &self,
        stream: StreamId,
        actor: UserId,
        events: impl IntoIterator<Item = E>,
    ) -> Append {
        let expected = self.version(stream);
        let events: Vec<Event> = events.into_iter().map(Into::into).collect();
        let mut document = self.document(stream);
        let mut version = expected;
        for event in &events {
            version = version.next();
            let recorded = Recorded {
                position: Position::START,
                stream,
                version,
                actor,
                time: self.now,
                request: RequestId::from_bytes([0; 16]),
                cause: None,
                event: event.clone(),
            };
            document = match Document::fold(document, &recorded) {
                Ok(document) => Some(document),
                Err(error) => panic!("{error}"),
            };
        }
        match document {
            Some(document) if !events.is_empty() => Append {
                stream,
                expected,
                actor,
                events,
                document,
            },
            Some(_) | None => panic!("an append to {stream} needs an event"),
        }
    }

    /// A commit of these appends, without guards or key: set those on the answer.
    #[must_use]
    pub fn commit(&mut self, appends: Vec<Append>) -> Commit {
        for append in &appends {
            self.documents.insert(append.stream, append.document.clone());
        }
        let commit = Commit {
            request: self.id(),
            time: self.now,
            cause: None,
            appends,
            guards: Vec::new(),
            idempotency: None,
        };
        self.now = self.now.plus_seconds(1);
        commit
    }

    /// Something that happens to one stream.
    #[must_use]
    pub fn change<E: Into<Event>>(
        &mut self,
        stream: StreamId,
        actor: UserId,
        events: impl IntoIterator<Item = E>,
    ) -> Commit {
        let append = self.append(stream, actor, events);
        self.commit(vec![append])
    }

    /// Somebody registers; the address is `NAME@example.org`.
    #[must_use]
    pub fn user(&mut self, name: &str) -> (UserId, Commit) {
        let id = self.id();
        let commit = self.change(StreamId::User(id), id, [registered(name)]);
        (id, commit)
    }

    /// A workspace `Flowra` with the key prefix `FLOW`, its owner and these members.
    #[must_use]
    pub fn workspace(&mut self, owner: UserId, members: &[(UserId, Role)]) -> (WorkspaceId, Commit) {
        let id = self.id();
        let created = WorkspaceEvent::Created {
            name: text("Flowra", WorkspaceName::parse),
            description: WorkspaceDescription::default(),
            owner_id: owner,
            key_prefix: prefix(),
            edit_window_seconds: 86_400,
        };
        let added = members
            .iter()
            .map(|&(user_id, role)| WorkspaceEvent::MemberAdded { user_id, role });
        let events = [created].into_iter().chain(added);
        let commit = self.change(StreamId::Workspace(id), owner, events);
        (id, commit)
    }

    /// A chat made by the first of these people, who is its admin. A direct one is of the first and the last.
    ///
    /// # Panics
    /// When it has no people.
    #[must_use]
    pub fn chat(&mut self, workspace: WorkspaceId, kind: ChatKind, people: &[UserId]) -> (ChatId, Commit) {
        let (Some(creator), Some(last)) = (people.first(), people.last()) else {
            panic!("a chat needs people");
        };
        let is_direct = kind == ChatKind::Direct;
        let id = self.id();
        let created = ChatEvent::Created {
            workspace_id: workspace,
            kind,
            title: (!is_direct).then(|| text("General", Title::parse)),
            topic: Topic::default(),
            created_by: *creator,
            participants: people
                .iter()
                .map(|user| match user {
                    user if user == creator => (*user, ChatRole::Admin),
                    user => (*user, ChatRole::Member),
                })
                .collect(),
            direct: is_direct.then_some((*creator.min(last), *creator.max(last))),
        };
        let commit = self.change(StreamId::Chat(id), *creator, [created]);
        (id, commit)
    }

    /// A chat is deleted.
    ///
    /// # Panics
    /// When the world has no such chat.
    #[must_use]
    pub fn delete_chat(&mut self, id: ChatId, actor: UserId) -> Commit {
        let Some(Document::Chat(chat)) = self.document(StreamId::Chat(id)) else {
            panic!("there is no chat {id}");
        };
        let deleted = ChatEvent::Deleted {
            workspace_id: chat.workspace_id,
            direct: chat.direct_pair(),
        };
        self.change(StreamId::Chat(id), actor, [deleted])
    }

    /// Somebody says something that mentions these people.
    #[must_use]
    pub fn message(&mut self, chat: ChatId, author: UserId, mentions: &[UserId]) -> (MessageId, Commit) {
        self.post(chat, author, None, mentions)
    }

    /// Somebody answers in the thread of a message.
    ///
    /// # Panics
    /// When the world has no such message.
    #[must_use]
    pub fn reply(&mut self, root: MessageId, author: UserId, mentions: &[UserId]) -> (MessageId, Commit) {
        let Some(Document::Message(message)) = self.document(StreamId::Message(root)) else {
            panic!("there is no message {root}");
        };
        self.post(message.chat_id, author, Some(root), mentions)
    }

    /// Somebody says something and is answered in its thread, in one commit, as when the bot answers a tag.
    #[must_use]
    pub fn message_and_reply(
        &mut self,
        chat: ChatId,
        author: UserId,
        answering: UserId,
    ) -> (MessageId, MessageId, Commit) {
        let (root, answer) = (self.id(), self.id());
        let posted = self.posted(chat, None);
        let answered = self.posted(chat, Some(root));
        let appends = vec![
            self.append(StreamId::Message(root), author, [posted]),
            self.append(StreamId::Message(answer), answering, [answered]),
        ];
        (root, answer, self.commit(appends))
    }

    fn post(
        &mut self,
        chat: ChatId,
        author: UserId,
        parent: Option<MessageId>,
        mentions: &[UserId],
    ) -> (MessageId, Commit) {
        let id = self.id();
        let mentioned = mentions
            .iter()
            .map(|&user_id| MessageEvent::Mentioned { user_id });
        let events = [self.posted(chat, parent)].into_iter().chain(mentioned);
        let commit = self.change(StreamId::Message(id), author, events);
        (id, commit)
    }

    fn posted(&self, chat_id: ChatId, parent_id: Option<MessageId>) -> MessageEvent {
        let Some(Document::Chat(chat)) = self.document(StreamId::Chat(chat_id)) else {
            panic!("there is no chat {chat_id}");
        };
        MessageEvent::Posted {
            workspace_id: chat.workspace_id,
            chat_id,
            kind: MessageKind::User,
            content: text(&format!("hello at {}", self.now), Content::parse),
            parent_id,
            attachments: Vec::new(),
        }
    }

    /// A task with the workspace's next number, at the end of its column.
    #[must_use]
    pub fn task(&mut self, workspace: WorkspaceId, reporter: UserId, new: NewTask) -> (TaskId, Commit) {
        let id = self.id();
        let number = self.numbers.entry(workspace).or_insert(0);
        *number += 1;
        let created = new.created(workspace, reporter, *number);
        let commit = self.change(StreamId::Task(id), reporter, [created]);
        (id, commit)
    }
}

/// The registration of somebody at `NAME@example.org`.
///
/// # Panics
/// When the name is no username.
#[must_use]
pub fn registered(name: &str) -> UserEvent {
    UserEvent::Registered {
        external_id: None,
        username: valid::<Username>(name),
        email: valid::<Email>(&format!("{name}@example.org")),
        display_name: text(name, DisplayName::parse),
        is_admin: false,
        is_first: false,
    }
}

/// The value that this text names.
///
/// # Panics
/// When it names none.
#[must_use]
pub fn valid<T: FromStr<Err: Debug>>(value: &str) -> T {
    match value.parse() {
        Ok(value) => value,
        Err(error) => panic!("{value:?}: {error:?}"),
    }
}

/// The checked text, by the `parse` of its type.
///
/// # Panics
/// When the text breaks the rule.
#[must_use]
pub fn text<T, E: Debug>(value: &str, parse: impl Fn(&str) -> Result<T, E>) -> T {
    match parse(value) {
        Ok(value) => value,
        Err(error) => panic!("{value:?}: {error:?}"),
    }
}

/// The prefix that the tasks of every workspace here have.
fn prefix() -> KeyPrefix {
    valid("FLOW")
}
