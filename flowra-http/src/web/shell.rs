//! What every page of a workspace has around it: the switch of workspaces, the list of chats with their counts, the reader's menu.

use std::sync::Arc;

use askama::Template;
use flowra_core::chat::{Chat, ChatKind, ChatRef, ChatState, Standing};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::workspace::{Role, Workspace};
use flowra_core::{ChatId, Error, UserId, Viewer, WorkspaceId};
use salvo::http::cookie::time::Duration;
use salvo::{Request, Response, Router, Writer, handler};
use serde::Deserialize;

use super::page::Page;
use super::problem::Problem;
use super::reply::Reply;
use super::rooms::general;
use super::start::WORKSPACE;
use super::visitor::{Reader, kept};
use crate::body::People;
use crate::http::extract::{path, query};

pub(super) fn router() -> Router {
    Router::with_path("w/{workspace}")
        .get(enter)
        .push(Router::with_path("sidebar").get(sidebar))
}

/// The frame of a workspace's page, as one reader sees it.
pub(super) struct Shell {
    /// The live feed's place when the page was read: what happens after it comes through the WebSocket.
    pub(super) cursor: String,
    /// Who reads.
    pub(super) user: UserId,
    /// Their name.
    pub(super) user_name: String,
    /// Whether they administer the installation's accounts.
    pub(super) is_admin: bool,
    /// The workspace.
    pub(super) workspace: Arc<Workspace>,
    /// All workspaces of theirs.
    pub(super) workspaces: Vec<Arc<Workspace>>,
    /// The chats.
    pub(super) sidebar: Sidebar,
}

