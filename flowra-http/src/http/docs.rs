//! The page at `/docs` that shows the OpenAPI document, from files inside the binary only.
//!
//! The pages that come with the framework load their scripts from elsewhere or put them into the HTML, which the content security
//! policy forbids.

use salvo::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use salvo::http::{HeaderValue, ResBody};
use salvo::hyper::body::Bytes;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router, async_trait};

/// The page and its two files.
pub(super) fn router() -> Router {
    Router::with_path("docs")
        .get(File {
            content_type: "text/html; charset=utf-8",
            text: include_str!("docs/index.html"),
        })
        .push(Router::with_path("docs.js").get(File {
            content_type: "text/javascript; charset=utf-8",
            text: include_str!("docs/docs.js"),
        }))
        .push(Router::with_path("docs.css").get(File {
            content_type: "text/css; charset=utf-8",
            text: include_str!("docs/docs.css"),
        }))
}

struct File {
    content_type: &'static str,
    text: &'static str,
}

#[async_trait]
impl Handler for File {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        res.headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        res.headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        res.body(ResBody::Once(Bytes::from_static(self.text.as_bytes())));
    }
}
