//! Acts the story out: every beat is a use case, called on behalf of the person who does it and at the time at which they do.
//!
//! Responsible for what the story's names stand for: people, chats, messages and tasks by their ids. It decides nothing.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use flowra_core::chat::{ChatRef, CreateChat};
use flowra_core::message::{EditMessage, PostMessage};
use flowra_core::task::{CreateTask, MoveTask, Task, TaskTarget};
use flowra_core::time::Timestamp;
use flowra_core::user::{Register, Registration};
use flowra_core::workspace::{CreateWorkspace, Role};
use flowra_core::{App, Caller, ChatId, Id, MessageId, Ports, RequestId, UserId, WorkspaceId};

use super::DemoError;
use super::clock::{OneHash, StoryClock, StoryIds};
use super::script::{Act, Beat, Spot};
use super::story::{Room, Said, Story, Team, Work};
use super::time::day;

/// How a reference to a task or a day begins and ends in the story's texts.
const REFERENCE: (&str, &str) = ("{{", "}}");

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A part of the story that does not fit the rest of it.
#[derive(Debug, thiserror::Error)]
enum Misfit {
    /// It names somebody or something that is not there yet.
    #[error("there is no {what} `{name}` yet")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// By which name.
        name: String,
    },
    /// It has names for more or fewer tasks than its tags made.
    #[error("its tags made {made} tasks, and `makes` names {named}")]
    Makes {
        /// How many the tags made.
        made: usize,
        /// How many have names.
        named: usize,
    },
    /// A reference that does not end.
    #[error("a reference does not end")]
    Endless,
}

impl Misfit {
    fn unknown(what: &'static str, name: impl Into<String>) -> Self {
        Self::Unknown {
            what,
            name: name.into(),
        }
    }
}

/// The application, and what the story's names stand for in it.
pub(super) struct Stage<'a> {
    app: App,
    clock: Arc<StoryClock>,
    now: Timestamp,
    workspace: WorkspaceId,
    people: BTreeMap<&'a str, UserId>,
    rooms: Vec<ChatId>,
    said: BTreeMap<Spot, MessageId>,
    tasks: BTreeMap<&'a str, Arc<Task>>,
}

impl<'a> Stage<'a> {
    /// Founds the company: its people, who all have this password, its workspace and its chats.
    pub(super) async fn set(
        ports: Ports,
        story: &'a Story,
        now: Timestamp,
        password: &str,
    ) -> Result<Self, DemoError> {
        Self::found(ports, story, now, password)
            .await
            .map_err(|source| DemoError::Stopped {
                part: "its beginning".to_owned(),
                source,
            })
    }

    async fn found(ports: Ports, story: &'a Story, now: Timestamp, password: &str) -> Outcome<Self> {
        let clock = Arc::new(StoryClock::at(story.team.founded.before(now)));
        let hasher = Arc::clone(&ports.passwords);
        let app = App::new(Ports {
            clock: Arc::clone(&clock) as _,
            ids: Arc::new(StoryIds::by(Arc::clone(&clock))),
            passwords: Arc::new(OneHash {
                password: password.to_owned(),
                hash: hasher.hash(password.to_owned()).await?,
                hasher,
            }),
            ..ports
        });
        app.accounts.ensure_bot(request(&app)).await?;
        let people = register(&app, &story.team, password).await?;
        let workspace = found_workspace(&app, &story.team, &people).await?;
        let mut stage = Self {
            app,
            clock,
            now,
            workspace,
            people,
            rooms: Vec::new(),
            said: BTreeMap::new(),
            tasks: BTreeMap::new(),
        };
        for room in &story.chats {
            let chat = stage.open(room).await?;
            stage.rooms.push(chat);
        }
        Ok(stage)
    }

