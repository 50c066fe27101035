//! Tasks: making, finding, listing, changing one or many, and what happened to them.

use flowra_core::event::{Recorded, Version};
use flowra_core::message::CommentOnTask;
use flowra_core::task::{
    BulkChange, BulkResult, Column, CreateTask, DeleteTask, FindTask, ListActivity, ListTasks, Priority,
    Severity, Status, Task, TaskKind, TaskQuery, TaskSort, TaskTarget, UpdateTask,
};
use flowra_core::time::Timestamp;
use flowra_core::workspace::Workspace;
use flowra_core::{ChatId, Error, TaskId, UserId};
use salvo::oapi::{ToParameters, ToSchema, endpoint};
use salvo::{Router, Writer};
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::Arc;

use super::caller::Asker;
use super::cursor::{Paging, encode};
use super::params::{At, IfMatch};
use super::{board, messages, task_actions, task_fields};
use crate::body::{MessageBody, PersonBody, TaskBody, WordOf};
use crate::http::ApiError;
use crate::http::envelope::{Created, Data, NoContent, Page};
use crate::http::extract::{Body, BodyOrForm, Path, Query};

/// The routes of tasks and boards, below a workspace.
pub(super) fn router() -> Router {
    let one = task_fields::router(
        Router::with_path("{task_id}")
            .get(find)
            .put(update)
            .delete(delete),
    )
    .push(Router::with_path("activity").get(activity))
    .push(Router::with_path("comments").post(comment))
    .push(task_actions::router());
    let tasks = Router::with_path("tasks")
        .get(list)
        .post(create)
        .push(Router::with_path("bulk").post(bulk))
        .push(one);
    Router::new().push(board::router()).push(tasks)
}

/// A new task.
#[derive(Debug, Deserialize, ToSchema)]
struct CreateTaskRequest {
    /// 1 to 200 characters.
    title: String,
    /// `task` (the default), `bug` or `epic`.
    #[salvo(schema(value_type = WordOf<TaskKind>, required = false))]
    kind: Option<String>,
    /// Up to 5,000 characters of Markdown.
    description: Option<String>,
    /// `Low`, `Medium` (the default), `High` or `Critical`.
    #[salvo(schema(value_type = WordOf<Priority>, required = false))]
    priority: Option<String>,
    /// Of a bug: `Critical`, `Major`, `Minor` or `Trivial`.
    #[salvo(schema(value_type = WordOf<Severity>, required = false))]
    severity: Option<String>,
    /// Who does it; somebody who can see it.
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    assignee_id: Option<UserId>,
    /// A day such as 2026-12-24, or a time in RFC 3339.
    due_date: Option<String>,
    /// At most 20, each of 1 to 50 characters.
    #[serde(default)]
    labels: Vec<String>,
    /// The epic of which it is a part.
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    epic_id: Option<TaskId>,
    /// The chat that it belongs to; those who read it see the task.
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    chat_id: Option<ChatId>,
    /// The board's column at whose top it begins, if its kind has a status there; without it, it begins in the initial status, behind all others.
    #[salvo(schema(value_type = WordOf<Column>, required = false))]
    column: Option<String>,
}

/// What is said about a task.
#[derive(Debug, Deserialize, ToSchema)]
struct CommentRequest {
    /// 1 to 10,000 characters of Markdown; lines that begin with a tag act on the task.
    content: String,
    /// The channel in which the thread begins of a task that has neither a thread nor a chat; not looked at otherwise.
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    chat_id: Option<ChatId>,
}

/// What is to be another; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
struct UpdateTaskRequest {
    /// 1 to 200 characters.
    title: Option<String>,
    /// Up to 5,000 characters of Markdown.
    description: Option<String>,
}

