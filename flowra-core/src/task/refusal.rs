//! Why the task's use cases refuse.

use std::fmt;

use super::{Status, TaskKind};
use crate::refusal::Code;
use crate::text::TextFault;

/// What is wrong with a request about a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskRefusal {
    /// A field breaks its rule.
    Invalid {
        /// The field.
        field: &'static str,
        /// Its fault.
        fault: TextFault,
    },
    /// A field has a word that is not among those of its set.
    UnknownWord {
        /// The field.
        field: &'static str,
        /// The words that would do.
        allowed: &'static str,
    },
    /// No such task for this caller.
    NotFound,
    /// The task was deleted.
    Deleted,
    /// The reference is neither an id nor a key.
    BadReference,
    /// The kind of task has no such status.
    NoSuchStatus {
        /// The kind.
        kind: TaskKind,
    },
    /// The kind of task has no status in this column.
    NoStatusInColumn {
        /// The kind.
        kind: TaskKind,
    },
    /// A cancelled task goes back to Backlog or its initial status only.
    Cancelled {
        /// Its kind.
        kind: TaskKind,
        /// Where it was to go.
        to: Status,
    },
    /// The task has, or would have, more labels than it may.
    TooManyLabels {
        /// How many it may have.
        max: usize,
    },
    /// Only bugs have a severity.
    SeverityOfBugsOnly,
    /// The assignee is no member of the workspace, or cannot see the task.
    AssigneeCannotSee,
    /// The epic named is no epic that the caller may see in this workspace.
    EpicNotFound,
    /// An epic is no part of another.
    EpicInEpic,
    /// The neighbour named does not stand in this column.
    NeighbourNotFound {
        /// How it was named: `before` or `after`.
        field: &'static str,
    },
    /// The two neighbours named do not stand one before the other.
    NeighboursCrossed,
    /// Guests make tasks in their chats only.
    GuestNeedsChat,
    /// Whoever sees a task without a chat must be able to read its thread, which therefore begins in a channel.
    ThreadNeedsChannel,
    /// Only the reporter and the admins of the chat or workspace delete a task.
    MayNotDelete,
    /// A bulk change names too many tasks or none.
    BulkSize {
        /// How many it may name.
        max: usize,
    },
    /// A bulk change names no change, or several.
    BulkNeedsOneChange,
}

impl TaskRefusal {
    /// Its stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Invalid { .. }
            | Self::UnknownWord { .. }
            | Self::BadReference
            | Self::TooManyLabels { .. }
            | Self::SeverityOfBugsOnly
            | Self::AssigneeCannotSee
            | Self::EpicNotFound
            | Self::EpicInEpic
            | Self::NeighbourNotFound { .. }
            | Self::NeighboursCrossed
            | Self::ThreadNeedsChannel
            | Self::BulkSize { .. }
            | Self::BulkNeedsOneChange => Code::ValidationError,
            Self::NotFound => Code::NotFound,
            Self::Deleted => Code::Deleted,
            Self::NoSuchStatus { .. } | Self::NoStatusInColumn { .. } | Self::Cancelled { .. } => {
                Code::InvalidTransition
            }
            Self::GuestNeedsChat | Self::MayNotDelete => Code::Forbidden,
        }
    }

    /// The field at fault.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { field, .. }
            | Self::UnknownWord { field, .. }
            | Self::NeighbourNotFound { field } => Some(field),
            Self::BadReference => Some("task_id"),
            Self::NoSuchStatus { .. } | Self::Cancelled { .. } => Some("status"),
            Self::NoStatusInColumn { .. } => Some("column"),
            Self::TooManyLabels { .. } => Some("labels"),
            Self::SeverityOfBugsOnly => Some("severity"),
            Self::AssigneeCannotSee => Some("assignee_id"),
            Self::EpicNotFound | Self::EpicInEpic => Some("epic_id"),
            Self::NeighboursCrossed => Some("before"),
            Self::GuestNeedsChat | Self::ThreadNeedsChannel => Some("chat_id"),
            Self::BulkSize { .. } => Some("task_ids"),
            Self::NotFound | Self::Deleted | Self::MayNotDelete | Self::BulkNeedsOneChange => None,
        }
    }
}

impl fmt::Display for TaskRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { field, fault } => write!(f, "{field} {fault}"),
            Self::UnknownWord { field, allowed } => write!(f, "{field} must be one of {allowed}"),
            Self::NotFound => f.write_str("there is no such task"),
            Self::Deleted => f.write_str("the task is deleted"),
            Self::BadReference => f.write_str("a task is named by its id or by its key, such as FLOW-12"),
            Self::NoSuchStatus { kind } => {
                write!(f, "{} can be {}", kind.with_article(), kind.status_words())
            }
            Self::NoStatusInColumn { kind } => write!(
                f,
                "{} has no status in this column: it can be {}",
                kind.with_article(),
                kind.status_words()
            ),
            Self::Cancelled {
                kind: TaskKind::Task,
                to,
            } => {
                write!(
                    f,
                    "a cancelled task cannot go to {to}: move it back to Backlog or To Do first"
                )
            }
            Self::Cancelled { kind, to } => {
                write!(
                    f,
                    "a cancelled {kind} cannot go to {to}: move it back to {} first",
                    kind.initial()
                )
            }
            Self::TooManyLabels { max } => {
                write!(f, "a task has at most {max} labels: remove one first")
            }
            Self::SeverityOfBugsOnly => f.write_str("only bugs have a severity"),
            Self::AssigneeCannotSee => {
                f.write_str("the assignee must be a member of the workspace who can see the task")
            }
            Self::EpicNotFound => f.write_str("epic_id names no epic of this workspace"),
            Self::EpicInEpic => f.write_str("an epic cannot be a part of another epic"),
            Self::NeighbourNotFound { field } => {
                write!(f, "{field} must name another task of the same column")
            }
            Self::NeighboursCrossed => {
                f.write_str("the task named by after must stand above the one named by before")
            }
            Self::GuestNeedsChat => {
                f.write_str("guests make tasks in chats that they take part in: name the chat")
            }
            Self::ThreadNeedsChannel => f.write_str(
                "the task belongs to no chat and has no thread yet: name a channel of the workspace, where its thread begins",
            ),
            Self::MayNotDelete => {
                f.write_str("only its reporter and admins of its chat or workspace delete a task")
            }
            Self::BulkSize { max } => write!(f, "name 1 to {max} tasks"),
            Self::BulkNeedsOneChange => f.write_str(
                "name exactly one change: status, assignee_id, priority, labels_add or labels_remove",
            ),
        }
    }
}

impl std::error::Error for TaskRefusal {}
