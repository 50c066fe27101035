//! Lists of tasks: filtered, sorted, paged.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::input::{self, given};
use super::{Due, SortBy, SortKey, Task, TaskFilter, TaskRefusal, TaskSort, Tasks};
use crate::app::Caller;
use crate::page::{Page, PageRequest};
use crate::refusal::Error;
use crate::text::UnknownWord;
use crate::text::{Line, TextFault, words};
use crate::time::Timestamp;
use crate::{TaskId, WorkspaceId};

/// Lists the tasks of a workspace that the caller sees.
#[derive(Clone, Debug)]
pub struct ListTasks {
    /// Whose tasks.
    pub workspace: WorkspaceId,
    /// Which of them.
    pub filter: TaskQuery,
    /// In which order.
    pub sort: TaskSort,
    /// Which part of the list; the keys are those of [`TaskSort::key`].
    pub page: PageRequest<(SortKey, TaskId)>,
}

/// The conditions of a list as people give them; all of them together. An id that names nothing, or nothing that the caller sees, finds
/// nothing.
#[derive(Clone, Debug, Default)]
pub struct TaskQuery {
    /// A column's word.
    pub column: Option<String>,
    /// A status's word.
    pub status: Option<String>,
    /// A kind's word.
    pub kind: Option<String>,
    /// A user's id, or [`NOBODY`](Self::NOBODY).
    pub assignee: Option<String>,
    /// A user's id.
    pub reporter: Option<String>,
    /// A priority's word.
    pub priority: Option<String>,
    /// A severity's word.
    pub severity: Option<String>,
    /// A label, in any case.
    pub label: Option<String>,
    /// An epic's id.
    pub epic: Option<String>,
    /// A chat's id.
    pub chat: Option<String>,
    /// A day or a time; due on the day itself is not before it.
    pub due_before: Option<String>,
    /// A day or a time; due on the day itself is not after it.
    pub due_after: Option<String>,
    /// Words of which each begins one of the title or description; up to 200 characters.
    pub text: Option<String>,
}

impl TaskQuery {
    /// The assignee of what nobody is to do, as in the tag `#assignee @none`.
    pub const NOBODY: &'static str = "none";

    /// The filter that these conditions make.
    ///
    /// # Errors
    /// [`TaskRefusal::UnknownWord`] and [`TaskRefusal::Invalid`], naming the condition.
    pub fn parse(&self) -> Result<TaskFilter, TaskRefusal> {
        let assignee = self.assignee.as_deref();
        let is_unassigned = assignee.is_some_and(|text| text.eq_ignore_ascii_case(Self::NOBODY));
        Ok(TaskFilter {
            column: given(self.column.as_deref(), |text| input::word("column", text))?,
            status: given(self.status.as_deref(), |text| input::word("status", text))?,
            kind: given(self.kind.as_deref(), |text| input::word("kind", text))?,
            assignee: given(assignee.filter(|_| !is_unassigned), |text| {
                input::id("assignee", text)
            })?,
            is_unassigned,
            reporter: given(self.reporter.as_deref(), |text| input::id("reporter", text))?,
            priority: given(self.priority.as_deref(), |text| input::word("priority", text))?,
            severity: given(self.severity.as_deref(), |text| input::word("severity", text))?,
            label: given(self.label.as_deref(), |text| input::label("label", text))?,
            epic: given(self.epic.as_deref(), |text| input::id("epic", text))?,
            chat: given(self.chat.as_deref(), |text| input::id("chat", text))?,
            due_before: given(self.due_before.as_deref(), |text| {
                input::due("due_before", text).map(first_instant)
            })?,
            due_after: given(self.due_after.as_deref(), |text| {
                input::due("due_after", text).map(Due::instant)
            })?,
            text: given(self.text.as_deref(), search_text)?.flatten(),
        })
    }
}

const fn first_instant(due: Due) -> Timestamp {
    match due {
        Due::Day(date) => date.start(),
        Due::At(time) => time,
    }
}

/// What is looked for; nothing when the text is blank.
fn search_text(text: &str) -> Result<Option<String>, TaskRefusal> {
    let invalid = |fault| TaskRefusal::Invalid { field: "text", fault };
    let line = Line::<0, 200>::parse(text).map_err(invalid)?;
    if line.as_str().is_empty() {
        return Ok(None);
    }
    if words(line.as_str()).is_empty() {
        let rule = "words with a letter or a digit in them";
        return Err(invalid(TextFault::Malformed { rule }));
    }
    Ok(Some(line.as_str().to_owned()))
}

impl TaskSort {
    /// Reads `due_date` or, for the greatest first, `-due_date`.
    ///
    /// # Errors
    /// [`TaskRefusal::UnknownWord`] naming the field `sort`.
    pub fn parse(text: &str) -> Result<Self, TaskRefusal> {
        input::word("sort", text)
    }

    /// Where a task stands in this order; that of a page's last task is the key from which the next page goes on.
    #[must_use]
    pub fn key(self, task: &Task) -> (SortKey, TaskId) {
        (self.by.key(task), task.id)
    }
}

impl Default for TaskSort {
    /// The oldest first.
    fn default() -> Self {
        Self {
            by: SortBy::CreatedAt,
            descending: false,
        }
    }
}

