//! What an event is about, as REST would answer it, and the frames made of it: one for all who see the same.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use flowra_core::chat::{Chat, Standing};
use flowra_core::event::{Audience, Document, Event, Recorded};
use flowra_core::message::{Message as Said, MessageEvent, Placed};
use flowra_core::task::{Task, TaskEvent};
use flowra_core::user::User;
use flowra_core::workspace::{Member, Role, Workspace, WorkspaceEvent};
use flowra_core::{InviteId, PortFailure, PortResult, Ports, UserId, Viewer, WorkspaceId};
use salvo::websocket::Message;
use serde::Serialize;

use super::connection::{Form, Listener};
use super::delivery::Wanted;
use super::frame::{EventFrame, text};
use crate::body::{
    ChatBody, InviteBody, MemberBody, MessageBody, People, RemovedBody, Renderer, TaskBody, UserBody,
    WorkspaceBody,
};
use crate::web::live;

/// Looks up the people whom frames name, each once a batch of events.
pub(super) struct Scribe {
    renderer: Renderer,
    pub(super) ports: Arc<Ports>,
    people: People,
    workspaces: HashMap<WorkspaceId, Arc<Workspace>>,
}

impl Scribe {
    pub(super) fn new(ports: &Arc<Ports>) -> Self {
        Self {
            renderer: Renderer::new(Arc::clone(ports)),
            ports: Arc::clone(ports),
            people: People::default(),
            workspaces: HashMap::new(),
        }
    }

    /// Forgets everybody, who may have another name by now.
    pub(super) fn forget(&mut self) {
        self.people = People::default();
        self.workspaces.clear();
    }

    /// A workspace, as it was when it was asked for first.
    async fn workspace(&mut self, id: WorkspaceId) -> PortResult<Option<Arc<Workspace>>> {
        if let Some(known) = self.workspaces.get(&id) {
            return Ok(Some(Arc::clone(known)));
        }
        let found = self.ports.workspaces.load(id).await?;
        self.workspaces.extend(found.clone().map(|found| (id, found)));
        Ok(found)
    }

    async fn know(&mut self, ids: impl IntoIterator<Item = UserId> + Send) -> PortResult<()> {
        let unknown: HashSet<UserId> = ids.into_iter().filter(|id| !self.people.has(*id)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let found = self.renderer.people(unknown).await?;
        self.people.merge(found);
        Ok(())
    }
}

/// What an event is about.
pub(super) enum Subject {
    /// Something that is gone.
    Removed(RemovedBody),
    User(Arc<User>),
    Workspace(Arc<Workspace>),
    Member(UserId, Member),
    Invite(InviteId, Arc<Workspace>),
    Chat(Arc<Chat>),
    /// The place is looked up once somebody hears of it.
    Message(Arc<Said>, Option<Placed>),
    /// A message that was deleted: gone for programs, and an empty place in a page.
    Retracted(RemovedBody, Arc<Said>),
    Task(Arc<Task>),
}

impl Subject {
    /// The subject of an event whose aggregate is this document.
    pub(super) fn of(event: &Event, document: Document) -> Self {
        match (event, document) {
            (_, Document::User(user)) => Self::User(user),
            (Event::Workspace(event), Document::Workspace(workspace)) => Self::in_workspace(event, workspace),
            (_, Document::Workspace(workspace)) => Self::Workspace(workspace),
            (_, Document::Chat(chat)) if chat.is_deleted => Self::Removed(RemovedBody::of(chat.id)),
            (_, Document::Chat(chat)) => Self::Chat(chat),
            (Event::Message(MessageEvent::Deleted), Document::Message(message)) => {
                Self::Retracted(RemovedBody::of(message.id), message)
            }
            (_, Document::Message(message)) => Self::Message(message, None),
            (Event::Task(TaskEvent::Deleted), Document::Task(task)) => {
                Self::Removed(RemovedBody::of(task.id))
            }
            (_, Document::Task(task)) if task.is_deleted => Self::Removed(RemovedBody::of(task.id)),
            (_, Document::Task(task)) => Self::Task(task),
        }
    }

