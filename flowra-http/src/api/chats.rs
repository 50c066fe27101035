//! Chats: making, finding, changing, and who takes part.

use std::sync::Arc;

use flowra_core::chat::{Chat, ChatKind, ChatRef, ChatRole, CreateChat, UpdateChat};
use flowra_core::user::User;
use flowra_core::workspace::Workspace;
use flowra_core::{MessageId, UserId, Viewer, WorkspaceId};
use salvo::oapi::{ToSchema, endpoint};
use salvo::{Response, Router, Writer};
use serde::{Deserialize, Serialize};

use super::caller::Asker;
use super::cursor::{Paging, encode};
use super::params::{At, IfMatch};
use super::words;
use crate::body::{ChatBody, MessageBody, WordOf};
use crate::http::ApiError;
use crate::http::envelope::{Created, Data, NoContent, Page};
use crate::http::extract::{Body, BodyOrForm, Query};

/// The routes below `/workspaces/{workspace_id}/chats`.
pub(super) fn router() -> Router {
    let one = Router::with_path("{chat_id}")
        .push(super::messages::in_chat())
        .get(find)
        .put(update)
        .delete(delete)
        .push(Router::with_path("participants").post(add_participant))
        .push(
            Router::with_path("participants/{user_id}")
                .put(change_role)
                .delete(remove_participant),
        )
        .push(Router::with_path("join").post(join))
        .push(Router::with_path("leave").post(leave))
        .push(Router::with_path("read").post(read))
        .push(Router::with_path("mute").post(mute))
        .push(Router::with_path("presence").get(presence))
        .push(Router::with_path("pins").get(pins).post(pin).delete(unpin))
        .push(Router::with_path("actions/rename").post(action_rename))
        .push(Router::with_path("actions/close").post(action_close))
        .push(Router::with_path("actions/reopen").post(action_reopen));
    Router::with_path("chats").push(one).get(list).post(create)
}

/// What a new chat is.
#[derive(Debug, Deserialize, ToSchema)]
struct CreateChatRequest {
    /// `direct`, `group` or `channel`.
    #[salvo(schema(value_type = WordOf<ChatKind>))]
    kind: String,
    /// 1 to 200 characters; left out for a direct chat.
    title: Option<String>,
    /// Up to 500 characters; left out for a direct chat.
    topic: Option<String>,
    /// Who takes part besides the caller; exactly one person for a direct chat.
    #[serde(default)]
    #[salvo(schema(value_type = Vec<String>, required = false))]
    participant_ids: Vec<UserId>,
}

/// What is to be another; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
struct UpdateChatRequest {
    /// 1 to 200 characters.
    title: Option<String>,
    /// Up to 500 characters.
    topic: Option<String>,
}

/// Who is to take part.
#[derive(Debug, Deserialize, ToSchema)]
struct AddParticipantRequest {
    /// A member of the workspace.
    #[salvo(schema(value_type = String, format = Uuid))]
    user_id: UserId,
    /// `member`, the default, or `admin`.
    #[salvo(schema(value_type = WordOf<ChatRole>, required = false))]
    role: Option<String>,
}

/// Another role.
#[derive(Debug, Deserialize, ToSchema)]
struct ParticipantRoleRequest {
    /// `member` or `admin`.
    #[salvo(schema(value_type = WordOf<ChatRole>))]
    role: String,
}

/// A message of the chat.
#[derive(Debug, Deserialize, ToSchema)]
struct MessageRequest {
    /// Which.
    #[salvo(schema(value_type = String, format = Uuid))]
    message_id: MessageId,
}

/// A message of the chat, in the query.
#[derive(Debug, Deserialize, salvo::oapi::ToParameters)]
#[salvo(parameters(default_parameter_in = Query))]
struct MessageQuery {
    /// Which.
    #[salvo(parameter(value_type = String))]
    message_id: MessageId,
}

/// Muted or not.
#[derive(Debug, Deserialize, ToSchema)]
struct MuteRequest {
    /// Whether only mentions are told.
    muted: bool,
}

/// Another title.
#[derive(Debug, Deserialize, ToSchema)]
struct RenameRequest {
    /// 1 to 200 characters.
    title: String,
}

/// Who is online.
#[derive(Debug, Serialize, ToSchema)]
struct PresenceBody {
    /// A participant who has a live connection.
    #[salvo(schema(value_type = String, format = Uuid))]
    user_id: UserId,
    /// Always true: who is not online is not listed.
    is_online: bool,
}

const fn named(workspace: At<Workspace>, chat: At<Chat>) -> ChatRef {
    ChatRef {
        workspace: workspace.0,
        chat: chat.0,
        expected: None,
    }
}

