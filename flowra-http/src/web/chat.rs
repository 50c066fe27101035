//! The page of a chat: what was said, from the first unread message on, and where one says more.

use std::sync::Arc;

use askama::Template;
use flowra_core::chat::{Chat, ChatKind, ChatRef, ChatState, Standing};
use flowra_core::event::Idempotency;
use flowra_core::message::{Anchor, MAX_CONTENT, Placed, PostMessage, Which};
use flowra_core::page::Limit;
use flowra_core::{Caller, ChatId, Error, MessageId, Viewer, WorkspaceId};
use salvo::http::StatusCode;
use salvo::http::header::HeaderName;
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::message::{self, MessageView};
use super::page::Page;
use super::problem::{Problem, sentence};
use super::reply::{Reply, lines, wants_part};
use super::shell::{Shell, other, title};
use super::thread::Thread;
use super::visitor::Reader;
use super::{about, actions, complete, thread};
use crate::http::ApiError;
use crate::http::extract::{json_or_form_body, path, query};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Up to how many unread messages the newest page is shown with the line above the first of them; from more on the page lies around the last
/// one read. Less than a page, so that something that was read stands above the line.
const UNREAD_ON_NEWEST: u64 = 40;

pub(super) fn router() -> Router {
    Router::with_path("w/{workspace}/c/{chat}")
        .get(show)
        .push(Router::with_path("read").post(read))
        .push(Router::with_path("bar").get(show_bar))
        .push(Router::with_path("completions").get(complete::offer))
        .push(Router::with_path("foresee").post(complete::foresee))
        .push(Router::with_path("messages").post(post).push(actions::router()))
        .push(thread::router())
        .push(about::router())
}

#[derive(Template)]
#[template(path = "chat.html")]
struct ChatPage {
    page: Page,
    shell: Shell,
    bar: Bar,
    /// Whether the reader may delete what others said.
    moderates: bool,
    messages: Messages,
    thread: Option<Thread>,
    foot: Foot,
    /// What was posted where nobody can write now, and why it was refused.
    unsent: Option<Unsent>,
}

/// A message that was refused, for its author to copy.
pub(super) struct Unsent {
    pub(super) complaint: String,
    pub(super) text: String,
}

/// What a chat is called and about: asked for again when the chat changes.
#[derive(Template)]
#[template(path = "bar.html")]
struct Bar {
    workspace: WorkspaceId,
    chat: ChatId,
    title: String,
    topic: String,
    people: usize,
    is_channel: bool,
    pins: String,
    pinned: usize,
}

/// What stands below the messages.
enum Foot {
    Composer(Composer),
    /// A channel of which the reader is no part yet.
    Join,
    /// Nobody posts; whether the reader may change that.
    Closed(bool),
}

/// Where one writes, in a chat or in a thread of it.
#[derive(Template)]
#[template(path = "composer.html")]
pub(super) struct Composer {
    pub(super) workspace: WorkspaceId,
    pub(super) chat: ChatId,
    /// The root, in a thread.
    pub(super) parent: Option<MessageId>,
    pub(super) csrf: String,
    pub(super) label: String,
    pub(super) draft: String,
    pub(super) complaint: String,
}

impl Composer {
    /// Tells the composers of a page apart.
    fn place(&self) -> &'static str {
        if self.parent.is_some() { "reply" } else { "main" }
    }
}

/// A page of messages, oldest first.
#[derive(Template)]
#[template(path = "messages.html")]
struct Messages {
    workspace: WorkspaceId,
    chat: ChatId,
    items: Vec<MessageView>,
    /// Before which message the line of the unread ones stands.
    unread_from: Option<usize>,
    has_older: bool,
    has_newer: bool,
}

/// Where in the chat a page lies; at the first unread message unless it says otherwise.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct Place {
    before: Option<MessageId>,
    after: Option<MessageId>,
    at: Option<MessageId>,
    #[serde(default)]
    latest: Option<u8>,
}

#[derive(Debug, Deserialize)]
struct PostForm {
    content: String,
    parent: Option<MessageId>,
    /// That of the page on which it was written, for those without scripts.
    key: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
struct ReadForm {
    message: MessageId,
}

/// The chat that a request's path names.
pub(super) fn named(req: &Request) -> Result<ChatRef, Problem> {
    Ok(ChatRef {
        workspace: path(req, "workspace")?,
        chat: path(req, "chat")?,
        expected: None,
    })
}

/// The reader as the chat's rights see them.
pub(super) async fn viewer(reader: &Reader, workspace: WorkspaceId) -> Result<Viewer, Problem> {
    let workspace = reader
        .state
        .app
        .workspaces
        .find(&reader.caller, workspace)
        .await?;
    let user = reader.caller.user;
    let role = workspace.role_of(user).ok_or_else(Problem::internal)?;
    Ok(Viewer { user, role })
}

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let chat = named(req)?;
    let place = query::<Place>(req)?;
    if wants_part(req) {
        let messages = messages(&reader, chat, place, Standing::default(), true).await?;
        return Reply::page(&messages);
    }
    Reply::page(&chat_page(req, &reader, chat, place, None).await?)
}

