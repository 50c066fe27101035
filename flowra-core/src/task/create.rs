//! Making a task.

use std::sync::Arc;

use super::access::{assignable, see, see_epic};
use super::input::{self, given};
use super::{
    Column, Due, Labels, NewTask, Priority, Rank, Severity, Status, Task, TaskDescription, TaskKind,
    TaskRefusal, TaskTitle, Tasks,
};
use crate::access::Membership;
use crate::app::Caller;
use crate::chat::Chat;
use crate::draft::{Attempts, Draft, Written, earlier};
use crate::event::Outcome;
use crate::port::fresh;
use crate::refusal::Error;
use crate::workspace::Role;
use crate::{ChatId, TaskId, UserId, WorkspaceId};

/// Makes a task, reported by the caller.
#[derive(Clone, Debug)]
pub struct CreateTask {
    /// Where it belongs.
    pub workspace: WorkspaceId,
    /// What is to be done.
    pub title: String,
    /// Its kind's word; `task` when nobody says.
    pub kind: Option<String>,
    /// More about it.
    pub description: Option<String>,
    /// A priority's word; `Medium` when nobody says.
    pub priority: Option<String>,
    /// A severity's word; bugs only.
    pub severity: Option<String>,
    /// Who does it.
    pub assignee: Option<UserId>,
    /// A day or a time.
    pub due_date: Option<String>,
    /// What it is about.
    pub labels: Vec<String>,
    /// The epic of which it is a part.
    pub epic: Option<TaskId>,
    /// The chat whose readers are to see it; without one, everybody in the workspace but guests sees it. The chat may be closed: that
    /// stops messages, not work.
    pub chat: Option<ChatId>,
    /// The word of the board's column at whose top it begins; without one, it begins in its kind's initial status, behind all others.
    pub column: Option<String>,
}

/// What a new task says, read and within its rules.
struct Fields {
    kind: TaskKind,
    title: TaskTitle,
    description: TaskDescription,
    priority: Priority,
    severity: Option<Severity>,
    due: Option<Due>,
    labels: Labels,
    /// The column, and the status in which it stands there.
    column: Option<(Column, Status)>,
}

impl CreateTask {
    fn parse(&self) -> Result<Fields, TaskRefusal> {
        let kind = given(self.kind.as_deref(), |text| input::word("kind", text))?;
        let priority = given(self.priority.as_deref(), |text| input::word("priority", text))?;
        let kind = kind.unwrap_or(TaskKind::Task);
        let column = given(self.column.as_deref(), |text| {
            let column = input::word("column", text)?;
            let status = kind.status_in(column);
            Ok((column, status.ok_or(TaskRefusal::NoStatusInColumn { kind })?))
        })?;
        Ok(Fields {
            kind,
            column,
            title: input::title(&self.title)?,
            description: input::description(self.description.as_deref().unwrap_or_default())?,
            priority: priority.unwrap_or_default(),
            severity: given(self.severity.as_deref(), |text| input::word("severity", text))?,
            due: given(self.due_date.as_deref(), |text| input::due("due_date", text))?,
            labels: input::labels("labels", &self.labels)?,
        })
    }
}

impl Tasks {
    /// Makes a task. Members make one anywhere they can read, guests in the chats in which they take part.
    ///
    /// # Errors
    /// [`TaskRefusal`] for a field that breaks its rule, [`NoStatusInColumn`](TaskRefusal::NoStatusInColumn),
    /// [`GuestNeedsChat`](TaskRefusal::GuestNeedsChat),
    /// [`AssigneeCannotSee`](TaskRefusal::AssigneeCannotSee), [`EpicNotFound`](TaskRefusal::EpicNotFound) and
    /// [`EpicInEpic`](TaskRefusal::EpicInEpic); the chat's refusals when the caller cannot read it.
    pub async fn create(&self, caller: &Caller, command: CreateTask) -> Result<Arc<Task>, Error> {
        let fields = command.parse()?;
        if let Some(Outcome::Task(id)) = earlier(&self.ports, caller).await? {
            return self.made(caller, command.workspace, id).await;
        }
        let id = fresh(self.ports.ids.as_ref());
        let mut attempts = Attempts::new();
        loop {
            let (membership, chat) = self.place(caller, &command).await?;
            let (workspace, chat) = (&*membership.workspace, chat.as_deref());
            let mut draft = Draft::new(caller, self.ports.clock.now());
            draft.guard_user(&membership.user);
            if let Some(assignee) = command.assignee {
                let assignee = assignable(&self.ports, workspace, chat, assignee).await?;
                draft.guard_user(assignee.ok_or(TaskRefusal::AssigneeCannotSee)?.as_ref());
            }
            let epic = match command.epic {
                None => None,
                Some(epic) => Some(see_epic(&self.ports, &membership, epic).await?),
            };
            let number = draft
                .next_number(&self.ports, &self.numbers, workspace.id)
                .await?;
            let (status, rank) = self.at_top(workspace.id, number, fields.column).await?;
            let new = NewTask {
                status,
                rank,
                description: fields.description.clone(),
                priority: fields.priority,
                severity: fields.severity,
                assignee: command.assignee,
                due: fields.due,
                labels: fields.labels.clone(),
                epic: epic.as_deref(),
                chat,
                ..NewTask::titled(workspace, number, fields.kind, fields.title.clone(), caller.user)
            };
            let task = new.draft(&mut draft, id)?;
            match draft.write(&self.ports, caller, Outcome::Task(id)).await? {
                Written::Now => return Ok(task),
                Written::Before(Outcome::Task(id)) => return self.made(caller, command.workspace, id).await,
                Written::Before(_) | Written::Conflict(_) => attempts.again()?,
            }
        }
    }

    /// The status and the rank with which a new task stands at the top of a column. Who makes another one there at the same time gets another
    /// rank, since it ends in the task's number.
    async fn at_top(
        &self,
        workspace: WorkspaceId,
        number: u64,
        column: Option<(Column, Status)>,
    ) -> Result<(Option<Status>, Option<Rank>), Error> {
        let Some((column, status)) = column else {
            return Ok((None, None));
        };
        let board = &self.ports.board;
        let top = board.neighbour(workspace, column, Rank::lowest(), true).await?;
        Ok((Some(status), Rank::between(None, top.as_ref(), number)))
    }

    /// Where the caller may make the task: their membership, and the chat if there is to be one.
    async fn place(
        &self,
        caller: &Caller,
        command: &CreateTask,
    ) -> Result<(Membership, Option<Arc<Chat>>), Error> {
        if let Some(chat) = command.chat {
            let (membership, chat) = self.ports.readable_chat(caller, command.workspace, chat).await?;
            return Ok((membership, Some(chat)));
        }
        let membership = self.ports.membership(caller, command.workspace).await?;
        if membership.viewer.role == Role::Guest {
            return Err(TaskRefusal::GuestNeedsChat.into());
        }
        Ok((membership, None))
    }

    /// The task that the same request made before, if the caller still sees it.
    async fn made(&self, caller: &Caller, workspace: WorkspaceId, id: TaskId) -> Result<Arc<Task>, Error> {
        let membership = self.ports.membership(caller, workspace).await?;
        Ok(see(&self.ports, &membership, id).await?.task)
    }
}