impl IfMatch {
    /// The chat, as long as it has the version that the caller saw.
    const fn of(self, chat: ChatRef) -> ChatRef {
        ChatRef {
            expected: self.0,
            ..chat
        }
    }
}

impl Asker {
    /// The caller as a member of a workspace, for what depends on their role. Asked after a use case has let them in.
    pub(super) async fn viewer(&self, workspace: WorkspaceId) -> Result<Viewer, ApiError> {
        let workspace = self.state.app.workspaces.find(&self.caller, workspace).await?;
        let role = workspace
            .role_of(self.caller.user)
            .ok_or_else(|| ApiError::not_found("there is no such workspace"))?;
        Ok(Viewer {
            user: self.caller.user,
            role,
        })
    }

    async fn chat_body(&self, chat: Arc<Chat>) -> Result<ChatBody, ApiError> {
        let viewer = self.viewer(chat.workspace_id).await?;
        let mut bodies = self.state.renderer.chats(viewer, vec![chat]).await?;
        bodies.pop().ok_or_else(ApiError::internal)
    }
}

/// Lists the chats of a workspace that the caller may know of
#[endpoint(tags("chats"))]
async fn list(
    asker: Asker,
    workspace_id: At<Workspace>,
    paging: Query<Paging>,
) -> Result<Page<ChatBody>, ApiError> {
    let page = asker
        .state
        .app
        .chats
        .list(&asker.caller, workspace_id.0, paging.0.request("chats")?)
        .await?;
    let viewer = asker.viewer(workspace_id.0).await?;
    let next_cursor = page
        .items
        .last()
        .filter(|_| page.has_more)
        .map(|last| encode("chats", &last.id));
    let items = asker.state.renderer.chats(viewer, page.items).await?;
    Ok(Page { items, next_cursor })
}

/// Makes a chat; a direct chat that exists is answered with 200 instead of 201
#[endpoint(tags("chats"), status_codes(200, 201))]
async fn create(
    asker: Asker,
    workspace_id: At<Workspace>,
    body: Body<CreateChatRequest>,
) -> Result<Created<ChatBody>, ApiError> {
    let command = CreateChat {
        workspace: workspace_id.0,
        kind: words::read::<ChatKind>("kind", &body.0.kind)?,
        title: body.0.title,
        topic: body.0.topic,
        participants: body.0.participant_ids,
    };
    let created = asker.state.app.chats.create(&asker.caller, command).await?;
    let body = asker.chat_body(created.chat).await?;
    Ok(if created.is_new {
        Created::new(body)
    } else {
        Created::existing(body)
    })
}

/// Shows a chat
#[endpoint(tags("chats"))]
async fn find(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
) -> Result<Data<ChatBody>, ApiError> {
    let chat = asker
        .state
        .app
        .chats
        .find(&asker.caller, named(workspace_id, chat_id))
        .await?;
    asker.chat_body(chat).await.map(Data)
}

/// Changes title and topic
#[endpoint(tags("chats"))]
async fn update(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    version: IfMatch,
    body: Body<UpdateChatRequest>,
) -> Result<Data<ChatBody>, ApiError> {
    let chat = version.of(named(workspace_id, chat_id));
    let command = UpdateChat {
        chat,
        title: body.0.title,
        topic: body.0.topic,
    };
    let chat = asker.state.app.chats.update(&asker.caller, command).await?;
    asker.chat_body(chat).await.map(Data)
}

/// Deletes a chat, for everyone
#[endpoint(tags("chats"))]
async fn delete(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    version: IfMatch,
) -> Result<NoContent, ApiError> {
    let chat = version.of(named(workspace_id, chat_id));
    asker.state.app.chats.delete(&asker.caller, chat).await?;
    Ok(NoContent)
}

/// Adds a member of the workspace
#[endpoint(tags("chats"), status_codes(201))]
async fn add_participant(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    version: IfMatch,
    body: Body<AddParticipantRequest>,
) -> Result<Created<ChatBody>, ApiError> {
    let role = body
        .0
        .role
        .as_deref()
        .map_or(Ok(ChatRole::Member), |role| words::read("role", role))?;
    let chat = version.of(named(workspace_id, chat_id));
    let chat = asker
        .state
        .app
        .chats
        .add_participant(&asker.caller, chat, body.0.user_id, role)
        .await?;
    asker.chat_body(chat).await.map(Created::new)
}

/// Gives a participant another role
#[endpoint(tags("chats"))]
async fn change_role(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    user_id: At<User>,
    version: IfMatch,
    body: Body<ParticipantRoleRequest>,
) -> Result<Data<ChatBody>, ApiError> {
    let role = words::read("role", &body.0.role)?;
    let chat = version.of(named(workspace_id, chat_id));
    let chat = asker
        .state
        .app
        .chats
        .change_participant_role(&asker.caller, chat, user_id.0, role)
        .await?;
    asker.chat_body(chat).await.map(Data)
}

