//! Headers that tell browsers what a page of this server may do.

use salvo::http::HeaderValue;
use salvo::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

/// Everything from this server alone, no inline scripts or styles, never in a frame.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// Sets the headers before the handler runs, so that a handler may replace one and a panic loses none.
pub(super) struct SecurityHeaders {
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl SecurityHeaders {
    /// `behind_tls` adds HSTS for a year; without TLS browsers must ignore it anyway.
    pub(super) fn new(behind_tls: bool) -> Self {
        let mut headers = vec![
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        if behind_tls {
            headers.push((
                STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000"),
            ));
        }
        Self { headers }
    }
}

#[async_trait]
impl Handler for SecurityHeaders {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let into = res.headers_mut();
        into.reserve(self.headers.len());
        for (name, value) in &self.headers {
            into.insert(name.clone(), value.clone());
        }
    }
}
