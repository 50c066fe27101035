//! Turning what the core knows into bodies, with as few lookups as there are kinds of things to look up.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use flowra_core::chat::Chat;
use flowra_core::message::Placed;
use flowra_core::task::Task;
use flowra_core::workspace::{Member, Workspace};
use flowra_core::{ChatId, PortResult, Ports, UserId, Viewer};

use super::{ChatBody, MemberBody, MessageBody, People, TaskBody, WorkspaceBody};

/// Renders bodies for a reader who may see them. A page costs one lookup of all its people, never one an item.
#[derive(Clone)]
pub struct Renderer {
    ports: Arc<Ports>,
}

impl Renderer {
    /// A renderer that looks things up in these ports.
    #[must_use]
    pub const fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    /// These people, each looked up once.
    ///
    /// # Errors
    /// The store's failure, here and in all the methods below.
    pub async fn people(&self, ids: impl IntoIterator<Item = UserId> + Send) -> PortResult<People> {
        let ids: HashSet<UserId> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(People::default());
        }
        let users = self.ports.users.load_many(ids.into_iter().collect()).await?;
        Ok(users.into_iter().collect())
    }

    /// Messages, in the order given.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn messages(&self, viewer: UserId, messages: Vec<Placed>) -> PortResult<Vec<MessageBody>> {
        let named: Vec<UserId> = messages
            .iter()
            .flat_map(|placed| MessageBody::named(&placed.message))
            .collect();
        let people = self.people(named).await?;
        Ok(messages
            .iter()
            .map(|placed| MessageBody::new(placed, Some(viewer), &people))
            .collect())
    }

    /// One message.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn message(&self, viewer: UserId, placed: &Placed) -> PortResult<MessageBody> {
        let named: Vec<UserId> = MessageBody::named(&placed.message).collect();
        let people = self.people(named).await?;
        Ok(MessageBody::new(placed, Some(viewer), &people))
    }

    /// Chats of one workspace, in the order given. A last message is shown only in chats that the viewer reads.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn chats(&self, viewer: Viewer, chats: Vec<Arc<Chat>>) -> PortResult<Vec<ChatBody>> {
        let readable: Vec<ChatId> = chats
            .iter()
            .filter(|chat| chat.is_readable_by(viewer))
            .map(|chat| chat.id)
            .collect();
        let newest: HashMap<ChatId, Placed> = self
            .ports
            .messages
            .newest(readable.clone())
            .await?
            .into_iter()
            .map(|placed| (placed.message.chat_id, placed))
            .collect();
        let standings = self.ports.marks.standings(viewer.user, readable.clone()).await?;
        let standings: HashMap<ChatId, _> = readable.into_iter().zip(standings).collect();
        let named: Vec<UserId> = chats
            .iter()
            .flat_map(|chat| ChatBody::named(chat, newest.get(&chat.id)))
            .collect();
        let people = self.people(named).await?;
        Ok(chats
            .iter()
            .map(|chat| {
                let last = newest
                    .get(&chat.id)
                    .map(|placed| MessageBody::new(placed, Some(viewer.user), &people));
                let standing = standings.get(&chat.id).copied().unwrap_or_default();
                ChatBody::new(chat, standing, last, &people)
            })
            .collect())
    }

    /// Tasks, in the order given.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn tasks(&self, tasks: Vec<Arc<Task>>) -> PortResult<Vec<TaskBody>> {
        let named: Vec<UserId> = tasks.iter().flat_map(|task| TaskBody::named(task)).collect();
        let people = self.people(named).await?;
        Ok(tasks.iter().map(|task| TaskBody::new(task, &people)).collect())
    }

    /// Members of a workspace, in the order given.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn members(&self, members: Vec<(UserId, Member)>) -> PortResult<Vec<MemberBody>> {
        let named: Vec<UserId> = members.iter().map(|(user, _)| *user).collect();
        let people = self.people(named).await?;
        Ok(members
            .into_iter()
            .map(|(user, member)| MemberBody::new(user, member, &people))
            .collect())
    }

    /// A workspace as somebody sees it; needs no lookup.
    #[must_use]
    pub fn workspace(&self, viewer: UserId, workspace: &Workspace) -> WorkspaceBody {
        WorkspaceBody::new(workspace, workspace.role_of(viewer))
    }
}
