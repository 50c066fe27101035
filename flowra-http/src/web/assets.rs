//! The files that pages load: embedded, compressed when the server was built, named by their content.

use salvo::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use salvo::http::{HeaderValue, ResBody};
use salvo::hyper::body::Bytes;
use salvo::{Depot, Request, Response, Router, handler};

use crate::http::ApiError;

/// One file. The build script makes the table.
struct Asset {
    /// As templates call it.
    name: &'static str,
    /// With the digest of its content.
    file: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A file never changes under its name.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub(super) fn router() -> Router {
    Router::with_path("assets/{file}").get(serve)
}

/// Where a browser finds the asset of this name.
#[must_use]
pub fn url(name: &str) -> String {
    let file = ASSETS.iter().find(|asset| asset.name == name);
    format!("/assets/{}", file.map_or(name, |asset| asset.file))
}

#[handler]
async fn serve(req: &mut Request, depot: &Depot, res: &mut Response) {
    let wanted = req.params().get("file").map(String::as_str).unwrap_or_default();
    let Some(asset) = ASSETS.iter().find(|asset| asset.file == wanted) else {
        ApiError::not_found("there is no such file: reload the page").render(depot, res);
        return;
    };
    let takes_brotli = req
        .headers()
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|one| one.trim() == "br"));
    let headers = res.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(asset.file)));
    headers.insert(CACHE_CONTROL, FOR_EVER);
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    let content = if takes_brotli {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        asset.brotli
    } else {
        asset.plain
    };
    res.body(ResBody::Once(Bytes::from_static(content)));
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_finds_its_assets_by_name() {
        for name in [
            "app.css",
            "pico.css",
            "htmx.js",
            "alpine.js",
            "app.js",
            "icon.svg",
        ] {
            let url = url(name);
            assert_ne!(url, format!("/assets/{name}"));
            assert!(
                ASSETS
                    .iter()
                    .any(|asset| format!("/assets/{}", asset.file) == url)
            );
        }
    }

    #[test]
    fn modules_import_one_another_by_their_hashed_names() {
        let app = ASSETS.iter().find(|asset| asset.name == "app.js").unwrap();
        let text = std::str::from_utf8(app.plain).unwrap();
        assert!(!text.contains("\"./live.js\""));
        assert!(text.contains("\"./live."));
    }
}
