//! What somebody may not follow any more.

use flowra_core::event::Topic;
use flowra_core::refusal::Code;
use flowra_core::{Error, Ports, UserId};

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
    match ports.may_follow(user, topic).await {
        Ok(_) => Ok(None),
        Err(Error::Refused(refusal)) => Ok(Some(refusal.code())),
        Err(failed @ Error::Failed(_)) => Err(failed),
    }
}
