//! What is done to one message: edited, deleted, reacted to, pinned, and found by its link.
//!
//! Pages with scripts ask for the message alone and put it in its place; what everybody sees of it comes through the live feed.

use askama::Template;
use flowra_core::message::{EditMessage, Placed};
use flowra_core::{Error, MessageId};
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;

use super::chat::{named, one, refusal};
use super::problem::{Complaint, Problem};
use super::reply::{Reply, wants_part};
use super::visitor::Reader;
use crate::http::ApiError;
use crate::http::extract::{json_or_form_body, path};

/// Below `messages`.
pub(super) fn router() -> Router {
    Router::with_path("{message}")
        .get(show)
        .push(Router::with_path("edit").get(show_edit).post(edit))
        .push(Router::with_path("delete").post(delete))
        .push(Router::with_path("reactions").post(react))
        .push(Router::with_path("pin").post(pin))
}

/// A message's text, to be changed where it stands.
#[derive(Template)]
#[template(path = "edit_message.html")]
struct EditPart {
    id: MessageId,
    action: String,
    content: String,
}

#[derive(Debug, Deserialize)]
struct EditForm {
    content: String,
}

#[derive(Debug, Deserialize)]
struct ReactForm {
    emoji: String,
    /// Whether the reaction is taken back.
    #[serde(default)]
    undo: bool,
}

#[derive(Debug, Deserialize)]
struct PinForm {
    pinned: bool,
}

async fn find(req: &Request, reader: &Reader) -> Result<Placed, Problem> {
    let chat = named(req)?;
    let id: MessageId = path(req, "message")?;
    let placed = reader.state.app.messages.find(&reader.caller, id).await?;
    if placed.message.chat_id != chat.chat || placed.message.workspace_id != chat.workspace {
        return Err(ApiError::not_found("there is no such message in this chat").into());
    }
    Ok(placed)
}

/// One message, for a page on which it is no longer right; who follows its link is taken to where it stands.
#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let placed = find(req, &reader).await?;
    if wants_part(req) {
        return one(&reader, &placed).await;
    }
    let message = &placed.message;
    let (workspace, chat, id) = (message.workspace_id, message.chat_id, message.id);
    Ok(Reply::to(match message.parent {
        Some(root) => format!("/w/{workspace}/c/{chat}/t/{root}#m-{id}"),
        None => format!("/w/{workspace}/c/{chat}?at={id}#m-{id}"),
    }))
}

#[handler]
async fn show_edit(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let placed = find(req, &reader).await?;
    let Some(content) = &placed.message.content else {
        return Ok(refusal("This message was deleted."));
    };
    Reply::page(&EditPart {
        id: placed.message.id,
        action: req.uri().path().to_owned(),
        content: content.as_str().to_owned(),
    })
}

#[handler]
async fn edit(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let message = find(req, &reader).await?.message.id;
    let form: EditForm = json_or_form_body(req).await?;
    let command = EditMessage {
        message,
        content: form.content,
        expected: None,
    };
    told(
        &reader,
        reader.state.app.messages.edit(&reader.caller, command).await,
    )
    .await
}

#[handler]
async fn delete(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let message = find(req, &reader).await?.message.id;
    let messages = &reader.state.app.messages;
    messages.delete(&reader.caller, message, None).await?;
    one(&reader, &messages.find(&reader.caller, message).await?).await
}

#[handler]
async fn react(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let message = find(req, &reader).await?.message.id;
    let form: ReactForm = json_or_form_body(req).await?;
    let messages = &reader.state.app.messages;
    let changed = if form.undo {
        messages.unreact(&reader.caller, message, &form.emoji).await
    } else {
        messages.react(&reader.caller, message, &form.emoji).await
    };
    told(&reader, changed).await
}

#[handler]
async fn pin(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let message = find(req, &reader).await?.message.id;
    let chat = named(req)?;
    let form: PinForm = json_or_form_body(req).await?;
    let chats = &reader.state.app.chats;
    let changed = if form.pinned {
        chats.pin(&reader.caller, chat, message).await
    } else {
        chats.unpin(&reader.caller, chat, message).await
    };
    let found = match changed {
        Ok(_) => reader.state.app.messages.find(&reader.caller, message).await,
        Err(error) => Err(error),
    };
    told(&reader, found).await
}

/// The message as it is now, or why it stays as it was.
async fn told(reader: &Reader, changed: Result<Placed, Error>) -> Result<Reply, Problem> {
    match changed {
        Ok(placed) => one(reader, &placed).await,
        Err(error) => Ok(refusal(&Complaint::about(error)?.message)),
    }
}