    fn in_workspace(event: &WorkspaceEvent, workspace: Arc<Workspace>) -> Self {
        match event {
            WorkspaceEvent::MemberAdded { user_id, .. }
            | WorkspaceEvent::MemberRemoved { user_id }
            | WorkspaceEvent::MemberRoleChanged { user_id, .. } => match workspace.members.get(user_id) {
                Some(member) => Self::Member(*user_id, *member),
                None => Self::Removed(RemovedBody::of(*user_id)),
            },
            WorkspaceEvent::InviteCreated { invite_id, .. }
            | WorkspaceEvent::InviteAccepted { invite_id, .. }
            | WorkspaceEvent::InviteRevoked { invite_id } => {
                if workspace.invites.contains_key(invite_id) {
                    Self::Invite(*invite_id, workspace)
                } else {
                    Self::Removed(RemovedBody::of(*invite_id))
                }
            }
            WorkspaceEvent::Created { .. }
            | WorkspaceEvent::Renamed { .. }
            | WorkspaceEvent::Described { .. }
            | WorkspaceEvent::OwnershipTransferred { .. }
            | WorkspaceEvent::Deleted => {
                if workspace.is_deleted {
                    Self::Removed(RemovedBody::of(workspace.id))
                } else {
                    Self::Workspace(workspace)
                }
            }
        }
    }

    /// Whether somebody sees it in a way of their own.
    fn is_own(&self, user: UserId) -> bool {
        match self {
            Self::Chat(_) | Self::Workspace(_) => true,
            Self::Message(message, placed) => {
                let message = placed.as_ref().map_or(message, |placed| &placed.message);
                has_reacted(message, user)
            }
            Self::Removed(_)
            | Self::User(_)
            | Self::Member(..)
            | Self::Invite(..)
            | Self::Retracted(..)
            | Self::Task(_) => false,
        }
    }
}

fn has_reacted(message: &Said, user: UserId) -> bool {
    message
        .reactions
        .iter()
        .any(|reaction| reaction.users.contains(&user))
}

/// The frames of one event, made as they are wanted.
pub(super) struct Frames {
    subject: Subject,
    shared: Option<Message>,
    html: Option<Message>,
    own: HashMap<UserId, Message>,
}

impl Frames {
    pub(super) fn new(subject: Subject) -> Self {
        Self {
            subject,
            shared: None,
            html: None,
            own: HashMap::new(),
        }
    }

    /// Tells a message's place.
    pub(super) fn place(&mut self, found: Option<Placed>) {
        if let Subject::Message(_, placed) = &mut self.subject {
            *placed = found;
        }
    }

    /// What somebody gets, if it is made already.
    pub(super) fn of(&self, listener: &Listener) -> Option<&Message> {
        let user = listener.user;
        if listener.form == Form::Html {
            self.html.as_ref()
        } else if self.subject.is_own(user) {
            self.own.get(&user)
        } else {
            self.shared.as_ref()
        }
    }

    /// Names what is wanting for somebody.
    pub(super) fn want(&self, listener: &Listener, wanted: &mut Wanted) {
        let user = listener.user;
        if listener.form == Form::Html {
            wanted.html = true;
        } else if self.subject.is_own(user) {
            wanted.own.insert(user);
        } else {
            wanted.shared = true;
        }
    }

