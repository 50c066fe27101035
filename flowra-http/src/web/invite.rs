//! The page behind an invite's link: for who has an account, and for who will have one in a minute.

use askama::Template;
use flowra_core::Error;
use flowra_core::workspace::{Invitation, Role};
use salvo::{Request, Router, Writer, handler};

use super::page::Page;
use super::problem::Problem;
use super::reply::Reply;
use super::rooms::general;
use super::visitor::{Reader, Visitor};
use crate::http::extract::path;

/// The link is the one that the API gives to who makes an invite.
pub(super) fn router() -> Router {
    Router::with_path("invites/{token}").get(show)
}

/// The routes for those who have signed in.
pub(super) fn known() -> Router {
    Router::with_path("invites/{token}").post(accept)
}

#[derive(Template)]
#[template(path = "invite.html")]
struct InvitePage {
    page: Page,
    here: String,
    /// Whether who has no account can make one.
    is_open: bool,
    name: Option<String>,
    invitation: Invitation,
}

#[handler]
async fn show(req: &mut Request, visitor: Visitor) -> Result<Reply, Problem> {
    let token: String = path(req, "token")?;
    let invitation = visitor.state.app.workspaces.invitation(&token).await?;
    Reply::page(&InvitePage {
        page: Page::of(req, "You are invited", &visitor),
        invitation,
        // As it came: decoded, a link that somebody made up could lead the form elsewhere.
        here: req.uri().path().to_owned(),
        is_open: visitor.registers().await?,
        name: visitor
            .identity
            .as_ref()
            .map(|identity| identity.user.display_name.as_str().to_owned()),
    })
}

#[handler]
async fn accept(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let token: String = path(req, "token")?;
    let workspace = reader
        .state
        .app
        .workspaces
        .accept_invite(&reader.caller, &token)
        .await?;
    // Everybody is to be where everybody is told things; who may not join it comes in all the same.
    if let Some(general) = general(&reader, workspace.id).await? {
        match reader.state.app.chats.join(&reader.caller, general).await {
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(failed) => return Err(failed.into()),
        }
    }
    Ok(Reply::to(format!("/w/{}", workspace.id)))
}
