//! Turns a panic of a handler into an answer, so that one bug costs one request and not the connection.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use salvo::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, ETAG};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use super::{ApiError, RequestId};

/// Answers 500 `INTERNAL` when anything further down the chain panics, and logs what it said.
pub(super) struct PanicGuard;

#[async_trait]
impl Handler for PanicGuard {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let Err(panic) = AssertUnwindSafe(ctrl.call_next(req, depot, res))
            .catch_unwind()
            .await
        else {
            return;
        };
        tracing::error!(
            request_id = RequestId::of(depot),
            method = %req.method(),
            route = req.matched_path(),
            panic = message(panic.as_ref()),
            "a handler panicked"
        );
        for header in [CONTENT_ENCODING, CONTENT_LENGTH, ETAG] {
            res.headers_mut().remove(header);
        }
        ctrl.skip_rest();
        ApiError::internal().render(depot, res);
    }
}

/// What a panic said.
pub(crate) fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("not a text")
}
