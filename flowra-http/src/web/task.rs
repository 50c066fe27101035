//! The page of a task, and its panel beside a board: every field in a form of its own, its comments, and what happened to it.

use std::sync::Arc;

use askama::Template;
use flowra_core::event::Version;
use flowra_core::message::CommentOnTask;
use flowra_core::task::{
    DeleteTask, Due, FindTask, Priority, SetAssignee, SetDueDate, SetEpic, SetLabels, SetPriority,
    SetSeverity, SetStatus, Severity, Status, Task, TaskTarget, UpdateTask,
};
use flowra_core::{ChatId, Error, Id, Refusal, WorkspaceId};
use salvo::http::StatusCode;
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;
use uuid::Uuid;

use super::board;
use super::markdown::{self, Meaning};
use super::page::Page;
use super::problem::{Complaint, Problem};
use super::reply::{Reply, lines, wants_part};
use super::shell::Shell;
use super::task_parts::{self, Choice, Happening, Progress, Thread};
use super::visitor::Reader;
use crate::body::TaskBody;
use crate::http::ApiError;
use crate::http::extract::{json_or_form_body, path};

pub(super) fn router() -> Router {
    Router::with_path("w/{workspace}/task/{task}")
        .get(show)
        .push(Router::with_path("card").get(show_card))
        .push(Router::with_path("delete").post(delete))
        .push(Router::with_path("comments").post(comment))
        .push(Router::with_path("set/{field}").post(set))
}

/// The task that a path names.
pub(super) struct Named {
    workspace: WorkspaceId,
    task: String,
}

impl Named {
    pub(super) fn of(req: &Request) -> Result<Self, Problem> {
        Ok(Self {
            workspace: path(req, "workspace")?,
            task: path(req, "task")?,
        })
    }

    pub(super) fn target(&self, expected: Option<Version>) -> TaskTarget {
        TaskTarget {
            workspace: self.workspace,
            task: self.task.clone(),
            expected,
        }
    }

    /// Where its page is.
    pub(super) fn address(&self) -> String {
        format!("/w/{}/task/{}", self.workspace, self.task)
    }

    async fn find(&self, reader: &Reader) -> Result<Arc<Task>, Problem> {
        let query = FindTask {
            workspace: self.workspace,
            task: self.task.clone(),
        };
        Ok(reader.state.app.tasks.find(&reader.caller, query).await?)
    }
}

/// The version that a form was made for.
pub(super) fn version(number: Option<u64>) -> Option<Version> {
    number.map(Version::new)
}

#[derive(Template)]
#[template(path = "task_page.html")]
struct TaskPage {
    page: Page,
    shell: Shell,
    task: TaskView,
}

/// All about a task.
#[derive(Template)]
#[template(path = "task.html")]
struct TaskView {
    csrf: String,
    here: String,
    task: TaskBody,
    description: String,
    statuses: &'static [Status],
    people: Vec<Choice>,
    epics: Vec<Choice>,
    progress: Option<Progress>,
    thread: Thread,
    happenings: Vec<Happening>,
    /// The chat in which the reader would have to take part to comment.
    closed_in: Option<ChatId>,
    complaint: Complaint,
    conflict: Option<Conflict>,
    /// What was typed into a field and not taken.
    draft: Option<(&'static str, String)>,
}

/// Two people changed the same task at once.
struct Conflict {
    field: String,
    theirs: String,
    yours: String,
}

#[derive(Debug, Deserialize)]
struct FieldForm {
    value: String,
    version: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct CommentForm {
    content: String,
    channel: Option<ChatId>,
    key: Option<Uuid>,
}

impl TaskView {
    async fn load(reader: &Reader, named: &Named) -> Result<Self, Problem> {
        let task = named.find(reader).await?;
        let statuses = task.kind.statuses();
        let progress = task_parts::progress(reader, &task).await?;
        let thread = Thread::load(reader, &task).await?;
        let closed_in = thread.closed_to(reader, &task).await?;
        let happenings = task_parts::happenings(reader, &task).await?;
        let given = |id: Option<String>| id.unwrap_or_default();
        let assignee = given(task.assignee.map(|user| user.to_string()));
        let people = task_parts::people(reader, named.workspace, &assignee).await?;
        let epic = given(task.epic.map(|epic| epic.to_string()));
        let epics = task_parts::epics(reader, named.workspace, &epic).await?;
        let mut bodies = reader.state.renderer.tasks(vec![task]).await?;
        let task = bodies.pop().ok_or_else(Problem::internal)?;
        let tasks = reader.tasks(named.workspace).await?;
        let meaning = Meaning {
            tasks: Some(&tasks),
            ..Meaning::default()
        };
        Ok(Self {
            csrf: reader.csrf.clone(),
            here: named.address(),
            description: markdown::html(&task.description, meaning),
            task,
            statuses,
            people,
            epics,
            progress,
            thread,
            happenings,
            closed_in,
            complaint: Complaint::default(),
            conflict: None,
            draft: None,
        })
    }