/// The chat's page with this thread beside it.
pub(super) async fn page_with(
    req: &Request,
    reader: &Reader,
    chat: ChatRef,
    thread: Thread,
) -> Result<Reply, Problem> {
    Reply::page(&chat_page(req, reader, chat, Place::default(), Some(thread)).await?)
}

async fn chat_page(
    req: &Request,
    reader: &Reader,
    named: ChatRef,
    place: Place,
    thread: Option<Thread>,
) -> Result<ChatPage, Problem> {
    let chat = reader.state.app.chats.find(&reader.caller, named).await?;
    let shell = Shell::load(reader, named.workspace, Some(named.chat)).await?;
    let standing = shell.sidebar.standing(named.chat);
    let messages = messages(reader, named, place, standing, false).await?;
    let bar = Bar::load(reader, &chat).await?;
    Ok(ChatPage {
        page: Page::with_forms(req, &bar.title, &reader.csrf),
        foot: foot(reader, &chat, &bar.title).await?,
        moderates: chat.is_moderated_by(viewer(reader, named.workspace).await?),
        shell,
        bar,
        messages,
        thread,
        unsent: None,
    })
}

async fn foot(reader: &Reader, chat: &Chat, title: &str) -> Result<Foot, Problem> {
    let viewer = viewer(reader, chat.workspace_id).await?;
    Ok(if chat.role_of(viewer.user).is_none() {
        Foot::Join
    } else if chat.state == ChatState::Closed {
        Foot::Closed(chat.is_managed_by(viewer))
    } else {
        Foot::Composer(Composer {
            workspace: chat.workspace_id,
            chat: chat.id,
            parent: None,
            csrf: reader.csrf.clone(),
            label: format!("Message {title}"),
            draft: String::new(),
            complaint: String::new(),
        })
    })
}

impl Bar {
    async fn load(reader: &Reader, chat: &Arc<Chat>) -> Result<Self, Problem> {
        let me = reader.caller.user;
        let people = reader.state.renderer.people(other(chat, me)).await?;
        let pins: Vec<String> = chat.pins.iter().map(ToString::to_string).collect();
        Ok(Self {
            workspace: chat.workspace_id,
            chat: chat.id,
            title: title(chat, me, &people),
            topic: chat.topic.as_str().to_owned(),
            people: chat.participants.len(),
            is_channel: chat.kind == ChatKind::Channel,
            pinned: pins.len(),
            pins: pins.join(" "),
        })
    }
}

/// The head of the chat alone, for a page on which it is no longer right.
#[handler]
async fn show_bar(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let chat = reader.state.app.chats.find(&reader.caller, named(req)?).await?;
    Reply::page(&Bar::load(&reader, &chat).await?)
}

async fn messages(
    reader: &Reader,
    chat: ChatRef,
    place: Place,
    standing: Standing,
    is_part: bool,
) -> Result<Messages, Problem> {
    let opens = place.before.is_none() && place.after.is_none() && place.at.is_none();
    let anchor = match (place.before, place.after, place.at, standing.last_read) {
        (Some(id), ..) => Anchor::Before(id),
        (_, Some(id), ..) => Anchor::After(id),
        (_, _, Some(id), _) => Anchor::Around(id),
        (.., Some(last)) if standing.unread > UNREAD_ON_NEWEST && place.latest.is_none() => {
            Anchor::Around(last)
        }
        _ => Anchor::Newest,
    };
    let fetch = async |anchor, limit| {
        let messages = &reader.state.app.messages;
        messages
            .list(&reader.caller, chat, Which::Roots, anchor, limit)
            .await
    };
    let page = fetch(anchor, Limit::default()).await?;
    let count = page.items.len();
    let unread_from = match anchor {
        Anchor::Newest if opens && standing.unread > 0 => usize::try_from(standing.unread)
            .ok()
            .and_then(|unread| count.checked_sub(unread)),
        Anchor::Around(last) if opens => page
            .items
            .iter()
            .position(|placed| placed.message.id == last)
            .map(|at| at + 1),
        _ => None,
    };
    let has_newer = match (anchor, page.items.last()) {
        (Anchor::After(_), _) => page.has_more,
        (Anchor::Before(_), _) => !is_part,
        (Anchor::Around(_), Some(last)) => {
            let next = fetch(
                Anchor::After(last.message.id),
                Limit::parse(1).map_err(Error::from)?,
            )
            .await?;
            !next.items.is_empty()
        }
        _ => false,
    };
    let bodies = reader
        .state
        .renderer
        .messages(reader.caller.user, page.items)
        .await?;
    Ok(Messages {
        workspace: chat.workspace,
        chat: chat.chat,
        items: message::group(&reader.tasks(chat.workspace).await?, bodies),
        unread_from: unread_from.filter(|at| *at < count),
        has_older: if page.is_forward { !is_part } else { page.has_more },
        has_newer,
    })
}

