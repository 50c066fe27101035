//! One log line, one span and one measurement for each request.
//!
//! Says which route was asked for and how it went, never the query, a header's value or a body: those hold secrets.

use std::time::Instant;

use salvo::http::{Method, StatusCode};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use tracing::Instrument;

use super::{RequestId, SignedIn, metrics};

/// Route of a request that no route matched, so that strangers cannot fill the logs and metrics with paths of their own.
const UNMATCHED: &str = "unmatched";

/// The status recorded for a request whose client went away before the answer; no such status is ever sent.
const CLIENT_GONE: u16 = 499;

/// Writes the line under the target `flowra::access` at `info`, and wraps the request in a span for the lines written meanwhile.
pub(super) struct AccessLog;

#[async_trait]
impl Handler for AccessLog {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let mut observed = Observed::begin(req);
        let span = tracing::info_span!(
            target: "flowra::request",
            "request",
            request_id = RequestId::of(depot),
            method = req.method().as_str(),
            route = observed.route
        );
        ctrl.call_next(req, depot, res).instrument(span).await;
        observed.status = res.status_code.unwrap_or(StatusCode::OK).as_u16();
        let micros = u64::try_from(observed.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let user = depot
            .get_typed::<SignedIn>()
            .ok()
            .map(|user| tracing::field::display(user.0));
        tracing::info!(
            target: "flowra::access",
            method = req.method().as_str(),
            route = observed.route,
            status = observed.status,
            micros,
            request_id = RequestId::of(depot),
            user,
            "answered"
        );
    }
}

/// A request being answered. Its end is measured however it comes: an answer, a panic, or a client that went away.
struct Observed {
    started: Instant,
    method: Method,
    route: String,
    status: u16,
}

impl Observed {
    fn begin(req: &Request) -> Self {
        let route = match req.matched_path() {
            "" => UNMATCHED.to_owned(),
            path => ["/", path].concat(),
        };
        Self {
            started: Instant::now(),
            method: req.method().clone(),
            route,
            status: CLIENT_GONE,
        }
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.status = StatusCode::INTERNAL_SERVER_ERROR.as_u16();
        }
        metrics::request_answered(&self.method, &self.route, self.status, self.started.elapsed());
    }
}
