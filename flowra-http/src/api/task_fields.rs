//! Changing one field of a task; every answer is the task as it is now.

use flowra_core::task::{
    Column, MoveTask, Priority, SetAssignee, SetDueDate, SetEpic, SetLabels, SetPriority, SetSeverity,
    SetStatus, Severity, Status,
};
use flowra_core::workspace::Workspace;
use flowra_core::{TaskId, UserId};
use salvo::oapi::{ToSchema, endpoint};
use salvo::{Router, Writer};
use serde::Deserialize;

use super::caller::Asker;
use super::params::{At, IfMatch, nullable};
use super::tasks::target;
use crate::body::{TaskBody, WordOf};
use crate::http::ApiError;
use crate::http::envelope::Data;
use crate::http::extract::{Body, Path};

/// The route of one task with a route for each of its fields.
pub(super) fn router(task: Router) -> Router {
    task.push(Router::with_path("status").put(status))
        .push(Router::with_path("assignee").put(assignee))
        .push(Router::with_path("priority").put(priority))
        .push(Router::with_path("severity").put(severity))
        .push(Router::with_path("due-date").put(due_date))
        .push(Router::with_path("labels").put(labels))
        .push(Router::with_path("epic").put(epic))
        .push(Router::with_path("rank").put(rank))
}

/// Another status.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct StatusRequest {
    /// One of its kind's, in any case.
    #[salvo(schema(value_type = WordOf<Status>))]
    pub(super) status: String,
}

/// Another priority.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct PriorityRequest {
    /// `Low`, `Medium`, `High` or `Critical`.
    #[salvo(schema(value_type = WordOf<Priority>))]
    pub(super) priority: String,
}

/// Another assignee.
#[derive(Debug, Deserialize, ToSchema)]
struct AssigneeRequest {
    /// Who does it; `null` for nobody.
    #[serde(deserialize_with = "nullable")]
    #[salvo(schema(value_type = String, format = Uuid, nullable = true))]
    assignee_id: Option<UserId>,
}

/// Another severity.
#[derive(Debug, Deserialize, ToSchema)]
struct SeverityRequest {
    /// `Critical`, `Major`, `Minor` or `Trivial`; `null` for none.
    #[serde(deserialize_with = "nullable")]
    #[salvo(schema(value_type = WordOf<Severity>, nullable = true))]
    severity: Option<String>,
}

/// Another due date.
#[derive(Debug, Deserialize, ToSchema)]
struct DueDateRequest {
    /// A day such as 2026-12-24, or a time in RFC 3339; `null` for none.
    #[serde(deserialize_with = "nullable")]
    #[salvo(schema(value_type = String, nullable = true))]
    due_date: Option<String>,
}

/// Other labels.
#[derive(Debug, Deserialize, ToSchema)]
struct LabelsRequest {
    /// At most 20, each of 1 to 50 characters; `null` for none.
    #[serde(deserialize_with = "nullable")]
    #[salvo(schema(value_type = Vec<String>, nullable = true))]
    labels: Option<Vec<String>>,
}

/// Another epic.
#[derive(Debug, Deserialize, ToSchema)]
struct EpicRequest {
    /// The epic of which it is a part; `null` for none.
    #[serde(deserialize_with = "nullable")]
    #[salvo(schema(value_type = String, format = Uuid, nullable = true))]
    epic_id: Option<TaskId>,
}

/// Another place.
#[derive(Debug, Deserialize, ToSchema)]
struct RankRequest {
    /// The column; the one it stands in, when left out.
    #[salvo(schema(value_type = WordOf<Column>, required = false))]
    column: Option<String>,
    /// The task directly below it.
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    before: Option<TaskId>,
    /// The task directly above it.
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    after: Option<TaskId>,
}

/// Sets the status
#[endpoint(tags("tasks"), status_codes(200))]
async fn status(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: Body<StatusRequest>,
) -> Result<Data<TaskBody>, ApiError> {
    let command = SetStatus {
        target: target(workspace_id, task_id, version),
        status: body.0.status,
    };
    let task = asker.state.app.tasks.set_status(&asker.caller, command).await?;
    asker.task_body(task).await.map(Data)
}

/// Gives it to somebody, or to nobody
#[endpoint(tags("tasks"), status_codes(200))]
async fn assignee(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: Body<AssigneeRequest>,
) -> Result<Data<TaskBody>, ApiError> {
    let command = SetAssignee {
        target: target(workspace_id, task_id, version),
        assignee: body.0.assignee_id,
    };
    let task = asker.state.app.tasks.set_assignee(&asker.caller, command).await?;
    asker.task_body(task).await.map(Data)
}

/// Sets how urgent it is
#[endpoint(tags("tasks"), status_codes(200))]
async fn priority(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: Body<PriorityRequest>,
) -> Result<Data<TaskBody>, ApiError> {
    let command = SetPriority {
        target: target(workspace_id, task_id, version),
        priority: body.0.priority,
    };
    let task = asker.state.app.tasks.set_priority(&asker.caller, command).await?;
    asker.task_body(task).await.map(Data)
}

/// Sets how bad a bug is
#[endpoint(tags("tasks"), status_codes(200))]
async fn severity(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: Body<SeverityRequest>,
) -> Result<Data<TaskBody>, ApiError> {
    let command = SetSeverity {
        target: target(workspace_id, task_id, version),
        severity: body.0.severity,
    };
    let task = asker.state.app.tasks.set_severity(&asker.caller, command).await?;
    asker.task_body(task).await.map(Data)
}

/// Sets when it is due
#[endpoint(tags("tasks"), status_codes(200))]
async fn due_date(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: Body<DueDateRequest>,
) -> Result<Data<TaskBody>, ApiError> {
    let command = SetDueDate {
        target: target(workspace_id, task_id, version),
        due_date: body.0.due_date,
    };
    let task = asker.state.app.tasks.set_due_date(&asker.caller, command).await?;
    asker.task_body(task).await.map(Data)
}

/// Sets what it is about
#[endpoint(tags("tasks"), status_codes(200))]
async fn labels(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: Body<LabelsRequest>,
) -> Result<Data<TaskBody>, ApiError> {
    let chosen = body.0.labels.unwrap_or_default();
    let command = SetLabels {
        target: target(workspace_id, task_id, version),
        labels: chosen,
    };
    let task = asker.state.app.tasks.set_labels(&asker.caller, command).await?;
    asker.task_body(task).await.map(Data)
}

/// Makes it a part of an epic, or of none
#[endpoint(tags("tasks"), status_codes(200))]
async fn epic(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: Body<EpicRequest>,
) -> Result<Data<TaskBody>, ApiError> {
    let command = SetEpic {
        target: target(workspace_id, task_id, version),
        epic: body.0.epic_id,
    };
    let task = asker.state.app.tasks.set_epic(&asker.caller, command).await?;
    asker.task_body(task).await.map(Data)
}

/// Moves it within its column or to another one
#[endpoint(tags("tasks"), status_codes(200))]
async fn rank(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: Body<RankRequest>,
) -> Result<Data<TaskBody>, ApiError> {
    let RankRequest {
        column,
        before,
        after,
    } = body.0;
    let command = MoveTask {
        target: target(workspace_id, task_id, version),
        column,
        before,
        after,
    };
    let task = asker.state.app.tasks.move_task(&asker.caller, command).await?;
    asker.task_body(task).await.map(Data)
}
