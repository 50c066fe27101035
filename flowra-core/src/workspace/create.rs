//! Making a workspace.

use std::sync::Arc;

use super::{
    KeyPrefix, Workspace, WorkspaceDescription, WorkspaceEvent, WorkspaceName, WorkspaceRefusal, Workspaces,
};
use crate::WorkspaceId;
use crate::app::Caller;
use crate::draft::{Attempts, Draft, Written, earlier};
use crate::event::Outcome;
use crate::port::fresh;
use crate::refusal::Error;

/// How long authors may edit a message unless the workspace says otherwise, in seconds: a day.
const EDIT_WINDOW_SECONDS: i64 = 86_400;

/// Makes a workspace, of which the caller is the owner.
#[derive(Clone, Debug, Default)]
pub struct CreateWorkspace {
    /// 1 to 100 characters.
    pub name: String,
    /// Up to 500 characters.
    pub description: Option<String>,
    /// How the keys of its tasks begin: 2 to 5 capitals; from the name, if none.
    pub key_prefix: Option<String>,
    /// How long authors may edit a message, in seconds; a day, if none.
    pub edit_window_seconds: Option<u32>,
}

impl Workspaces {
    /// Makes a workspace.
    ///
    /// # Errors
    /// [`WorkspaceRefusal`] about the fields.
    pub async fn create(&self, caller: &Caller, command: CreateWorkspace) -> Result<Arc<Workspace>, Error> {
        if let Some(Outcome::Workspace(id)) = earlier(&self.ports, caller).await? {
            return self.made_before(caller, id).await;
        }
        let invalid = |field| move |fault| WorkspaceRefusal::Invalid { field, fault };
        let name = WorkspaceName::parse(&command.name).map_err(invalid("name"))?;
        let description = WorkspaceDescription::parse(command.description.as_deref().unwrap_or_default());
        let description = description.map_err(invalid("description"))?;
        let key_prefix = match &command.key_prefix {
            Some(prefix) => KeyPrefix::parse(prefix).map_err(invalid("key_prefix"))?,
            None => KeyPrefix::from_name(&name),
        };
        let created = WorkspaceEvent::Created {
            name,
            description,
            owner_id: caller.user,
            key_prefix,
            edit_window_seconds: command.edit_window_seconds.map_or(EDIT_WINDOW_SECONDS, i64::from),
        };
        let mut attempts = Attempts::new();
        loop {
            let user = self.ports.caller(caller).await?;
            let mut draft = Draft::new(caller, self.ports.clock.now());
            draft.guard_user(&user);
            let id: WorkspaceId = fresh(&*self.ports.ids);
            let workspace = draft.new_workspace(id, caller.user, vec![created.clone()])?;
            match draft.write(&self.ports, caller, Outcome::Workspace(id)).await? {
                Written::Now => return Ok(workspace),
                Written::Before(Outcome::Workspace(id)) => return self.made_before(caller, id).await,
                Written::Before(_) | Written::Conflict(_) => attempts.again()?,
            }
        }
    }

    /// The workspace that the same request made or entered before, if the caller is still in it.
    pub(super) async fn made_before(
        &self,
        caller: &Caller,
        id: WorkspaceId,
    ) -> Result<Arc<Workspace>, Error> {
        Ok(self.ports.membership(caller, id).await?.workspace)
    }
}
