//! Changing a task as a web page does: a form in, nothing out but the word that it changed.

use flowra_core::UserId;
use flowra_core::task::{SetAssignee, SetDueDate, SetPriority, SetStatus};
use flowra_core::workspace::Workspace;
use salvo::oapi::{ToSchema, endpoint};
use salvo::{Response, Router, Writer};
use serde::Deserialize;

use super::caller::Asker;
use super::params::{At, IfMatch, nullable};
use super::task_fields::{PriorityRequest, StatusRequest};
use super::tasks::target;
use super::words;
use crate::http::ApiError;
use crate::http::envelope::NoContent;
use crate::http::extract::{BodyOrForm, Path};

/// The routes below one task.
pub(super) fn router() -> Router {
    Router::with_path("actions")
        .push(Router::with_path("status").post(status))
        .push(Router::with_path("priority").post(priority))
        .push(Router::with_path("assignee").post(assignee))
        .push(Router::with_path("due-date").post(due_date))
}

/// Another assignee, as a form says it.
#[derive(Debug, Deserialize, ToSchema)]
struct AssigneeForm {
    /// Who does it; empty or `null` for nobody. It must be there, so that a field that was forgotten clears nothing.
    #[serde(deserialize_with = "nullable")]
    #[salvo(schema(value_type = String, format = Uuid, nullable = true))]
    assignee_id: Option<String>,
}

/// Another due date, as a form says it.
#[derive(Debug, Deserialize, ToSchema)]
struct DueDateForm {
    /// A day such as 2026-12-24, or a time in RFC 3339; empty or `null` for none. It must be there, as above.
    #[serde(deserialize_with = "nullable")]
    #[salvo(schema(value_type = String, nullable = true))]
    due_date: Option<String>,
}

/// What a form's field holds; forms have no `null`, so what is empty is none.
fn filled(field: Option<String>) -> Option<String> {
    field.filter(|text| !text.trim().is_empty())
}

fn task_updated(res: &mut Response) -> NoContent {
    super::trigger(res, "taskUpdated");
    NoContent
}

/// Sets the status, as a web page does
#[endpoint(tags("tasks"), status_codes(204))]
async fn status(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: BodyOrForm<StatusRequest>,
    res: &mut Response,
) -> Result<NoContent, ApiError> {
    let command = SetStatus {
        target: target(workspace_id, task_id, version),
        status: body.0.status,
    };
    asker.state.app.tasks.set_status(&asker.caller, command).await?;
    Ok(task_updated(res))
}

/// Sets how urgent it is, as a web page does
#[endpoint(tags("tasks"), status_codes(204))]
async fn priority(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: BodyOrForm<PriorityRequest>,
    res: &mut Response,
) -> Result<NoContent, ApiError> {
    let command = SetPriority {
        target: target(workspace_id, task_id, version),
        priority: body.0.priority,
    };
    asker.state.app.tasks.set_priority(&asker.caller, command).await?;
    Ok(task_updated(res))
}

/// Gives it to somebody, as a web page does
#[endpoint(tags("tasks"), status_codes(204))]
async fn assignee(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: BodyOrForm<AssigneeForm>,
    res: &mut Response,
) -> Result<NoContent, ApiError> {
    let chosen = words::read_optional::<UserId>("assignee_id", filled(body.0.assignee_id).as_deref())?;
    let command = SetAssignee {
        target: target(workspace_id, task_id, version),
        assignee: chosen,
    };
    asker.state.app.tasks.set_assignee(&asker.caller, command).await?;
    Ok(task_updated(res))
}

/// Sets when it is due, as a web page does
#[endpoint(tags("tasks"), status_codes(204))]
async fn due_date(
    asker: Asker,
    workspace_id: At<Workspace>,
    task_id: Path<String>,
    version: IfMatch,
    body: BodyOrForm<DueDateForm>,
    res: &mut Response,
) -> Result<NoContent, ApiError> {
    let command = SetDueDate {
        target: target(workspace_id, task_id, version),
        due_date: filled(body.0.due_date),
    };
    asker.state.app.tasks.set_due_date(&asker.caller, command).await?;
    Ok(task_updated(res))
}
