//! The endpoints of the contract: each translates a request into a use case's command and its result into a body.
//!
//! Responsible for paths, queries, bodies and status numbers. It refuses to decide anything: rights and rules are the core's.
//!
//! # To add an endpoint
//! Write an `#[endpoint]` function in the file of its concept that takes an [`Asker`](caller::Asker) and what it needs of the request, calls
//! one use case, and renders with [`Renderer`](crate::body::Renderer); push its router in that file.

mod caller;
mod chats;
mod cursor;
mod error;
mod idempotency;
mod messages;
mod params;
mod words;

use salvo::http::HeaderValue;
use salvo::http::header::HeaderName;
use salvo::{Response, Router};

pub use caller::{Identify, bearer};
pub use idempotency::IdempotencyKeys;

/// Tells an HTMX page what has changed.
fn trigger(res: &mut Response, event: &'static str) {
    res.headers_mut().insert(HeaderName::from_static("hx-trigger"), HeaderValue::from_static(event));
}
