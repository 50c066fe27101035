//! Worlds to measure in: people, chats, messages and tasks, written straight to the log in big commits.
//!
//! Through the API the largest world would take hours. What is written is what the use cases write: the same events, and the documents
//! that they fold to.

use std::error::Error;
use std::ops::Range;

use flowra_core::chat::{ChatEvent, ChatKind, ChatRole, Title, Topic};
use flowra_core::event::{Append, Appended, Commit, Document, Event, Position, Recorded, StreamId, Version};
use flowra_core::message::{Content, MessageEvent, MessageKind};
use flowra_core::task::{Labels, Priority, Rank, TaskDescription, TaskEvent, TaskKind, TaskTitle};
use flowra_core::time::Timestamp;
use flowra_core::user::{DisplayName, Email, Session, UserEvent, Username};
use flowra_core::workspace::{KeyPrefix, Role, WorkspaceDescription, WorkspaceEvent, WorkspaceName};
use flowra_core::{ChatId, Id, Ports, UserId, WorkspaceId};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

/// How many events a commit holds; less than that only at the end of a kind, more only for one large stream.
const COMMIT: usize = 500;

/// How many sessions are written at once.
const SESSIONS: usize = 256;

/// How long sessions last, in seconds: prepared data may be used again within a year.
const LIFE: i64 = 365 * 86_400;

/// What a message says, more or less: what the tag grammar and the mentions have to read through.
const TALK: &str = "The second build is green again, so the migration can go out after lunch. # Not a heading that anybody needs, \
                    but see #123 and tell me (by 3 pm) whether the numbers of last week still hold; otherwise we wait for Monday.";

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How large a world is. Everybody is a member of its one workspace and signed in.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The name of its folder.
    pub(super) name: &'static str,
    pub(super) people: usize,
    /// Who takes part in each group chat.
    pub(super) chats: Vec<Range<usize>>,
    /// How many messages the first chat has.
    pub(super) messages: usize,
    /// How many tasks the workspace has, spread over the columns.
    pub(super) tasks: u64,
}

/// What a client must know to act in a world.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct World {
    pub(super) workspace: String,
    pub(super) chats: Vec<String>,
    /// Access tokens, one a person, in the order of the plan.
    pub(super) tokens: Vec<String>,
}

/// Writes the world of this plan into an empty store.
///
/// # Errors
/// Whatever the log or the sessions' store refuse.
pub(super) async fn plant(ports: &Ports, plan: &Plan) -> Outcome<World> {
    let mut planter = Planter::new(ports);
    let people = planter.people(plan.people).await?;
    let owner = *people.first().ok_or("a world needs people")?;
    let workspace = planter.workspace(&people).await?;
    let mut chats = Vec::new();
    for members in &plan.chats {
        let members = people
            .get(members.clone())
            .ok_or("a chat of more people than there are")?;
        chats.push((
            planter.chat(workspace, members)?,
            members.first().copied().unwrap_or(owner),
        ));
    }
    planter.flush().await?;
    if let (Some((chat, _)), Some(members)) = (chats.first(), plan.chats.first()) {
        let authors = &people[members.clone()];
        for at in 0..plan.messages {
            planter.message(workspace, *chat, authors[at % authors.len()], at)?;
            planter.flush_when_full().await?;
        }
    }
    for number in 1..=plan.tasks {
        planter.task(workspace, owner, number)?;
        planter.flush_when_full().await?;
    }
    planter.flush().await?;
    Ok(World {
        workspace: workspace.to_string(),
        chats: chats.iter().map(|(chat, _)| chat.to_string()).collect(),
        tokens: sessions(ports, &people).await?,
    })
}

/// Signs everybody in.
async fn sessions(ports: &Ports, people: &[UserId]) -> Outcome<Vec<String>> {
    let now = ports.clock.now();
    let mut tokens = Vec::with_capacity(people.len());
    for some in people.chunks(SESSIONS) {
        let begun = some.iter().map(|user| {
            let token = ports.secrets.mint();
            let session = Session {
                id: Id::from_bytes(ports.ids.next()),
                user: *user,
                access: ports.secrets.digest(&token),
                access_expires_at: now.plus_seconds(LIFE),
                refresh: ports.secrets.digest(&ports.secrets.mint()),
                refresh_expires_at: now.plus_seconds(LIFE),
                client: None,
                renewal: None,
                created_at: now,
            };
            async move { ports.sessions.begin(session).await.map(|()| token) }
        });
        tokens.extend(try_join_all(begun).await?);
    }
    Ok(tokens)
}

