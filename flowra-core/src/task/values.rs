//! What a task's fields may be: its texts, kinds, statuses and their columns, priorities, severities.

use std::fmt;
use std::str::FromStr;

use crate::text::{Line, Prose, UnknownWord, find_word};

/// A task's title: 1 to 200 characters.
pub type TaskTitle = Line<1, 200>;
/// A task's description: up to 5,000 characters of Markdown.
pub type TaskDescription = Prose<0, 5_000>;

/// What kind of work a task is; it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskKind {
    /// Something to do.
    Task,
    /// Something to mend.
    Bug,
    /// Something larger, of which tasks and bugs are parts.
    Epic,
}

impl TaskKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Task, Self::Bug, Self::Epic];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Bug => "bug",
            Self::Epic => "epic",
        }
    }

    /// One of them, as a sentence names it.
    #[must_use]
    pub(crate) const fn with_article(self) -> &'static str {
        match self {
            Self::Task => "a task",
            Self::Bug => "a bug",
            Self::Epic => "an epic",
        }
    }

    /// In which status a new one is.
    #[must_use]
    pub const fn initial(self) -> Status {
        match self {
            Self::Task => Status::ToDo,
            Self::Bug => Status::New,
            Self::Epic => Status::Planned,
        }
    }

    /// Its statuses, in the order of the columns.
    #[must_use]
    pub const fn statuses(self) -> &'static [Status] {
        match self {
            Self::Task => &[
                Status::Backlog,
                Status::ToDo,
                Status::InProgress,
                Status::InReview,
                Status::Done,
                Status::Cancelled,
            ],
            Self::Bug => &[
                Status::New,
                Status::Investigating,
                Status::Fixed,
                Status::Verified,
                Status::Cancelled,
            ],
            Self::Epic => &[
                Status::Planned,
                Status::InProgress,
                Status::Completed,
                Status::Cancelled,
            ],
        }
    }

    /// The words for its statuses, as a sentence lists them.
    #[must_use]
    pub const fn status_words(self) -> &'static str {
        match self {
            Self::Task => "Backlog, To Do, In Progress, In Review, Done or Cancelled",
            Self::Bug => "New, Investigating, Fixed, Verified or Cancelled",
            Self::Epic => "Planned, In Progress, Completed or Cancelled",
        }
    }

    /// Reads the name of one of its statuses, in any case.
    ///
    /// # Errors
    /// [`UnknownWord`] when this kind has no such status.
    pub fn status(self, text: &str) -> Result<Status, UnknownWord> {
        find_word(text, self.statuses(), Status::as_str, self.status_words())
    }

    /// The status of this kind that stands in a column, if one does.
    #[must_use]
    pub fn status_in(self, column: Column) -> Option<Status> {
        self.statuses()
            .iter()
            .copied()
            .find(|status| status.column() == column)
    }
}

/// Where a task stands in its work. Each kind of task has some of these ([`TaskKind::statuses`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Of a task: for later.
    Backlog,
    /// Of a task: next.
    ToDo,
    /// Of a bug: not looked at yet.
    New,
    /// Of an epic: not begun.
    Planned,
    /// Of a task or an epic: at work.
    InProgress,
    /// Of a bug: being looked at.
    Investigating,
    /// Of a task: waiting for somebody's look.
    InReview,
    /// Of a bug: waiting for somebody's look.
    Fixed,
    /// Of a task: over.
    Done,
    /// Of a bug: over.
    Verified,
    /// Of an epic: over.
    Completed,
    /// Of any: given up.
    Cancelled,
}

