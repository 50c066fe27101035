//! What stands around a task on its page: whom it can be given to, its epic's progress, its thread, and its history in sentences.

use std::sync::Arc;

use flowra_core::chat::{Chat, ChatKind, ChatRef, ChatState};
use flowra_core::event::{Event, Recorded, Version};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::task::{
    Column, FindTask, ListActivity, ListTasks, SortBy, Task, TaskEvent, TaskKind, TaskQuery, TaskSort,
};
use flowra_core::time::Timestamp;
use flowra_core::{ChatId, Error, MessageId, TaskId, UserId, WorkspaceId};

use super::message::{self, MessageView};
use super::problem::Problem;
use super::shell;
use super::visitor::Reader;

/// How much of a task's history its page shows.
const HAPPENINGS: u64 = 50;

/// Somebody or something to choose.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) name: String,
}

/// How far an epic is.
pub(super) struct Progress {
    pub(super) done: usize,
    pub(super) all: usize,
    /// Whether there are more parts than these.
    pub(super) has_more: bool,
    /// Its parts, each by key and title.
    pub(super) parts: Vec<Choice>,
}

/// Something that happened to a task.
pub(super) struct Happening {
    pub(super) who: String,
    pub(super) what: String,
    pub(super) at: Timestamp,
}

/// The members of a workspace, by name, and this person if they are given by their id: who has left still has what they were given.
pub(super) async fn people(
    reader: &Reader,
    workspace: WorkspaceId,
    given: &str,
) -> Result<Vec<Choice>, Problem> {
    let workspaces = &reader.state.app.workspaces;
    let found = workspaces.find(&reader.caller, workspace).await?;
    let members: Vec<UserId> = found.members.keys().copied().collect();
    let gone = given.parse::<UserId>().ok();
    let gone = gone.filter(|id| !found.members.contains_key(id));
    let people = reader
        .state
        .renderer
        .people(members.iter().copied().chain(gone))
        .await?;
    let choice = |id: &UserId| Choice {
        id: id.to_string(),
        name: people.person(*id).display_name,
    };
    let mut choices: Vec<_> = members.iter().map(choice).collect();
    choices.sort_by_key(|choice| choice.name.to_lowercase());
    choices.extend(gone.map(|id| Choice {
        id: id.to_string(),
        name: format!("{} (no member)", people.person(id).display_name),
    }));
    Ok(choices)
}

async fn list(
    reader: &Reader,
    workspace: WorkspaceId,
    filter: TaskQuery,
    descending: bool,
) -> Result<(Vec<Arc<Task>>, bool), Problem> {
    let query = ListTasks {
        workspace,
        filter,
        sort: TaskSort {
            by: SortBy::CreatedAt,
            descending,
        },
        page: PageRequest::first(Limit::MAX),
    };
    let page = reader.state.app.tasks.list(&reader.caller, query).await?;
    Ok((page.items, page.has_more))
}

/// A task to choose.
pub(super) fn choice(task: &Task) -> Choice {
    Choice {
        id: task.id.to_string(),
        name: format!("{} {}", task.key, task.title.as_str()),
    }
}

/// The newest hundred epics of a workspace, and this one if it is given by its id; whatever else is given is none.
pub(super) async fn epics(
    reader: &Reader,
    workspace: WorkspaceId,
    given: &str,
) -> Result<Vec<Choice>, Problem> {
    let filter = TaskQuery {
        kind: Some(TaskKind::Epic.as_str().to_owned()),
        ..TaskQuery::default()
    };
    let (epics, _) = list(reader, workspace, filter, true).await?;
    let mut choices: Vec<Choice> = epics.iter().map(|epic| choice(epic)).collect();
    let is_there = choices.iter().any(|one| one.id == given);
    if let Some(id) = given.parse::<TaskId>().ok().filter(|_| !is_there) {
        let query = FindTask {
            workspace,
            task: id.to_string(),
        };
        choices.push(match reader.state.app.tasks.find(&reader.caller, query).await {
            Ok(epic) => choice(&epic),
            // Its parts say which epic they belong to, also to those who do not see it.
            Err(Error::Refused(_)) => Choice {
                id: id.to_string(),
                name: "an epic that you cannot see".to_owned(),
            },
            Err(failure) => return Err(failure.into()),
        });
    }
    Ok(choices)
}

