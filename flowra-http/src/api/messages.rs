//! Messages: posting, reading, changing, threads and reactions.

use flowra_core::MessageId;
use flowra_core::chat::{Chat, ChatRef};
use flowra_core::message::{
    Anchor, EditMessage, Message, MessagePage, Placed, PostMessage, Posted, Range, Which,
};
use flowra_core::page::PageRequest;
use flowra_core::time::Timestamp;
use flowra_core::workspace::Workspace;
use flowra_core::{FileId, UserId};
use salvo::http::Method;
use salvo::oapi::{ToParameters, ToSchema, endpoint};
use salvo::{Request, Router, Writer};
use serde::{Deserialize, Serialize};

use super::caller::Asker;
use super::cursor::{Paging, decode, encode};
use super::params::{At, IfMatch};
use crate::body::{MessageBody, TagBody};
use crate::http::envelope::{Created, Data, NoContent, Page};
use crate::http::extract::{Body, BodyOrForm, Query};
use crate::http::{ApiError, before_catching_up};

/// The routes below a chat.
pub(super) fn in_chat() -> Router {
    Router::with_path("messages").get(list).post(post)
}

/// Whether a request posts a message, which is asked for more than anything else and so catches up only when it is about to be refused.
pub(super) fn is_post(req: &Request) -> bool {
    *req.method() == Method::POST && req.uri().path().ends_with("/messages")
}

/// The routes of single messages.
pub(super) fn router() -> Router {
    Router::with_path("messages/{message_id}")
        .get(find)
        .put(edit)
        .delete(delete)
        .push(Router::with_path("thread").get(thread))
        .push(Router::with_path("history").get(history))
        .push(Router::with_path("reactions").post(react).delete(unreact))
}

/// What is said.
#[derive(Debug, Deserialize, ToSchema)]
struct PostRequest {
    /// 1 to 10,000 characters of Markdown; lines that begin with a tag act.
    content: String,
    /// The root of the thread that it answers to.
    #[salvo(schema(value_type = String, format = Uuid, required = false))]
    parent_id: Option<MessageId>,
    /// Files that go with it, at most 10.
    #[serde(default)]
    #[salvo(schema(value_type = Vec<String>, required = false))]
    file_ids: Vec<FileId>,
}

/// What it says from now on.
#[derive(Debug, Deserialize, ToSchema)]
struct EditRequest {
    /// 1 to 10,000 characters of Markdown; tags in it are text.
    content: String,
}

/// One emoji.
#[derive(Debug, Deserialize, ToSchema)]
struct ReactionRequest {
    /// An emoji or `:name:`, 1 to 32 characters.
    emoji: String,
}

/// One emoji, in the query.
#[derive(Debug, Deserialize, ToParameters)]
#[salvo(parameters(default_parameter_in = Query))]
struct ReactionQuery {
    /// An emoji or `:name:`, 1 to 32 characters.
    emoji: String,
}

/// Which messages are wanted; at most one of `cursor`, `before`, `after` and `around`.
#[derive(Debug, Deserialize, ToParameters)]
#[salvo(parameters(default_parameter_in = Query))]
struct MessagesQuery {
    /// How many: 1 to 100, 50 when left out.
    limit: Option<usize>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// The newest messages before this one.
    #[salvo(parameter(value_type = String))]
    before: Option<MessageId>,
    /// The oldest messages after this one.
    #[salvo(parameter(value_type = String))]
    after: Option<MessageId>,
    /// This message in the middle.
    #[salvo(parameter(value_type = String))]
    around: Option<MessageId>,
    /// `replies`: with the replies of threads; roots only when left out.
    include: Option<String>,
}

/// What a message said.
#[derive(Debug, Serialize, ToSchema)]
struct EditionBody {
    /// The text.
    content: String,
    /// Since when.
    #[salvo(schema(value_type = String, format = DateTime))]
    at: Timestamp,
    /// Who wrote it.
    #[salvo(schema(value_type = String, format = Uuid))]
    by: UserId,
}

/// Posts a message; the answer says what its tags did
#[endpoint(tags("messages"), status_codes(201))]
async fn post(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    body: BodyOrForm<PostRequest>,
) -> Result<Created<MessageBody>, ApiError> {
    let chat = ChatRef {
        workspace: workspace_id.0,
        chat: chat_id.0,
        expected: None,
    };
    let command = PostMessage {
        chat,
        content: body.0.content,
        parent: body.0.parent_id,
        files: body.0.file_ids,
    };
    let messages = &asker.state.app.messages;
    let act = || messages.post(&asker.caller, command.clone());
    posted(&asker, before_catching_up(&asker.state, act).await?).await
}

/// The answer to a message that was just posted.
pub(super) async fn posted(asker: &Asker, posted: Posted) -> Result<Created<MessageBody>, ApiError> {
    // Nobody has answered to a message that was just posted, and its number is no part of the body.
    let placed = Placed {
        message: posted.message,
        number: 0,
        root_number: 0,
        replies: 0,
    };
    let body = asker.state.renderer.message(asker.caller.user, &placed).await?;
    Ok(Created::new(
        body.with_tags(posted.tags.iter().map(TagBody::from).collect()),
    ))
}

