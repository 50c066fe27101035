//! A new task before it is stored: what makes one, whoever asks for it.

use std::sync::Arc;

use super::decisions::severity_fits;
use super::{
    Due, Labels, Priority, Rank, Severity, Status, Task, TaskDescription, TaskEvent, TaskKind, TaskRefusal,
    TaskTitle,
};
use crate::chat::Chat;
use crate::draft::Draft;
use crate::event::Claim;
use crate::refusal::Error;
use crate::workspace::Workspace;
use crate::{MessageId, TaskId, UserId};

/// All that a new task is made of. That reporter and assignee may see it, the use case has made sure of.
#[derive(Clone, Debug)]
pub(crate) struct NewTask<'a> {
    /// Where it belongs.
    pub(crate) workspace: &'a Workspace,
    /// One more than that of the task before it ([`Draft::next_number`]).
    pub(crate) number: u64,
    /// What kind of work.
    pub(crate) kind: TaskKind,
    /// What is to be done.
    pub(crate) title: TaskTitle,
    /// More about it.
    pub(crate) description: TaskDescription,
    /// How urgent it is.
    pub(crate) priority: Priority,
    /// How bad it is; bugs only.
    pub(crate) severity: Option<Severity>,
    /// Who does it.
    pub(crate) assignee: Option<UserId>,
    /// Who asks for it.
    pub(crate) reporter: UserId,
    /// When it is due.
    pub(crate) due: Option<Due>,
    /// What it is about.
    pub(crate) labels: Labels,
    /// The epic of which it is a part.
    pub(crate) epic: Option<&'a Task>,
    /// The chat that it comes from.
    pub(crate) chat: Option<&'a Chat>,
    /// The message that it comes from.
    pub(crate) message: Option<MessageId>,
    /// The status in which it begins; its kind's initial one when nobody says.
    pub(crate) status: Option<Status>,
    /// Its place in its column; behind all others when nobody says.
    pub(crate) rank: Option<Rank>,
}

impl<'a> NewTask<'a> {
    /// One of which nothing but the title is said yet.
    pub(crate) fn titled(
        workspace: &'a Workspace,
        number: u64,
        kind: TaskKind,
        title: TaskTitle,
        reporter: UserId,
    ) -> Self {
        Self {
            workspace,
            number,
            kind,
            title,
            description: TaskDescription::default(),
            priority: Priority::default(),
            severity: None,
            assignee: None,
            reporter,
            due: None,
            labels: Labels::default(),
            epic: None,
            chat: None,
            message: None,
            status: None,
            rank: None,
        }
    }

    /// Its creation.
    ///
    /// # Errors
    /// [`TaskRefusal::SeverityOfBugsOnly`], [`TaskRefusal::EpicInEpic`], [`TaskRefusal::EpicNotFound`].
    pub(crate) fn create(self) -> Result<TaskEvent, TaskRefusal> {
        severity_fits(self.kind, self.severity)?;
        if let Some(epic) = self.epic {
            epic.may_have_part(self.kind)?;
            if epic.workspace_id != self.workspace.id {
                return Err(TaskRefusal::EpicNotFound);
            }
        }
        Ok(TaskEvent::Created {
            workspace_id: self.workspace.id,
            key_prefix: self.workspace.key_prefix.clone(),
            number: self.number,
            kind: self.kind,
            title: self.title,
            description: self.description,
            priority: self.priority,
            severity: self.severity,
            assignee_id: self.assignee,
            reporter_id: self.reporter,
            due_date: self.due,
            labels: self.labels,
            epic_id: self.epic.map(|epic| epic.id),
            rank: self.rank.unwrap_or_else(|| Rank::initial(self.number)),
            chat_id: self.chat.map(|chat| chat.id),
            message_id: self.message,
        })
    }

    /// Adds the creation to a draft, bound to the number before it being held, so that numbers have no gaps, and to all that it names
    /// being as it was.
    ///
    /// # Errors
    /// Those of [`create`](Self::create).
    pub(crate) fn draft(self, draft: &mut Draft, id: TaskId) -> Result<Arc<Task>, Error> {
        let (workspace, number, reporter) = (self.workspace, self.number, self.reporter);
        let (epic, chat) = (self.epic, self.chat);
        let (from, to) = (self.kind.initial(), self.status);
        let mut events = vec![self.create()?];
        events.extend(
            to.filter(|to| *to != from)
                .map(|to| TaskEvent::StatusChanged { from, to }),
        );
        draft.guard_workspace(workspace);
        if let Some(chat) = chat {
            draft.guard_chat(chat);
        }
        if let Some(epic) = epic {
            draft.guard_task(epic);
        }
        if number > 1 {
            draft.guard_held(Claim::TaskNumber(workspace.id, number - 1));
        }
        draft.new_task(id, reporter, events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WorkspaceId;
    use crate::task::fixtures::{bug, epic, line, workspace};

    fn new(workspace: &Workspace, kind: TaskKind) -> NewTask<'_> {
        NewTask::titled(
            workspace,
            7,
            kind,
            line("Mend the roof"),
            UserId::from_bytes([1; 16]),
        )
    }

    #[test]
    fn a_new_task_has_the_key_and_the_last_place_of_its_number() {
        let workspace = workspace();
        let TaskEvent::Created {
            key_prefix,
            number,
            rank,
            priority,
            ..
        } = new(&workspace, TaskKind::Task).create().unwrap()
        else {
            panic!("a creation")
        };
        assert_eq!((key_prefix, number), (workspace.key_prefix.clone(), 7));
        assert!(rank > Rank::initial(6) && rank < Rank::initial(8));
        assert_eq!(priority, Priority::Medium);
    }

    #[test]
    fn only_a_new_bug_has_a_severity() {
        let workspace = workspace();
        for kind in TaskKind::ALL {
            let new = NewTask {
                severity: Some(Severity::Major),
                ..new(&workspace, kind)
            };
            let refused = (kind != TaskKind::Bug).then_some(TaskRefusal::SeverityOfBugsOnly);
            assert_eq!(new.create().err(), refused, "{kind}");
        }
    }

    #[test]
    fn a_new_task_is_a_part_of_an_epic_of_its_workspace_only() {
        let workspace = workspace();
        let other = Task {
            workspace_id: WorkspaceId::from_bytes([99; 16]),
            ..epic()
        };
        let gone = Task {
            is_deleted: true,
            ..epic()
        };
        for (kind, epic, refused) in [
            (TaskKind::Task, epic(), None),
            (TaskKind::Bug, epic(), None),
            (TaskKind::Epic, epic(), Some(TaskRefusal::EpicInEpic)),
            (TaskKind::Task, bug(), Some(TaskRefusal::EpicNotFound)),
            (TaskKind::Task, other, Some(TaskRefusal::EpicNotFound)),
            (TaskKind::Task, gone, Some(TaskRefusal::EpicNotFound)),
        ] {
            let new = NewTask {
                epic: Some(&epic),
                ..new(&workspace, kind)
            };
            assert_eq!(new.create().err(), refused);
        }
    }
}
