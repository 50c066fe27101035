//! A name for each request, the same in the answer, the logs and what the request causes.

use std::sync::Arc;

use salvo::http::HeaderValue;
use salvo::http::header::HeaderName;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use uuid::Uuid;

use super::ServerState;

/// Header that carries the id in both directions.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id taken from a client, in bytes.
const MAX_LENGTH: usize = 64;

/// The id of a request: the client's own if it is well-formed, else a new UUIDv7.
#[derive(Clone, Debug)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id of the request that `depot` belongs to; empty outside a request.
    #[must_use]
    pub fn of(depot: &Depot) -> &str {
        depot.get_typed::<Self>().map_or("", Self::as_str)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// Letters, digits, `.`, `_` and `-`, 1 to 64 of them: nothing that could forge a log line.
    fn accept(value: &HeaderValue) -> Option<Self> {
        let bytes = value.as_bytes();
        let well_formed = (1..=MAX_LENGTH).contains(&bytes.len())
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte));
        well_formed.then(|| Self(value.clone()))
    }

    fn mint() -> Self {
        let mut buffer = Uuid::encode_buffer();
        let text: &str = Uuid::now_v7().hyphenated().encode_lower(&mut buffer);
        Self(HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("")))
    }
}

/// First of the chain: names the request and gives it the server's state.
pub(super) struct AssignRequestId {
    state: Arc<ServerState>,
}

impl AssignRequestId {
    pub(super) fn new(state: Arc<ServerState>) -> Self {
        Self { state }
    }
}

#[async_trait]
impl Handler for AssignRequestId {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let id = req
            .headers()
            .get(X_REQUEST_ID)
            .and_then(RequestId::accept)
            .unwrap_or_else(RequestId::mint);
        res.headers_mut().insert(X_REQUEST_ID, id.0.clone());
        depot.insert_typed(id);
        depot.insert_typed(self.state.clone());
    }
}
