//! A task.

use flowra_core::task::{Column, Due, Priority, Severity, Status, Task, TaskKind};
use flowra_core::time::Timestamp;
use flowra_core::{ChatId, MessageId, TaskId, UserId, WorkspaceId};
use salvo::oapi::ToSchema;
use serde::Serialize;

use super::{People, PersonBody, WordOf};

/// A task, bug or epic; the same for everybody who may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TaskBody {
    /// Its id.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub id: TaskId,
    /// Its name among people, such as `FLOW-12`.
    pub key: String,
    /// Where it belongs.
    #[salvo(schema(value_type = String, format = Uuid))]
    pub workspace_id: WorkspaceId,
    /// `task`, `bug` or `epic`.
    #[salvo(schema(value_type = WordOf<TaskKind>))]
    pub kind: &'static str,
    /// What is to be done.
    pub title: String,
    /// More about it, in Markdown.
    pub description: String,
    /// Where it stands, in the words of its kind.
    #[salvo(schema(value_type = WordOf<Status>))]
    pub status: &'static str,
    /// The board's column in which it stands.
    #[salvo(schema(value_type = WordOf<Column>))]
    pub column: &'static str,
    /// `Low`, `Medium`, `High` or `Critical`.
    #[salvo(schema(value_type = WordOf<Priority>))]
    pub priority: &'static str,
    /// Bugs only: `Critical`, `Major`, `Minor` or `Trivial`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = WordOf<Severity>, required = false))]
    pub severity: Option<&'static str>,
    /// Who does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<PersonBody>,
    /// Who asked for it.
    pub reporter: PersonBody,
    /// When it is due: a day, or a point in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = String, required = false))]
    pub due_date: Option<Due>,
    /// What it is about.
    pub labels: Vec<String>,
    /// The epic of which it is a part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    pub epic_id: Option<TaskId>,
    /// The chat that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    pub chat_id: Option<ChatId>,
    /// The message that it came from; its thread is the task's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    pub message_id: Option<MessageId>,
    /// Its place in its column: cards stand in the order of these texts, byte by byte.
    pub rank: String,
    /// When it was made.
    #[salvo(schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When anything about it changed last.
    #[salvo(schema(value_type = String, format = DateTime))]
    pub updated_at: Timestamp,
    /// How often it changed, its creation included; what `If-Match` wants.
    pub version: u64,
}

impl TaskBody {
    /// The task.
    #[must_use]
    pub fn new(task: &Task, people: &People) -> Self {
        Self {
            id: task.id,
            key: task.key.to_string(),
            workspace_id: task.workspace_id,
            kind: task.kind.as_str(),
            title: task.title.as_str().to_owned(),
            description: task.description.as_str().to_owned(),
            status: task.status.as_str(),
            column: task.status.column().as_str(),
            priority: task.priority.as_str(),
            severity: task.severity.map(Severity::as_str),
            assignee: task.assignee.map(|user| people.person(user)),
            reporter: people.person(task.reporter),
            due_date: task.due,
            labels: task
                .labels
                .as_slice()
                .iter()
                .map(|label| label.as_str().to_owned())
                .collect(),
            epic_id: task.epic,
            chat_id: task.chat,
            message_id: task.message,
            rank: task.rank.as_str().to_owned(),
            created_at: task.created_at,
            updated_at: task.updated_at,
            version: task.version.get(),
        }
    }

    /// The people whom the body of this task names.
    pub fn named(task: &Task) -> impl Iterator<Item = UserId> {
        task.assignee.into_iter().chain([task.reporter])
    }
}