/// Marks the chat as read up to a message, for pages without scripts; the others tell it through their socket.
#[handler]
async fn read(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let chat = named(req)?;
    let form: ReadForm = json_or_form_body(req).await?;
    let chats = &reader.state.app.chats;
    chats.read(&reader.caller, chat, form.message).await?;
    Ok(Reply::to(format!("/w/{}/c/{}#end", chat.workspace, chat.chat)))
}

/// Posts; a page with scripts gets the message, one without the chat again.
#[handler]
async fn post(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let chat = named(req)?;
    let mut form: PostForm = json_or_form_body(req).await?;
    form.content = lines(&form.content);
    let here = format!("/w/{}/c/{}", chat.workspace, chat.chat);
    let command = PostMessage {
        chat,
        content: form.content.clone(),
        parent: form.parent,
        files: Vec::new(),
    };
    let caller = promised(req, &reader, &form)?;
    match reader.state.app.messages.post(&caller, command).await {
        Ok(_) if !wants_part(req) => Ok(Reply::to(match form.parent {
            Some(parent) => format!("{here}/t/{parent}#thread-end"),
            None => format!("{here}#end"),
        })),
        Ok(posted) => {
            let placed = reader
                .state
                .app
                .messages
                .find(&reader.caller, posted.message.id)
                .await?;
            one(&reader, &placed).await
        }
        Err(error) => {
            if matches!(error, Error::Failed(_)) {
                return Err(error.into());
            }
            let complaint = sentence(&error.into());
            if wants_part(req) {
                return Ok(refusal(&complaint));
            }
            if let Some(parent) = form.parent {
                let thread = Thread::load(&reader, chat, parent).await?;
                let thread = thread.refused(form.content, complaint);
                let page = chat_page(req, &reader, chat, Place::default(), Some(thread)).await?;
                return Reply::refused(&page);
            }
            let mut page = chat_page(req, &reader, chat, Place::default(), None).await?;
            if let Foot::Composer(composer) = &mut page.foot {
                composer.draft = form.content;
                composer.complaint = complaint;
            } else {
                let text = form.content;
                page.unsent = Some(Unsent { complaint, text });
            }
            Reply::refused(&page)
        }
    }
}

/// The caller with the promise of their `Idempotency-Key`, or of the form's key, so that sending again posts once.
fn promised(req: &Request, reader: &Reader, form: &PostForm) -> Result<Caller, Problem> {
    let parent = form.parent.map(|parent| parent.to_string()).unwrap_or_default();
    let asked = [req.uri().path(), &parent, &form.content];
    let mut caller = reader.once(form.key, &asked);
    if let Some(key) = req.headers().get(IDEMPOTENCY_KEY) {
        let key = key.to_str().unwrap_or_default();
        if !(1..=255).contains(&key.len()) {
            let rule = "Idempotency-Key must be 1 to 255 printable ASCII characters";
            return Err(ApiError::validation(rule).with_field("Idempotency-Key").into());
        }
        caller.idempotency = Some(Idempotency {
            user: caller.user,
            key: key.into(),
            fingerprint: Sha256::digest(asked.join("\0")).into(),
        });
    }
    Ok(caller)
}

/// One message alone.
pub(super) async fn one(reader: &Reader, placed: &Placed) -> Result<Reply, Problem> {
    let workspace = placed.message.workspace_id;
    let body = reader.state.renderer.message(reader.caller.user, placed).await?;
    Reply::page(&MessageView::new(&reader.tasks(workspace).await?, body))
}

/// What a page with scripts is told when something is refused.
pub(super) fn refusal(message: &str) -> Reply {
    Reply::Html(StatusCode::UNPROCESSABLE_ENTITY, message::escaped(message))
}
