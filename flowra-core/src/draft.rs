//! How use cases write: a draft of one commit, and deciding again when somebody else was first.

use std::future::poll_fn;
use std::sync::Arc;

use crate::app::{Caller, Ports};
use crate::chat::{Chat, ChatEvent};
use crate::event::Position;
use crate::event::{
    Append, AppendError, Appended, Claim, ClaimChange, Commit, Conflict, Document, Event, Guard, Outcome,
    Recorded, StreamId, Version,
};
use crate::message::{Message, MessageEvent};
use crate::refusal::{Error, Refusal};
use crate::task::{Numbers, Task, TaskEvent, Turn};
use crate::time::Timestamp;
use crate::user::{User, UserEvent};
use crate::workspace::{Workspace, WorkspaceEvent};
use crate::{ChatId, MessageId, TaskId, UserId, WorkspaceId};

/// How often a decision is made before the caller is told `CONCURRENT_MODIFICATION`.
///
/// Each try loses only to a commit that went through, so work goes on even when this one gives up. Of N who change one thing at once, all
/// decide on the same state and one wins a round, so the last one needs N tries; with 16, the seventeenth was refused though its request named
/// no version. A try is a decision on cached state, so the bound is well above the number of requests that are ever in flight about one thing, and
/// there only so that a fault which always conflicts ends in an answer.
const ATTEMPTS: usize = 256;

/// Counts the tries of one use case.
pub(crate) struct Attempts(usize);

impl Attempts {
    pub(crate) const fn new() -> Self {
        Self(ATTEMPTS)
    }

    /// Another try, or the refusal when there were enough.
    pub(crate) fn again(&mut self) -> Result<(), Error> {
        self.0 -= 1;
        if self.0 == 0 {
            Err(Error::Refused(Refusal::ConcurrentModification))
        } else {
            Ok(())
        }
    }
}

/// What came of a draft.
pub(crate) enum Written {
    /// It is stored.
    Now,
    /// The same request was stored before.
    Before(Outcome),
    /// It does not fit what others did meanwhile: load and decide again.
    Conflict(Conflict),
}

/// A commit in the making: aggregates with their new events, and what the decision rested on.
pub(crate) struct Draft {
    time: Timestamp,
    commit: Commit,
    /// While it numbers tasks.
    turn: Option<Turn>,
}

impl Draft {
    pub(crate) fn new(caller: &Caller, time: Timestamp) -> Self {
        let commit = Commit {
            request: caller.request,
            time,
            cause: None,
            appends: Vec::new(),
            guards: Vec::new(),
            idempotency: None,
        };
        Self {
            time,
            commit,
            turn: None,
        }
    }

    /// Whether nothing is to be stored.
    pub(crate) fn is_empty(&self) -> bool {
        self.commit.appends.is_empty()
    }

    /// The commit fails when the workspace changed since it was loaded.
    pub(crate) fn guard_workspace(&mut self, workspace: &Workspace) {
        self.guard(StreamId::Workspace(workspace.id), workspace.version);
    }

    /// The commit fails when the chat changed since it was loaded.
    pub(crate) fn guard_chat(&mut self, chat: &Chat) {
        self.guard(StreamId::Chat(chat.id), chat.version);
    }

    /// The commit fails when the message changed since it was loaded.
    pub(crate) fn guard_message(&mut self, message: &Message) {
        self.guard(StreamId::Message(message.id), message.version);
    }

    /// The commit fails when the user changed since they were loaded.
    pub(crate) fn guard_user(&mut self, user: &User) {
        self.guard(StreamId::User(user.id), user.version);
    }

    /// The commit fails when the task changed since it was loaded.
    pub(crate) fn guard_task(&mut self, task: &Task) {
        self.guard(StreamId::Task(task.id), task.version);
    }

    /// The commit fails when nobody holds the claim.
    pub(crate) fn guard_held(&mut self, claim: Claim) {
        self.commit.guards.push(Guard::Held(claim));
    }

    /// A stream that the draft appends to is held to its version by the append itself.
    fn guard(&mut self, stream: StreamId, version: Version) {
        let guard = Guard::Unchanged(stream, version);
        if !self.commit.guards.contains(&guard) {
            self.commit.guards.push(guard);
        }
    }

    /// A new user with their first events; the first must be the registration.
    pub(crate) fn new_user(
        &mut self,
        id: UserId,
        actor: UserId,
        events: Vec<UserEvent>,
    ) -> Result<Arc<User>, Error> {
        match self.append(StreamId::User(id), None, actor, events)? {
            Document::User(user) => Ok(user),
            other => Err(mismatch(&other)),
        }
    }

