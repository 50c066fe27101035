//! Tasks, bugs and epics: what is to be done, by whom, until when, and where it stands.
//!
//! Responsible for a task's life and for boards and lists of them. It refuses to know how a tag line is read.

mod access;
mod decisions;
mod draft;
mod model;
mod numbers;
mod port;
mod rank;
mod refusal;
mod service;
mod values;

pub(crate) use access::{may_assign, sees_tasks};
pub(crate) use draft::NewTask;
pub(crate) use numbers::{Numbers, next_number};

pub use model::{BadKey, Task, TaskEvent, TaskKey};
pub use port::{SortBy, SortKey, TaskBoard, TaskFilter, TaskScope, TaskSort, TaskStore};
pub use rank::{BadRank, Rank};
pub use refusal::TaskRefusal;
pub use service::Tasks;
pub use values::{
    Column, Due, Label, Labels, Priority, Severity, Status, TaskDescription, TaskKind, TaskTitle, UnknownWord,
};