/// The list of chats.
#[derive(Template)]
#[template(path = "sidebar.html")]
pub(super) struct Sidebar {
    /// Whose chats.
    pub(super) workspace: WorkspaceId,
    /// The chat that is open.
    pub(super) open: Option<ChatId>,
    /// The chats by kind, each with the heading of its kind.
    pub(super) sections: Vec<(&'static str, Vec<Entry>)>,
    /// Whether the reader makes chats; guests do not.
    pub(super) makes_chats: bool,
}

/// A chat in the list.
pub(super) struct Entry {
    /// Which.
    pub(super) id: ChatId,
    /// Its title; of a direct chat, the other person's name.
    pub(super) title: String,
    /// `#` before a channel.
    pub(super) mark: &'static str,
    /// The other person of a direct chat.
    pub(super) person: Option<UserId>,
    /// Whether they are online.
    pub(super) is_online: bool,
    /// How much of it is unread.
    pub(super) standing: Standing,
    /// Whether nobody posts any more.
    pub(super) is_closed: bool,
}

impl Shell {
    /// The frame of a page in this workspace, in which this chat is open. To be read before the page itself: what happens meanwhile comes
    /// through the feed, rather twice than never.
    pub(super) async fn load(
        reader: &Reader,
        workspace: WorkspaceId,
        open: Option<ChatId>,
    ) -> Result<Self, Problem> {
        let cursor = reader.state.hub.position().to_string();
        let app = &reader.state.app;
        let workspace = app.workspaces.find(&reader.caller, workspace).await?;
        let first = PageRequest::first(Limit::MAX);
        let workspaces = app.workspaces.list(&reader.caller, first).await?.items;
        Ok(Self {
            cursor,
            user: reader.caller.user,
            user_name: reader.identity.user.display_name.as_str().to_owned(),
            is_admin: reader.identity.user.is_admin,
            sidebar: Sidebar::load(reader, &workspace, open).await?,
            workspace,
            workspaces,
        })
    }
}

/// The chats in which the reader takes part.
pub(super) async fn taken(reader: &Reader, workspace: WorkspaceId) -> Result<Vec<Arc<Chat>>, Problem> {
    let mut taken: Vec<Arc<Chat>> = Vec::new();
    loop {
        let page = PageRequest {
            limit: Limit::MAX,
            after: taken.last().map(|chat| chat.id),
        };
        let chats = &reader.state.app.chats;
        let next = chats.taken(&reader.caller, workspace, page).await?;
        taken.extend(next.items);
        if !next.has_more {
            return Ok(taken);
        }
    }
}

/// The chat, if the reader may read it: an admin may manage a group without that.
async fn readable(
    reader: &Reader,
    workspace: &Workspace,
    chat: ChatId,
) -> Result<Option<Arc<Chat>>, Problem> {
    let user = reader.caller.user;
    let named = ChatRef {
        workspace: workspace.id,
        chat,
        expected: None,
    };
    let viewer = workspace.role_of(user).map(|role| Viewer { user, role });
    match reader.state.app.chats.find(&reader.caller, named).await {
        Ok(chat) => Ok(Some(chat).filter(|chat| viewer.is_some_and(|viewer| chat.is_readable_by(viewer)))),
        Err(Error::Refused(_)) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

impl Sidebar {
    async fn load(reader: &Reader, workspace: &Workspace, open: Option<ChatId>) -> Result<Self, Problem> {
        let me = reader.caller.user;
        let mut chats = taken(reader, workspace.id).await?;
        // A channel that somebody only reads stands in the list while it is open.
        if let Some(open) = open.filter(|open| chats.iter().all(|chat| chat.id != *open)) {
            chats.extend(readable(reader, workspace, open).await?);
        }
        let ids = chats.iter().map(|chat| chat.id).collect();
        let standings = reader.state.app.ports.marks.standings(me, ids).await?;
        let others = chats.iter().filter_map(|chat| other(chat, me));
        let others: Vec<UserId> = others.collect();
        let people = reader.state.renderer.people(others.clone()).await?;
        let online = reader.state.app.ports.presence.online(others).await;
        let kinds = [
            (ChatKind::Channel, "Channels"),
            (ChatKind::Group, "Groups"),
            (ChatKind::Direct, "Direct messages"),
        ];
        let sections = kinds
            .into_iter()
            .map(|(kind, heading)| {
                let mut entries: Vec<Entry> = chats
                    .iter()
                    .zip(&standings)
                    .filter(|(chat, _)| chat.kind == kind)
                    .map(|(chat, standing)| Entry {
                        is_online: other(chat, me).is_some_and(|user| online.contains(&user)),
                        ..Entry::new(chat, *standing, me, &people)
                    })
                    .collect();
                entries.sort_by_key(|entry| (entry.is_closed, entry.title.to_lowercase()));
                (heading, entries)
            })
            .collect();
        Ok(Self {
            workspace: workspace.id,
            open,
            sections,
            makes_chats: workspace.role_of(me).is_some_and(|role| role > Role::Guest),
        })
    }

    /// Whether this is the chat that is open.
    fn is_open(&self, entry: &Entry) -> bool {
        self.open == Some(entry.id)
    }

    /// How much of a chat is unread; nothing of one that is not in the list.
    pub(super) fn standing(&self, chat: ChatId) -> Standing {
        let mut entries = self.sections.iter().flat_map(|(_, entries)| entries);
        let found = entries.find(|entry| entry.id == chat);
        found.map(|entry| entry.standing).unwrap_or_default()
    }

    /// The chats that a page follows, for the WebSocket.
    pub(super) fn followed(&self) -> String {
        let ids: Vec<String> = self
            .sections
            .iter()
            .flat_map(|(_, entries)| entries)
            .map(|entry| entry.id.to_string())
            .collect();
        ids.join(" ")
    }
}

impl Entry {
    fn new(chat: &Chat, standing: Standing, me: UserId, people: &People) -> Self {
        Self {
            id: chat.id,
            title: title(chat, me, people),
            mark: if chat.kind == ChatKind::Channel { "#" } else { "" },
            person: other(chat, me),
            is_online: false,
            standing,
            is_closed: chat.state == ChatState::Closed,
        }
    }
}

/// The other person of a direct chat.
pub(super) fn other(chat: &Chat, me: UserId) -> Option<UserId> {
    (chat.kind == ChatKind::Direct)
        .then(|| chat.participants.keys().copied().find(|user| *user != me))
        .flatten()
}

/// What a chat is called for this reader.
pub(super) fn title(chat: &Chat, me: UserId, people: &People) -> String {
    match (&chat.title, other(chat, me)) {
        (Some(title), _) => title.as_str().to_owned(),
        (None, Some(other)) => people.person(other).display_name,
        (None, None) => "Direct message".to_owned(),
    }
}

#[derive(Template)]
#[template(path = "empty_workspace.html")]
struct EmptyWorkspacePage {
    page: Page,
    shell: Shell,
}

/// The workspace itself: its first channel, or a page that says that there is none.
#[handler]
async fn enter(req: &mut Request, res: &mut Response, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let shell = Shell::load(&reader, workspace, None).await?;
    let mut cookie = kept(&reader.state, WORKSPACE, workspace.to_string());
    cookie.set_max_age(Duration::days(365));
    res.add_cookie(cookie);
    let first = shell
        .sidebar
        .sections
        .iter()
        .flat_map(|(_, entries)| entries)
        .next();
    let first = match first {
        Some(entry) => Some(entry.id),
        None => general(&reader, workspace).await?.map(|chat| chat.chat),
    };
    match first {
        Some(chat) => Ok(Reply::to(format!("/w/{workspace}/c/{chat}"))),
        None => Reply::page(&EmptyWorkspacePage {
            page: Page::with_forms(req, "No chats yet", &reader.csrf),
            shell,
        }),
    }
}

#[derive(Debug, Deserialize)]
struct SidebarQuery {
    open: Option<ChatId>,
}

/// The list of chats alone, for a page whose list is no longer right.
#[handler]
async fn sidebar(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let open = query::<SidebarQuery>(req)?.open;
    let workspace = reader
        .state
        .app
        .workspaces
        .find(&reader.caller, workspace)
        .await?;
    Reply::page(&Sidebar::load(&reader, &workspace, open).await?)
}
