//! The one WebSocket of a page, and the fragments that come through it.
//!
//! It is the live feed of the API with the same commands, cursors and resumption. Only the form of its events differs: where an event has
//! something to show, `data` is `{"html"}`, rendered once for all readers; else it is empty, and the parts of the page that show such a thing
//! ask for themselves.

use std::sync::{Arc, OnceLock};

use askama::Template;
use flowra_core::message::Placed;
use flowra_core::user::Scope;
use flowra_core::workspace::Workspace;
use flowra_core::{App, BoxFuture, Error};
use salvo::{Depot, Request, Response, Router, handler};

use super::card::CardView;
use super::guard::is_of_this_site;
use super::markdown::Tasks;
use super::message::{MessageView, ThreadLink};
use super::problem::Problem;
use super::visitor::{SESSION, Visitor, cookie};
use crate::body::{MessageBody, TaskBody};
use crate::feed::{Form, Live};
use crate::http::ApiError;
use crate::ws::{Authenticator, Identity, LiveSocket, Options};

pub(super) fn router() -> Router {
    Router::with_path("live").get(Door::default())
}

/// A message as every page shows it.
///
/// # Errors
/// A template that fails, which none does that compiles.
pub fn message(workspace: &Workspace, body: MessageBody) -> Result<String, askama::Error> {
    MessageView::new(&Tasks::of(workspace), body).render()
}

/// How many replies a thread has, as every page shows it below its root.
///
/// # Errors
/// As [`message`].
pub fn replies(root: &Placed) -> Result<String, askama::Error> {
    let message = &root.message;
    ThreadLink {
        id: message.id,
        workspace: message.workspace_id,
        chat: message.chat_id,
        replies: root.replies,
    }
    .render()
}

/// A task as every board shows it.
///
/// # Errors
/// As [`message`].
pub fn task(body: TaskBody) -> Result<String, askama::Error> {
    CardView::new(body).render()
}

/// The socket of this server; made for the first visitor, so that routes need no server to be described.
#[derive(Default)]
struct Door(OnceLock<LiveSocket>);

#[handler]
impl Door {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response) -> Result<(), ApiError> {
        let Ok(visitor) = Visitor::of(depot) else {
            return Err(ApiError::internal());
        };
        let state = &visitor.state;
        if !is_of_this_site(req, state) {
            let Problem::Failed(error) = Problem::stale() else {
                return Err(ApiError::internal());
            };
            return Err(error);
        }
        let socket = self.0.get_or_init(|| {
            let live = Live::new(Arc::clone(&state.hub), state.app.clone());
            let options = Options {
                limits: Arc::clone(&state.limits),
                form: Form::Html,
                ..Options::default()
            };
            LiveSocket::new(live, Arc::new(Cookies(state.app.clone())), options)
        });
        // Without a cookie there is nobody, and nobody is refused as one whose session is over.
        let token = cookie(req, SESSION).unwrap_or_default();
        socket.open_as(Some(token), req, res).await
    }
}

/// Knows the sessions of pages.
struct Cookies(App);

impl Authenticator for Cookies {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Error>> {
        Box::pin(async move {
            let known = self.0.accounts.keeper(token).await?;
            Ok(Identity {
                user: known.user.id,
                session: known.session,
                token: None,
                expires_at: known.expires_at,
                may_write: known.scopes.allow(Scope::Write),
            })
        })
    }
}
