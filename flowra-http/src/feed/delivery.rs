//! One event on its way: who hears of it, and what each of them gets.

use std::collections::HashSet;
use std::sync::Arc;

use flowra_core::chat::Chat;
use flowra_core::event::{Audience, Document, Entry, Reach, Recorded, StreamId, Topic};
use flowra_core::message::Placed;
use flowra_core::workspace::{Role, Workspace};
use flowra_core::{PortResult, Ports, UserId, Viewer};
use salvo::websocket::Message;

use super::connection::{Connection, Listener};
use super::index::Index;
use super::subject::{Envelope, Frames, Scribe, Subject, missing};

/// The frames that are wanting before an event can be handed out.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) shared: bool,
    pub(super) html: bool,
    pub(super) own: HashSet<UserId>,
}

impl Wanted {
    fn is_nothing(&self) -> bool {
        !self.shared && !self.html && self.own.is_empty()
    }
}

/// See the module.
pub(super) struct Delivery {
    recorded: Arc<Recorded>,
    pub(super) audience: Audience,
    workspace: Option<Arc<Workspace>>,
    chat: Option<Arc<Chat>>,
    frames: Frames,
}

impl Delivery {
    /// The aggregate of an entry, the one that came with it or else the current one.
    pub(super) async fn document(ports: &Ports, entry: &Entry) -> PortResult<Document> {
        match &entry.document {
            Some(document) => Ok(document.clone()),
            None => Self::current(ports, &entry.recorded).await,
        }
    }

    /// The aggregate of an event as it is now.
    pub(super) async fn current(ports: &Ports, recorded: &Recorded) -> PortResult<Document> {
        let document = match recorded.stream {
            StreamId::User(id) => ports.users.load(id).await?.map(Document::User),
            StreamId::Workspace(id) => ports.workspaces.load(id).await?.map(Document::Workspace),
            StreamId::Chat(id) => ports.chats.load(id).await?.map(Document::Chat),
            StreamId::Message(id) => ports
                .messages
                .load(id)
                .await?
                .map(|placed| Document::Message(placed.message)),
            StreamId::Task(id) => ports.tasks.load(id).await?.map(Document::Task),
        };
        document.ok_or_else(|| missing(recorded))
    }

    /// An event with all that its audience depends on, as it is now. Of a message only its chat's followers hear, who are known
    /// to read it; nothing is looked up for those.
    pub(super) async fn new(
        ports: &Ports,
        recorded: &Arc<Recorded>,
        audience: Audience,
        document: Document,
    ) -> PortResult<Self> {
        let (workspace, chat) = if audience.reach == Reach::Message {
            (None, None)
        } else {
            let workspace = match (audience.workspace, &document) {
                (_, Document::Workspace(workspace)) => Some(Arc::clone(workspace)),
                (Some(id), _) => ports.workspaces.load(id).await?,
                (None, _) => None,
            };
            let chat = match (audience.chat, &document) {
                (_, Document::Chat(chat)) => Some(Arc::clone(chat)),
                (Some(id), _) => ports.chats.load(id).await?,
                (None, _) => None,
            };
            (workspace, chat)
        };
        Ok(Self {
            frames: Frames::new(Subject::of(&recorded.event, document)),
            recorded: Arc::clone(recorded),
            audience,
            workspace,
            chat,
        })
    }

    /// The same with a message's place, for who has looked it up.
    pub(super) fn placed(mut self, placed: Option<Placed>) -> Self {
        self.frames.place(placed);
        self
    }

    /// Makes the frames that are wanting.
    pub(super) async fn make(&mut self, wanted: Wanted, scribe: &mut Scribe) -> PortResult<()> {
        let envelope = Envelope {
            recorded: &self.recorded,
            audience: &self.audience,
        };
        let workspace = self.workspace.clone();
        let role = move |user: UserId| role_in(workspace.as_deref(), user);
        self.frames.make(wanted, &envelope, role, scribe).await
    }

