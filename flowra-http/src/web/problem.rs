//! How a page fails: in words for a person, the same everywhere.

use askama::Template;
use flowra_core::{Class, Error, PortFailure};
use salvo::http::header::{ACCEPT, HeaderName, LOCATION};
use salvo::http::uri::{PathAndQuery, Uri};
use salvo::http::{HeaderValue, Method, StatusCode};
use salvo::{Depot, Request, Response, Writer, async_trait};

use super::page::{Page, write_html};
use super::reply::{onward, wants_part};
use crate::http::{ApiError, RequestId};

/// Why there is no page.
#[derive(Debug)]
pub enum Problem {
    /// Nobody has signed in; they are taken to where they can.
    SignIn,
    /// Anything else, as the API would say it.
    Failed(ApiError),
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    page: Page,
    title: &'a str,
    message: &'a str,
    request: Option<&'a str>,
}

impl Problem {
    /// A fault of the server.
    #[must_use]
    pub fn internal() -> Self {
        ApiError::internal().into()
    }

    /// What was posted did not come from a page that the visitor has open now.
    #[must_use]
    pub(super) fn stale() -> Self {
        Self::Failed(ApiError::new(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "this page was opened in another session, or comes from another site: go back, reload it, and try again",
        ))
    }

    /// Answers with it.
    pub fn render(self, req: &Request, depot: &Depot, res: &mut Response) {
        match self {
            Self::SignIn => {
                let came_to = came_to(req);
                let next: String = form_urlencoded::byte_serialize(came_to.as_bytes()).collect();
                redirect(req, res, &format!("/sign-in?next={next}"));
            }
            Self::Failed(error) => {
                let status = error.status();
                let request = status.is_server_error().then(|| RequestId::of(depot));
                let page = ProblemPage {
                    page: Page::bare(req, title(status)),
                    title: title(status),
                    message: &sentence(&error),
                    request,
                };
                let html = page.render().unwrap_or_else(|_| title(status).to_owned());
                write_html(res, status, html);
                error.write_headers(res);
            }
        }
    }
}

/// The page that the browser shows or is about to show; a part of a page is none that one could come back to.
fn came_to(req: &Request) -> String {
    if let Some(shown) = req.headers().get("hx-current-url") {
        let shown = shown.to_str().ok().and_then(|shown| shown.parse::<Uri>().ok());
        return onward(
            shown
                .as_ref()
                .and_then(Uri::path_and_query)
                .map(PathAndQuery::as_str),
        );
    }
    let is_page = req.method() == Method::GET && !wants_part(req);
    onward(
        req.uri()
            .path_and_query()
            .filter(|_| is_page)
            .map(PathAndQuery::as_str),
    )
}

/// Sends the browser elsewhere; HTMX hears of it in its own way.
pub(super) fn redirect(req: &Request, res: &mut Response, to: &str) {
    let Ok(to) = HeaderValue::from_str(to) else {
        res.status_code(StatusCode::NOT_FOUND);
        return;
    };
    if req.headers().contains_key("hx-request") {
        res.headers_mut()
            .insert(HeaderName::from_static("hx-redirect"), to);
        res.status_code(StatusCode::NO_CONTENT);
    } else {
        res.headers_mut().insert(LOCATION, to);
        res.status_code(StatusCode::SEE_OTHER);
    }
}

/// Answers with an error, as a page or in the envelope of the API, as whoever asks will read it.
pub fn render(error: ApiError, req: &Request, depot: &Depot, res: &mut Response) {
    if wants_page(req) || wants_part(req) {
        Problem::from(error).render(req, depot, res);
    } else {
        error.render(depot, res);
    }
}

/// Whether this is a person's browser that looks for a page, rather than a program.
#[must_use]
pub fn wants_page(req: &Request) -> bool {
    let is_page = !req.uri().path().starts_with("/api/") && !req.uri().path().starts_with("/assets/");
    let accepts = req.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    is_page && accepts.is_some_and(|accept| accept.contains("text/html"))
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => "There is nothing here",
        StatusCode::FORBIDDEN => "This is not yours to do",
        StatusCode::TOO_MANY_REQUESTS => "A little slower, please",
        StatusCode::SERVICE_UNAVAILABLE => "Flowra cannot answer right now",
        status if status.is_server_error() => "Something broke on our side",
        _ => "That did not work",
    }
}

/// The core speaks in fragments; people read sentences.
pub(super) fn sentence(error: &ApiError) -> String {
    // A message begins with the name of the field that it is about.
    let field = error.field().unwrap_or_default();
    let text = match error.message().strip_prefix(field) {
        Some(rest) => field.replace('_', " ") + rest,
        None => error.message().to_owned(),
    };
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// What is wrong with a form, to be shown at the field; nothing at all when it was not filled in yet.
#[derive(Debug, Default)]
pub(super) struct Complaint {
    /// The field; empty when it is the form as a whole.
    field: String,
    /// What to do.
    pub(super) message: String,
}

impl Complaint {
    /// What a person can mend, as a complaint.
    ///
    /// # Errors
    /// What they cannot: a page of its own.
    pub(super) fn about(error: Error) -> Result<Self, Problem> {
        match &error {
            Error::Refused(refusal)
                if matches!(
                    refusal.code().class(),
                    Class::Invalid
                        | Class::Conflict
                        | Class::InvalidState
                        | Class::Unauthenticated
                        | Class::Gone
                ) =>
            {
                Ok(Self::from(&ApiError::from(error)))
            }
            Error::Refused(_) | Error::Failed(_) => Err(error.into()),
        }
    }

    /// What is wrong with what a form asks for twice, which only the form itself knows.
    pub(super) fn at_field(field: &str, message: String) -> Self {
        Self {
            field: field.to_owned(),
            message,
        }
    }

    /// The message for this field.
    pub(super) fn at(&self, field: &str) -> Option<&str> {
        (!self.message.is_empty() && self.field == field).then_some(self.message.as_str())
    }

    /// The message when it is about none of these fields.
    pub(super) fn besides(&self, fields: &[&str]) -> Option<&str> {
        (!self.message.is_empty() && !fields.contains(&self.field.as_str())).then_some(self.message.as_str())
    }
}

impl From<&ApiError> for Complaint {
    fn from(error: &ApiError) -> Self {
        Self {
            field: error.field().unwrap_or_default().to_owned(),
            message: sentence(error),
        }
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<PortFailure> for Problem {
    fn from(failure: PortFailure) -> Self {
        Self::Failed(failure.into())
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a template failed");
        Self::internal()
    }
}

#[async_trait]
impl Writer for Problem {
    async fn write(self, req: &mut Request, depot: &mut Depot, res: &mut Response) {
        self.render(req, depot, res);
    }
}
