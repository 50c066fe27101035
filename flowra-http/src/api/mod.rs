//! The endpoints of the contract: each translates a request into a use case's command and its result into a body.
//!
//! Responsible for paths, queries, bodies and status numbers. It refuses to decide anything: rights and rules are the core's.
//!
//! # To add an endpoint
//! Write an `#[endpoint]` function in the file of its concept that takes an `Asker` and what it needs of the request, calls
//! one use case, and renders with [`Renderer`](crate::body::Renderer); push its router in that file.

mod auth;
mod board;
mod caller;
mod chats;
pub(crate) mod cursor;
mod error;
mod idempotency;
mod live;
mod messages;
mod params;
mod task_actions;
mod task_fields;
mod tasks;
mod users;
mod words;
mod workspaces;

use salvo::http::HeaderValue;
use salvo::http::header::HeaderName;
use salvo::{Handler, Response, Router};

use caller::{Identify, RequireIdentity};
use idempotency::IdempotencyKeys;

use crate::http::CatchUp;

/// Everything below `/api/v1`; `limit` counts the requests.
///
/// Who asks is found out before the count, so that the count is theirs, and refused after it, so that guessing is counted too.
/// Routes are tried one after the other, so those asked for most come first.
pub fn router(limit: impl Handler) -> Router {
    let workspace = Router::with_path("workspaces/{workspace_id}")
        .push(chats::router())
        .push(tasks::router());
    let known = Router::new()
        .hoop(RequireIdentity)
        .hoop(IdempotencyKeys::default())
        .push(workspace)
        .push(messages::router())
        .push(workspaces::router())
        .push(users::router())
        .push(auth::known());
    Router::with_path("api/v1")
        .hoop_when(CatchUp, |req, _| !messages::is_post(req))
        .hoop(Identify)
        .hoop(limit)
        .push(known)
        .push(live::router())
        .push(auth::unknown())
}

/// Tells an HTMX page what has changed.
fn trigger(res: &mut Response, event: &'static str) {
    res.headers_mut().insert(
        HeaderName::from_static("hx-trigger"),
        HeaderValue::from_static(event),
    );
}
