//! The OpenAPI document, made from the types of the handlers.

use std::sync::Once;

use salvo::http::header::CONTENT_TYPE;
use salvo::http::{HeaderValue, ResBody};
use salvo::hyper::body::Bytes;
use salvo::oapi::naming::{FlexNamer, set_namer};
use salvo::oapi::security::{Http, HttpAuthScheme};
use salvo::oapi::{
    BasicType, Info, Object, OpenApi, Parameter, ParameterIn, PathItemType, Required, SecurityScheme,
};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router, async_trait};

/// Where the document is served.
pub const PATH: &str = "/api/v1/openapi.json";

/// The name of the scheme by which clients say who they are.
pub const BEARER: &str = "bearer";

/// The document of everything below `routes`, with schemas and operations named as in the code but without their modules.
#[must_use]
pub fn document(routes: &Router) -> OpenApi {
    static NAMED: Once = Once::new();
    NAMED.call_once(|| set_namer(FlexNamer::new().short_mode(true)));
    let info = Info::new("Flowra", env!("CARGO_PKG_VERSION")).description("Team chat with task management.");
    let bearer = Http::new(HttpAuthScheme::Bearer)
        .description("an access token of a sign-in, or a personal access token");
    let mut document = OpenApi::with_info(info)
        .add_security_scheme(BEARER, SecurityScheme::Http(bearer))
        .merge_router(routes);
    let posts = document
        .paths
        .values_mut()
        .filter_map(|item| item.operations.get_mut(&PathItemType::Post));
    for post in posts {
        post.parameters.insert(idempotency_key());
    }
    document
}

/// What every POST takes, whoever handles it.
fn idempotency_key() -> Parameter {
    Parameter::new("Idempotency-Key")
        .location(ParameterIn::Header)
        .required(Required::False)
        .description("the same key with the same body within 24 hours is answered as the first time; with another body 422")
        .schema(Object::with_type(BasicType::String))
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
