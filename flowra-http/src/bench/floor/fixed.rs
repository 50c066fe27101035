//! A handler that answers bytes it has already.

use salvo::http::header::{CONTENT_TYPE, HeaderValue};
use salvo::{Request, Response, Router, handler};

/// The longest answer that can be asked for.
const MOST: usize = 16 << 20;

/// `GET /health` and `GET /bytes/{count}`.
pub(super) fn router() -> Router {
    Router::new()
        .push(Router::with_path("health").get(health))
        .push(Router::with_path("bytes/{count}").get(bytes))
}

#[handler]
async fn health() -> &'static str {
    "alive"
}

#[handler]
async fn bytes(request: &mut Request, response: &mut Response) {
    let count = request.param::<usize>("count").unwrap_or_default().min(MOST);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.body(vec![b'x'; count]);
}
