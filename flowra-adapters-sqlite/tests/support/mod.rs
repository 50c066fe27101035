//! A small team whose commits are made by hand, without the use cases.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flowra_adapters_sqlite::SqliteStore;
use flowra_core::chat::{Chat, ChatEvent, ChatKind, ChatRole, ChatScope, ChatStore, Title, Topic};
use flowra_core::event::{Append, Commit, Document, Event, EventLog, Position, Recorded, StreamId, Version};
use flowra_core::message::{Content, MessageEvent, MessageKind};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::task::{
    Column, Due, Labels, Priority, Rank, TaskBoard, TaskDescription, TaskEvent, TaskKind, TaskScope,
    TaskTitle,
};
use flowra_core::time::Timestamp;
use flowra_core::user::{DisplayName, Email, UserEvent, Username};
use flowra_core::workspace::{KeyPrefix, Role, WorkspaceDescription, WorkspaceEvent, WorkspaceName};
use flowra_core::{ChatId, Id, MessageId, TaskId, UserId, WorkspaceId};
use tempfile::TempDir;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A fresh id.
pub(crate) fn id<K>() -> Id<K> {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    Id::from_bytes(bytes)
}

/// A store in a folder that is yet to be made.
pub(crate) fn open(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(folder.path().join("deep/flowra.db")).unwrap()
}

/// Two people, a channel of both, a group of Ada's.
pub(crate) struct Team {
    pub(crate) ada: UserId,
    pub(crate) bob: UserId,
    pub(crate) workspace: WorkspaceId,
    pub(crate) channel: ChatId,
    pub(crate) group: ChatId,
}

/// A commit of one append that goes on from a document.
pub(crate) fn commit(
    stream: StreamId,
    before: Option<Document>,
    actor: UserId,
    events: Vec<Event>,
) -> Commit {
    let (request, time) = (id(), Timestamp::from_millis(1_000_000));
    let expected = before.as_ref().map_or(Version::NONE, Document::version);
    let mut document = before;
    for event in &events {
        let recorded = Recorded {
            position: Position::START,
            stream,
            version: document.as_ref().map_or(Version::NONE, Document::version).next(),
            actor,
            time,
            request,
            cause: None,
            event: event.clone(),
        };
        document = Some(Document::fold(document, &recorded).unwrap());
    }
    Commit {
        request,
        time,
        cause: None,
        appends: vec![Append {
            stream,
            expected,
            actor,
            events,
            document: document.unwrap(),
        }],
        guards: Vec::new(),
        idempotency: None,
    }
}

impl Team {
    pub(crate) async fn found(store: &SqliteStore) -> Self {
        let team = Self {
            ada: id(),
            bob: id(),
            workspace: id(),
            channel: id(),
            group: id(),
        };
        for (user, name) in [(team.ada, "Ada"), (team.bob, "Bob")] {
            store.append(Self::registering(user, name)).await.unwrap();
        }
        let created = WorkspaceEvent::Created {
            name: WorkspaceName::parse("Team").unwrap(),
            description: WorkspaceDescription::default(),
            owner_id: team.ada,
            key_prefix: KeyPrefix::parse("TEAM").unwrap(),
            edit_window_seconds: 60,
        };
        let added = WorkspaceEvent::MemberAdded {
            user_id: team.bob,
            role: Role::Member,
        };
        let stream = StreamId::Workspace(team.workspace);
        store
            .append(commit(stream, None, team.ada, vec![created.into(), added.into()]))
            .await
            .unwrap();
        for (chat, kind, people) in [
            (team.channel, ChatKind::Channel, vec![team.ada, team.bob]),
            (team.group, ChatKind::Group, vec![team.ada]),
        ] {
            let created = ChatEvent::Created {
                workspace_id: team.workspace,
                kind,
                title: Some(Title::parse("Chat").unwrap()),
                topic: Topic::default(),
                created_by: team.ada,
                participants: people.into_iter().map(|user| (user, ChatRole::Admin)).collect(),
                direct: None,
            };
            let stream = StreamId::Chat(chat);
            store
                .append(commit(stream, None, team.ada, vec![created.into()]))
                .await
                .unwrap();
        }
        team
    }

