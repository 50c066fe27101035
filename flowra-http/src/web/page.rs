//! What every page has: its head, its theme, the token of its forms, and what a browser may do with it.

use salvo::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use salvo::http::{HeaderValue, ResBody, StatusCode};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use super::visitor::{Visitor, cookie};

/// Nothing but what this server sends as files of its own; no script or style inside a page, no evaluation.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Keeps the theme that somebody chose.
pub(super) const THEME: &str = "flowra_theme";

/// Replaces the server's headers by the stricter ones of pages. Browsers name the origin of a form only where they may send a referrer, so
/// pages let them, on this site.
pub(super) struct Policy;

#[async_trait]
impl Handler for Policy {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let headers = res.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
}

/// What the outermost template needs.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    /// For the tab.
    pub(super) title: String,
    /// `dark` or `light`; the system's, when empty.
    pub(super) theme: &'static str,
    /// What forms must bring back.
    pub(super) csrf: String,
}

impl Page {
    /// A page without forms.
    pub(super) fn bare(req: &Request, title: &str) -> Self {
        let theme = match cookie(req, THEME).as_deref() {
            Some("dark") => "dark",
            Some("light") => "light",
            _ => "",
        };
        Self {
            title: title.to_owned(),
            theme,
            csrf: String::new(),
        }
    }

    /// A page for somebody whose forms bring this token back.
    pub(super) fn with_forms(req: &Request, title: &str, csrf: &str) -> Self {
        Self {
            csrf: csrf.to_owned(),
            ..Self::bare(req, title)
        }
    }

    /// A page for a visitor.
    pub(super) fn of(req: &Request, title: &str, visitor: &Visitor) -> Self {
        Self::with_forms(req, title, &visitor.csrf)
    }
}

/// Answers with HTML, which nobody but the reader's browser may keep.
pub(super) fn write_html(res: &mut Response, status: StatusCode, html: String) {
    let headers = res.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    res.status_code(status);
    res.body(ResBody::Once(html.into()));
}