    /// Makes what is wanted. `role` tells a reader's role in the event's workspace.
    pub(super) async fn make(
        &mut self,
        wanted: Wanted,
        event: &Envelope<'_>,
        role: impl Fn(UserId) -> Option<Role> + Send,
        scribe: &mut Scribe,
    ) -> PortResult<()> {
        if wanted.html {
            self.html = Some(self.fragment(event, scribe).await?);
        }
        match &mut self.subject {
            Subject::Removed(body) | Subject::Retracted(body, _) => self.shared = Some(event.frame(body)?),
            Subject::User(user) => self.shared = Some(event.frame(&UserBody::private(user))?),
            Subject::Invite(id, workspace) => {
                self.shared = match workspace.invites.get(id) {
                    Some(invite) => Some(event.frame(&InviteBody::new(*id, invite))?),
                    None => Some(event.frame(&RemovedBody::of(*id))?),
                };
            }
            Subject::Member(user, member) => {
                scribe.know([*user]).await?;
                self.shared = Some(event.frame(&MemberBody::new(*user, *member, &scribe.people))?);
            }
            Subject::Task(task) => {
                scribe.know(TaskBody::named(task)).await?;
                self.shared = Some(event.frame(&TaskBody::new(task, &scribe.people))?);
            }
            Subject::Workspace(workspace) => {
                let mut made: HashMap<Option<Role>, Message> = HashMap::new();
                for user in wanted.own {
                    let role = role(user);
                    let frame = match made.get(&role) {
                        Some(frame) => frame.clone(),
                        None => event.frame(&WorkspaceBody::new(workspace, role))?,
                    };
                    made.insert(role, frame.clone());
                    self.own.insert(user, frame);
                }
            }
            Subject::Message(message, placed) => {
                let placed = match placed {
                    Some(placed) => placed,
                    none => none.insert(place(message, event.recorded, &scribe.ports).await?),
                };
                let named: Vec<UserId> = MessageBody::named(&placed.message).collect();
                scribe.know(named).await?;
                if wanted.shared {
                    self.shared = Some(event.frame(&MessageBody::new(placed, None, &scribe.people))?);
                }
                for user in wanted.own {
                    let frame = event.frame(&MessageBody::new(placed, Some(user), &scribe.people))?;
                    self.own.insert(user, frame);
                }
            }
            Subject::Chat(chat) => {
                let own = chat_frames(chat, wanted.own, event, role, scribe).await?;
                self.own.extend(own);
            }
        }
        Ok(())
    }
}

impl Frames {
    /// The event as every page gets it: with what is to be shown, or, of what each reader sees differently, with the news alone.
    async fn fragment(&mut self, event: &Envelope<'_>, scribe: &mut Scribe) -> PortResult<Message> {
        match &mut self.subject {
            Subject::Removed(body) => event.frame(body),
            Subject::Message(message, placed) => {
                let placed = match placed {
                    Some(placed) => placed,
                    none => none.insert(place(message, event.recorded, &scribe.ports).await?),
                };
                event.fragment(shown(placed, event, scribe).await?)
            }
            Subject::Retracted(_, message) => {
                let placed = place(message, event.recorded, &scribe.ports).await?;
                event.fragment(shown(&placed, event, scribe).await?)
            }
            Subject::Task(task) => {
                scribe.know(TaskBody::named(task)).await?;
                event.fragment(live::task(TaskBody::new(task, &scribe.people)))
            }
            Subject::User(_)
            | Subject::Workspace(_)
            | Subject::Member(..)
            | Subject::Invite(..)
            | Subject::Chat(_) => event.frame(&News {}),
        }
    }
}

/// A message as pages show it; with one that was posted or deleted in a thread, how many replies that has now.
async fn shown(
    placed: &Placed,
    event: &Envelope<'_>,
    scribe: &mut Scribe,
) -> PortResult<Result<String, askama::Error>> {
    let message = &placed.message;
    let named: Vec<UserId> = MessageBody::named(message).collect();
    scribe.know(named).await?;
    let recounts = matches!(
        event.recorded.event,
        Event::Message(MessageEvent::Posted { .. } | MessageEvent::Deleted)
    );
    let root = match message.parent.filter(|_| recounts) {
        Some(root) => scribe.ports.messages.load(root).await?,
        None => None,
    };
    let workspace = scribe.workspace(message.workspace_id).await?;
    let workspace = workspace.ok_or_else(|| missing(event.recorded))?;
    let body = MessageBody::new(placed, None, &scribe.people);
    let html = live::message(&workspace, body);
    Ok(match root {
        Some(root) => html.and_then(|html| Ok(html + &live::replies(&root)?)),
        None => html,
    })
}

/// What a page is to show.
#[derive(Serialize)]
struct Fragment {
    html: String,
    /// The request that caused it, by which a page knows what it sent itself.
    request_id: String,
}

/// Nothing but that something happened: the parts of a page that show it ask anew.
#[derive(Serialize)]
struct News {}

/// A message in its place; one that was just posted has no replies yet, so nothing is looked up for it.
async fn place(message: &Arc<Said>, recorded: &Recorded, ports: &Ports) -> PortResult<Placed> {
    if matches!(recorded.event, Event::Message(MessageEvent::Posted { .. })) && !message.is_deleted() {
        return Ok(Placed {
            message: Arc::clone(message),
            number: 0,
            root_number: 0,
            replies: 0,
        });
    }
    let placed = ports.messages.load(message.id).await?;
    placed.ok_or_else(|| missing(recorded))
}

/// A thing that an event made is not in its store.
pub(super) fn missing(recorded: &Recorded) -> PortFailure {
    PortFailure::corrupt(
        recorded.stream.to_string(),
        "the log has its events and the store does not have it",
    )
}

/// What makes one person's view of a chat differ from another's.
#[derive(PartialEq, Eq, Hash)]
struct Sight {
    /// Unread messages and mentions; none for who may not read it.
    counts: Option<(u64, u64)>,
    /// The person, if they reacted to its last message.
    reacted: Option<UserId>,
}

/// The chat for each of these people: two of them share a frame when they have as much to read in it.
async fn chat_frames(
    chat: &Chat,
    users: HashSet<UserId>,
    event: &Envelope<'_>,
    role: impl Fn(UserId) -> Option<Role> + Send,
    scribe: &mut Scribe,
) -> PortResult<HashMap<UserId, Message>> {
    let mut frames = HashMap::new();
    let viewers: Vec<Viewer> = users
        .iter()
        .filter_map(|user| role(*user).map(|role| Viewer { user: *user, role }))
        .collect();
    let readers: Vec<UserId> = viewers
        .iter()
        .filter(|viewer| chat.is_readable_by(**viewer))
        .map(|viewer| viewer.user)
        .collect();
    let standings = scribe.ports.marks.standings_of(chat.id, readers.clone()).await?;
    let standings: HashMap<UserId, Standing> = readers.into_iter().zip(standings).collect();
    let last = scribe.ports.messages.newest(vec![chat.id]).await?.pop();
    let named: Vec<UserId> = ChatBody::named(chat, last.as_ref()).collect();
    scribe.know(named).await?;
    let people = &scribe.people;

    let mut made: HashMap<Sight, Message> = HashMap::new();
    for viewer in viewers.iter().filter(|viewer| chat.is_visible_to(**viewer)) {
        let user = viewer.user;
        let standing = standings.get(&user);
        let said = last.as_ref().filter(|_| standing.is_some());
        let reacted = said
            .filter(|placed| has_reacted(&placed.message, user))
            .map(|_| user);
        let key = Sight {
            counts: standing.map(|standing| (standing.unread, standing.mentions)),
            reacted,
        };
        let frame = if let Some(frame) = made.get(&key) {
            frame.clone()
        } else {
            let said = said.map(|placed| MessageBody::new(placed, reacted, people));
            event.frame(&ChatBody::new(
                chat,
                standing.copied().unwrap_or_default(),
                said,
                people,
            ))?
        };
        made.insert(key, frame.clone());
        frames.insert(user, frame);
    }
    if frames.len() < users.len() {
        let gone = event.frame(&RemovedBody::of(chat.id))?;
        for user in users {
            frames.entry(user).or_insert_with(|| gone.clone());
        }
    }
    Ok(frames)
}

/// What is around the data of an event's frame.
pub(super) struct Envelope<'a> {
    pub(super) recorded: &'a Recorded,
    pub(super) audience: &'a Audience,
}

impl Envelope<'_> {
    fn fragment(&self, html: Result<String, askama::Error>) -> PortResult<Message> {
        let html = html.map_err(|error| PortFailure::corrupt(self.recorded.stream.to_string(), error))?;
        self.frame(&Fragment {
            html,
            request_id: self.recorded.request.to_string(),
        })
    }

    fn frame(&self, data: &impl Serialize) -> PortResult<Message> {
        text(&EventFrame::new(self.recorded, self.audience, data))
            .map_err(|error| PortFailure::corrupt(self.recorded.stream.to_string(), error))
    }
}