    /// The user after these events.
    pub(crate) fn user(
        &mut self,
        user: Arc<User>,
        actor: UserId,
        events: Vec<UserEvent>,
    ) -> Result<Arc<User>, Error> {
        match self.append(StreamId::User(user.id), Some(Document::User(user)), actor, events)? {
            Document::User(user) => Ok(user),
            other => Err(mismatch(&other)),
        }
    }

    /// A new workspace with its first events.
    pub(crate) fn new_workspace(
        &mut self,
        id: WorkspaceId,
        actor: UserId,
        events: Vec<WorkspaceEvent>,
    ) -> Result<Arc<Workspace>, Error> {
        match self.append(StreamId::Workspace(id), None, actor, events)? {
            Document::Workspace(workspace) => Ok(workspace),
            other => Err(mismatch(&other)),
        }
    }

    /// The workspace after these events.
    pub(crate) fn workspace(
        &mut self,
        workspace: Arc<Workspace>,
        actor: UserId,
        events: Vec<WorkspaceEvent>,
    ) -> Result<Arc<Workspace>, Error> {
        match self.append(
            StreamId::Workspace(workspace.id),
            Some(Document::Workspace(workspace)),
            actor,
            events,
        )? {
            Document::Workspace(workspace) => Ok(workspace),
            other => Err(mismatch(&other)),
        }
    }

    /// A new chat with its first events.
    pub(crate) fn new_chat(
        &mut self,
        id: ChatId,
        actor: UserId,
        events: Vec<ChatEvent>,
    ) -> Result<Arc<Chat>, Error> {
        match self.append(StreamId::Chat(id), None, actor, events)? {
            Document::Chat(chat) => Ok(chat),
            other => Err(mismatch(&other)),
        }
    }

    /// The chat after these events.
    pub(crate) fn chat(
        &mut self,
        chat: Arc<Chat>,
        actor: UserId,
        events: Vec<ChatEvent>,
    ) -> Result<Arc<Chat>, Error> {
        match self.append(StreamId::Chat(chat.id), Some(Document::Chat(chat)), actor, events)? {
            Document::Chat(chat) => Ok(chat),
            other => Err(mismatch(&other)),
        }
    }

    /// A new message with its first events.
    pub(crate) fn new_message(
        &mut self,
        id: MessageId,
        actor: UserId,
        events: Vec<MessageEvent>,
    ) -> Result<Arc<Message>, Error> {
        match self.append(StreamId::Message(id), None, actor, events)? {
            Document::Message(message) => Ok(message),
            other => Err(mismatch(&other)),
        }
    }

    /// The message after these events.
    pub(crate) fn message(
        &mut self,
        message: Arc<Message>,
        actor: UserId,
        events: Vec<MessageEvent>,
    ) -> Result<Arc<Message>, Error> {
        match self.append(
            StreamId::Message(message.id),
            Some(Document::Message(message)),
            actor,
            events,
        )? {
            Document::Message(message) => Ok(message),
            other => Err(mismatch(&other)),
        }
    }

    /// The number for a new task of the workspace, the only one whose tasks the draft makes. To be asked for as late as possible: until
    /// the draft is written or dropped, nobody else in this process makes a task there.
    pub(crate) async fn next_number(
        &mut self,
        ports: &Ports,
        numbers: &Arc<Numbers>,
        workspace: WorkspaceId,
    ) -> Result<u64, Error> {
        let turn = match self.turn.take() {
            Some(turn) => turn,
            None => Arc::clone(numbers).turn(workspace).await,
        };
        Ok(self.turn.insert(turn).next(ports).await?)
    }

    /// A new task with its first events.
    pub(crate) fn new_task(
        &mut self,
        id: TaskId,
        actor: UserId,
        events: Vec<TaskEvent>,
    ) -> Result<Arc<Task>, Error> {
        match self.append(StreamId::Task(id), None, actor, events)? {
            Document::Task(task) => Ok(task),
            other => Err(mismatch(&other)),
        }
    }

    /// The task after these events.
    pub(crate) fn task(
        &mut self,
        task: Arc<Task>,
        actor: UserId,
        events: Vec<TaskEvent>,
    ) -> Result<Arc<Task>, Error> {
        match self.append(StreamId::Task(task.id), Some(Document::Task(task)), actor, events)? {
            Document::Task(task) => Ok(task),
            other => Err(mismatch(&other)),
        }
    }

