//! Who may see a task, and who may be given one.

use std::sync::Arc;

use super::{Task, TaskKey, TaskRefusal};
use crate::access::{Membership, Viewer};
use crate::app::{Caller, Ports};
use crate::chat::Chat;
use crate::draft::expect_version;
use crate::event::Version;
use crate::refusal::{Error, Refusal};
use crate::user::User;
use crate::workspace::{Role, Workspace};
use crate::{TaskId, UserId, WorkspaceId};

/// Whether tasks of this chat, or of none, are visible to somebody: to those who read the chat, or to everybody but guests.
pub(crate) fn sees_tasks(viewer: Viewer, chat: Option<&Chat>) -> bool {
    chat.map_or(viewer.role > Role::Guest, |chat| chat.is_readable_by(viewer))
}

/// The person to whom a task of this chat, or of none, may be given: an active member of the workspace who can see it. The commit that gives it to
/// them must guard them.
///
/// # Errors
/// When the store fails.
pub(crate) async fn assignable(
    ports: &Ports,
    workspace: &Workspace,
    chat: Option<&Chat>,
    assignee: UserId,
) -> Result<Option<Arc<User>>, Error> {
    let Some(role) = workspace.role_of(assignee) else {
        return Ok(None);
    };
    let viewer = Viewer { user: assignee, role };
    if !sees_tasks(viewer, chat) {
        return Ok(None);
    }
    let user = ports.users.load(assignee).await?;
    Ok(user.filter(|user| user.is_active))
}

/// A task that the caller sees, with what their seeing it rests on.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(super) membership: Membership,
    pub(super) chat: Option<Arc<Chat>>,
    pub(crate) task: Arc<Task>,
}

impl Seen {
    /// Refuses when the task is deleted.
    fn present(self) -> Result<Self, Error> {
        if self.task.is_deleted {
            Err(TaskRefusal::Deleted.into())
        } else {
            Ok(self)
        }
    }

    /// Refuses when the caller knows another version of the task than the current one.
    pub(super) fn expect(&self, expected: Option<Version>) -> Result<(), Error> {
        Ok(expect_version(expected, self.task.version)?)
    }
}

/// The task with this id or key, which the caller must see. One that they saw and that was deleted is refused as such; one that they may
/// not see, or that is of another workspace, is not there for them.
pub(crate) async fn visible_task(
    ports: &Ports,
    caller: &Caller,
    workspace: WorkspaceId,
    reference: &str,
) -> Result<Seen, Error> {
    visible_task_deleted_too(ports, caller, workspace, reference)
        .await?
        .present()
}

/// The same, without refusing one that was deleted.
pub(super) async fn visible_task_deleted_too(
    ports: &Ports,
    caller: &Caller,
    workspace: WorkspaceId,
    reference: &str,
) -> Result<Seen, Error> {
    let membership = ports.membership(caller, workspace).await?;
    let id = resolve(ports, &membership.workspace, reference).await?;
    see_deleted_too(ports, &membership, id).await
}

/// The task with this id, which this member must see.
pub(super) async fn see(ports: &Ports, membership: &Membership, id: TaskId) -> Result<Seen, Error> {
    see_deleted_too(ports, membership, id).await?.present()
}

async fn see_deleted_too(ports: &Ports, membership: &Membership, id: TaskId) -> Result<Seen, Error> {
    let task = ports.tasks.load(id).await?.ok_or(TaskRefusal::NotFound)?;
    if task.workspace_id != membership.workspace.id {
        return Err(TaskRefusal::NotFound.into());
    }
    let chat = match task.chat {
        None => None,
        Some(chat) => Some(ports.chats.load(chat).await?.ok_or(TaskRefusal::NotFound)?),
    };
    if !sees_tasks(membership.viewer, chat.as_deref()) {
        return Err(TaskRefusal::NotFound.into());
    }
    Ok(Seen {
        membership: membership.clone(),
        chat,
        task,
    })
}

/// The id that a reference means, be it an id or a key.
async fn resolve(ports: &Ports, workspace: &Workspace, reference: &str) -> Result<TaskId, Error> {
    if let Ok(id) = reference.parse::<TaskId>() {
        return Ok(id);
    }
    let key: TaskKey = reference.parse().map_err(|_| TaskRefusal::BadReference)?;
    if key.prefix != workspace.key_prefix {
        return Err(TaskRefusal::NotFound.into());
    }
    let found = ports.tasks.find_by_number(workspace.id, key.number).await?;
    Ok(found.ok_or(TaskRefusal::NotFound)?)
}

/// The epic with this id, as far as this member may name it: one that they see.
pub(super) async fn see_epic(ports: &Ports, membership: &Membership, id: TaskId) -> Result<Arc<Task>, Error> {
    match see(ports, membership, id).await {
        Ok(seen) => Ok(seen.task),
        Err(Error::Refused(Refusal::Task(TaskRefusal::NotFound | TaskRefusal::Deleted))) => {
            Err(TaskRefusal::EpicNotFound.into())
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{ChatKind, ChatRole};
    use crate::task::fixtures::{STRANGER, chat, viewer};

    #[test]
    fn without_a_chat_everybody_but_guests_sees_a_task() {
        for (role, sees) in [
            (Role::Guest, false),
            (Role::Member, true),
            (Role::Admin, true),
            (Role::Owner, true),
        ] {
            assert_eq!(sees_tasks(viewer(STRANGER, role), None), sees, "{role}");
        }
    }

    #[test]
    fn the_tasks_of_a_chat_are_for_those_who_read_it() {
        use ChatKind::{Channel, Direct, Group};
        for (kind, role, takes_part, sees) in [
            (Channel, Role::Guest, false, false),
            (Channel, Role::Guest, true, true),
            (Channel, Role::Member, false, true),
            (Group, Role::Owner, false, false),
            (Group, Role::Guest, true, true),
            (Direct, Role::Owner, false, false),
            (Direct, Role::Member, true, true),
        ] {
            let participants: &[_] = if takes_part {
                &[(STRANGER, ChatRole::Member)]
            } else {
                &[]
            };
            let chat = chat(kind, participants);
            assert_eq!(
                sees_tasks(viewer(STRANGER, role), Some(&chat)),
                sees,
                "{kind:?} {role}"
            );
        }
    }

    #[test]
    fn nobody_sees_the_tasks_of_a_deleted_chat() {
        let gone = Chat {
            is_deleted: true,
            ..chat(ChatKind::Channel, &[(STRANGER, ChatRole::Admin)])
        };
        assert!(!sees_tasks(viewer(STRANGER, Role::Owner), Some(&gone)));
    }
}
