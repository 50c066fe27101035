//! What a task's fields may be: kinds, statuses and their columns, priorities, severities, labels, due dates.

use std::fmt;
use std::str::FromStr;

use super::TaskRefusal;
use crate::text::{Line, Prose, UnknownWord, find_word};
use crate::time::{BadTime, Date, Timestamp};

/// A task's title: 1 to 200 characters.
pub type TaskTitle = Line<1, 200>;
/// A task's description: up to 5,000 characters of Markdown.
pub type TaskDescription = Prose<0, 5_000>;
/// A label: 1 to 50 characters. Labels are compared without regard to case.
pub type Label = Line<1, 50>;

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

/// When a task is due: on a day, or at a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Due {
    /// By the end of this day, UTC.
    Day(Date),
    /// By this time.
    At(Timestamp),
}

impl Due {
    /// The last moment at which it is in time.
    #[must_use]
    pub const fn instant(self) -> Timestamp {
        match self {
            Self::Day(date) => date.end(),
            Self::At(time) => time,
        }
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => date.fmt(f),
            Self::At(time) => time.fmt(f),
        }
    }
}

impl FromStr for Due {
    type Err = BadTime;

    fn from_str(text: &str) -> Result<Self, BadTime> {
        let text = text.trim();
        if text.len() == 10 {
            Date::parse(text).map(Self::Day)
        } else {
            Timestamp::parse(text).map(Self::At)
        }
    }
}

/// A set of labels, at most 20, in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Labels(Vec<Label>);

impl Labels {
    /// How many labels a task may have.
    pub const MAX: usize = 20;

    /// These labels, those that differ in case only once.
    ///
    /// # Errors
    /// [`TaskRefusal::TooManyLabels`] when more than [`MAX`](Self::MAX) are left.
    pub fn parse(labels: impl IntoIterator<Item = Label>) -> Result<Self, TaskRefusal> {
        let mut set = Self::default();
        for label in labels {
            if !set.has(&label) {
                set.0.push(label);
            }
        }
        if set.0.len() > Self::MAX {
            Err(TaskRefusal::TooManyLabels { max: Self::MAX })
        } else {
            Ok(set)
        }
    }

    /// Whether it has this label, in any case.
    #[must_use]
    pub fn has(&self, label: &Label) -> bool {
        let folded = label.as_str().to_lowercase();
        self.0.iter().any(|one| one.as_str().to_lowercase() == folded)
    }

    /// These and those; of two that differ in case only, the one that it has already.
    ///
    /// # Errors
    /// [`TaskRefusal::TooManyLabels`] when they are more than [`MAX`](Self::MAX) together.
    pub fn with(&self, others: &Self) -> Result<Self, TaskRefusal> {
        Self::parse(self.0.iter().chain(&others.0).cloned())
    }

    /// These but those, in any case.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        Self(
            self.0
                .iter()
                .filter(|label| !others.has(label))
                .cloned()
                .collect(),
        )
    }

    /// The labels.
    #[must_use]
    pub fn as_slice(&self) -> &[Label] {
        &self.0
    }
}

#[cfg(feature = "serde")]
crate::text::serde_as_text!(TaskKind, Status, Column, Priority, Severity, Due);

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(texts: &[&str]) -> Labels {
        Labels::parse(texts.iter().map(|text| Label::parse(text).unwrap())).unwrap()
    }

    fn texts(labels: &Labels) -> Vec<&str> {
        labels.as_slice().iter().map(Label::as_str).collect()
    }

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

    #[test]
    fn a_due_day_lasts_to_its_end() {
        let due: Due = "2026-11-22".parse().unwrap();
        assert_eq!(due.instant().to_string(), "2026-11-22T23:59:59.999Z");
        assert_eq!(due.to_string(), "2026-11-22");
        assert!("tomorrow".parse::<Due>().is_err());
    }

    #[test]
    fn labels_that_differ_in_case_are_one_and_the_first_stays() {
        assert_eq!(texts(&labels(&["UI", "ui", "api"])), ["UI", "api"]);
        assert_eq!(
            texts(&labels(&["UI"]).with(&labels(&["ui", "x"])).unwrap()),
            ["UI", "x"]
        );
        assert_eq!(texts(&labels(&["UI", "x"]).without(&labels(&["ui", "y"]))), ["x"]);
    }

    #[test]
    fn a_task_has_at_most_20_labels() {
        let many = |count: usize| (0..count).map(|n| Label::parse(&n.to_string()).unwrap());
        assert!(Labels::parse(many(20)).is_ok());
        assert_eq!(
            Labels::parse(many(21)),
            Err(TaskRefusal::TooManyLabels { max: 20 })
        );
    }
}
