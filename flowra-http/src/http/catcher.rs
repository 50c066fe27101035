//! Puts the answers that no handler wrote into the envelope: unknown routes, wrong methods, and the framework's own refusals.

use salvo::catcher::Catcher;
use salvo::http::StatusCode;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use super::ApiError;
use crate::web::problem;

/// The catcher of every service.
pub(super) fn catcher() -> Catcher {
    Catcher::new(EnvelopeEveryError)
}

struct EnvelopeEveryError;

#[async_trait]
impl Handler for EnvelopeEveryError {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let status = res.status_code.unwrap_or(StatusCode::NOT_FOUND);
        let is_nowhere = matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
        let error = if is_nowhere && problem::wants_page(req) {
            ApiError::not_found("there is no such page")
        } else {
            error_of(status, req)
        };
        problem::render(error, req, depot, res);
    }
}

fn error_of(status: StatusCode, req: &Request) -> ApiError {
    match status {
        StatusCode::BAD_REQUEST => ApiError::validation("the request is malformed"),
        StatusCode::NOT_FOUND => ApiError::not_found("there is no such route; /docs lists the routes"),
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(
            status,
            "METHOD_NOT_ALLOWED",
            format!(
                "this route does not take {}; the Allow header says what it takes",
                req.method()
            ),
        ),
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(
            status,
            "PAYLOAD_TOO_LARGE",
            "the body is larger than this route takes",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::new(
            status,
            "UNSUPPORTED_MEDIA_TYPE",
            "this route does not take this content type",
        ),
        StatusCode::SERVICE_UNAVAILABLE => {
            ApiError::unavailable("the server cannot answer now; try again later")
        }
        status if status.is_client_error() => ApiError::new(
            status,
            "REFUSED",
            status.canonical_reason().unwrap_or("the request is refused"),
        ),
        _ => ApiError::internal(),
    }
}