    /// Whether there is a place for a comment.
    fn takes_comments(&self) -> bool {
        self.closed_in.is_none()
            && match &self.thread {
                Thread::There(..) => true,
                Thread::Begins(channels) => self.task.chat_id.is_some() || !channels.is_empty(),
                Thread::Gone => false,
            }
    }

    /// What to show in a field: what was typed and not taken, else what is stored.
    fn typed<'a>(&'a self, field: &str, stored: &'a str) -> &'a str {
        match &self.draft {
            Some((name, text)) if *name == field => text,
            _ => stored,
        }
    }

    fn labels(&self) -> String {
        self.task.labels.join(", ")
    }

    fn due(&self) -> String {
        self.task.due_date.map_or_else(String::new, |due| due.to_string())
    }

    /// Whether it is due at a time, for which there is no field with a calendar that knows of time zones.
    fn is_due_at_a_time(&self) -> bool {
        matches!(self.task.due_date, Some(Due::At(_)))
    }

    fn assignee(&self) -> String {
        self.task
            .assignee
            .as_ref()
            .map_or_else(String::new, |person| person.id.to_string())
    }

    fn epic(&self) -> String {
        self.task
            .epic_id
            .map_or_else(String::new, |epic| epic.to_string())
    }

    /// What a field holds, in words.
    fn value(&self, field: &str) -> String {
        let named = |choices: &[Choice], id: &str| {
            let found = choices.iter().find(|choice| choice.id == id);
            found.map_or_else(|| "nobody or nothing".to_owned(), |choice| choice.name.clone())
        };
        match field {
            "title" => self.task.title.clone(),
            "description" => self.task.description.clone(),
            "status" => self.task.status.to_owned(),
            "priority" => self.task.priority.to_owned(),
            "severity" => self.task.severity.unwrap_or("none").to_owned(),
            "assignee" => named(&self.people, &self.assignee()),
            "epic" => named(&self.epics, &self.epic()),
            "due-date" => self.due(),
            _ => self.labels(),
        }
    }

