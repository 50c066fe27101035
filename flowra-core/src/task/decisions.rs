//! What may happen to a task: every decision about one, apart from its creation.
//!
//! Each method answers the events that the change makes; none when it is so already. Whether the caller may see the task is decided
//! before: who sees it may change it, so only deletion asks who it is.

use super::{
    Due, Labels, Priority, Rank, Severity, Status, Task, TaskDescription, TaskEvent, TaskKind, TaskRefusal,
    TaskTitle,
};
use crate::access::Viewer;
use crate::chat::Chat;
use crate::workspace::Role;
use crate::{MessageId, UserId};

impl Task {
    /// Gives it another title.
    ///
    /// # Errors
    /// [`TaskRefusal::Deleted`].
    pub fn rename(&self, title: TaskTitle) -> Result<Vec<TaskEvent>, TaskRefusal> {
        self.change(self.title != title, TaskEvent::Renamed { title })
    }

    /// Gives it another description.
    ///
    /// # Errors
    /// [`TaskRefusal::Deleted`].
    pub fn describe(&self, description: TaskDescription) -> Result<Vec<TaskEvent>, TaskRefusal> {
        self.change(
            self.description != description,
            TaskEvent::Described { description },
        )
    }

    /// Brings it to another status of its kind. A cancelled one goes to Backlog or its initial status only, so that work taken up
    /// again passes through planning.
    ///
    /// # Errors
    /// [`TaskRefusal::NoSuchStatus`] when its kind has no such status, [`TaskRefusal::Cancelled`], [`TaskRefusal::Deleted`].
    pub fn set_status(&self, to: Status) -> Result<Vec<TaskEvent>, TaskRefusal> {
        self.alive()?;
        if !self.kind.statuses().contains(&to) {
            return Err(TaskRefusal::NoSuchStatus { kind: self.kind });
        }
        let reopens = to == Status::Backlog || to == self.kind.initial();
        if self.status == Status::Cancelled && to != Status::Cancelled && !reopens {
            return Err(TaskRefusal::Cancelled { kind: self.kind, to });
        }
        self.change(
            self.status != to,
            TaskEvent::StatusChanged {
                from: self.status,
                to,
            },
        )
    }

    /// Gives it to somebody, or to nobody. That they can see it, the use case has made sure of.
    ///
    /// # Errors
    /// [`TaskRefusal::Deleted`].
    pub fn assign(&self, assignee: Option<UserId>) -> Result<Vec<TaskEvent>, TaskRefusal> {
        let event = assignee.map_or(TaskEvent::Unassigned, |assignee_id| TaskEvent::Assigned {
            assignee_id,
        });
        self.change(self.assignee != assignee, event)
    }

    /// Makes it more or less urgent.
    ///
    /// # Errors
    /// [`TaskRefusal::Deleted`].
    pub fn set_priority(&self, priority: Priority) -> Result<Vec<TaskEvent>, TaskRefusal> {
        self.change(self.priority != priority, TaskEvent::PrioritySet { priority })
    }

    /// Says how bad a bug is, or takes that back.
    ///
    /// # Errors
    /// [`TaskRefusal::SeverityOfBugsOnly`] when another kind is given one, [`TaskRefusal::Deleted`].
    pub fn set_severity(&self, severity: Option<Severity>) -> Result<Vec<TaskEvent>, TaskRefusal> {
        self.alive()?;
        severity_fits(self.kind, severity)?;
        self.change(self.severity != severity, TaskEvent::SeveritySet { severity })
    }

    /// Says until when it is to be done, or takes that back. A time in the past is as good: the work is late then.
    ///
    /// # Errors
    /// [`TaskRefusal::Deleted`].
    pub fn set_due(&self, due: Option<Due>) -> Result<Vec<TaskEvent>, TaskRefusal> {
        let event = due.map_or(TaskEvent::DueDateCleared, |due_date| TaskEvent::DueDateSet {
            due_date,
        });
        self.change(self.due != due, event)
    }

    /// Gives it these labels and no others.
    ///
    /// # Errors
    /// [`TaskRefusal::Deleted`].
    pub fn set_labels(&self, labels: Labels) -> Result<Vec<TaskEvent>, TaskRefusal> {
        self.change(
            !self.labels.is_same_set(&labels),
            TaskEvent::LabelsChanged { labels },
        )
    }