    pub(crate) fn registering(user: UserId, name: &str) -> Commit {
        let registered = UserEvent::Registered {
            external_id: None,
            username: Username::parse(name).unwrap(),
            email: Email::parse(&format!("{name}@example.org")).unwrap(),
            display_name: DisplayName::parse(name).unwrap(),
            is_admin: false,
            is_first: false,
        };
        commit(StreamId::User(user), None, user, vec![registered.into()])
    }

    /// Where the task with this number belongs: a third of them each to no chat, the channel, the group.
    pub(crate) fn home(&self, number: u32) -> Option<ChatId> {
        match number % 3 {
            0 => None,
            1 => Some(self.channel),
            _ => Some(self.group),
        }
    }

    pub(crate) fn posting(&self, content: &str, parent: Option<MessageId>) -> (MessageId, Commit) {
        let message = id();
        let posted = MessageEvent::Posted {
            workspace_id: self.workspace,
            chat_id: self.channel,
            kind: MessageKind::User,
            content: Content::parse(content).unwrap(),
            parent_id: parent,
            attachments: Vec::new(),
        };
        (
            message,
            commit(StreamId::Message(message), None, self.ada, vec![posted.into()]),
        )
    }

    pub(crate) async fn post(
        &self,
        store: &SqliteStore,
        content: &str,
        parent: Option<MessageId>,
    ) -> MessageId {
        let (message, commit) = self.posting(content, parent);
        store.append(commit).await.unwrap();
        message
    }

    pub(crate) async fn task(&self, store: &SqliteStore, number: u32, chat: Option<ChatId>) -> TaskId {
        let task = id();
        let created = TaskEvent::Created {
            workspace_id: self.workspace,
            key_prefix: KeyPrefix::parse("TEAM").unwrap(),
            number: u64::from(number),
            kind: TaskKind::Task,
            title: TaskTitle::parse(&format!("Number {number}")).unwrap(),
            description: TaskDescription::default(),
            priority: if number % 4 == 3 {
                Priority::High
            } else {
                Priority::Low
            },
            severity: None,
            assignee_id: None,
            reporter_id: self.ada,
            due_date: number
                .is_multiple_of(2)
                .then_some(Due::At(Timestamp::from_millis(i64::from(number) / 4))),
            labels: Labels::default(),
            epic_id: None,
            rank: Rank::initial(u64::from(number)),
            chat_id: chat,
            message_id: None,
        };
        let stream = StreamId::Task(task);
        store
            .append(commit(stream, None, self.ada, vec![created.into()]))
            .await
            .unwrap();
        task
    }

    pub(crate) async fn delete_chat(&self, store: &SqliteStore, chat: ChatId) {
        let before = ChatStore::load(store, chat).await.unwrap().unwrap();
        let deleted = ChatEvent::Deleted {
            workspace_id: self.workspace,
            direct: None,
        };
        let stream = StreamId::Chat(chat);
        let commit = commit(
            stream,
            Some(Document::Chat(before)),
            self.ada,
            vec![deleted.into()],
        );
        store.append(commit).await.unwrap();
    }
}

/// The first page of a list of chats.
pub(crate) async fn list_chats(
    store: &SqliteStore,
    workspace: WorkspaceId,
    scope: ChatScope,
) -> Vec<Arc<Chat>> {
    ChatStore::list(store, workspace, scope, PageRequest::first(Limit::MAX))
        .await
        .unwrap()
        .items
}

/// How many tasks somebody sees in the column to do.
pub(crate) async fn to_do(store: &SqliteStore, team: &Team, scope: TaskScope) -> u64 {
    let columns = store
        .columns(team.workspace, scope, Limit::default())
        .await
        .unwrap();
    columns[Column::ToDo as usize].count
}
