//! Who may hear of an event.
//!
//! Responsible for the rule alone, as a pure function of the event, its aggregate and the rights of the moment. It refuses to know of
//! connections and how an event travels to them.

use super::{Document, Event, Recorded};
use crate::access::Viewer;
use crate::chat::{Chat, ChatEvent, ChatKind};
use crate::message::MessageEvent;
use crate::workspace::{Role, WorkspaceEvent};
use crate::{ChatId, UserId, WorkspaceId};

/// What somebody can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A chat: itself, its messages and its tasks.
    Chat(ChatId),
    /// A workspace: itself, its members, and those of its chats and tasks that the follower may see. No messages.
    Workspace(WorkspaceId),
}

impl Topic {
    /// Whether somebody may follow it. Their role is that in the topic's workspace, `chat` the topic's chat if it is one.
    #[must_use]
    pub fn is_open_to(self, viewer: Viewer, chat: Option<&Chat>) -> bool {
        match self {
            Self::Chat(id) => chat.is_some_and(|chat| chat.id == id && chat.is_readable_by(viewer)),
            Self::Workspace(_) => true,
        }
    }
}

/// Who may hear of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The workspace in which it happened; none for what happens to an account.
    pub workspace: Option<WorkspaceId>,
    /// The chat in which it happened.
    pub chat: Option<ChatId>,
    /// The people whom it concerns: they hear of it without following anything.
    pub people: Vec<UserId>,
    /// Which followers hear of it.
    pub reach: Reach,
}

/// Which followers hear of an event, next to the people whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// None.
    Personal,
    /// None, and the people concerned only as long as they can read the chat.
    Mention,
    /// Of a message: followers of the chat.
    Message,
    /// Of a chat: its followers, and those of the workspace who may know of it.
    Chat,
    /// Of a task: followers of its chat, and those of the workspace who may see it.
    Task,
    /// Of a workspace: all its followers.
    Workspace,
    /// Of an invite: followers of the workspace who manage it.
    Invite,
}

impl Audience {
    /// The audience of an event; `document` is its aggregate, after the event or later.
    #[must_use]
    pub fn of(recorded: &Recorded, document: &Document) -> Self {
        let (workspace, chat, reach) = match document {
            Document::User(_) => (None, None, Reach::Personal),
            Document::Workspace(workspace) => (Some(workspace.id), None, Reach::Workspace),
            Document::Chat(chat) => (Some(chat.workspace_id), Some(chat.id), Reach::Chat),
            Document::Message(message) => (Some(message.workspace_id), Some(message.chat_id), Reach::Message),
            Document::Task(task) => (Some(task.workspace_id), task.chat, Reach::Task),
        };
        let (people, reach) = match (&recorded.event, document) {
            (Event::User(_), Document::User(user)) => (vec![user.id], reach),
            (Event::Workspace(event), Document::Workspace(workspace)) => match event {
                WorkspaceEvent::Created { owner_id, .. } => (vec![*owner_id], reach),
                WorkspaceEvent::MemberAdded { user_id, .. }
                | WorkspaceEvent::MemberRemoved { user_id }
                | WorkspaceEvent::MemberRoleChanged { user_id, .. } => (vec![*user_id], reach),
                WorkspaceEvent::OwnershipTransferred { from, to } => (vec![*from, *to], reach),
                WorkspaceEvent::InviteCreated { .. }
                | WorkspaceEvent::InviteAccepted { .. }
                | WorkspaceEvent::InviteRevoked { .. } => (Vec::new(), Reach::Invite),
                WorkspaceEvent::Deleted => (workspace.members.keys().copied().collect(), reach),
                WorkspaceEvent::Renamed { .. } | WorkspaceEvent::Described { .. } => (Vec::new(), reach),
            },
            (Event::Chat(event), Document::Chat(chat)) => match event {
                ChatEvent::Created { participants, .. } => {
                    (participants.iter().map(|(user, _)| *user).collect(), reach)
                }
                ChatEvent::Deleted { .. } => (chat.participants.keys().copied().collect(), reach),
                ChatEvent::ParticipantAdded { user_id, .. }
                | ChatEvent::ParticipantRemoved { user_id }
                | ChatEvent::ParticipantRoleChanged { user_id, .. } => (vec![*user_id], reach),
                ChatEvent::Renamed { .. }
                | ChatEvent::TopicSet { .. }
                | ChatEvent::Closed
                | ChatEvent::Reopened
                | ChatEvent::MessagePinned { .. }
                | ChatEvent::MessageUnpinned { .. } => (Vec::new(), reach),
            },
            (Event::Message(MessageEvent::Mentioned { user_id }), _) => (vec![*user_id], Reach::Mention),
            (
                Event::User(_) | Event::Workspace(_) | Event::Chat(_) | Event::Message(_) | Event::Task(_),
                _,
            ) => (Vec::new(), reach),
        };
        Self {
            workspace,
            chat,
            people,
            reach,
        }
    }

    /// Whether it concerns somebody, who then hears of it without following anything.
    ///
    /// `role` is theirs in the event's workspace at this moment, `chat` the event's chat.
    #[must_use]
    pub fn concerns(&self, user: UserId, role: Option<Role>, chat: Option<&Chat>) -> bool {
        self.people.contains(&user)
            && match self.reach {
                Reach::Mention => role
                    .zip(chat)
                    .is_some_and(|(role, chat)| chat.is_readable_by(Viewer { user, role })),
                Reach::Personal
                | Reach::Message
                | Reach::Chat
                | Reach::Task
                | Reach::Workspace
                | Reach::Invite => true,
            }
    }

    /// Whether somebody who follows this topic hears of it. `viewer` has the role in the event's workspace at this moment, `chat` is the
    /// event's chat.
    #[must_use]
    pub fn is_heard_by(&self, topic: Topic, viewer: Viewer, chat: Option<&Chat>) -> bool {
        let reads = || chat.is_some_and(|chat| chat.is_readable_by(viewer));
        match topic {
            Topic::Chat(id) => {
                self.chat == Some(id)
                    && match self.reach {
                        Reach::Message | Reach::Task => reads(),
                        Reach::Chat => chat.is_some_and(|chat| is_or_was_visible(chat, viewer)),
                        Reach::Personal | Reach::Mention | Reach::Workspace | Reach::Invite => false,
                    }
            }
            Topic::Workspace(id) => {
                self.workspace == Some(id)
                    && match self.reach {
                        Reach::Chat => chat.is_some_and(|chat| is_or_was_visible(chat, viewer)),
                        Reach::Task if self.chat.is_some() => reads(),
                        Reach::Task => viewer.role > Role::Guest,
                        Reach::Workspace => true,
                        Reach::Invite => viewer.role >= Role::Admin,
                        Reach::Personal | Reach::Mention | Reach::Message => false,
                    }
            }
        }
    }
}

/// Who could see a chat must hear that it is gone.
fn is_or_was_visible(chat: &Chat, viewer: Viewer) -> bool {
    chat.participants.contains_key(&viewer.user)
        || match chat.kind {
            ChatKind::Direct => false,
            ChatKind::Group => viewer.role >= Role::Admin,
            ChatKind::Channel => viewer.role > Role::Guest,
        }
}
