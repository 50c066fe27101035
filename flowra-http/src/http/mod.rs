//! The HTTP side of the server: middleware, envelopes, extraction and the routes that belong to no domain concept.
//!
//! Knows HTTP and what the core's use cases are called; refuses to know any rule of the domain and how anything is stored.
//!
//! # Where a request goes
//! [`service`] builds the chain in the order of the contract: request id, panic guard, security headers, CORS, access log, body limit,
//! compression, and, for everything below `/api/v1`, the rate limit. Only the panic guard, CORS, the access log and compression act
//! after the handler; the others do their part and return, which costs one boxed future each.
//!
//! # To add an endpoint
//! Write an `#[endpoint]` function that takes [`extract`]'s arguments and returns [`envelope`]'s answers or an [`ApiError`], and push
//! its router in the `api` tree of [`routes`]. It is then in the OpenAPI document and on the page at `/docs` by itself. The file
//! needs `salvo::Writer` in scope when the function takes arguments.

mod access_log;
mod body;
mod catch_up;
mod catcher;
mod cors;
mod docs;
pub mod envelope;
mod error;
pub mod extract;
mod forwarded;
pub mod limit;
pub mod metrics;
pub mod openapi;
pub mod ops;
mod panic_guard;
mod request;
mod request_id;
mod security_headers;
mod state;

use std::sync::Arc;

use salvo::compression::{Compression, CompressionLevel};
use salvo::http::Method;
use salvo::http::request::SecureMaxSize;
use salvo::routing::{Filter, FilterInfo, filters};
use salvo::{Router, Service};

use crate::{api, web};
use limit::RateLimits;

pub use body::bytes;
pub(crate) use catch_up::{CatchUp, before_catching_up};
pub use error::ApiError;
pub(crate) use panic_guard::message as panic_message;
pub use request::{SignedIn, client_address, client_name};
pub use request_id::RequestId;
pub use state::ServerState;

/// Largest body of a request that is not an upload, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// Smallest answer worth compressing, in bytes: a smaller one fits into a packet or two anyway.
const MIN_COMPRESSED: usize = 1024;

/// Everything a server answers, for a server with `state`.
#[must_use]
pub fn service(state: &Arc<ServerState>) -> Service {
    let routes = routes(&state.limits);
    let document = openapi::router(&openapi::document(&routes)).hoop(limit_requests(&state.limits));
    chained(
        state,
        answering_head(
            routes
                .push(document)
                .push(docs::router())
                .push(web::router(&state.limits)),
        ),
    )
}

/// The same routes, each taking HEAD where it takes GET; the connection leaves the body out.
///
/// Done at the end, because the OpenAPI document would list it again at each route.
fn answering_head(mut routes: Router) -> Router {
    for filter in &mut routes.filters {
        if matches!(filter.info(), FilterInfo::Method(Method::GET)) {
            *filter = Box::new(filters::get().or(filters::head()));
        }
    }
    routes.routers = routes.routers.into_iter().map(answering_head).collect();
    routes
}

/// `routes` behind the chain that every request goes through.
fn chained(state: &Arc<ServerState>, routes: Router) -> Service {
    let service = Service::new(routes)
        .catcher(catcher::catcher())
        .hoop(forwarded::BehindProxies::new(state.settings.proxies.clone()))
        .hoop(request_id::AssignRequestId::new(state.clone()))
        .hoop(panic_guard::PanicGuard)
        .hoop(security_headers::SecurityHeaders::new(state.is_behind_tls()));
    let service = match cors::allowing(&state.settings.cors) {
        Some(cors) => service.hoop(cors),
        None => service,
    };
    service
        .hoop(access_log::AccessLog)
        .hoop(SecureMaxSize(MAX_BODY))
        .hoop(
            Compression::new()
                .enable_gzip(CompressionLevel::Fastest)
                .min_length(MIN_COMPRESSED),
        )
}

/// Every route that the OpenAPI document describes.
#[must_use]
pub fn routes(limits: &Arc<RateLimits>) -> Router {
    let api = api::router(limit_requests(limits));
    Router::new().push(api).push(ops::router())
}

fn limit_requests(limits: &Arc<RateLimits>) -> limit::RequestLimit {
    limit::RequestLimit::new(Arc::clone(limits))
}

#[cfg(test)]
mod tests;