/// How many of an epic's first hundred parts are done; cancelled ones are none. Nothing of other kinds.
pub(super) async fn progress(reader: &Reader, task: &Task) -> Result<Option<Progress>, Problem> {
    if task.kind != TaskKind::Epic {
        return Ok(None);
    }
    let filter = TaskQuery {
        epic: Some(task.id.to_string()),
        ..TaskQuery::default()
    };
    let (mut parts, has_more) = list(reader, task.workspace_id, filter, false).await?;
    parts.retain(|part| part.status.column() != Column::Cancelled);
    Ok(Some(Progress {
        done: parts
            .iter()
            .filter(|part| part.status.column() == Column::Done)
            .count(),
        all: parts.len(),
        has_more,
        parts: parts.iter().map(|part| choice(part)).collect(),
    }))
}

/// What was said in a task's thread.
pub(super) struct Comments {
    pub(super) chat: ChatId,
    pub(super) root: MessageId,
    /// The first hundred.
    pub(super) first: Vec<MessageView>,
    pub(super) has_more: bool,
}

/// Its thread.
pub(super) enum Thread {
    /// It is there.
    There(Comments),
    /// It begins with the first comment: in the task's chat, or in one of these channels if it has none.
    Begins(Vec<Choice>),
    /// The chat in which it was is gone.
    Gone,
}

impl Thread {
    pub(super) async fn load(reader: &Reader, task: &Task) -> Result<Self, Problem> {
        let Some(root) = task.message else {
            let channels = match task.chat {
                Some(_) => Vec::new(),
                None => channels(reader, task.workspace_id).await?,
            };
            return Ok(Self::Begins(channels));
        };
        match reader.state.app.messages.find(&reader.caller, root).await {
            Ok(placed) => {
                let chat = placed.message.chat_id;
                Ok(Self::There(
                    Comments::load(reader, task.workspace_id, chat, root).await?,
                ))
            }
            Err(Error::Refused(_)) => Ok(Self::Gone),
            Err(failure) => Err(failure.into()),
        }
    }
}

/// The open channels in which the reader takes part.
async fn channels(reader: &Reader, workspace: WorkspaceId) -> Result<Vec<Choice>, Problem> {
    let chats = shell::taken(reader, workspace).await?;
    let is_offered = |chat: &&Arc<Chat>| chat.kind == ChatKind::Channel && chat.state == ChatState::Open;
    let choice = |chat: &Arc<Chat>| Choice {
        id: chat.id.to_string(),
        name: chat
            .title
            .as_ref()
            .map_or_else(String::new, |title| title.as_str().to_owned()),
    };
    let mut channels: Vec<_> = chats.iter().filter(is_offered).map(choice).collect();
    channels.sort_by_key(|channel| channel.name.to_lowercase());
    Ok(channels)
}

impl Thread {
    /// The chat of the comments, if the reader cannot write in it: they take no part, or it is closed.
    pub(super) async fn closed_to(&self, reader: &Reader, task: &Task) -> Result<Option<ChatId>, Problem> {
        let chat = match self {
            Self::There(comments) => Some(comments.chat),
            Self::Begins(_) => task.chat,
            Self::Gone => None,
        };
        let Some(chat) = chat else { return Ok(None) };
        let named = ChatRef {
            workspace: task.workspace_id,
            chat,
            expected: None,
        };
        let takes_part = match reader.state.app.chats.find(&reader.caller, named).await {
            Ok(chat) => chat.state == ChatState::Open && chat.role_of(reader.caller.user).is_some(),
            Err(Error::Refused(_)) => false,
            Err(failure) => return Err(failure.into()),
        };
        Ok((!takes_part).then_some(chat))
    }
}