/// Gathers appends into commits.
struct Planter<'a> {
    ports: &'a Ports,
    time: Timestamp,
    appends: Vec<Append>,
    events: usize,
}

impl<'a> Planter<'a> {
    fn new(ports: &'a Ports) -> Self {
        Self {
            ports,
            time: ports.clock.now(),
            appends: Vec::new(),
            events: 0,
        }
    }

    fn fresh<K: ?Sized>(&self) -> Id<K> {
        Id::from_bytes(self.ports.ids.next())
    }

    /// A new stream with these events.
    fn begin(&mut self, stream: StreamId, actor: UserId, events: Vec<Event>) -> Outcome<()> {
        let request = self.fresh();
        let mut document: Option<Document> = None;
        for event in &events {
            let before = document.as_ref().map_or(Version::NONE, Document::version);
            let recorded = Recorded {
                // The log gives the place; folding does not look at it.
                position: Position::START,
                stream,
                version: before.next(),
                actor,
                time: self.time,
                request,
                cause: None,
                event: event.clone(),
            };
            document = Some(Document::fold(document, &recorded)?);
        }
        self.events += events.len();
        self.appends.push(Append {
            stream,
            expected: Version::NONE,
            actor,
            events,
            document: document.ok_or("a stream begins with an event")?,
        });
        Ok(())
    }

