//! Workspaces, their members and invites.

use std::sync::Arc;

use flowra_core::time::Timestamp;
use flowra_core::user::User;
use flowra_core::workspace::{
    CreateInvite, CreateWorkspace, Invite, Role, UpdateWorkspace, Workspace, WorkspaceRefusal,
};
use flowra_core::{Error, UserId};
use salvo::oapi::{ToSchema, endpoint};
use salvo::{Router, Writer};
use serde::Deserialize;

use super::caller::{Asker, RequireAdminScope};
use super::cursor::{Paging, encode};
use super::params::{At, IfMatch};
use super::words;
use crate::body::{InviteBody, MemberBody, WorkspaceBody};
use crate::http::ApiError;
use crate::http::envelope::{Created, Data, NoContent, Page};
use crate::http::extract::{Body, Path, Query};

/// The routes of workspaces and of accepting invites.
pub(super) fn router() -> Router {
    // What a program may do only with the scope `admin`.
    let administered = Router::new()
        .hoop(RequireAdminScope)
        .put(update)
        .delete(delete)
        .push(Router::with_path("members").post(add_member))
        .push(Router::with_path("members/{user_id}").delete(remove_member))
        .push(Router::with_path("members/{user_id}/role").put(change_role))
        .push(Router::with_path("transfer").post(transfer))
        .push(Router::with_path("invites").get(invites).post(create_invite))
        .push(Router::with_path("invites/{invite_id}").delete(revoke_invite));
    let one = Router::with_path("{workspace_id}")
        .get(find)
        .push(Router::with_path("members").get(members))
        .push(administered);
    Router::new()
        .push(Router::with_path("workspaces").get(list).post(create).push(one))
        .push(Router::with_path("invites/{token}/accept").post(accept_invite))
}

/// A new workspace.
#[derive(Debug, Deserialize, ToSchema)]
struct CreateWorkspaceRequest {
    /// 1 to 100 characters.
    name: String,
    /// Up to 500 characters.
    description: Option<String>,
}

/// What is to be another; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
struct UpdateWorkspaceRequest {
    /// 1 to 100 characters.
    name: Option<String>,
    /// Up to 500 characters.
    description: Option<String>,
}

/// Who is to belong to it.
#[derive(Debug, Deserialize, ToSchema)]
struct AddMemberRequest {
    /// Somebody with an account.
    #[salvo(schema(value_type = String, format = Uuid))]
    user_id: UserId,
    /// `admin`, `member` (the default) or `guest`.
    role: Option<String>,
}

/// Another role.
#[derive(Debug, Deserialize, ToSchema)]
struct RoleRequest {
    /// `admin`, `member` or `guest`.
    role: String,
}

/// Another owner.
#[derive(Debug, Deserialize, ToSchema)]
struct TransferRequest {
    /// A member.
    #[salvo(schema(value_type = String, format = Uuid))]
    user_id: UserId,
}

/// A new invite.
#[derive(Debug, Deserialize, ToSchema)]
struct CreateInviteRequest {
    /// The role that it gives: `admin`, `member` (the default) or `guest`.
    role: Option<String>,
    /// How many may use it; 0, the default, is everybody.
    max_uses: Option<u32>,
    /// When it ends; in seven days, when left out.
    #[salvo(schema(value_type = String, format = DateTime, required = false))]
    expires_at: Option<Timestamp>,
}

impl Asker {
    fn workspace_body(&self, workspace: &Workspace) -> WorkspaceBody {
        self.state.renderer.workspace(self.caller.user, workspace)
    }

    async fn member_body(&self, workspace: &Workspace, user: UserId) -> Result<MemberBody, ApiError> {
        let member = workspace
            .members
            .get(&user)
            .ok_or_else(|| Error::from(WorkspaceRefusal::MemberNotFound))?;
        let mut bodies = self.state.renderer.members(vec![(user, *member)]).await?;
        bodies.pop().ok_or_else(ApiError::internal)
    }
}