/// Takes somebody out
#[endpoint(tags("chats"))]
async fn remove_participant(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    version: IfMatch,
    user_id: At<User>,
) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .chats
        .remove_participant(&asker.caller, version.of(named(workspace_id, chat_id)), user_id.0)
        .await?;
    Ok(NoContent)
}

/// Joins a channel
#[endpoint(tags("chats"))]
async fn join(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
) -> Result<Data<ChatBody>, ApiError> {
    let chat = asker
        .state
        .app
        .chats
        .join(&asker.caller, named(workspace_id, chat_id))
        .await?;
    asker.chat_body(chat).await.map(Data)
}

/// Leaves a group or channel
#[endpoint(tags("chats"))]
async fn leave(asker: Asker, workspace_id: At<Workspace>, chat_id: At<Chat>) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .chats
        .leave(&asker.caller, named(workspace_id, chat_id))
        .await?;
    Ok(NoContent)
}

/// Moves the caller's read mark forward
#[endpoint(tags("chats"))]
async fn read(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    body: Body<MessageRequest>,
) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .chats
        .read(&asker.caller, named(workspace_id, chat_id), body.0.message_id)
        .await?;
    Ok(NoContent)
}

/// Mutes or unmutes a chat for the caller
#[endpoint(tags("chats"))]
async fn mute(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    body: Body<MuteRequest>,
) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .chats
        .mute(&asker.caller, named(workspace_id, chat_id), body.0.muted)
        .await?;
    Ok(NoContent)
}

/// Lists the participants who are online
#[endpoint(tags("chats"))]
async fn presence(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    paging: Query<Paging>,
) -> Result<Page<PresenceBody>, ApiError> {
    let online = asker
        .state
        .app
        .chats
        .online(&asker.caller, named(workspace_id, chat_id))
        .await?;
    let (online, next_cursor) = paging.0.part_of("presence", online)?;
    let items = online
        .into_iter()
        .map(|user_id| PresenceBody {
            user_id,
            is_online: true,
        })
        .collect();
    Ok(Page { items, next_cursor })
}

/// Lists the pinned messages, the newest pin first
#[endpoint(tags("chats"))]
async fn pins(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    paging: Query<Paging>,
) -> Result<Page<MessageBody>, ApiError> {
    let pinned = asker
        .state
        .app
        .chats
        .pins(&asker.caller, named(workspace_id, chat_id))
        .await?;
    let (pinned, next_cursor) = paging.0.part_of("pins", pinned)?;
    let items = asker.state.renderer.messages(asker.caller.user, pinned).await?;
    Ok(Page { items, next_cursor })
}

/// Pins a message
#[endpoint(tags("chats"))]
async fn pin(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    body: Body<MessageRequest>,
) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .chats
        .pin(&asker.caller, named(workspace_id, chat_id), body.0.message_id)
        .await?;
    Ok(NoContent)
}

/// Unpins a message
#[endpoint(tags("chats"))]
async fn unpin(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    query: Query<MessageQuery>,
) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .chats
        .unpin(&asker.caller, named(workspace_id, chat_id), query.0.message_id)
        .await?;
    Ok(NoContent)
}

fn chat_updated(res: &mut Response) -> NoContent {
    super::trigger(res, "chatUpdated");
    NoContent
}

/// Renames a chat, as a web page does
#[endpoint(tags("chats"))]
async fn action_rename(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    version: IfMatch,
    body: BodyOrForm<RenameRequest>,
    res: &mut Response,
) -> Result<NoContent, ApiError> {
    let command = UpdateChat {
        chat: version.of(named(workspace_id, chat_id)),
        title: Some(body.0.title),
        topic: None,
    };
    asker.state.app.chats.update(&asker.caller, command).await?;
    Ok(chat_updated(res))
}

/// Closes a chat: it accepts no messages from now on
#[endpoint(tags("chats"))]
async fn action_close(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    version: IfMatch,
    res: &mut Response,
) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .chats
        .close(&asker.caller, version.of(named(workspace_id, chat_id)))
        .await?;
    Ok(chat_updated(res))
}

/// Reopens a chat
#[endpoint(tags("chats"))]
async fn action_reopen(
    asker: Asker,
    workspace_id: At<Workspace>,
    chat_id: At<Chat>,
    version: IfMatch,
    res: &mut Response,
) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .chats
        .reopen(&asker.caller, version.of(named(workspace_id, chat_id)))
        .await?;
    Ok(chat_updated(res))
}
