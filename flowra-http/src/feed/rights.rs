//! What somebody may follow at this moment.

use flowra_core::chat::ChatRefusal;
use flowra_core::event::Topic;
use flowra_core::refusal::Code;
use flowra_core::workspace::WorkspaceRefusal;
use flowra_core::{ChatId, Error, Ports, UserId, Viewer, WorkspaceId};

/// The workspace of a topic that somebody may follow.
///
/// # Errors
/// The refusal that REST would give them for reading the chat's messages or the workspace; the store's failure.
pub(super) async fn workspace_of(ports: &Ports, user: UserId, topic: Topic) -> Result<WorkspaceId, Error> {
    match topic {
        Topic::Workspace(id) => {
            let workspace = ports
                .workspaces
                .load(id)
                .await?
                .ok_or(WorkspaceRefusal::NotFound)?;
            workspace.role_of(user).ok_or(WorkspaceRefusal::NotFound)?;
            Ok(id)
        }
        Topic::Chat(id) => {
            let chat = ports.chats.load(id).await?.ok_or(ChatRefusal::NotFound)?;
            let workspace = ports
                .workspaces
                .load(chat.workspace_id)
                .await?
                .ok_or(ChatRefusal::NotFound)?;
            let role = workspace.role_of(user).ok_or(ChatRefusal::NotFound)?;
            let viewer = Viewer { user, role };
            if topic.is_open_to(viewer, Some(&chat)) {
                Ok(workspace.id)
            } else if chat.is_visible_to(viewer) {
                Err(ChatRefusal::NotParticipant.into())
            } else {
                Err(ChatRefusal::NotFound.into())
            }
        }
    }
}

/// Whether somebody takes part in a chat, which is more than reading it.
///
/// # Errors
/// As [`workspace_of`]; and `NOT_PARTICIPANT` for who only reads.
pub(super) async fn takes_part(ports: &Ports, user: UserId, chat: ChatId) -> Result<(), Error> {
    workspace_of(ports, user, Topic::Chat(chat)).await?;
    let chat = ports.chats.load(chat).await?.ok_or(ChatRefusal::NotFound)?;
    if chat.participants.contains_key(&user) {
        Ok(())
    } else {
        Err(ChatRefusal::NotParticipant.into())
    }
}

/// Why somebody may not follow a topic any more, as a code for them; `None` when they may.
///
/// # Errors
/// The store's failure.
pub(super) async fn lost(ports: &Ports, user: UserId, topic: Topic) -> Result<Option<Code>, Error> {
    let is_deleted = match topic {
        Topic::Chat(id) => ports.chats.load(id).await?.is_none_or(|chat| chat.is_deleted),
        Topic::Workspace(id) => ports
            .workspaces
            .load(id)
            .await?
            .is_none_or(|workspace| workspace.is_deleted),
    };
    if is_deleted {
        return Ok(Some(Code::Deleted));
    }
    match workspace_of(ports, user, topic).await {
        Ok(_) => Ok(None),
        Err(Error::Refused(refusal)) => Ok(Some(refusal.code())),
        Err(failed @ Error::Failed(_)) => Err(failed),
    }
}
