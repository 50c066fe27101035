//! Tasks, bugs and epics: what is to be done, by whom, until when, and where it stands.
//!
//! Responsible for a task's life and for boards and lists of them. It refuses to know how a tag line is read.

mod access;
mod activity;
mod board;
mod bulk;
mod change;
mod create;
mod decisions;
mod delete;
mod draft;
mod due;
mod find;
#[cfg(test)]
mod fixtures;
mod input;
mod labels;
mod list;
mod model;
mod move_task;
mod numbers;
mod port;
mod rank;
mod refusal;
mod service;
mod set_assignee;
mod set_due_date;
mod set_epic;
mod set_labels;
mod set_priority;
mod set_severity;
mod set_status;
mod update;
mod values;

pub use activity::ListActivity;
pub use board::{BoardColumn, ShowBoard, ShowColumn};
pub use bulk::{BulkChange, BulkResult};
pub use change::TaskTarget;
pub use create::CreateTask;
pub use delete::DeleteTask;
pub use due::Due;
pub use find::FindTask;
pub use labels::{Label, Labels};
pub use list::{ListTasks, TaskQuery};
pub use model::{BadKey, Task, TaskEvent, TaskKey};
pub use move_task::MoveTask;
pub use port::{SortBy, SortKey, TaskBoard, TaskFilter, TaskScope, TaskSort, TaskStore};
pub use rank::{BadRank, Rank};
pub use refusal::TaskRefusal;
pub use service::Tasks;
pub use set_assignee::SetAssignee;
pub use set_due_date::SetDueDate;
pub use set_epic::SetEpic;
pub use set_labels::SetLabels;
pub use set_priority::SetPriority;
pub use set_severity::SetSeverity;
pub use set_status::SetStatus;
pub use update::UpdateTask;
pub use values::{Column, Priority, Severity, Status, TaskDescription, TaskKind, TaskTitle};

pub(crate) use access::{assignable, sees_tasks, visible_task};
pub(crate) use draft::NewTask;
pub(crate) use numbers::{Numbers, Turn};