/// Lists the workspaces of which the caller is a member
#[endpoint(tags("workspaces"), status_codes(200))]
async fn list(asker: Asker, paging: Query<Paging>) -> Result<Page<WorkspaceBody>, ApiError> {
    let page = asker
        .state
        .app
        .workspaces
        .list(&asker.caller, paging.0.request("workspaces")?)
        .await?;
    let next_cursor = page
        .items
        .last()
        .filter(|_| page.has_more)
        .map(|last| encode("workspaces", &last.id));
    let body = |workspace: &Arc<Workspace>| asker.workspace_body(workspace);
    Ok(Page {
        items: page.items.iter().map(body).collect(),
        next_cursor,
    })
}

/// Makes a workspace, of which the caller is the owner
#[endpoint(tags("workspaces"), status_codes(201))]
async fn create(
    asker: Asker,
    body: Body<CreateWorkspaceRequest>,
) -> Result<Created<WorkspaceBody>, ApiError> {
    let command = CreateWorkspace {
        name: body.0.name,
        description: body.0.description,
        ..CreateWorkspace::default()
    };
    let workspace = asker.state.app.workspaces.create(&asker.caller, command).await?;
    Ok(Created::new(asker.workspace_body(&workspace)))
}

/// Shows a workspace
#[endpoint(tags("workspaces"), status_codes(200))]
async fn find(asker: Asker, workspace_id: At<Workspace>) -> Result<Data<WorkspaceBody>, ApiError> {
    let workspace = asker
        .state
        .app
        .workspaces
        .find(&asker.caller, workspace_id.0)
        .await?;
    Ok(Data(asker.workspace_body(&workspace)))
}

/// Changes name and description
#[endpoint(tags("workspaces"), status_codes(200))]
async fn update(
    asker: Asker,
    workspace_id: At<Workspace>,
    version: IfMatch,
    body: Body<UpdateWorkspaceRequest>,
) -> Result<Data<WorkspaceBody>, ApiError> {
    let command = UpdateWorkspace {
        workspace: workspace_id.0,
        name: body.0.name,
        description: body.0.description,
        expected: version.0,
    };
    let workspace = asker.state.app.workspaces.update(&asker.caller, command).await?;
    Ok(Data(asker.workspace_body(&workspace)))
}

/// Deletes a workspace with all that is in it
#[endpoint(tags("workspaces"), status_codes(204))]
async fn delete(asker: Asker, workspace_id: At<Workspace>, version: IfMatch) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .workspaces
        .delete(&asker.caller, workspace_id.0, version.0)
        .await?;
    Ok(NoContent)
}

/// Lists the members
#[endpoint(tags("workspaces"), status_codes(200))]
async fn members(
    asker: Asker,
    workspace_id: At<Workspace>,
    paging: Query<Paging>,
) -> Result<Page<MemberBody>, ApiError> {
    let request = paging.0.request("members")?;
    let page = asker
        .state
        .app
        .workspaces
        .members(&asker.caller, workspace_id.0, request)
        .await?;
    let next_cursor = page
        .items
        .last()
        .filter(|_| page.has_more)
        .map(|last| encode("members", &last.0));
    Ok(Page {
        items: asker.state.renderer.members(page.items).await?,
        next_cursor,
    })
}

/// Adds somebody with an account
#[endpoint(tags("workspaces"), status_codes(201))]
async fn add_member(
    asker: Asker,
    workspace_id: At<Workspace>,
    body: Body<AddMemberRequest>,
) -> Result<Created<MemberBody>, ApiError> {
    let role = words::read_optional("role", body.0.role.as_deref())?.unwrap_or(Role::Member);
    let workspace = asker
        .state
        .app
        .workspaces
        .add_member(&asker.caller, workspace_id.0, body.0.user_id, role)
        .await?;
    asker
        .member_body(&workspace, body.0.user_id)
        .await
        .map(Created::new)
}

