//! Which other sites' pages may call the API.

use std::time::Duration;

use salvo::cors::{Cors, CorsHandler};
use salvo::http::Method;

/// How long a browser may remember the answer to a preflight.
const REMEMBERED: Duration = Duration::from_mins(10);

/// Lets pages of `origins` call the API with credentials; `None` without any, and then no header is ever added.
pub(super) fn allowing(origins: &[String]) -> Option<CorsHandler> {
    if origins.is_empty() {
        return None;
    }
    let origins: Vec<&str> = origins.iter().map(String::as_str).collect();
    let cors = Cors::new()
        .allow_origin(origins)
        .allow_credentials(true)
        .allow_methods(vec![Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers(vec![
            "authorization",
            "content-type",
            "idempotency-key",
            "if-match",
            "x-csrf-token",
            "x-request-id",
        ])
        .expose_headers(vec![
            "x-request-id",
            "ratelimit-limit",
            "ratelimit-remaining",
            "ratelimit-reset",
            "retry-after",
        ])
        .max_age(REMEMBERED);
    Some(cors.into_handler())
}