    async fn flush_when_full(&mut self) -> Outcome<()> {
        if self.events >= COMMIT {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Outcome<()> {
        self.events = 0;
        if self.appends.is_empty() {
            return Ok(());
        }
        let commit = Commit {
            request: self.fresh(),
            time: self.time,
            cause: None,
            appends: std::mem::take(&mut self.appends),
            guards: Vec::new(),
            idempotency: None,
        };
        match self.ports.log.append(commit).await? {
            Appended::Now(_) => Ok(()),
            Appended::Before(_) => Err("the log answered a commit without a key as if it had one".into()),
        }
    }

    async fn people(&mut self, count: usize) -> Outcome<Vec<UserId>> {
        let mut people = Vec::with_capacity(count);
        for at in 0..count {
            let id = self.fresh();
            let registered = UserEvent::Registered {
                external_id: None,
                username: Username::parse(&format!("person{at}"))?,
                email: Email::parse(&format!("person{at}@example.org"))?,
                display_name: DisplayName::parse(&format!("Person {at}"))?,
                is_admin: at == 0,
                is_first: at == 0,
            };
            self.begin(StreamId::User(id), id, vec![registered.into()])?;
            self.flush_when_full().await?;
            people.push(id);
        }
        self.flush().await?;
        Ok(people)
    }

    async fn workspace(&mut self, people: &[UserId]) -> Outcome<WorkspaceId> {
        let (owner, others) = people.split_first().ok_or("a workspace needs an owner")?;
        let id = self.fresh();
        let mut events = vec![Event::from(WorkspaceEvent::Created {
            name: WorkspaceName::parse("Benchmark")?,
            description: WorkspaceDescription::default(),
            owner_id: *owner,
            key_prefix: KeyPrefix::parse("BENCH")?,
            edit_window_seconds: 86_400,
        })];
        events.extend(others.iter().map(|user| {
            Event::from(WorkspaceEvent::MemberAdded {
                user_id: *user,
                role: Role::Member,
            })
        }));
        self.begin(StreamId::Workspace(id), *owner, events)?;
        self.flush().await?;
        Ok(id)
    }

    fn chat(&mut self, workspace: WorkspaceId, members: &[UserId]) -> Outcome<ChatId> {
        let (creator, others) = members.split_first().ok_or("a chat needs people")?;
        let id = self.fresh();
        let mut participants = vec![(*creator, ChatRole::Admin)];
        participants.extend(others.iter().map(|user| (*user, ChatRole::Member)));
        let created = ChatEvent::Created {
            workspace_id: workspace,
            kind: ChatKind::Group,
            title: Some(Title::parse("Benchmark")?),
            topic: Topic::default(),
            created_by: *creator,
            participants,
            direct: None,
        };
        self.begin(StreamId::Chat(id), *creator, vec![created.into()])?;
        Ok(id)
    }

    fn message(&mut self, workspace: WorkspaceId, chat: ChatId, author: UserId, at: usize) -> Outcome<()> {
        let posted = MessageEvent::Posted {
            workspace_id: workspace,
            chat_id: chat,
            kind: MessageKind::User,
            content: Content::parse(&format!("{at}. {TALK}"))?,
            parent_id: None,
            attachments: Vec::new(),
        };
        let id = self.fresh();
        self.begin(StreamId::Message(id), author, vec![posted.into()])
    }

    fn task(&mut self, workspace: WorkspaceId, reporter: UserId, number: u64) -> Outcome<()> {
        let kind = TaskKind::Task;
        let statuses = kind.statuses();
        let status = statuses[usize::try_from(number)? % statuses.len()];
        let mut events = vec![Event::from(TaskEvent::Created {
            workspace_id: workspace,
            key_prefix: KeyPrefix::parse("BENCH")?,
            number,
            kind,
            title: TaskTitle::parse(&format!("Make the {number}th thing right"))?,
            description: TaskDescription::parse(TALK)?,
            priority: Priority::default(),
            severity: None,
            assignee_id: number.is_multiple_of(3).then_some(reporter),
            reporter_id: reporter,
            due_date: None,
            labels: Labels::default(),
            epic_id: None,
            rank: Rank::initial(number),
            chat_id: None,
            message_id: None,
        })];
        if status != kind.initial() {
            events.push(Event::from(TaskEvent::StatusChanged {
                from: kind.initial(),
                to: status,
            }));
        }
        let id = self.fresh();
        self.begin(StreamId::Task(id), reporter, events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flowra_core::event::Position;
    use flowra_core::message::{Range as Pages, Which};
    use flowra_core::page::Limit;

    fn plan() -> Plan {
        Plan {
            name: "test",
            people: 30,
            chats: vec![0..30, 0..10],
            messages: 1_100,
            tasks: 12,
        }
    }

    #[tokio::test]
    async fn a_world_has_what_its_plan_says() {
        let ports = flowra_testkit::ports();
        let world = plant(&ports, &plan()).await.unwrap();
        assert_eq!((world.chats.len(), world.tokens.len()), (2, 30));
        let chat = world.chats[0].parse().unwrap();
        let chat_document = ports.chats.load(chat).await.unwrap().unwrap();
        assert_eq!(chat_document.participants.len(), 30);
        let page = ports
            .messages
            .page(chat, Which::Roots, Pages::Newest(Limit::default()))
            .await
            .unwrap();
        assert_eq!(page.items.last().map(|placed| placed.root_number), Some(1_100));
        let workspace = ports
            .workspaces
            .load(world.workspace.parse().unwrap())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(workspace.members.len(), 30);
    }

    #[tokio::test]
    async fn everybody_is_signed_in() {
        let ports = flowra_testkit::ports();
        let world = plant(&ports, &plan()).await.unwrap();
        let mut people = std::collections::BTreeSet::new();
        for token in &world.tokens {
            let session = ports
                .sessions
                .by_access(ports.secrets.digest(token))
                .await
                .unwrap()
                .unwrap();
            people.insert(session.user);
        }
        assert_eq!(people.len(), 30);
    }

    #[tokio::test]
    async fn a_planted_log_folds_to_its_documents() {
        let ports = flowra_testkit::ports();
        plant(&ports, &plan()).await.unwrap();
        let mut documents = std::collections::BTreeMap::new();
        for entry in ports.log.read(Position::START, 10_000).await.unwrap() {
            let stream = entry.recorded.stream;
            let before = documents.remove(&stream);
            documents.insert(stream, Document::fold(before, &entry.recorded).unwrap());
        }
        let tasks = documents
            .keys()
            .filter(|stream| matches!(stream, StreamId::Task(_)))
            .count();
        assert_eq!((documents.len(), tasks), (30 + 1 + 2 + 1_100 + 12, 12));
    }
}