impl Comments {
    async fn load(
        reader: &Reader,
        workspace: WorkspaceId,
        chat: ChatId,
        root: MessageId,
    ) -> Result<Self, Problem> {
        let (caller, page) = (&reader.caller, PageRequest::first(Limit::MAX));
        let replies = reader.state.app.messages.thread(caller, root, page).await?;
        let bodies = reader.state.renderer.messages(caller.user, replies.items).await?;
        Ok(Self {
            chat,
            root,
            first: message::group(&reader.tasks(workspace).await?, bodies),
            has_more: replies.has_more,
        })
    }
}

/// The newest of what happened to it, the newest first.
pub(super) async fn happenings(reader: &Reader, task: &Task) -> Result<Vec<Happening>, Problem> {
    let query = ListActivity {
        workspace: task.workspace_id,
        task: task.id.to_string(),
        page: PageRequest {
            limit: Limit::MAX,
            after: Some(Version::new(task.version.get().saturating_sub(HAPPENINGS))),
        },
    };
    let page = reader.state.app.tasks.activity(&reader.caller, query).await?;
    let named: Vec<UserId> = page.items.iter().flat_map(named).collect();
    let people = reader.state.renderer.people(named).await?;
    let mut happenings: Vec<Happening> = page
        .items
        .iter()
        .map(|recorded| Happening {
            who: people.person(recorded.actor).display_name,
            what: what(&recorded.event, |user| people.person(user).display_name),
            at: recorded.time,
        })
        .collect();
    happenings.reverse();
    Ok(happenings)
}

fn named(recorded: &Recorded) -> Vec<UserId> {
    match &recorded.event {
        Event::Task(TaskEvent::Assigned { assignee_id }) => vec![recorded.actor, *assignee_id],
        _ => vec![recorded.actor],
    }
}

/// What somebody did, to be read after their name.
fn what(event: &Event, name: impl Fn(UserId) -> String) -> String {
    let Event::Task(event) = event else {
        return event.name().to_owned();
    };
    match event {
        TaskEvent::Created { .. } => "made it".to_owned(),
        TaskEvent::Renamed { title } => format!("renamed it to “{}”", title.as_str()),
        TaskEvent::Described { .. } => "changed the description".to_owned(),
        TaskEvent::StatusChanged { from, to } => format!("moved it from {from} to {to}"),
        TaskEvent::Assigned { assignee_id } => format!("gave it to {}", name(*assignee_id)),
        TaskEvent::Unassigned => "took it from its assignee".to_owned(),
        TaskEvent::PrioritySet { priority } => format!("set the priority to {priority}"),
        TaskEvent::SeveritySet {
            severity: Some(severity),
        } => format!("set the severity to {severity}"),
        TaskEvent::SeveritySet { severity: None } => "cleared the severity".to_owned(),
        TaskEvent::DueDateSet { due_date } => format!("made it due {due_date}"),
        TaskEvent::DueDateCleared => "cleared the due date".to_owned(),
        TaskEvent::LabelsChanged { .. } => "changed the labels".to_owned(),
        TaskEvent::EpicSet { epic_id: Some(_) } => "put it into an epic".to_owned(),
        TaskEvent::EpicSet { epic_id: None } => "took it out of its epic".to_owned(),
        TaskEvent::Moved { .. } => "moved it within its column".to_owned(),
        TaskEvent::ThreadBegun { .. } => "began its thread".to_owned(),
        TaskEvent::AttachmentAdded { .. } => "attached a file".to_owned(),
        TaskEvent::AttachmentRemoved { .. } => "took a file away".to_owned(),
        TaskEvent::Deleted => "deleted it".to_owned(),
    }
}
