//! The page of a chat: what was said, and where one says more.

use askama::Template;
use flowra_core::chat::{ChatKind, ChatRef, ChatState};
use flowra_core::message::{Anchor, Placed, PostMessage, Which};
use flowra_core::page::Limit;
use flowra_core::{ChatId, MessageId, WorkspaceId};
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;

use super::message::{self, MessageView};
use super::page::Page;
use super::problem::{Complaint, Problem};
use super::reply::{Reply, wants_part};
use super::shell::{Shell, other, title};
use super::visitor::Reader;
use crate::http::extract::{json_or_form_body, path, query};

pub(super) fn router() -> Router {
    Router::with_path("w/{workspace}/c/{chat}").get(show).push(
        Router::with_path("messages")
            .post(post)
            .push(Router::with_path("{message}").get(show_message)),
    )
}

#[derive(Template)]
#[template(path = "chat.html")]
struct ChatPage {
    page: Page,
    shell: Shell,
    chat: ChatId,
    title: String,
    topic: String,
    people: usize,
    is_closed: bool,
    is_channel: bool,
    messages: Messages,
    draft: String,
    complaint: Complaint,
}

/// A page of messages, oldest first.
#[derive(Template)]
#[template(path = "messages.html")]
struct Messages {
    workspace: WorkspaceId,
    chat: ChatId,
    items: Vec<MessageView>,
    has_more: bool,
}

#[derive(Debug, Deserialize)]
struct Older {
    before: Option<MessageId>,
}

#[derive(Debug, Deserialize)]
struct PostForm {
    content: String,
    parent: Option<MessageId>,
}

fn named(req: &Request) -> Result<ChatRef, Problem> {
    Ok(ChatRef {
        workspace: path(req, "workspace")?,
        chat: path(req, "chat")?,
        expected: None,
    })
}

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let chat = named(req)?;
    let before = query::<Older>(req)?.before;
    if wants_part(req) {
        return Reply::page(&messages(&reader, chat, before).await?);
    }
    Reply::page(&chat_page(req, &reader, chat, before).await?)
}

async fn chat_page(
    req: &Request,
    reader: &Reader,
    named: ChatRef,
    before: Option<MessageId>,
) -> Result<ChatPage, Problem> {
    let app = &reader.state.app;
    let chat = app.chats.find(&reader.caller, named).await?;
    let shell = Shell::load(reader, named.workspace, Some(named.chat)).await?;
    let people = reader
        .state
        .renderer
        .people(other(&chat, reader.caller.user))
        .await?;
    let title = title(&chat, reader.caller.user, &people);
    let messages = messages(reader, named, before).await?;
    if let (None, Some(newest)) = (before, messages.items.last()) {
        // Who only looks into a channel has no mark there to move.
        let _ = app.chats.read(&reader.caller, named, newest.id).await;
    }
    Ok(ChatPage {
        page: Page::with_forms(req, &title, &reader.csrf),
        shell,
        chat: chat.id,
        title,
        topic: chat.topic.as_str().to_owned(),
        people: chat.participants.len(),
        is_closed: chat.state == ChatState::Closed,
        is_channel: chat.kind == ChatKind::Channel,
        messages,
        draft: String::new(),
        complaint: Complaint::default(),
    })
}

async fn messages(reader: &Reader, chat: ChatRef, before: Option<MessageId>) -> Result<Messages, Problem> {
    let anchor = before.map_or(Anchor::Newest, Anchor::Before);
    let app = &reader.state.app;
    let page = app
        .messages
        .list(&reader.caller, chat, Which::Roots, anchor, Limit::default())
        .await?;
    let bodies = reader
        .state
        .renderer
        .messages(reader.caller.user, page.items)
        .await?;
    Ok(Messages {
        workspace: chat.workspace,
        chat: chat.chat,
        items: message::group(chat.workspace, bodies),
        has_more: page.has_more,
    })
}

/// One message, for a page on which it is no longer right.
#[handler]
async fn show_message(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let placed = reader
        .state
        .app
        .messages
        .find(&reader.caller, path(req, "message")?)
        .await?;
    one(&reader, &placed).await
}

async fn one(reader: &Reader, placed: &Placed) -> Result<Reply, Problem> {
    let workspace = placed.message.workspace_id;
    let body = reader.state.renderer.message(reader.caller.user, placed).await?;
    Reply::page(&MessageView::new(workspace, body))
}

/// Posts; a page with scripts gets the message, one without the chat again.
#[handler]
async fn post(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let chat = named(req)?;
    let form: PostForm = json_or_form_body(req).await?;
    let command = PostMessage {
        chat,
        content: form.content.clone(),
        parent: form.parent,
        files: Vec::new(),
    };
    match reader.state.app.messages.post(&reader.caller, command).await {
        Ok(_) if !wants_part(req) => Ok(Reply::to(format!("/w/{}/c/{}#end", chat.workspace, chat.chat))),
        Ok(posted) => {
            // Nobody has answered to what was just posted, and its number is not shown.
            let placed = Placed {
                message: posted.message,
                number: 0,
                root_number: 0,
                replies: 0,
            };
            one(&reader, &placed).await
        }
        Err(error) => {
            let complaint = Complaint::about(error)?;
            if wants_part(req) {
                return Ok(Reply::Html(
                    salvo::http::StatusCode::UNPROCESSABLE_ENTITY,
                    message::escaped(&complaint.message),
                ));
            }
            Reply::refused(&ChatPage {
                draft: form.content,
                complaint,
                ..chat_page(req, &reader, chat, None).await?
            })
        }
    }
}
