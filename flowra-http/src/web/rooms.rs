//! Making chats and finding channels: panels that a page shows in a dialog, and that are pages without scripts.

use askama::Template;
use flowra_core::chat::{ChatKind, ChatRef, CreateChat};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::{ChatId, UserId, WorkspaceId};
use salvo::http::StatusCode;
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;

use super::message::{hue, initials};
use super::page::Page;
use super::problem::{Complaint, Problem};
use super::reply::{Reply, wants_part};
use super::shell::Shell;
use super::visitor::Reader;
use crate::http::ApiError;
use crate::http::bytes;
use crate::http::extract::{path, query};

pub(super) fn router() -> Router {
    Router::with_path("w/{workspace}")
        .push(Router::with_path("chats").get(show_new).post(create))
        .push(Router::with_path("channels").get(browse))
}

/// A panel as a page of its own.
#[derive(Template)]
#[template(path = "panel.html")]
struct PanelPage {
    page: Page,
    shell: Shell,
    panel: String,
}

/// Answers with a panel: alone for a dialog, else within a page.
pub(super) async fn panel(
    req: &Request,
    reader: &Reader,
    workspace: WorkspaceId,
    title: &str,
    status: StatusCode,
    panel: &impl Template,
) -> Result<Reply, Problem> {
    let panel = panel.render()?;
    if wants_part(req) {
        return Ok(Reply::Html(status, panel));
    }
    let page = PanelPage {
        page: Page::with_forms(req, title, &reader.csrf),
        shell: Shell::load(reader, workspace, None).await?,
        panel,
    };
    Ok(Reply::Html(status, page.render()?))
}

/// Somebody to choose.
pub(super) struct Candidate {
    pub(super) id: UserId,
    pub(super) username: String,
    pub(super) name: String,
    pub(super) initials: String,
    pub(super) hue: u8,
    pub(super) is_online: bool,
}

impl Candidate {
    /// Whether their username, or a part of their name, begins so; lower case.
    pub(super) fn begins_with(&self, typed: &str) -> bool {
        let name = self.name.to_lowercase();
        self.username.to_lowercase().starts_with(typed)
            || name.split_whitespace().any(|word| word.starts_with(typed))
            || name.starts_with(typed)
    }
}

/// These people, in the order of their names.
pub(super) async fn candidates(reader: &Reader, ids: Vec<UserId>) -> Result<Vec<Candidate>, Problem> {
    let mut found = absent(reader, ids).await?;
    tell_presence(reader, &mut found).await;
    Ok(found)
}

/// Says of each of them whether they are online.
pub(super) async fn tell_presence(reader: &Reader, people: &mut [Candidate]) {
    let ids = people.iter().map(|person| person.id).collect();
    let online = reader.state.app.ports.presence.online(ids).await;
    for person in people {
        person.is_online = online.contains(&person.id);
    }
}

/// These people, in the order of their names, none of them online: for who does not show them all.
pub(super) async fn absent(reader: &Reader, ids: Vec<UserId>) -> Result<Vec<Candidate>, Problem> {
    let people = reader.state.renderer.people(ids.clone()).await?;
    let mut found: Vec<Candidate> = ids
        .into_iter()
        .map(|id| {
            let person = people.person(id);
            Candidate {
                id,
                initials: initials(&person.display_name),
                hue: hue(id),
                is_online: false,
                username: person.username,
                name: person.display_name,
            }
        })
        .collect();
    found.sort_by_key(|person| (person.name.to_lowercase(), person.id));
    Ok(found)
}

/// The fields of a form, which may have the same name more than once.
pub(super) async fn fields(req: &mut Request) -> Result<Vec<(String, String)>, Problem> {
    let body = bytes(req).await?;
    Ok(form_urlencoded::parse(&body).into_owned().collect())
}

#[derive(Template)]
#[template(path = "new_chat.html")]
struct NewChat {
    workspace: WorkspaceId,
    csrf: String,
    kind: ChatKind,
    title: String,
    topic: String,
    people: Vec<Candidate>,
    chosen: Vec<UserId>,
    complaint: Complaint,
}

#[derive(Debug, Deserialize)]
struct Wanted {
    kind: Option<String>,
}

impl NewChat {
    async fn load(reader: &Reader, workspace: WorkspaceId, kind: ChatKind) -> Result<Self, Problem> {
        let workspaces = &reader.state.app.workspaces;
        let found = workspaces.find(&reader.caller, workspace).await?;
        let others = found.members.keys().copied();
        let others = others.filter(|user| *user != reader.caller.user).collect();
        Ok(Self {
            workspace,
            csrf: reader.csrf.clone(),
            kind,
            title: String::new(),
            topic: String::new(),
            people: candidates(reader, others).await?,
            chosen: Vec::new(),
            complaint: Complaint::default(),
        })
    }

