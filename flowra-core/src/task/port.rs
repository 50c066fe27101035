//! What the task's use cases need from outside.

use std::sync::Arc;

use super::{BoardColumn, Column, Due, Label, Priority, Rank, Severity, Status, Task, TaskKind};
use crate::page::{Limit, Page, PageRequest};
use crate::port::{BoxFuture, PortResult};
use crate::time::Timestamp;
use crate::{ChatId, MessageId, TaskId, UserId, WorkspaceId};

/// The tasks as the log's fold shows them.
///
/// - MUST show every commit that was acknowledged before the call. Proven by `the_author_reads_their_own_write`.
/// - MUST find deleted tasks by id and by number, so that whoever asks is told that they are gone, and in no other way. Proven by
///   `a_deleted_task_is_found_by_id_and_number_only`.
pub trait TaskStore: Send + Sync {
    /// The task with this id, deleted ones included.
    fn load(&self, id: TaskId) -> BoxFuture<'_, PortResult<Option<Arc<Task>>>>;

    /// Those of these tasks that exist, deleted ones included, in no particular order, in one read.
    fn load_many(&self, ids: Vec<TaskId>) -> BoxFuture<'_, PortResult<Vec<Arc<Task>>>>;

    /// The task with this number, also when it is deleted.
    fn find_by_number(
        &self,
        workspace: WorkspaceId,
        number: u64,
    ) -> BoxFuture<'_, PortResult<Option<TaskId>>>;

    /// The number given last in a workspace, deleted tasks included; 0 when none was.
    fn last_number(&self, workspace: WorkspaceId) -> BoxFuture<'_, PortResult<u64>>;

    /// The newest task (the highest number) that came from this message.
    fn newest_of_message(&self, message: MessageId) -> BoxFuture<'_, PortResult<Option<TaskId>>>;

    /// The newest task (the highest number) of this chat.
    fn newest_of_chat(&self, chat: ChatId) -> BoxFuture<'_, PortResult<Option<TaskId>>>;
}

/// The tasks in the order of boards and lists, as far as somebody may see them.
///
/// - MUST show exactly the tasks within the [`TaskScope`], in the order of rank and then id, and count the same. Proven by
///   `a_column_shows_its_scope_in_rank_order`, `column_counts_equal_their_cards`.
/// - MUST filter and sort by [`TaskFilter`] and [`TaskSort`] exactly. Proven by `every_filter_finds_its_tasks`, `every_sort_pages_through_all`.
/// - MUST NOT show a task of another workspace, whatever the filter names. Proven by `no_filter_reaches_into_another_workspace`.
pub trait TaskBoard: Send + Sync {
    /// All columns in the order of [`Column::ALL`], each with how many tasks it has and the first of them, at most `limit`.
    fn columns(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        limit: Limit,
    ) -> BoxFuture<'_, PortResult<Vec<BoardColumn>>>;

    /// A page of a column; the keys are ranks with ids.
    fn column(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        column: Column,
        page: PageRequest<(Rank, TaskId)>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Task>>>>;

    /// The rank that stands directly before (or, with `after`, behind) this one in a column of the whole workspace.
    fn neighbour(
        &self,
        workspace: WorkspaceId,
        column: Column,
        of: Rank,
        after: bool,
    ) -> BoxFuture<'_, PortResult<Option<Rank>>>;

    /// A page of a filtered list in the order of a sort. Ties go by id in the sort's direction, so that one index serves both;
    /// tasks without the value come last in either direction.
    fn list(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        filter: TaskFilter,
        sort: TaskSort,
        page: PageRequest<(SortKey, TaskId)>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Task>>>>;
}

/// Which tasks of a workspace somebody may see. Those of a deleted chat nobody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskScope {
    /// Those without a chat, those of channels, and those of the direct chats and groups in which this user takes part: a member's.
    Member(UserId),
    /// Those of the chats in which this user takes part: a guest's.
    Guest(UserId),
}

/// Which tasks are wanted; all of the given conditions together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Standing in this column.
    pub column: Option<Column>,
    /// Having this status.
    pub status: Option<Status>,
    /// Of this kind.
    pub kind: Option<TaskKind>,
    /// Assigned to this user.
    pub assignee: Option<UserId>,
    /// Assigned to nobody.
    pub is_unassigned: bool,
    /// Reported by this user.
    pub reporter: Option<UserId>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// Of this severity.
    pub severity: Option<Severity>,
    /// Having this label, in any case.
    pub label: Option<Label>,
    /// Part of this epic.
    pub epic: Option<TaskId>,
    /// Of this chat.
    pub chat: Option<ChatId>,
    /// Due before this point.
    pub due_before: Option<Timestamp>,
    /// Due after this point.
    pub due_after: Option<Timestamp>,
    /// Every word of this text begins a word of the title or description ([`words`](crate::text::words)).
    pub text: Option<String>,
}

/// In which order tasks are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskSort {
    /// By what.
    pub by: SortBy,
    /// The greatest first.
    pub descending: bool,
}

/// By what tasks are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// When they were made.
    CreatedAt,
    /// When they changed last.
    UpdatedAt,
    /// When they are due ([`Due::instant`]).
    DueDate,
    /// How urgent they are, Low first.
    Priority,
    /// Their rank.
    Rank,
    /// Their title in lower case.
    Title,
}

/// Where in a sorted list a task stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum SortKey {
    /// By a number: milliseconds, or the place among the priorities.
    Number(i64),
    /// By text.
    Text(String),
    /// It has no value to sort by.
    Missing,
}

impl SortBy {
    /// The key under which a task stands in this order. All stores sort by it, texts byte by byte.
    #[must_use]
    pub fn key(self, task: &Task) -> SortKey {
        match self {
            Self::CreatedAt => SortKey::Number(task.created_at.millis()),
            Self::UpdatedAt => SortKey::Number(task.updated_at.millis()),
            Self::DueDate => task.due.map_or(SortKey::Missing, |due: Due| {
                SortKey::Number(due.instant().millis())
            }),
            Self::Priority => SortKey::Number(task.priority as i64),
            Self::Rank => SortKey::Text(task.rank.as_str().to_owned()),
            Self::Title => SortKey::Text(task.title.as_str().to_lowercase()),
        }
    }
}
