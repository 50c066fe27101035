//! The OpenAPI document, made from the types of the handlers.

use std::sync::Once;

use salvo::http::header::CONTENT_TYPE;
use salvo::http::{HeaderValue, ResBody};
use salvo::hyper::body::Bytes;
use salvo::oapi::naming::{FlexNamer, set_namer};
use salvo::oapi::{Info, OpenApi};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router, async_trait};

/// Where the document is served.
pub const PATH: &str = "/api/v1/openapi.json";

/// The document of everything below `routes`, with schemas and operations named as in the code but without their modules.
#[must_use]
pub fn document(routes: &Router) -> OpenApi {
    static NAMED: Once = Once::new();
    NAMED.call_once(|| set_namer(FlexNamer::new().short_mode(true)));
    let info = Info::new("Flowra", env!("CARGO_PKG_VERSION")).description("Team chat with task management.");
    OpenApi::with_info(info).merge_router(routes)
}

/// Serves `document`, written once.
pub(super) fn router(document: &OpenApi) -> Router {
    let bytes = document.to_json().unwrap_or_else(|error| {
        tracing::error!(%error, "the OpenAPI document cannot be written");
        String::new()
    });
    Router::with_path(PATH).get(Document(bytes.into()))
}

struct Document(Bytes);

#[async_trait]
impl Handler for Document {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        res.headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        res.body(ResBody::Once(self.0.clone()));
    }
}