    /// Does everything in this order, which must be that of time.
    pub(super) async fn act(mut self, script: &[Beat<'a>]) -> Result<(), DemoError> {
        for beat in script {
            self.clock.advance(beat.at);
            self.perform(beat).await.map_err(|source| DemoError::Stopped {
                part: format!("{beat:?}"),
                source,
            })?;
        }
        Ok(())
    }

    async fn perform(&mut self, beat: &Beat<'a>) -> Outcome<()> {
        let caller = self.caller(beat.by)?;
        let (app, by) = (self.app.clone(), &caller);
        match &beat.act {
            Act::Say {
                room,
                spot,
                thread,
                said,
            } => self.say(by, *room, (*spot, *thread), said).await?,
            Act::Edit { spot, text } => {
                let command = EditMessage {
                    message: self.message(*spot)?,
                    content: self.words(text)?,
                    expected: None,
                };
                app.messages.edit(by, command).await?;
            }
            Act::Delete { spot } => app.messages.delete(by, self.message(*spot)?, None).await?,
            Act::React { spot, emoji } => {
                app.messages.react(by, self.message(*spot)?, emoji).await?;
            }
            Act::Pin { room, spot } => {
                app.chats.pin(by, self.room(*room)?, self.message(*spot)?).await?;
            }
            Act::Close { room } => {
                app.chats.close(by, self.room(*room)?).await?;
            }
            Act::Read { room, spot } => {
                app.chats
                    .read(by, self.room(*room)?, self.message(*spot)?)
                    .await?;
            }
            Act::Make(work) => {
                let task = app.tasks.create(by, self.new_task(work)?).await?;
                self.tasks.insert(work.name(), task);
            }
            Act::Move { task, column } => {
                let command = self.moved(task, Some(column), None)?;
                app.tasks.move_task(by, command).await?;
            }
            Act::Rank { task, before } => {
                let command = self.moved(task, None, Some(before))?;
                app.tasks.move_task(by, command).await?;
            }
        }
        Ok(())
    }

    async fn say(
        &mut self,
        by: &Caller,
        room: usize,
        (spot, thread): (Spot, Option<Spot>),
        said: &'a Said,
    ) -> Outcome<()> {
        let command = PostMessage {
            chat: self.room(room)?,
            content: self.words(&said.say)?,
            parent: thread.map(|thread| self.message(thread)).transpose()?,
            files: Vec::new(),
        };
        let posted = self.app.messages.post(by, command).await?;
        self.said.insert(spot, posted.message.id);
        let creates = |tag: &str| matches!(tag, "#task" | "#bug" | "#epic");
        let made: Vec<_> = posted
            .tags
            .iter()
            .filter(|tag| creates(&tag.tag))
            .filter_map(|tag| tag.task.as_ref())
            .collect();
        if made.len() != said.makes.len() {
            let (made, named) = (made.len(), said.makes.len());
            return Err(Misfit::Makes { made, named }.into());
        }
        for (name, (id, _)) in said.makes.iter().zip(made) {
            let task = self.app.ports.tasks.load(*id).await?;
            self.tasks.extend(task.map(|task| (name.as_str(), task)));
        }
        Ok(())
    }

    async fn open(&self, room: &Room) -> Outcome<ChatId> {
        let others = room.people.iter().map(|name| self.person(name));
        let command = CreateChat {
            workspace: self.workspace,
            kind: room.kind,
            title: room.title.clone(),
            topic: room.topic.clone(),
            participants: others.collect::<Result<_, _>>()?,
        };
        let created = self.app.chats.create(&self.caller(&room.by)?, command).await?;
        Ok(created.chat.id)
    }

    fn new_task(&self, work: &Work) -> Outcome<CreateTask> {
        let assignee = work.assignee.as_deref().map(|name| self.person(name));
        let epic = work.epic.as_deref().map(|name| self.task(name));
        Ok(CreateTask {
            workspace: self.workspace,
            title: work.title.clone(),
            kind: work.kind.clone(),
            description: work
                .description
                .as_deref()
                .map(|text| self.words(text))
                .transpose()?,
            priority: work.priority.clone(),
            severity: work.severity.clone(),
            assignee: assignee.transpose()?,
            due_date: work.due.map(|days| day(self.now, days).to_string()),
            labels: work.labels.clone(),
            epic: epic.transpose()?.map(|epic| epic.id),
            chat: None,
            column: None,
        })
    }

    fn moved(&self, task: &str, column: Option<&str>, before: Option<&str>) -> Outcome<MoveTask> {
        let before = before.map(|name| self.task(name)).transpose()?;
        Ok(MoveTask {
            target: TaskTarget {
                workspace: self.workspace,
                task: self.task(task)?.id.to_string(),
                expected: None,
            },
            column: column.map(str::to_owned),
            before: before.map(|task| task.id),
            after: None,
        })
    }

    /// A text with keys and days in the places of what refers to them: `{{name}}` is a task, `{{+2}}` or `{{-1}}` a day seen from today.
    fn words(&self, text: &str) -> Result<String, Misfit> {
        let (begin, end) = REFERENCE;
        let mut parts = text.split(begin);
        let mut words = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once(end).ok_or(Misfit::Endless)?;
            match name.parse() {
                Ok(days) => words.push_str(&day(self.now, days).to_string()),
                Err(_) => words.push_str(&self.task(name)?.key.to_string()),
            }
            words.push_str(rest);
        }
        Ok(words)
    }