/// Which tasks are wanted; all of the conditions together.
#[derive(Debug, Deserialize, ToParameters)]
#[salvo(parameters(default_parameter_in = Query))]
struct TasksQuery {
    /// Standing in this column.
    #[salvo(parameter(value_type = WordOf<Column>))]
    column: Option<String>,
    /// Having this status.
    #[salvo(parameter(value_type = WordOf<Status>))]
    status: Option<String>,
    /// `task`, `bug` or `epic`.
    #[salvo(parameter(value_type = WordOf<TaskKind>))]
    kind: Option<String>,
    /// The id of who does it; `none` for what nobody does.
    assignee: Option<String>,
    /// The id of who asked for it.
    reporter: Option<String>,
    /// Of this priority.
    #[salvo(parameter(value_type = WordOf<Priority>))]
    priority: Option<String>,
    /// Of this severity.
    #[salvo(parameter(value_type = WordOf<Severity>))]
    severity: Option<String>,
    /// Having this label.
    label: Option<String>,
    /// The id of the epic of which it is a part.
    epic: Option<String>,
    /// The id of its chat.
    chat: Option<String>,
    /// Due before this day or time.
    due_before: Option<String>,
    /// Due after this day or time.
    due_after: Option<String>,
    /// Each of these words begins a word of title or description.
    text: Option<String>,
    /// `created_at` (the default), `updated_at`, `due_date`, `priority`, `rank` or `title`; with a leading `-` the greatest first.
    sort: Option<String>,
    /// How many: 1 to 100, 50 when left out.
    limit: Option<usize>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// One change of many tasks.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
struct BulkRequest {
    /// 1 to 100 ids or keys.
    task_ids: Vec<String>,
    /// Another status.
    #[salvo(schema(value_type = WordOf<Status>, required = false))]
    status: Option<String>,
    /// Another assignee; `null` for nobody.
    #[serde(default, deserialize_with = "given")]
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    assignee_id: Option<Option<UserId>>,
    /// Another priority.
    #[salvo(schema(value_type = WordOf<Priority>, required = false))]
    priority: Option<String>,
    /// Labels more.
    labels_add: Option<Vec<String>>,
    /// Labels less.
    labels_remove: Option<Vec<String>>,
}

#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
/// For a field where being `null` differs from being left out.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What became of one task of many.
#[derive(Debug, Serialize, ToSchema)]
struct BulkResultBody {
    /// The task, as it was named.
    task_id: String,
    /// Whether it is now as asked.
    ok: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<BulkErrorBody>,
}

/// Why a task was not changed.
#[derive(Debug, Serialize, ToSchema)]
struct BulkErrorBody {
    /// For programs.
    code: &'static str,
    /// For people.
    message: String,
    /// The field that is wrong, if it is one field.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

impl From<BulkResult> for BulkResultBody {
    fn from(result: BulkResult) -> Self {
        let error = result.result.err().map(|error: Error| {
            let error = ApiError::from(error);
            BulkErrorBody {
                code: error.code(),
                message: error.message().to_owned(),
                field: error.field().map(str::to_owned),
            }
        });
        Self {
            task_id: result.task,
            ok: error.is_none(),
            error,
        }
    }
}

/// Something that happened to a task.
#[derive(Debug, Serialize, ToSchema)]
struct ActivityBody {
    /// The task's version with it.
    version: u64,
    /// What, such as `task.status_changed`.
    event: &'static str,
    /// Who did it.
    actor: PersonBody,
    /// When.
    #[salvo(schema(value_type = String, format = DateTime))]
    occurred_at: Timestamp,
    /// More about it, by kind of event.
    #[salvo(schema(value_type = Object))]
    data: serde_json::Value,
}

/// The task with this id or key, in this workspace.
pub(super) fn target(workspace: At<Workspace>, task: Path<String>, version: IfMatch) -> TaskTarget {
    TaskTarget {
        workspace: workspace.0,
        task: task.0,
        expected: version.0,
    }
}

impl Asker {
    pub(super) async fn task_body(&self, task: Arc<Task>) -> Result<TaskBody, ApiError> {
        let mut bodies = self.state.renderer.tasks(vec![task]).await?;
        bodies.pop().ok_or_else(ApiError::internal)
    }
}

/// Makes a task
#[endpoint(tags("tasks"), status_codes(201))]
async fn create(
    asker: Asker,
    workspace_id: At<Workspace>,
    body: Body<CreateTaskRequest>,
) -> Result<Created<TaskBody>, ApiError> {
    let body = body.0;
    let command = CreateTask {
        workspace: workspace_id.0,
        title: body.title,
        kind: body.kind,
        description: body.description,
        priority: body.priority,
        severity: body.severity,
        assignee: body.assignee_id,
        due_date: body.due_date,
        labels: body.labels,
        epic: body.epic_id,
        chat: body.chat_id,
        column: body.column,
    };
    let task = asker.state.app.tasks.create(&asker.caller, command).await?;
    asker.task_body(task).await.map(Created::new)
}

/// Comments on a task: posts in its thread, which begins with the first comment if the task came from no message
#[endpoint(tags("tasks"), status_codes(201))]
async fn comment(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    body: BodyOrForm<CommentRequest>,
) -> Result<Created<MessageBody>, ApiError> {
    let command = CommentOnTask {
        workspace: workspace_id.0,
        task: task_id.0,
        content: body.0.content,
        channel: body.0.chat_id,
    };
    let posted = asker.state.app.messages.comment(&asker.caller, command).await?;
    messages::posted(&asker, posted).await
}

/// Lists the tasks that the caller may see, filtered and sorted
#[endpoint(tags("tasks"), status_codes(200))]
async fn list(
    asker: Asker,
    workspace_id: At<Workspace>,
    query: Query<TasksQuery>,
) -> Result<Page<TaskBody>, ApiError> {
    let query = query.0;
    let sort = TaskSort::parse(query.sort.as_deref().unwrap_or("created_at")).map_err(Error::from)?;
    // A cursor goes on in the order in which it was given.
    let name = format!(
        "tasks {}{}",
        if sort.descending { "-" } else { "" },
        sort.by.as_str()
    );
    let paging = Paging {
        limit: query.limit,
        cursor: query.cursor,
    };
    let filter = TaskQuery {
        column: query.column,
        status: query.status,
        kind: query.kind,
        assignee: query.assignee,
        reporter: query.reporter,
        priority: query.priority,
        severity: query.severity,
        label: query.label,
        epic: query.epic,
        chat: query.chat,
        due_before: query.due_before,
        due_after: query.due_after,
        text: query.text,
    };
    let command = ListTasks {
        workspace: workspace_id.0,
        filter,
        sort,
        page: paging.request(&name)?,
    };
    let page = asker.state.app.tasks.list(&asker.caller, command).await?;
    let next_cursor = page
        .items
        .last()
        .filter(|_| page.has_more)
        .map(|last| encode(&name, &sort.key(last)));
    Ok(Page {
        items: asker.state.renderer.tasks(page.items).await?,
        next_cursor,
    })
}

/// Shows a task by id or key
#[endpoint(tags("tasks"), status_codes(200))]
async fn find(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
) -> Result<Data<TaskBody>, ApiError> {
    let query = FindTask {
        workspace: workspace_id.0,
        task: task_id.0,
    };
    let task = asker.state.app.tasks.find(&asker.caller, query).await?;
    asker.task_body(task).await.map(Data)
}

/// Changes title and description
#[endpoint(tags("tasks"), status_codes(200))]
async fn update(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: Body<UpdateTaskRequest>,
) -> Result<Data<TaskBody>, ApiError> {
    let target = target(workspace_id, task_id, version);
    let command = UpdateTask {
        target,
        title: body.0.title,
        description: body.0.description,
    };
    let task = asker.state.app.tasks.update(&asker.caller, command).await?;
    asker.task_body(task).await.map(Data)
}

/// Deletes a task; its number is not used again
#[endpoint(tags("tasks"), status_codes(204))]
async fn delete(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
) -> Result<NoContent, ApiError> {
    let command = DeleteTask {
        target: target(workspace_id, task_id, version),
    };
    asker.state.app.tasks.delete(&asker.caller, command).await?;
    Ok(NoContent)
}

/// Makes the same change of many tasks, each on its own
#[endpoint(tags("tasks"), status_codes(200))]
async fn bulk(
    asker: Asker,
    workspace_id: At<Workspace>,
    body: Body<BulkRequest>,
) -> Result<Data<Vec<BulkResultBody>>, ApiError> {
    let body = body.0;
    let command = BulkChange {
        tasks: body.task_ids,
        expected: Vec::new(),
        status: body.status,
        assignee: body.assignee_id,
        priority: body.priority,
        labels_add: body.labels_add,
        labels_remove: body.labels_remove,
    };
    let results = asker
        .state
        .app
        .tasks
        .bulk(&asker.caller, workspace_id.0, command)
        .await?;
    Ok(Data(results.into_iter().map(BulkResultBody::from).collect()))
}

/// Lists what happened to a task, the oldest first
#[endpoint(tags("tasks"), status_codes(200))]
async fn activity(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    paging: Query<Paging>,
) -> Result<Page<ActivityBody>, ApiError> {
    let page = paging.0.request::<Version>("activity")?;
    let query = ListActivity {
        workspace: workspace_id.0,
        task: task_id.0,
        page,
    };
    let page = asker.state.app.tasks.activity(&asker.caller, query).await?;
    let next_cursor = page
        .items
        .last()
        .filter(|_| page.has_more)
        .map(|last| encode("activity", &last.version));
    let people = asker
        .state
        .renderer
        .people(page.items.iter().map(|recorded| recorded.actor))
        .await?;
    let body = |recorded: &Recorded| ActivityBody {
        version: recorded.version.get(),
        event: recorded.event.name(),
        actor: people.person(recorded.actor),
        occurred_at: recorded.time,
        data: data(recorded),
    };
    Ok(Page {
        items: page.items.iter().map(body).collect(),
        next_cursor,
    })
}

/// The event without its name, which stands beside it.
fn data(recorded: &Recorded) -> serde_json::Value {
    match serde_json::to_value(&recorded.event) {
        Ok(serde_json::Value::Object(mut event)) => {
            event.remove("data").unwrap_or_else(|| serde_json::json!({}))
        }
        Ok(_) | Err(_) => serde_json::Value::Null,
    }
}
