//! A team to begin with, and short words for what tests do all the time.

use std::sync::Arc;

use flowra_core::chat::{ChatKind, ChatRef, CreateChat};
use flowra_core::event::{EventLog, Idempotency, Position};
use flowra_core::message::{Anchor, Message, PostMessage, Posted, Which};
use flowra_core::page::Limit;
use flowra_core::task::{CreateTask, FindTask, Task, TaskTarget};
use flowra_core::user::{Register, Registration};
use flowra_core::workspace::{CreateWorkspace, Role};
use flowra_core::{App, Caller, ChatId, Code, Error, Id, IdGenerator, MessageId, UserId, WorkspaceId};
use flowra_testkit::Memory;

pub(crate) const PASSWORD: &str = "correct horse";

/// Ada owns the workspace, Bob is its admin, Cleo a member, Guy a guest; Otto is in no workspace.
pub(crate) struct Team {
    pub(crate) memory: Memory,
    pub(crate) app: App,
    pub(crate) ada: UserId,
    pub(crate) bob: UserId,
    pub(crate) cleo: UserId,
    pub(crate) guy: UserId,
    pub(crate) otto: UserId,
    pub(crate) id: WorkspaceId,
}

pub(crate) fn id<K: ?Sized>(memory: &Memory) -> Id<K> {
    Id::from_bytes(IdGenerator::next(&*memory.ids))
}

pub(crate) fn account(username: &str) -> Register {
    Register {
        username: username.to_owned(),
        email: format!("{}@example.org", username.to_lowercase()),
        display_name: username.to_owned(),
        password: PASSWORD.to_owned(),
    }
}

pub(crate) async fn register(memory: &Memory, app: &App, username: &str) -> UserId {
    let registered = app
        .accounts
        .register(id(memory), Registration::Open, account(username))
        .await;
    registered.unwrap().id
}

impl Team {
    pub(crate) async fn new() -> Self {
        let memory = Memory::seeded(3);
        let app = App::new(memory.ports());
        app.accounts.ensure_bot(id(&memory)).await.unwrap();
        let ada = register(&memory, &app, "Ada").await;
        let bob = register(&memory, &app, "Bob").await;
        let cleo = register(&memory, &app, "Cleo").await;
        let guy = register(&memory, &app, "Guy").await;
        let otto = register(&memory, &app, "Otto").await;
        let owner = Caller::new(ada, id(&memory));
        let command = CreateWorkspace {
            name: "Flow".to_owned(),
            key_prefix: Some("FLOW".to_owned()),
            ..CreateWorkspace::default()
        };
        let workspace = app.workspaces.create(&owner, command).await.unwrap().id;
        for (user, role) in [(bob, Role::Admin), (cleo, Role::Member), (guy, Role::Guest)] {
            app.workspaces
                .add_member(&owner, workspace, user, role)
                .await
                .unwrap();
        }
        Self {
            memory,
            app,
            ada,
            bob,
            cleo,
            guy,
            otto,
            id: workspace,
        }
    }

    pub(crate) fn by(&self, user: UserId) -> Caller {
        Caller::new(user, id(&self.memory))
    }

    /// With a promise about repetition.
    pub(crate) fn by_once(&self, user: UserId, key: &str) -> Caller {
        let promise = Idempotency {
            user,
            key: key.into(),
            fingerprint: [1; 32],
        };
        Caller {
            idempotency: Some(promise),
            ..self.by(user)
        }
    }

    pub(crate) async fn head(&self) -> Position {
        EventLog::head(&self.memory).await.unwrap()
    }

    pub(crate) fn chat(&self, chat: ChatId) -> ChatRef {
        ChatRef {
            workspace: self.id,
            chat,
            expected: None,
        }
    }

    pub(crate) async fn make(&self, kind: ChatKind, by: UserId, others: &[UserId]) -> ChatId {
        let command = CreateChat {
            workspace: self.id,
            kind,
            title: (kind != ChatKind::Direct).then(|| "general".to_owned()),
            topic: None,
            participants: others.to_vec(),
        };
        self.app
            .chats
            .create(&self.by(by), command)
            .await
            .unwrap()
            .chat
            .id
    }

    pub(crate) fn message(&self, chat: ChatId, content: &str, parent: Option<MessageId>) -> PostMessage {
        PostMessage {
            chat: self.chat(chat),
            content: content.to_owned(),
            parent,
            files: Vec::new(),
        }
    }

    pub(crate) async fn post(&self, by: UserId, chat: ChatId, content: &str) -> Posted {
        let command = self.message(chat, content, None);
        self.app.messages.post(&self.by(by), command).await.unwrap()
    }

    /// The sentences of the tags of a message, each behind whether it took effect.
    pub(crate) async fn tags(&self, by: UserId, chat: ChatId, content: &str) -> Vec<(bool, String)> {
        let results = self.post(by, chat, content).await.tags;
        results
            .into_iter()
            .map(|result| (result.ok, result.message))
            .collect()
    }

    /// All that stands in a chat, oldest first.
    pub(crate) async fn said(&self, chat: ChatId) -> Vec<Arc<Message>> {
        let (caller, chat) = (self.by(self.ada), self.chat(chat));
        let page = self
            .app
            .messages
            .list(&caller, chat, Which::All, Anchor::Newest, Limit::MAX)
            .await;
        page.unwrap()
            .items
            .into_iter()
            .map(|placed| placed.message)
            .collect()
    }

    pub(crate) fn new_task(&self, title: &str, chat: Option<ChatId>) -> CreateTask {
        CreateTask {
            workspace: self.id,
            title: title.to_owned(),
            kind: None,
            description: None,
            priority: None,
            severity: None,
            assignee: None,
            due_date: None,
            labels: Vec::new(),
            epic: None,
            chat,
            column: None,
        }
    }

    pub(crate) async fn task(&self, title: &str, chat: Option<ChatId>) -> Arc<Task> {
        let command = self.new_task(title, chat);
        self.app.tasks.create(&self.by(self.ada), command).await.unwrap()
    }

    pub(crate) fn target(&self, task: &str) -> TaskTarget {
        TaskTarget {
            workspace: self.id,
            task: task.to_owned(),
            expected: None,
        }
    }

    pub(crate) async fn found(&self, task: &str) -> Arc<Task> {
        let query = FindTask {
            workspace: self.id,
            task: task.to_owned(),
        };
        self.app.tasks.find(&self.by(self.ada), query).await.unwrap()
    }
}

/// The code with which a use case refused.
pub(crate) fn code<T>(result: Result<T, Error>) -> Code {
    match result {
        Ok(_) => panic!("not refused"),
        Err(Error::Refused(refusal)) => refusal.code(),
        Err(Error::Failed(failure)) => panic!("a port failed: {failure}"),
    }
}