    fn caller(&self, username: &str) -> Result<Caller, Misfit> {
        Ok(Caller::new(self.person(username)?, request(&self.app)))
    }

    fn person(&self, username: &str) -> Result<UserId, Misfit> {
        known("person", &self.people, username)
    }

    fn task(&self, name: &str) -> Result<Arc<Task>, Misfit> {
        known("task", &self.tasks, name)
    }

    fn message(&self, spot: Spot) -> Result<MessageId, Misfit> {
        let said = self.said.get(&spot).copied();
        said.ok_or_else(|| Misfit::unknown("message", format!("{spot:?}")))
    }

    fn room(&self, at: usize) -> Result<ChatRef, Misfit> {
        let chat = self.rooms.get(at).copied();
        Ok(ChatRef {
            workspace: self.workspace,
            chat: chat.ok_or_else(|| Misfit::unknown("chat", at.to_string()))?,
            expected: None,
        })
    }
}

fn known<T: Clone>(what: &'static str, names: &BTreeMap<&str, T>, name: &str) -> Result<T, Misfit> {
    let found = names.get(name).cloned();
    found.ok_or_else(|| Misfit::unknown(what, name))
}

fn request(app: &App) -> RequestId {
    Id::from_bytes(app.ports.ids.next())
}

async fn register<'a>(app: &App, team: &'a Team, password: &str) -> Outcome<BTreeMap<&'a str, UserId>> {
    let mut people = BTreeMap::new();
    for person in &team.people {
        let account = Register {
            username: person.username.clone(),
            email: format!("{}@krume.example", person.username),
            display_name: person.name.clone(),
            password: password.to_owned(),
        };
        let user = app
            .accounts
            .register(request(app), Registration::Open, account)
            .await?;
        people.insert(person.username.as_str(), user.id);
    }
    Ok(people)
}

/// Makes the workspace as its owner, who adds the others.
async fn found_workspace(app: &App, team: &Team, people: &BTreeMap<&str, UserId>) -> Outcome<WorkspaceId> {
    let owner = team.people.iter().find(|person| person.role == Role::Owner);
    let owner = known("person", people, owner.map_or("", |person| &person.username))?;
    let command = CreateWorkspace {
        name: team.name.clone(),
        description: Some(team.description.clone()),
        key_prefix: Some(team.key_prefix.clone()),
        edit_window_seconds: None,
    };
    let workspace = app
        .workspaces
        .create(&Caller::new(owner, request(app)), command)
        .await?
        .id;
    for person in team.people.iter().filter(|person| person.role != Role::Owner) {
        let user = known("person", people, &person.username)?;
        let caller = Caller::new(owner, request(app));
        app.workspaces
            .add_member(&caller, workspace, user, person.role)
            .await?;
    }
    Ok(workspace)
}