    /// Folds the events and adds them; a stream that the draft has already is continued, so that each has one append.
    fn append<E: Into<Event>>(
        &mut self,
        stream: StreamId,
        before: Option<Document>,
        actor: UserId,
        events: Vec<E>,
    ) -> Result<Document, Error> {
        let drafted = self
            .commit
            .appends
            .iter()
            .position(|append| append.stream == stream && append.actor == actor);
        let expected = before.as_ref().map_or(Version::NONE, Document::version);
        let mut document = before;
        let mut folded = Vec::with_capacity(events.len());
        for event in events {
            let recorded = Recorded {
                position: Position::START,
                stream,
                version: document.as_ref().map_or(Version::NONE, Document::version).next(),
                actor,
                time: self.time,
                request: self.commit.request,
                cause: self.commit.cause,
                event: event.into(),
            };
            document =
                Some(Document::fold(document, &recorded).map_err(|error| {
                    Error::Failed(crate::PortFailure::corrupt(stream.to_string(), error))
                })?);
            folded.push(recorded.event);
        }
        let Some(document) = document else {
            return Err(Error::Failed(crate::PortFailure::corrupt(
                stream.to_string(),
                "a new stream needs an event",
            )));
        };
        if folded.is_empty() {
            return Ok(document);
        }
        match drafted {
            Some(at) => {
                let append = &mut self.commit.appends[at];
                append.events.extend(folded);
                append.document = document.clone();
            }
            None => {
                self.commit.appends.push(Append {
                    stream,
                    expected,
                    actor,
                    events: folded,
                    document: document.clone(),
                });
            }
        }
        Ok(document)
    }

    /// Stores the draft; what a repeated request is to be answered comes along.
    pub(crate) async fn write(
        mut self,
        ports: &Ports,
        caller: &Caller,
        outcome: Outcome,
    ) -> Result<Written, Error> {
        // A guard on a stream that is appended to says the same as the append's expected version.
        let appended: Vec<StreamId> = self.commit.appends.iter().map(|append| append.stream).collect();
        self.commit
            .guards
            .retain(|guard| !matches!(guard, Guard::Unchanged(stream, _) if appended.contains(stream)));
        // Of two tasks made together, the second rests on the number that the first takes in the same commit.
        let taken: Vec<ClaimChange> = self
            .commit
            .appends
            .iter()
            .flat_map(|append| append.events.iter().flat_map(Event::claims))
            .collect();
        self.commit.guards.retain(
            |guard| !matches!(guard, Guard::Held(claim) if taken.contains(&ClaimChange::Take(claim.clone()))),
        );
        self.commit.idempotency = caller
            .idempotency
            .clone()
            .filter(|promise| promise.user == caller.user)
            .map(|promise| (promise, outcome));
        match append(ports, self.commit, self.turn).await {
            Ok(Appended::Now(_)) => Ok(Written::Now),
            Ok(Appended::Before(outcome)) => Ok(Written::Before(outcome)),
            Err(AppendError::Conflict(conflict)) => Ok(Written::Conflict(conflict)),
            Err(AppendError::KeyReused) => Err(Error::Refused(Refusal::KeyReused)),
            Err(AppendError::Failed(failure)) => Err(Error::Failed(failure)),
        }
    }
}

/// Appends a commit; the turn ends as soon as the log has it, so that those who number tasks next wait for no disk.
async fn append(ports: &Ports, commit: Commit, mut turn: Option<Turn>) -> Result<Appended, AppendError> {
    let mut appending = ports.log.append(commit);
    let mut begun = None;
    let appended = poll_fn(|context| {
        let appended = appending.as_mut().poll(context);
        begun = begun.take().or_else(|| turn.take().map(Turn::begun));
        appended
    })
    .await;
    if let Some(begun) = begun
        && !matches!(appended, Ok(Appended::Now(_)))
    {
        begun.failed();
    }
    appended
}

fn mismatch(document: &Document) -> Error {
    Error::Failed(crate::PortFailure::corrupt(
        document.stream().to_string(),
        "the document is of another concept than its stream",
    ))
}

/// Refuses when the caller decided on another version than the current one; who named none decided on whichever there is.
pub(crate) fn expect_version(expected: Option<Version>, current: Version) -> Result<(), Refusal> {
    if expected.is_none_or(|expected| expected == current) {
        Ok(())
    } else {
        Err(Refusal::ConcurrentModification)
    }
}

/// What the same request made before, if it was stored before; asked first, so that a repeated request is not decided anew.
pub(crate) async fn earlier(ports: &Ports, caller: &Caller) -> Result<Option<Outcome>, Error> {
    // A promise of somebody else is none of the caller's, whatever brought them together.
    let Some(promise) = caller
        .idempotency
        .as_ref()
        .filter(|promise| promise.user == caller.user)
    else {
        return Ok(None);
    };
    match ports.log.outcome(promise.user, &promise.key).await? {
        None => Ok(None),
        Some((fingerprint, outcome)) if fingerprint == promise.fingerprint => Ok(Some(outcome)),
        Some(_) => Err(Error::Refused(Refusal::KeyReused)),
    }
}