/// Lists the messages of a chat: the newest page first, oldest first within the page
#[endpoint(tags("messages"))]
async fn list(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    query: Query<MessagesQuery>,
) -> Result<Page<MessageBody>, ApiError> {
    let limit = Paging {
        limit: query.0.limit,
        cursor: None,
    }
    .limit()?;
    let which = match query.0.include.as_deref() {
        None => Which::Roots,
        Some("replies") => Which::All,
        Some(_) => {
            return Err(ApiError::validation("include must be replies, or left out").with_field("include"));
        }
    };
    let name = if which == Which::Roots {
        "messages"
    } else {
        "messages+replies"
    };
    let anchor = match (&query.0.cursor, query.0.before, query.0.after, query.0.around) {
        (None, None, None, None) => Anchor::Newest,
        (Some(cursor), None, None, None) => match decode::<(bool, u64)>(name, cursor)? {
            (false, number) => Anchor::Numbers(Range::Before(number, limit)),
            (true, number) => Anchor::Numbers(Range::After(number, limit)),
        },
        (None, Some(id), None, None) => Anchor::Before(id),
        (None, None, Some(id), None) => Anchor::After(id),
        (None, None, None, Some(id)) => Anchor::Around(id),
        _ => {
            return Err(
                ApiError::validation("give only one of cursor, before, after and around")
                    .with_field("cursor"),
            );
        }
    };
    let chat = ChatRef {
        workspace: workspace_id.0,
        chat: chat_id.0,
        expected: None,
    };
    let page = asker
        .state
        .app
        .messages
        .list(&asker.caller, chat, which, anchor, limit)
        .await?;
    let next_cursor = next(&page, which).map(|key| encode(name, &key));
    let items = asker
        .state
        .renderer
        .messages(asker.caller.user, page.items)
        .await?;
    Ok(Page { items, next_cursor })
}

/// Whether the next page lies towards newer messages, and the number from which on.
fn next(page: &MessagePage, which: Which) -> Option<(bool, u64)> {
    let edge = if page.is_forward {
        page.items.last()
    } else {
        page.items.first()
    }?;
    let number = match which {
        Which::Roots => edge.root_number,
        Which::All => edge.number,
    };
    page.has_more.then_some((page.is_forward, number))
}

/// Shows a message
#[endpoint(tags("messages"))]
async fn find(asker: Asker, message_id: At<Message>) -> Result<Data<MessageBody>, ApiError> {
    let placed = asker.state.app.messages.find(&asker.caller, message_id.0).await?;
    Ok(Data(
        asker.state.renderer.message(asker.caller.user, &placed).await?,
    ))
}

/// Edits a message
#[endpoint(tags("messages"))]
async fn edit(
    asker: Asker,
    message_id: At<Message>,
    version: IfMatch,
    body: Body<EditRequest>,
) -> Result<Data<MessageBody>, ApiError> {
    let command = EditMessage {
        message: message_id.0,
        content: body.0.content,
        expected: version.0,
    };
    let placed = asker.state.app.messages.edit(&asker.caller, command).await?;
    Ok(Data(
        asker.state.renderer.message(asker.caller.user, &placed).await?,
    ))
}

/// Deletes a message: it keeps its place and loses its content
#[endpoint(tags("messages"))]
async fn delete(asker: Asker, message_id: At<Message>, version: IfMatch) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .messages
        .delete(&asker.caller, message_id.0, version.0)
        .await?;
    Ok(NoContent)
}

/// Lists the replies of a message's thread, oldest first
#[endpoint(tags("messages"))]
async fn thread(
    asker: Asker,
    message_id: At<Message>,
    paging: Query<Paging>,
) -> Result<Page<MessageBody>, ApiError> {
    let request: PageRequest<u64> = paging.0.request("thread")?;
    let page = asker
        .state
        .app
        .messages
        .thread(&asker.caller, message_id.0, request)
        .await?;
    let next_cursor = page
        .items
        .last()
        .filter(|_| page.has_more)
        .map(|last| encode("thread", &last.number));
    let items = asker
        .state
        .renderer
        .messages(asker.caller.user, page.items)
        .await?;
    Ok(Page { items, next_cursor })
}

/// Lists all that a message ever said, the first text first; for admins of its chat
#[endpoint(tags("messages"))]
async fn history(
    asker: Asker,
    message_id: At<Message>,
    paging: Query<Paging>,
) -> Result<Page<EditionBody>, ApiError> {
    let editions = asker
        .state
        .app
        .messages
        .history(&asker.caller, message_id.0)
        .await?;
    let (editions, next_cursor) = paging.0.part_of("history", editions)?;
    let items = editions
        .into_iter()
        .map(|edition| EditionBody {
            content: edition.content.as_str().to_owned(),
            at: edition.at,
            by: edition.by,
        })
        .collect();
    Ok(Page { items, next_cursor })
}

/// Adds the caller's reaction
#[endpoint(tags("messages"), status_codes(201))]
async fn react(
    asker: Asker,
    message_id: At<Message>,
    body: Body<ReactionRequest>,
) -> Result<Created<MessageBody>, ApiError> {
    let placed = asker
        .state
        .app
        .messages
        .react(&asker.caller, message_id.0, &body.0.emoji)
        .await?;
    Ok(Created::new(
        asker.state.renderer.message(asker.caller.user, &placed).await?,
    ))
}

/// Takes the caller's reaction back
#[endpoint(tags("messages"))]
async fn unreact(
    asker: Asker,
    message_id: At<Message>,
    query: Query<ReactionQuery>,
) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .messages
        .unreact(&asker.caller, message_id.0, &query.0.emoji)
        .await?;
    Ok(NoContent)
}