impl Status {
    /// All statuses of all kinds.
    pub const ALL: [Self; 12] = [
        Self::Backlog,
        Self::ToDo,
        Self::New,
        Self::Planned,
        Self::InProgress,
        Self::Investigating,
        Self::InReview,
        Self::Fixed,
        Self::Done,
        Self::Verified,
        Self::Completed,
        Self::Cancelled,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backlog => "Backlog",
            Self::ToDo => "To Do",
            Self::New => "New",
            Self::Planned => "Planned",
            Self::InProgress => "In Progress",
            Self::Investigating => "Investigating",
            Self::InReview => "In Review",
            Self::Fixed => "Fixed",
            Self::Done => "Done",
            Self::Verified => "Verified",
            Self::Completed => "Completed",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The board column in which it stands.
    #[must_use]
    pub const fn column(self) -> Column {
        match self {
            Self::Backlog => Column::Backlog,
            Self::ToDo | Self::New | Self::Planned => Column::ToDo,
            Self::InProgress | Self::Investigating => Column::InProgress,
            Self::InReview | Self::Fixed => Column::InReview,
            Self::Done | Self::Verified | Self::Completed => Column::Done,
            Self::Cancelled => Column::Cancelled,
        }
    }
}

/// A column of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// For later.
    Backlog,
    /// Next.
    ToDo,
    /// At work.
    InProgress,
    /// Waiting for somebody's look.
    InReview,
    /// Over.
    Done,
    /// Given up.
    Cancelled,
}

impl Column {
    /// All columns, in the order of the board; a column's discriminant is its place here.
    pub const ALL: [Self; 6] = [
        Self::Backlog,
        Self::ToDo,
        Self::InProgress,
        Self::InReview,
        Self::Done,
        Self::Cancelled,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backlog => "Backlog",
            Self::ToDo => "To Do",
            Self::InProgress => "In Progress",
            Self::InReview => "In Review",
            Self::Done => "Done",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// How urgent a task is; a more urgent one is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// When there is time.
    Low,
    /// As usual.
    #[default]
    Medium,
    /// Soon.
    High,
    /// Now.
    Critical,
}

impl Priority {
    /// All priorities, the least urgent first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
            Self::Critical => "Critical",
        }
    }
}

/// How bad a bug is; a worse one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A blemish.
    Trivial,
    /// A nuisance.
    Minor,
    /// Something does not work.
    Major,
    /// Nothing works, or data is lost.
    Critical,
}

impl Severity {
    /// All severities, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::Major, Self::Minor, Self::Trivial];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::Major => "Major",
            Self::Minor => "Minor",
            Self::Trivial => "Trivial",
        }
    }
}

impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for TaskKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        find_word(text, &Self::ALL, Self::as_str, "task, bug or epic")
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let allowed = "Backlog, To Do, New, Planned, In Progress, Investigating, In Review, Fixed, Done, Verified, Completed or Cancelled";
        find_word(text, &Self::ALL, Self::as_str, allowed)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Column {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        find_word(
            text,
            &Self::ALL,
            Self::as_str,
            "Backlog, To Do, In Progress, In Review, Done or Cancelled",
        )
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Priority {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        find_word(text, &Self::ALL, Self::as_str, "Low, Medium, High or Critical")
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        find_word(
            text,
            &Self::ALL,
            Self::as_str,
            "Critical, Major, Minor or Trivial",
        )
    }
}

#[cfg(feature = "serde")]
crate::text::serde_as_text!(TaskKind, Status, Column, Priority, Severity);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_in_any_case() {
        for status in Status::ALL {
            assert_eq!(status.as_str().to_lowercase().parse(), Ok(status));
        }
        for column in Column::ALL {
            assert_eq!(column.as_str().to_uppercase().parse(), Ok(column));
        }
        assert_eq!(" high ".parse(), Ok(Priority::High));
        assert_eq!("TRIVIAL".parse(), Ok(Severity::Trivial));
        assert_eq!("Bug".parse(), Ok(TaskKind::Bug));
        assert!("Urgent".parse::<Priority>().is_err());
    }

    #[test]
    fn no_two_statuses_of_a_kind_stand_in_one_column() {
        for kind in TaskKind::ALL {
            for status in kind.statuses() {
                assert_eq!(kind.status_in(status.column()), Some(*status), "{kind}");
            }
        }
        assert_eq!(TaskKind::Bug.status_in(Column::Backlog), None);
        assert_eq!(TaskKind::Epic.status_in(Column::InReview), None);
    }
}