/// Gives a member another role
#[endpoint(tags("workspaces"), status_codes(200))]
async fn change_role(
    asker: Asker,
    workspace_id: At<Workspace>,
    user_id: At<User>,
    body: Body<RoleRequest>,
) -> Result<Data<MemberBody>, ApiError> {
    let role = words::read("role", &body.0.role)?;
    let workspace = asker
        .state
        .app
        .workspaces
        .change_role(&asker.caller, workspace_id.0, user_id.0, role)
        .await?;
    asker.member_body(&workspace, user_id.0).await.map(Data)
}

/// Takes a member out, or leaves
#[endpoint(tags("workspaces"), status_codes(204))]
async fn remove_member(
    asker: Asker,
    workspace_id: At<Workspace>,
    user_id: At<User>,
) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .workspaces
        .remove_member(&asker.caller, workspace_id.0, user_id.0)
        .await?;
    Ok(NoContent)
}

/// Makes another member the owner
#[endpoint(tags("workspaces"), status_codes(200))]
async fn transfer(
    asker: Asker,
    workspace_id: At<Workspace>,
    body: Body<TransferRequest>,
) -> Result<Data<WorkspaceBody>, ApiError> {
    let workspace = asker
        .state
        .app
        .workspaces
        .transfer(&asker.caller, workspace_id.0, body.0.user_id)
        .await?;
    Ok(Data(asker.workspace_body(&workspace)))
}

/// Lists the invites, without their tokens
#[endpoint(tags("workspaces"), status_codes(200))]
async fn invites(
    asker: Asker,
    workspace_id: At<Workspace>,
    paging: Query<Paging>,
) -> Result<Page<InviteBody>, ApiError> {
    let request = paging.0.request("invites")?;
    let page = asker
        .state
        .app
        .workspaces
        .invites(&asker.caller, workspace_id.0, request)
        .await?;
    let next_cursor = page
        .items
        .last()
        .filter(|_| page.has_more)
        .map(|last| encode("invites", &last.0));
    let items = page
        .items
        .iter()
        .map(|(id, invite)| InviteBody::new(*id, invite))
        .collect();
    Ok(Page { items, next_cursor })
}

/// Makes an invite; its token is shown here and never again
#[endpoint(tags("workspaces"), status_codes(201))]
async fn create_invite(
    asker: Asker,
    workspace_id: At<Workspace>,
    body: Body<CreateInviteRequest>,
) -> Result<Created<InviteBody>, ApiError> {
    let command = CreateInvite {
        workspace: workspace_id.0,
        role: words::read_optional("role", body.0.role.as_deref())?.unwrap_or(Role::Member),
        max_uses: body.0.max_uses.unwrap_or(0),
        expires_at: body.0.expires_at,
    };
    let made = asker
        .state
        .app
        .workspaces
        .create_invite(&asker.caller, command)
        .await?;
    let body = InviteBody::new(made.id, &made.invite);
    Ok(Created::new(match made.token {
        Some(token) => {
            let url = format!("{}/invites/{token}", asker.state.public_url);
            body.with_secret(token, url)
        }
        None => body,
    }))
}

/// Makes an invite worth nothing
#[endpoint(tags("workspaces"), status_codes(204))]
async fn revoke_invite(
    asker: Asker,
    workspace_id: At<Workspace>,
    invite_id: At<Invite>,
) -> Result<NoContent, ApiError> {
    asker
        .state
        .app
        .workspaces
        .revoke_invite(&asker.caller, workspace_id.0, invite_id.0)
        .await?;
    Ok(NoContent)
}

/// Comes in by an invite
#[endpoint(tags("workspaces"), status_codes(200))]
async fn accept_invite(asker: Asker, token: Path<String>) -> Result<Data<WorkspaceBody>, ApiError> {
    let workspace = asker
        .state
        .app
        .workspaces
        .accept_invite(&asker.caller, &token.0)
        .await?;
    Ok(Data(asker.workspace_body(&workspace)))
}
