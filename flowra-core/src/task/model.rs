//! The task aggregate: its state, its events, and how they fold.

use std::fmt;
use std::str::FromStr;

use super::{Due, Labels, Priority, Rank, Severity, Status, TaskDescription, TaskKind, TaskTitle};
use crate::event::Version;
use crate::time::Timestamp;
use crate::workspace::KeyPrefix;
use crate::{ChatId, FileId, MessageId, TaskId, UserId, WorkspaceId};

/// A piece of work: a task, a bug, or an epic.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Its name among people.
    pub key: TaskKey,
    /// Where it belongs.
    pub workspace_id: WorkspaceId,
    /// What kind of work.
    pub kind: TaskKind,
    /// What is to be done.
    pub title: TaskTitle,
    /// More about it.
    pub description: TaskDescription,
    /// Where it stands; one of its kind's.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// How bad it is; bugs only.
    pub severity: Option<Severity>,
    /// Who does it.
    pub assignee: Option<UserId>,
    /// Who asked for it.
    pub reporter: UserId,
    /// When it is due.
    pub due: Option<Due>,
    /// What it is about.
    pub labels: Labels,
    /// The epic of which it is a part.
    pub epic: Option<TaskId>,
    /// Its place in its column.
    pub rank: Rank,
    /// Files.
    pub attachments: Vec<FileId>,
    /// The chat that it came from, whose readers are the ones who see it.
    pub chat: Option<ChatId>,
    /// The root of its thread: the one it came from, or one that began with the first comment on it.
    pub message: Option<MessageId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When anything about it changed last.
    pub updated_at: Timestamp,
    /// Whether it is gone.
    pub is_deleted: bool,
    /// The version of its stream.
    pub version: Version,
}

/// What can happen to a task.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "type", content = "data")
)]
#[expect(
    clippy::large_enum_variant,
    reason = "a creation is the only large event, each task has one, and a box would stand in every match"
)]
pub enum TaskEvent {
    /// It was made.
    #[cfg_attr(feature = "serde", serde(rename = "task.created"))]
    Created {
        /// Where it belongs.
        workspace_id: WorkspaceId,
        /// How its key begins.
        key_prefix: KeyPrefix,
        /// How its key ends: one more than the task before it.
        number: u64,
        /// What kind of work.
        kind: TaskKind,
        /// What is to be done.
        title: TaskTitle,
        /// More about it.
        description: TaskDescription,
        /// How urgent it is.
        priority: Priority,
        /// How bad it is; bugs only.
        severity: Option<Severity>,
        /// Who does it.
        assignee_id: Option<UserId>,
        /// Who asked for it.
        reporter_id: UserId,
        /// When it is due.
        due_date: Option<Due>,
        /// What it is about.
        labels: Labels,
        /// The epic of which it is a part.
        epic_id: Option<TaskId>,
        /// Its place in its column.
        rank: Rank,
        /// The chat that it came from.
        chat_id: Option<ChatId>,
        /// The message that it came from.
        message_id: Option<MessageId>,
    },
    /// It has another title.
    #[cfg_attr(feature = "serde", serde(rename = "task.renamed"))]
    Renamed {
        /// The title from now on.
        title: TaskTitle,
    },
    /// It has another description.
    #[cfg_attr(feature = "serde", serde(rename = "task.described"))]
    Described {
        /// The description from now on.
        description: TaskDescription,
    },
    /// It has another status.
    #[cfg_attr(feature = "serde", serde(rename = "task.status_changed"))]
    StatusChanged {
        /// The status until now.
        from: Status,
        /// The status from now on.
        to: Status,
    },
    /// Somebody does it.
    #[cfg_attr(feature = "serde", serde(rename = "task.assigned"))]
    Assigned {
        /// Who.
        assignee_id: UserId,
    },
    /// Nobody does it.
    #[cfg_attr(feature = "serde", serde(rename = "task.unassigned"))]
    Unassigned,
    /// It has another priority.
    #[cfg_attr(feature = "serde", serde(rename = "task.priority_set"))]
    PrioritySet {
        /// The priority from now on.
        priority: Priority,
    },
    /// It has another severity, or none.
    #[cfg_attr(feature = "serde", serde(rename = "task.severity_set"))]
    SeveritySet {
        /// The severity from now on.
        severity: Option<Severity>,
    },
    /// It is due at another time.
    #[cfg_attr(feature = "serde", serde(rename = "task.due_date_set"))]
    DueDateSet {
        /// When.
        due_date: Due,
    },
    /// It is not due at any time.
    #[cfg_attr(feature = "serde", serde(rename = "task.due_date_cleared"))]
    DueDateCleared,
    /// It has other labels.
    #[cfg_attr(feature = "serde", serde(rename = "task.labels_changed"))]
    LabelsChanged {
        /// The labels from now on.
        labels: Labels,
    },
    /// It is a part of another epic, or of none.
    #[cfg_attr(feature = "serde", serde(rename = "task.epic_set"))]
    EpicSet {
        /// The epic from now on.
        epic_id: Option<TaskId>,
    },
    /// It has another place in its column.
    #[cfg_attr(feature = "serde", serde(rename = "task.moved"))]
    Moved {
        /// The place from now on.
        rank: Rank,
    },
    /// Its thread begins, which it did not come from.
    #[cfg_attr(feature = "serde", serde(rename = "task.thread_begun"))]
    ThreadBegun {
        /// The root.
        message_id: MessageId,
    },
    /// A file was attached.
    #[cfg_attr(feature = "serde", serde(rename = "task.attachment_added"))]
    AttachmentAdded {
        /// Which.
        file_id: FileId,
    },
    /// A file was taken away.
    #[cfg_attr(feature = "serde", serde(rename = "task.attachment_removed"))]
    AttachmentRemoved {
        /// Which.
        file_id: FileId,
    },
    /// It is gone; its number is not used again.
    #[cfg_attr(feature = "serde", serde(rename = "task.deleted"))]
    Deleted,
}