    /// What somebody chose for a field, in words.
    fn chosen(&self, field: &str, value: String) -> String {
        let choices = match field {
            "assignee" => &self.people,
            "epic" => &self.epics,
            _ => return value,
        };
        let found = choices.iter().find(|choice| choice.id == value);
        found.map_or(value, |choice| choice.name.clone())
    }
}

/// A page, or the part of it that a panel shows.
async fn answer(
    req: &Request,
    reader: &Reader,
    named: &Named,
    status: StatusCode,
    task: TaskView,
) -> Result<Reply, Problem> {
    if wants_part(req) {
        return Ok(Reply::Html(status, task.render()?));
    }
    let page = TaskPage {
        page: Page::with_forms(
            req,
            &format!("{} {}", task.task.key, task.task.title),
            &reader.csrf,
        ),
        shell: Shell::load(reader, named.workspace, None).await?,
        task,
    };
    Ok(Reply::Html(status, page.render()?))
}

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let named = Named::of(req)?;
    let task = TaskView::load(&reader, &named).await?;
    answer(req, &reader, &named, StatusCode::OK, task).await
}

/// The card alone, for a board on which it is no longer right.
#[handler]
async fn show_card(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let task = Named::of(req)?.find(&reader).await?;
    board::card(&reader, task).await
}

/// Sets one field, of the version that the form was made for.
#[handler]
async fn set(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let named = Named::of(req)?;
    let field: String = path(req, "field")?;
    let mut form: FieldForm = json_or_form_body(req).await?;
    form.value = lines(&form.value);
    let target = named.target(version(form.version));
    let refusal = match change(&reader, target, &field, form.value.clone()).await? {
        Ok(_) if !wants_part(req) => return Ok(Reply::to(named.address())),
        Ok(_) => {
            let task = TaskView::load(&reader, &named).await?;
            return answer(req, &reader, &named, StatusCode::OK, task).await;
        }
        Err(error) => error,
    };
    let mut task = TaskView::load(&reader, &named).await?;
    let long = ["title", "description"].into_iter().find(|name| *name == field);
    task.draft = long.map(|name| (name, form.value.clone()));
    if matches!(refusal, Error::Refused(Refusal::ConcurrentModification)) {
        task.conflict = Some(Conflict {
            theirs: task.value(&field),
            yours: task.chosen(&field, form.value),
            field: field.replace('-', " "),
        });
        return answer(req, &reader, &named, StatusCode::CONFLICT, task).await;
    }
    task.complaint = Complaint::about(refusal)?;
    answer(req, &reader, &named, StatusCode::UNPROCESSABLE_ENTITY, task).await
}

/// The change of a field; the inner error is the core's, to be shown at the form.
async fn change(
    reader: &Reader,
    target: TaskTarget,
    field: &str,
    value: String,
) -> Result<Result<Arc<Task>, Error>, Problem> {
    let (tasks, caller) = (&reader.state.app.tasks, &reader.caller);
    let given = Some(value.clone()).filter(|text| !text.trim().is_empty());
    Ok(match field {
        "title" | "description" => {
            let (title, description) = if field == "title" {
                (Some(value), None)
            } else {
                (None, Some(value))
            };
            let command = UpdateTask {
                target,
                title,
                description,
            };
            tasks.update(caller, command).await
        }
        "status" => {
            tasks
                .set_status(
                    caller,
                    SetStatus {
                        target,
                        status: value,
                    },
                )
                .await
        }
        "priority" => {
            let command = SetPriority {
                target,
                priority: value,
            };
            tasks.set_priority(caller, command).await
        }
        "severity" => {
            let command = SetSeverity {
                target,
                severity: given,
            };
            tasks.set_severity(caller, command).await
        }
        "assignee" => {
            let assignee = id(field, given)?;
            tasks.set_assignee(caller, SetAssignee { target, assignee }).await
        }
        "epic" => {
            let epic = id(field, given)?;
            tasks.set_epic(caller, SetEpic { target, epic }).await
        }
        "due-date" => {
            let command = SetDueDate {
                target,
                due_date: given,
            };
            tasks.set_due_date(caller, command).await
        }
        "labels" => {
            let labels = value.split(',').map(str::trim).filter(|label| !label.is_empty());
            let labels = labels.map(str::to_owned).collect();
            tasks.set_labels(caller, SetLabels { target, labels }).await
        }
        _ => return Err(ApiError::not_found("a task has no such field").into()),
    })
}

/// The id that a form's field names, if any.
pub(super) fn id<K: ?Sized>(field: &str, given: Option<String>) -> Result<Option<Id<K>>, Problem> {
    let bad = |_| {
        ApiError::validation(format!("{field} must be chosen from the list")).with_field(field.to_owned())
    };
    Ok(given.map(|text| text.parse().map_err(bad)).transpose()?)
}

/// Answers in the task's thread, which may begin with it.
#[handler]
async fn comment(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let named = Named::of(req)?;
    let form: CommentForm = json_or_form_body(req).await?;
    let command = CommentOnTask {
        workspace: named.workspace,
        task: named.task.clone(),
        content: lines(&form.content),
        channel: form.channel,
    };
    let caller = reader.once(form.key, &["comment", &named.address(), &form.content]);
    if let Err(refusal) = reader.state.app.messages.comment(&caller, command).await {
        let mut task = TaskView::load(&reader, &named).await?;
        task.complaint = Complaint::about(refusal)?;
        task.draft = Some(("comment", form.content));
        return answer(req, &reader, &named, StatusCode::UNPROCESSABLE_ENTITY, task).await;
    }
    if wants_part(req) {
        return Reply::page(&TaskView::load(&reader, &named).await?);
    }
    Ok(Reply::to(format!("{}#comments", named.address())))
}

#[handler]
async fn delete(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let named = Named::of(req)?;
    let command = DeleteTask {
        target: named.target(None),
    };
    reader.state.app.tasks.delete(&reader.caller, command).await?;
    Ok(Reply::to(format!("/w/{}/board", named.workspace)))
}
