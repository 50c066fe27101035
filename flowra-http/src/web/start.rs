//! Where somebody lands: the first account, the first workspace, or where they were last.

use askama::Template;
use flowra_core::WorkspaceId;
use flowra_core::chat::{ChatKind, ChatRef, CreateChat};
use flowra_core::message::{Announce, PostMessage};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::workspace::{CreateWorkspace, Workspace};
use salvo::http::header::REFERER;
use salvo::{Request, Response, Router, Writer, handler};
use serde::Deserialize;
use uuid::Uuid;

use super::page::{Page, THEME};
use super::problem::{Complaint, Problem};
use super::reply::Reply;
use super::visitor::{Reader, Visitor, cookie, kept};
use crate::http::extract::json_or_form_body;

/// Keeps the workspace in which somebody was last.
pub(super) const WORKSPACE: &str = "flowra_workspace";

/// The bot's first message in a workspace.
const WELCOME: &str = "**Welcome to Flowra.** This is where your team talks, and where talk becomes work.\n\
    \n\
    A line that begins with a tag acts. The next message makes a task with one, and I answer in its thread. It stands on the board now.";

/// What shows it at work.
const TAGS: &str = "#task Invite the team #priority High";

pub(super) fn router() -> Router {
    Router::new()
        .get(start)
        .push(Router::with_path("theme").post(choose_theme))
}

/// The routes for those who have signed in.
pub(super) fn known() -> Router {
    Router::with_path("workspaces/new").get(show_new).post(create)
}

#[derive(Debug, Deserialize)]
struct WorkspaceForm {
    name: String,
    key: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
struct ThemeForm {
    theme: String,
}

#[derive(Template)]
#[template(path = "new_workspace.html")]
struct NewWorkspacePage {
    page: Page,
    form: WorkspaceForm,
    complaint: Complaint,
}

#[handler]
async fn start(req: &mut Request, visitor: Visitor) -> Result<Reply, Problem> {
    if visitor.identity.is_none() {
        let known = visitor.state.app.accounts.any().await?;
        return Ok(Reply::to(if known { "/sign-in" } else { "/register" }));
    }
    let reader = Reader::try_from(visitor)?;
    let last = cookie(req, WORKSPACE).and_then(|id| id.parse::<WorkspaceId>().ok());
    let workspaces = &reader.state.app.workspaces;
    if let Some(last) = last
        && workspaces.find(&reader.caller, last).await.is_ok()
    {
        return Ok(Reply::to(format!("/w/{last}")));
    }
    let first = workspaces
        .list(&reader.caller, PageRequest::first(Limit::default()))
        .await?;
    Ok(Reply::to(match first.items.first() {
        Some(workspace) => format!("/w/{}", workspace.id),
        None => "/workspaces/new".to_owned(),
    }))
}

#[handler]
async fn show_new(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    Reply::page(&NewWorkspacePage {
        page: Page::with_forms(req, "Create a workspace", &reader.csrf),
        form: WorkspaceForm {
            name: String::new(),
            key: Some(Uuid::new_v4()),
        },
        complaint: Complaint::default(),
    })
}

/// Makes a workspace with all that belongs to its beginning. What breaks off is done to its end when the form is sent again.
#[handler]
async fn create(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let form: WorkspaceForm = json_or_form_body(req).await?;
    let command = CreateWorkspace {
        name: form.name.clone(),
        ..CreateWorkspace::default()
    };
    let caller = reader.once(form.key, &["workspace", &form.name]);
    match reader.state.app.workspaces.create(&caller, command).await {
        Ok(workspace) => Ok(Reply::to(welcome(&reader, &workspace, form.key).await?)),
        Err(error) => Reply::refused(&NewWorkspacePage {
            page: Page::with_forms(req, "Create a workspace", &reader.csrf),
            complaint: Complaint::about(error)?,
            form,
        }),
    }
}

/// Makes the channel in which everybody is, with messages that show what a tag does; answers where it is.
async fn welcome(reader: &Reader, workspace: &Workspace, key: Option<Uuid>) -> Result<String, Problem> {
    let app = &reader.state.app;
    let general = CreateChat {
        workspace: workspace.id,
        kind: ChatKind::Channel,
        title: Some("general".to_owned()),
        topic: Some("For everybody and everything".to_owned()),
        participants: Vec::new(),
    };
    let id = workspace.id.to_string();
    let once = |part: &str| reader.once(key, &[part, &id]);
    let chat = app.chats.create(&once("general"), general).await?.chat;
    let place = ChatRef {
        workspace: workspace.id,
        chat: chat.id,
        expected: None,
    };
    let words = Announce {
        chat: place,
        content: WELCOME.to_owned(),
    };
    app.messages.announce(&once("welcome"), words).await?;
    let message = PostMessage {
        chat: place,
        content: TAGS.to_owned(),
        parent: None,
        files: Vec::new(),
    };
    app.messages.post(&once("tags"), message).await?;
    Ok(format!("/w/{}/c/{}", workspace.id, chat.id))
}

/// Keeps the theme in a cookie, so that the next page is sent in it and none flashes.
#[handler]
async fn choose_theme(req: &mut Request, res: &mut Response, visitor: Visitor) -> Result<Reply, Problem> {
    let form: ThemeForm = json_or_form_body(req).await?;
    let mut cookie = kept(&visitor.state, THEME, form.theme);
    cookie.set_max_age(salvo::http::cookie::time::Duration::days(365));
    res.add_cookie(cookie);
    let back = req.headers().get(REFERER).and_then(|value| value.to_str().ok());
    let back = back
        .and_then(|back| back.split_once("://"))
        .and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()));
    Ok(Reply::to(super::reply::onward(back.as_deref())))
}