impl TaskEvent {
    /// The public name of the event.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "task.created",
            Self::Renamed { .. } => "task.renamed",
            Self::Described { .. } => "task.described",
            Self::StatusChanged { .. } => "task.status_changed",
            Self::Assigned { .. } => "task.assigned",
            Self::Unassigned => "task.unassigned",
            Self::PrioritySet { .. } => "task.priority_set",
            Self::SeveritySet { .. } => "task.severity_set",
            Self::DueDateSet { .. } => "task.due_date_set",
            Self::DueDateCleared => "task.due_date_cleared",
            Self::LabelsChanged { .. } => "task.labels_changed",
            Self::EpicSet { .. } => "task.epic_set",
            Self::Moved { .. } => "task.moved",
            Self::ThreadBegun { .. } => "task.thread_begun",
            Self::AttachmentAdded { .. } => "task.attachment_added",
            Self::AttachmentRemoved { .. } => "task.attachment_removed",
            Self::Deleted => "task.deleted",
        }
    }
}

impl Task {
    /// The task that the first event of a stream makes; `None` when it is not a creation.
    #[must_use]
    pub fn created(id: TaskId, event: &TaskEvent, _actor: UserId, time: Timestamp) -> Option<Self> {
        let TaskEvent::Created {
            workspace_id,
            key_prefix,
            number,
            kind,
            title,
            description,
            priority,
            severity,
            assignee_id,
            reporter_id,
            due_date,
            labels,
            epic_id,
            rank,
            chat_id,
            message_id,
        } = event
        else {
            return None;
        };
        Some(Self {
            id,
            key: TaskKey {
                prefix: key_prefix.clone(),
                number: *number,
            },
            workspace_id: *workspace_id,
            kind: *kind,
            title: title.clone(),
            description: description.clone(),
            status: kind.initial(),
            priority: *priority,
            severity: *severity,
            assignee: *assignee_id,
            reporter: *reporter_id,
            due: *due_date,
            labels: labels.clone(),
            epic: *epic_id,
            rank: rank.clone(),
            attachments: Vec::new(),
            chat: *chat_id,
            message: *message_id,
            created_at: time,
            updated_at: time,
            is_deleted: false,
            version: Version::NONE.next(),
        })
    }

    /// Folds the stream's next event into the state.
    pub fn apply(&mut self, event: &TaskEvent, time: Timestamp) {
        self.version = self.version.next();
        self.updated_at = time;
        match event {
            TaskEvent::Created { .. } => {}
            TaskEvent::Renamed { title } => self.title = title.clone(),
            TaskEvent::Described { description } => self.description = description.clone(),
            TaskEvent::StatusChanged { to, .. } => self.status = *to,
            TaskEvent::Assigned { assignee_id } => self.assignee = Some(*assignee_id),
            TaskEvent::Unassigned => self.assignee = None,
            TaskEvent::PrioritySet { priority } => self.priority = *priority,
            TaskEvent::SeveritySet { severity } => self.severity = *severity,
            TaskEvent::DueDateSet { due_date } => self.due = Some(*due_date),
            TaskEvent::DueDateCleared => self.due = None,
            TaskEvent::LabelsChanged { labels } => self.labels = labels.clone(),
            TaskEvent::EpicSet { epic_id } => self.epic = *epic_id,
            TaskEvent::Moved { rank } => self.rank = rank.clone(),
            TaskEvent::ThreadBegun { message_id } => self.message = Some(*message_id),
            TaskEvent::AttachmentAdded { file_id } => self.attachments.push(*file_id),
            TaskEvent::AttachmentRemoved { file_id } => self.attachments.retain(|file| file != file_id),
            TaskEvent::Deleted => self.is_deleted = true,
        }
    }
}

/// A task's name among people, such as `FLOW-12`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskKey {
    /// The workspace's prefix.
    pub prefix: KeyPrefix,
    /// The number in the workspace, from 1.
    pub number: u64,
}

impl fmt::Display for TaskKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.prefix, self.number)
    }
}

/// The text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadKey;

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a task's key: give one such as FLOW-12")
    }
}

impl std::error::Error for BadKey {}

impl FromStr for TaskKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let (prefix, number) = text.split_once('-').ok_or(BadKey)?;
        let prefix = KeyPrefix::parse(&prefix.to_ascii_uppercase()).map_err(|_| BadKey)?;
        if number.starts_with('0') || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadKey);
        }
        Ok(Self {
            prefix,
            number: number.parse().map_err(|_| BadKey)?,
        })
    }
}

#[cfg(feature = "serde")]
crate::text::serde_as_text!(TaskKey);
