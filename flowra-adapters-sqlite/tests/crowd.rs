//! Many people at once: nobody is refused for others' sake, and task numbers have no gap.

use std::future::Future;
use std::sync::Arc;

use flowra_adapters_sqlite::SqliteStore;
use flowra_core::chat::{ChatKind, ChatRef, CreateChat};
use flowra_core::message::PostMessage;
use flowra_core::task::CreateTask;
use flowra_core::user::{Register, Registration};
use flowra_core::workspace::CreateWorkspace;
use flowra_core::{App, Caller, ChatId, Id, Ports, RequestId, UserId, WorkspaceId};
use flowra_testkit::Memory;
use tempfile::TempDir;

const PEOPLE: u64 = 64;
const EACH: u64 = 20;

/// One team over one file.
#[cfg(test)]
struct Office {
    app: App,
    ada: UserId,
    workspace: WorkspaceId,
    chat: ChatId,
    _folder: TempDir,
}

#[cfg(test)]
impl Office {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path().join("flowra.db")).unwrap());
        let app = App::new(Ports {
            log: store.clone(),
            users: store.clone(),
            credentials: store.clone(),
            sessions: store.clone(),
            tokens: store.clone(),
            workspaces: store.clone(),
            chats: store.clone(),
            marks: store.clone(),
            messages: store.clone(),
            tasks: store.clone(),
            board: store,
            ..Memory::seeded(1).ports()
        });
        app.accounts.ensure_bot(request(&app)).await.unwrap();
        let register = Register {
            username: "ada".to_owned(),
            email: "ada@example.org".to_owned(),
            display_name: "Ada".to_owned(),
            password: "correct horse".to_owned(),
        };
        let user = app
            .accounts
            .register(request(&app), Registration::Open, register)
            .await
            .unwrap();
        let caller = Caller::new(user.id, request(&app));
        let create = CreateWorkspace {
            name: "Team".to_owned(),
            ..CreateWorkspace::default()
        };
        let workspace = app.workspaces.create(&caller, create).await.unwrap().id;
        let create = CreateChat {
            workspace,
            kind: ChatKind::Channel,
            title: Some("All".to_owned()),
            topic: None,
            participants: Vec::new(),
        };
        let caller = Caller::new(user.id, request(&app));
        let chat = app.chats.create(&caller, create).await.unwrap().chat.id;
        Self {
            app,
            ada: user.id,
            workspace,
            chat,
            _folder: folder,
        }
    }

    /// Lets all people act at once, each as often as told; what came of it.
    async fn rush<T, F>(&self, act: impl Fn(App, Caller, String) -> F + Clone + Send + 'static) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send,
    {
        let people: Vec<_> = (0..PEOPLE)
            .map(|person| {
                let (app, ada, act) = (self.app.clone(), self.ada, act.clone());
                tokio::spawn(async move {
                    let mut made = Vec::new();
                    for time in 0..EACH {
                        let caller = Caller::new(ada, request(&app));
                        made.push(act(app.clone(), caller, format!("{person}, {time}")).await);
                    }
                    made
                })
            })
            .collect();
        let mut made = Vec::new();
        for person in people {
            made.extend(person.await.unwrap());
        }
        made
    }

    async fn assert_numbers_have_no_gap(&self) {
        let tasks = &self.app.ports.tasks;
        assert_eq!(tasks.last_number(self.workspace).await.unwrap(), PEOPLE * EACH);
        for number in 1..=PEOPLE * EACH {
            let found = tasks.find_by_number(self.workspace, number).await.unwrap();
            assert!(found.is_some(), "no task has the number {number}");
        }
    }
}

fn request(app: &App) -> RequestId {
    Id::from_bytes(app.ports.ids.next())
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_made_at_once_are_all_made_and_numbered_without_gap() {
    let office = Office::open().await;
    let workspace = office.workspace;
    let made = office
        .rush(move |app, caller, title| async move {
            let create = CreateTask {
                workspace,
                title,
                kind: None,
                description: None,
                priority: None,
                severity: None,
                assignee: None,
                due_date: None,
                labels: Vec::new(),
                epic: None,
                chat: None,
                column: None,
            };
            app.tasks
                .create(&caller, create)
                .await
                .map(|task| task.key.number)
        })
        .await;
    let mut numbers = made.into_iter().collect::<Result<Vec<_>, _>>().unwrap();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=PEOPLE * EACH).collect::<Vec<_>>());
    office.assert_numbers_have_no_gap().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_that_make_tasks_at_once_are_all_stored_and_numbered_without_gap() {
    let office = Office::open().await;
    let chat = ChatRef {
        workspace: office.workspace,
        chat: office.chat,
        expected: None,
    };
    let made = office
        .rush(move |app, caller, title| async move {
            let post = PostMessage {
                chat,
                content: format!("#task {title}"),
                parent: None,
                files: Vec::new(),
            };
            app.messages.post(&caller, post).await.map(|posted| posted.tags)
        })
        .await;
    for tags in made {
        let tags = tags.unwrap();
        assert!(tags.len() == 1 && tags.iter().all(|tag| tag.ok), "{tags:?}");
    }
    office.assert_numbers_have_no_gap().await;
}