    const fn heading(&self) -> &'static str {
        match self.kind {
            ChatKind::Channel => "New channel",
            ChatKind::Group => "New group",
            ChatKind::Direct => "New direct message",
        }
    }
}

fn kind(word: Option<&str>) -> ChatKind {
    word.and_then(|word| word.parse().ok())
        .unwrap_or(ChatKind::Channel)
}

#[handler]
async fn show_new(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace = path(req, "workspace")?;
    let kind = kind(query::<Wanted>(req)?.kind.as_deref());
    let form = NewChat::load(&reader, workspace, kind).await?;
    panel(req, &reader, workspace, form.heading(), StatusCode::OK, &form).await
}

#[handler]
async fn create(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let fields = fields(req).await?;
    let field = |name: &str| {
        let found = fields.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.clone())
    };
    // What is not among the form's kinds must not become one that everybody reads.
    let wanted = field("kind").and_then(|word| word.parse().ok());
    let kind: ChatKind = wanted
        .ok_or_else(|| ApiError::validation("kind must be channel, group or direct").with_field("kind"))?;
    let chosen: Vec<UserId> = fields
        .iter()
        .filter(|(name, _)| name == "user")
        .filter_map(|(_, value)| value.parse().ok())
        .collect();
    let has_title = kind != ChatKind::Direct;
    let command = CreateChat {
        workspace,
        kind,
        title: has_title.then(|| field("title").unwrap_or_default()),
        topic: has_title.then(|| field("topic").unwrap_or_default()),
        participants: chosen.clone(),
    };
    match reader.state.app.chats.create(&reader.caller, command).await {
        Ok(created) => Ok(Reply::to(format!("/w/{workspace}/c/{}", created.chat.id))),
        Err(error) => {
            let form = NewChat {
                title: field("title").unwrap_or_default(),
                topic: field("topic").unwrap_or_default(),
                chosen,
                complaint: Complaint::about(error)?,
                ..NewChat::load(&reader, workspace, kind).await?
            };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            panel(req, &reader, workspace, form.heading(), status, &form).await
        }
    }
}

/// A channel in the list of all.
pub(super) struct Channel {
    pub(super) id: ChatId,
    pub(super) title: String,
    topic: String,
    people: usize,
    /// Whether the reader takes part.
    is_taken: bool,
}

#[derive(Template)]
#[template(path = "channels.html")]
struct Directory {
    workspace: WorkspaceId,
    csrf: String,
    channels: Vec<Channel>,
}

#[handler]
async fn browse(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace = path(req, "workspace")?;
    let mut channels = channels(&reader, workspace).await?;
    channels.sort_by_key(|channel| channel.title.to_lowercase());
    let list = Directory {
        workspace,
        csrf: reader.csrf.clone(),
        channels,
    };
    panel(req, &reader, workspace, "Channels", StatusCode::OK, &list).await
}

/// The channels that the reader may read.
pub(super) async fn channels(reader: &Reader, workspace: WorkspaceId) -> Result<Vec<Channel>, Problem> {
    let mut channels = Vec::new();
    let mut after = None;
    loop {
        let chats = &reader.state.app.chats;
        let limit = Limit::MAX;
        let next = chats
            .list(&reader.caller, workspace, PageRequest { limit, after })
            .await?;
        after = next.items.last().map(|chat| chat.id);
        let found = next.items.iter().filter(|chat| chat.kind == ChatKind::Channel);
        channels.extend(found.map(|chat| {
            Channel {
                id: chat.id,
                title: chat
                    .title
                    .as_ref()
                    .map(|title| title.as_str().to_owned())
                    .unwrap_or_default(),
                topic: chat.topic.as_str().to_owned(),
                people: chat.participants.len(),
                is_taken: chat.participants.contains_key(&reader.caller.user),
            }
        }));
        if !next.has_more {
            return Ok(channels);
        }
    }
}

/// The channel in which everybody is to be, if the workspace has one that the reader may join.
pub(super) async fn general(reader: &Reader, workspace: WorkspaceId) -> Result<Option<ChatRef>, Problem> {
    let channels = channels(reader, workspace).await?;
    let general = channels.iter().find(|channel| channel.title == "general");
    Ok(general.map(|channel| ChatRef {
        workspace,
        chat: channel.id,
        expected: None,
    }))
}
