//! What a new task is made of.

use flowra_core::task::{
    Due, Labels, Priority, Rank, Severity, TaskDescription, TaskEvent, TaskKind, TaskTitle,
};
use flowra_core::{ChatId, MessageId, TaskId, UserId, WorkspaceId};

use super::{prefix, text};

/// A task to be made: plain but for what a test sets.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// What kind of work; `task`.
    pub kind: TaskKind,
    /// What is to be done.
    pub title: TaskTitle,
    /// More about it; nothing.
    pub description: TaskDescription,
    /// How urgent it is; `Medium`.
    pub priority: Priority,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Who does it.
    pub assignee: Option<UserId>,
    /// When it is due.
    pub due: Option<Due>,
    /// What it is about.
    pub labels: Labels,
    /// The epic of which it is a part.
    pub epic: Option<TaskId>,
    /// The chat that it came from.
    pub chat: Option<ChatId>,
    /// The message that it came from.
    pub message: Option<MessageId>,
}

impl NewTask {
    /// A task with this title and nothing else.
    ///
    /// # Panics
    /// When it is no title.
    #[must_use]
    pub fn titled(title: &str) -> Self {
        Self {
            kind: TaskKind::Task,
            title: text(title, TaskTitle::parse),
            description: TaskDescription::default(),
            priority: Priority::default(),
            severity: None,
            assignee: None,
            due: None,
            labels: Labels::default(),
            epic: None,
            chat: None,
            message: None,
        }
    }

    /// A task with this title that came from a chat.
    ///
    /// # Panics
    /// When it is no title.
    #[must_use]
    pub fn in_chat(title: &str, chat: ChatId) -> Self {
        Self {
            chat: Some(chat),
            ..Self::titled(title)
        }
    }

    pub(super) fn created(self, workspace: WorkspaceId, reporter: UserId, number: u64) -> TaskEvent {
        TaskEvent::Created {
            workspace_id: workspace,
            key_prefix: prefix(),
            number,
            kind: self.kind,
            title: self.title,
            description: self.description,
            priority: self.priority,
            severity: self.severity,
            assignee_id: self.assignee,
            reporter_id: reporter,
            due_date: self.due,
            labels: self.labels,
            epic_id: self.epic,
            rank: Rank::initial(number),
            chat_id: self.chat,
            message_id: self.message,
        }
    }
}