    /// Gives everybody who hears of it their frame; nobody gets any as long as one is wanting.
    pub(super) fn hand_out(&self, index: &Index, capacity: usize) -> Result<usize, Wanted> {
        let chat = self.chat_followers(index);
        let others = self.others(index);
        if others.is_empty() {
            return self.push_to(chat.iter().filter(|one| !one.is_suspended()), capacity);
        }
        let mut all: Vec<&Arc<Connection>> = chat.iter().chain(others).collect();
        all.retain(|connection| !connection.is_suspended());
        all.sort_unstable_by_key(|connection| connection.id);
        all.dedup_by_key(|connection| connection.id);
        self.push_to(all.iter().copied(), capacity)
    }

    fn push_to<'a>(
        &self,
        connections: impl Iterator<Item = &'a Arc<Connection>> + Clone,
        capacity: usize,
    ) -> Result<usize, Wanted> {
        let mut wanted = Wanted::default();
        for connection in connections.clone() {
            let listener = &connection.listener;
            if self.frames.of(listener).is_none() {
                self.frames.want(listener, &mut wanted);
            }
        }
        if !wanted.is_nothing() {
            return Err(wanted);
        }
        let mut delivered = 0;
        for connection in connections {
            if let Some(frame) = self.frames.of(&connection.listener) {
                connection.push(frame.clone(), capacity);
                delivered += 1;
            }
        }
        Ok(delivered)
    }

    /// Who follows the event's chat reads it: those who may no longer do so were taken out when they lost the right.
    fn chat_followers<'a>(&self, index: &'a Index) -> &'a [Arc<Connection>] {
        match (self.audience.reach, self.audience.chat) {
            (Reach::Message | Reach::Chat | Reach::Task, Some(chat)) => index.followers(Topic::Chat(chat)),
            _ => &[],
        }
    }

    /// Those who hear of it because they follow the workspace, or because it concerns them.
    fn others<'a>(&self, index: &'a Index) -> Vec<&'a Arc<Connection>> {
        let mut others = Vec::new();
        for user in &self.audience.people {
            let connections = index.of_user(*user);
            if !connections.is_empty() && self.concerns(*user) {
                others.extend(connections);
            }
        }
        if let (Reach::Chat | Reach::Task | Reach::Workspace | Reach::Invite, Some(workspace)) =
            (self.audience.reach, self.audience.workspace)
        {
            let topic = Topic::Workspace(workspace);
            let hears = |connection: &&Arc<Connection>| self.hears(connection.listener.user, topic);
            others.extend(index.followers(topic).iter().filter(hears));
        }
        others
    }

    /// Whether it concerns somebody.
    pub(super) fn concerns(&self, user: UserId) -> bool {
        let role = role_in(self.workspace.as_deref(), user);
        self.audience.concerns(user, role, self.chat.as_deref())
    }

    /// Whether somebody hears of it because they follow this topic.
    pub(super) fn hears(&self, user: UserId, topic: Topic) -> bool {
        role_in(self.workspace.as_deref(), user).is_some_and(|role| {
            self.audience
                .is_heard_by(topic, Viewer { user, role }, self.chat.as_deref())
        })
    }

    /// Somebody's frame, made if need be.
    pub(super) async fn frame_for(
        &mut self,
        listener: &Listener,
        scribe: &mut Scribe,
    ) -> PortResult<Message> {
        loop {
            if let Some(frame) = self.frames.of(listener) {
                return Ok(frame.clone());
            }
            let mut wanted = Wanted::default();
            self.frames.want(listener, &mut wanted);
            self.make(wanted, scribe).await?;
        }
    }
}

/// Somebody's role, in a deleted workspace too: its members hear that it is gone.
fn role_in(workspace: Option<&Workspace>, user: UserId) -> Option<Role> {
    workspace?.members.get(&user).map(|member| member.role)
}