impl FromStr for TaskSort {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let text = text.trim();
        let (word, descending) = text.strip_prefix('-').map_or((text, false), |word| (word, true));
        let by = SortBy::ALL
            .into_iter()
            .find(|by| by.as_str().eq_ignore_ascii_case(word));
        by.map(|by| Self { by, descending }).ok_or(UnknownWord {
            allowed: "created_at, updated_at, due_date, priority, rank or title, with - in front for descending order",
        })
    }
}

impl fmt::Display for TaskSort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.descending { "-" } else { "" })?;
        f.write_str(self.by.as_str())
    }
}

impl SortBy {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::DueDate,
        Self::Priority,
        Self::Rank,
        Self::Title,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::DueDate => "due_date",
            Self::Priority => "priority",
            Self::Rank => "rank",
            Self::Title => "title",
        }
    }
}

impl Tasks {
    /// A page of the tasks that the caller sees and the filter finds.
    ///
    /// # Errors
    /// Those of [`TaskQuery::parse`]; the workspace's, when the caller is no member.
    pub async fn list(&self, caller: &Caller, query: ListTasks) -> Result<Page<Arc<Task>>, Error> {
        let filter = query.filter.parse()?;
        let membership = self.ports.membership(caller, query.workspace).await?;
        let scope = membership.viewer.task_scope();
        // The scope is that of this workspace: a chat of another one would be judged by the wrong membership.
        if let Some(chat) = filter.chat {
            let chat = self.ports.chats.load(chat).await?;
            if chat.is_none_or(|chat| chat.workspace_id != query.workspace) {
                return Ok(Page {
                    items: Vec::new(),
                    has_more: false,
                });
            }
        }
        let page = self
            .ports
            .board
            .list(query.workspace, scope, filter, query.sort, query.page);
        Ok(page.await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sort_is_read_as_it_is_written_in_both_directions() {
        for by in SortBy::ALL {
            for descending in [false, true] {
                let sort = TaskSort { by, descending };
                assert_eq!(TaskSort::parse(&sort.to_string()), Ok(sort));
            }
        }
        assert_eq!(TaskSort::parse("--title").unwrap_err().field(), Some("sort"));
        assert_eq!(TaskSort::parse("").unwrap_err().field(), Some("sort"));
    }

    #[test]
    fn a_day_excludes_itself_before_and_after() {
        let day = Some("2026-11-22".to_owned());
        let query = TaskQuery {
            due_before: day.clone(),
            due_after: day,
            ..TaskQuery::default()
        };
        let filter = query.parse().unwrap();
        assert_eq!(filter.due_before.unwrap().to_string(), "2026-11-22T00:00:00Z");
        assert_eq!(filter.due_after.unwrap().to_string(), "2026-11-22T23:59:59.999Z");
    }

    #[test]
    fn an_assignee_is_somebody_or_nobody() {
        let read = |text: &str| {
            TaskQuery {
                assignee: Some(text.to_owned()),
                ..TaskQuery::default()
            }
            .parse()
            .unwrap()
        };
        let nobody = read("None");
        assert!(nobody.is_unassigned && nobody.assignee.is_none());
        let somebody = read("0190a5e2-7b3c-7def-8123-456789abcdef");
        assert!(!somebody.is_unassigned && somebody.assignee.is_some());
    }

    #[test]
    fn a_condition_that_cannot_be_read_is_named() {
        let bad = || Some("?".to_owned());
        let none = TaskQuery::default;
        for (query, field) in [
            (
                TaskQuery {
                    column: bad(),
                    ..none()
                },
                "column",
            ),
            (
                TaskQuery {
                    status: bad(),
                    ..none()
                },
                "status",
            ),
            (
                TaskQuery {
                    kind: bad(),
                    ..none()
                },
                "kind",
            ),
            (
                TaskQuery {
                    assignee: bad(),
                    ..none()
                },
                "assignee",
            ),
            (
                TaskQuery {
                    reporter: bad(),
                    ..none()
                },
                "reporter",
            ),
            (
                TaskQuery {
                    priority: bad(),
                    ..none()
                },
                "priority",
            ),
            (
                TaskQuery {
                    severity: bad(),
                    ..none()
                },
                "severity",
            ),
            (
                TaskQuery {
                    label: Some(String::new()),
                    ..none()
                },
                "label",
            ),
            (
                TaskQuery {
                    epic: bad(),
                    ..none()
                },
                "epic",
            ),
            (
                TaskQuery {
                    chat: bad(),
                    ..none()
                },
                "chat",
            ),
            (
                TaskQuery {
                    due_before: bad(),
                    ..none()
                },
                "due_before",
            ),
            (
                TaskQuery {
                    due_after: bad(),
                    ..none()
                },
                "due_after",
            ),
            (
                TaskQuery {
                    text: Some("x".repeat(201)),
                    ..none()
                },
                "text",
            ),
        ] {
            assert_eq!(query.parse().unwrap_err().field(), Some(field));
        }
    }

    #[test]
    fn a_blank_text_is_no_condition_and_one_of_punctuation_is_refused() {
        let read = |text: &str| {
            TaskQuery {
                text: Some(text.to_owned()),
                ..TaskQuery::default()
            }
            .parse()
        };
        assert_eq!(read("  ").unwrap(), TaskFilter::default());
        let refused = read(" -- ").unwrap_err();
        assert_eq!(refused.field(), Some("text"));
        assert!(refused.to_string().contains("a letter or a digit"), "{refused}");
    }
}