    /// Gives it these labels too.
    ///
    /// # Errors
    /// [`TaskRefusal::TooManyLabels`], [`TaskRefusal::Deleted`].
    pub fn add_labels(&self, labels: &Labels) -> Result<Vec<TaskEvent>, TaskRefusal> {
        self.alive()?;
        self.set_labels(self.labels.with(labels)?)
    }

    /// Takes these labels away, in any case of their letters.
    ///
    /// # Errors
    /// [`TaskRefusal::Deleted`].
    pub fn remove_labels(&self, labels: &Labels) -> Result<Vec<TaskEvent>, TaskRefusal> {
        self.set_labels(self.labels.without(labels))
    }

    /// Makes it a part of an epic, or of none.
    ///
    /// # Errors
    /// [`TaskRefusal::EpicInEpic`] when it is an epic itself, [`TaskRefusal::EpicNotFound`] when the other is none, is deleted or belongs
    /// to another workspace, [`TaskRefusal::Deleted`].
    pub fn set_epic(&self, epic: Option<&Self>) -> Result<Vec<TaskEvent>, TaskRefusal> {
        self.alive()?;
        if let Some(epic) = epic {
            epic.may_have_part(self.kind)?;
            if epic.workspace_id != self.workspace_id {
                return Err(TaskRefusal::EpicNotFound);
            }
        }
        let epic_id = epic.map(|epic| epic.id);
        self.change(self.epic != epic_id, TaskEvent::EpicSet { epic_id })
    }

    /// Puts it at another place in its column.
    ///
    /// # Errors
    /// [`TaskRefusal::Deleted`].
    pub fn move_to(&self, rank: Rank) -> Result<Vec<TaskEvent>, TaskRefusal> {
        self.change(self.rank != rank, TaskEvent::Moved { rank })
    }

    /// Gives it a thread, unless it has one.
    ///
    /// # Errors
    /// [`TaskRefusal::Deleted`].
    pub fn begin_thread(&self, root: MessageId) -> Result<Vec<TaskEvent>, TaskRefusal> {
        self.change(
            self.message.is_none(),
            TaskEvent::ThreadBegun { message_id: root },
        )
    }

    /// Deletes it. Its reporter may, and the admins of its chat and of its workspace; others who see it change it, but what they did not
    /// ask for is not theirs to make disappear.
    ///
    /// # Errors
    /// [`TaskRefusal::MayNotDelete`], and [`TaskRefusal::Deleted`] instead once it is.
    pub fn delete(&self, by: Viewer, chat: Option<&Chat>) -> Result<Vec<TaskEvent>, TaskRefusal> {
        let may = by.user == self.reporter
            || by.role >= Role::Admin
            || chat.is_some_and(|chat| chat.is_managed_by(by));
        match (may, self.is_deleted) {
            (true, false) => Ok(vec![TaskEvent::Deleted]),
            (true, true) => Ok(Vec::new()),
            (false, true) => Err(TaskRefusal::Deleted),
            (false, false) => Err(TaskRefusal::MayNotDelete),
        }
    }

    /// Refuses unless it is an epic of which a task of this kind can be a part.
    pub(super) fn may_have_part(&self, kind: TaskKind) -> Result<(), TaskRefusal> {
        if kind == TaskKind::Epic {
            Err(TaskRefusal::EpicInEpic)
        } else if self.kind != TaskKind::Epic || self.is_deleted {
            Err(TaskRefusal::EpicNotFound)
        } else {
            Ok(())
        }
    }

    pub(super) fn alive(&self) -> Result<(), TaskRefusal> {
        if self.is_deleted {
            Err(TaskRefusal::Deleted)
        } else {
            Ok(())
        }
    }

    fn change(&self, differs: bool, event: TaskEvent) -> Result<Vec<TaskEvent>, TaskRefusal> {
        self.alive()?;
        Ok(if differs { vec![event] } else { Vec::new() })
    }
}

/// Only bugs have a severity.
pub(super) const fn severity_fits(kind: TaskKind, severity: Option<Severity>) -> Result<(), TaskRefusal> {
    match (kind, severity) {
        (TaskKind::Bug, _) | (TaskKind::Task | TaskKind::Epic, None) => Ok(()),
        (TaskKind::Task | TaskKind::Epic, Some(_)) => Err(TaskRefusal::SeverityOfBugsOnly),
    }
}

#[cfg(test)]
mod tests;
