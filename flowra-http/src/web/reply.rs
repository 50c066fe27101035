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

/// A path on this site to go on to; the start for anything else, which would lead people away. Browsers leave tabs and line ends out of addresses, so
/// only what can be seen may be in one.
pub(super) fn onward(next: Option<&str>) -> String {
    let is_seen = |next: &str| next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_here = |next: &&str| next.starts_with('/') && !next.starts_with("//") && is_seen(next);
    next.filter(is_here).unwrap_or("/").to_owned()
}

/// What was written in a form, with the line ends that everything else has: browsers send two characters for each.
pub(super) fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_away_from_this_site() {
        let paths = ["/w/1/tasks?status=Done&text=a%20b", "/c/2?at=3#m-3", "/"];
        for path in paths {
            assert_eq!(onward(Some(path)), path);
        }
        let elsewhere = [
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example",
            "evil",
            "/a b",
            "/ä",
            "",
        ];
        for path in elsewhere {
            assert_eq!(onward(Some(path)), "/", "{path:?}");
        }
    }
}
