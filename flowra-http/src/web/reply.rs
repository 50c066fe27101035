//! How a page answers.

use askama::Template;
use salvo::http::StatusCode;
use salvo::{Depot, Request, Response, Writer, async_trait};

use super::page::write_html;
use super::problem::{Problem, redirect};

/// What a handler of a page answers.
#[derive(Debug)]
pub(super) enum Reply {
    /// This HTML, with this status.
    Html(StatusCode, String),
    /// The browser is to go there.
    To(String),
}

impl Reply {
    /// A page, or a part of one.
    pub(super) fn page(template: &impl Template) -> Result<Self, Problem> {
        Ok(Self::Html(StatusCode::OK, template.render()?))
    }

    /// A form again, with what is wrong in it.
    pub(super) fn refused(template: &impl Template) -> Result<Self, Problem> {
        Ok(Self::Html(StatusCode::UNPROCESSABLE_ENTITY, template.render()?))
    }

    /// Elsewhere.
    pub(super) fn to(path: impl Into<String>) -> Self {
        Self::To(path.into())
    }
}

#[async_trait]
impl Writer for Reply {
    async fn write(self, req: &mut Request, _depot: &mut Depot, res: &mut Response) {
        match self {
            Self::Html(status, html) => write_html(res, status, html),
            Self::To(path) => redirect(req, res, &path),
        }
    }
}

/// Whether only a part of a page is wanted.
pub(super) fn wants_part(req: &Request) -> bool {
    req.headers().contains_key("hx-request") && !req.headers().contains_key("hx-boosted")
}

/// A path on this site to go on to; the start for anything else, which would lead people away.
pub(super) fn onward(next: Option<&str>) -> String {
    let is_here = |next: &&str| next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    next.filter(is_here).unwrap_or("/").to_owned()
}
