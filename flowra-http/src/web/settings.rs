//! What a workspace is called and what it is for, and its end: a panel that a page shows in a dialog, and that is a page without scripts.

use askama::Template;
use flowra_core::WorkspaceId;
use flowra_core::event::Version;
use flowra_core::workspace::{Role, UpdateWorkspace};
use salvo::http::StatusCode;
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;

use super::merge::Field;
use super::problem::{Complaint, Problem};
use super::reply::{Reply, lines};
use super::rooms::panel;
use super::visitor::Reader;
use crate::http::extract::{json_or_form_body, path};

pub(super) fn router() -> Router {
    Router::with_path("w/{workspace}/settings").get(show).post(change)
}

#[derive(Debug, Deserialize)]
struct Form {
    /// The button that was pressed.
    #[serde(rename = "do")]
    act: String,
    name: Option<String>,
    description: Option<String>,
    /// What the form was made with.
    was_name: Option<String>,
    was_description: Option<String>,
    /// The name, typed by who wants the workspace to be gone.
    typed: Option<String>,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings {
    workspace: WorkspaceId,
    csrf: String,
    role: Role,
    /// What it is called now, whatever the form says.
    called: String,
    name: String,
    description: String,
    prefix: String,
    /// The name and the description as they are stored, whatever the form says.
    stored: (String, String),
    version: Version,
    has_saved: bool,
    complaint: Complaint,
}

impl Settings {
    async fn load(reader: &Reader, id: WorkspaceId) -> Result<Self, Problem> {
        let workspace = reader.state.app.workspaces.find(&reader.caller, id).await?;
        let role = workspace.role_of(reader.caller.user);
        Ok(Self {
            workspace: id,
            csrf: reader.csrf.clone(),
            role: role.unwrap_or(Role::Guest),
            called: workspace.name.as_str().to_owned(),
            name: workspace.name.as_str().to_owned(),
            description: workspace.description.as_str().to_owned(),
            prefix: workspace.key_prefix.as_str().to_owned(),
            stored: (
                workspace.name.as_str().to_owned(),
                workspace.description.as_str().to_owned(),
            ),
            version: workspace.version,
            has_saved: false,
            complaint: Complaint::default(),
        })
    }

    fn manages(&self) -> bool {
        self.role >= Role::Admin
    }

    fn owns(&self) -> bool {
        self.role == Role::Owner
    }
}

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let settings = Settings::load(&reader, path(req, "workspace")?).await?;
    answer(req, &reader, &settings).await
}

async fn answer(req: &Request, reader: &Reader, settings: &Settings) -> Result<Reply, Problem> {
    let status = if settings.complaint.message.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    panel(
        req,
        reader,
        settings.workspace,
        "Workspace settings",
        status,
        settings,
    )
    .await
}

#[handler]
async fn change(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let id = path(req, "workspace")?;
    let mut form: Form = json_or_form_body(req).await?;
    for text in [&mut form.description, &mut form.was_description]
        .into_iter()
        .flatten()
    {
        *text = lines(text);
    }
    let mut settings = Settings::load(&reader, id).await?;
    let workspaces = &reader.state.app.workspaces;
    if form.act == "delete" {
        if form.typed.as_deref().map(str::trim) == Some(settings.called.as_str()) {
            workspaces.delete(&reader.caller, id, None).await?;
            return Ok(Reply::to("/"));
        }
        settings.complaint = Complaint::at_field("typed", format!("Type {} to delete it.", settings.called));
        return answer(req, &reader, &settings).await;
    }
    match update(&reader, &settings, &form).await? {
        Ok(()) => {
            settings = Settings::load(&reader, id).await?;
            settings.has_saved = true;
        }
        Err(complaint) => {
            settings.complaint = complaint;
            settings.name = form.name.unwrap_or_default();
            settings.description = form.description.unwrap_or_default();
        }
    }
    answer(req, &reader, &settings).await
}

/// Stores what was changed in the form, of the version that the settings were read from.
async fn update(reader: &Reader, settings: &Settings, form: &Form) -> Result<Result<(), Complaint>, Problem> {
    let name = Field {
        name: "name",
        typed: form.name.as_deref(),
        was: form.was_name.as_deref(),
        stored: &settings.stored.0,
    };
    let description = Field {
        name: "description",
        typed: form.description.as_deref(),
        was: form.was_description.as_deref(),
        stored: &settings.stored.1,
    };
    let (name, description) = match (name.change(), description.change()) {
        (Ok(name), Ok(description)) => (name, description),
        (Err(complaint), _) | (_, Err(complaint)) => return Ok(Err(complaint)),
    };
    if name.is_none() && description.is_none() {
        return Ok(Ok(()));
    }
    let command = UpdateWorkspace {
        workspace: settings.workspace,
        name,
        description,
        expected: Some(settings.version),
    };
    match reader.state.app.workspaces.update(&reader.caller, command).await {
        Ok(_) => Ok(Ok(())),
        Err(error) => Complaint::about(error).map(Err),
    }
}
