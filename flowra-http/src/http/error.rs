//! The one shape in which a request fails.

use std::borrow::Cow;

use salvo::http::header::{CONTENT_TYPE, HeaderName};
use salvo::http::{HeaderValue, ResBody, StatusCode};
use salvo::oapi::{
    self, BasicType, Components, EndpointOutRegister, Object, Operation, RefOr, Schema, ToSchema,
};
use salvo::{Depot, Request, Response, Writer, async_trait};
use serde::Serialize;

use super::RequestId;

/// A failure as the client sees it: status, machine code, a sentence for people and, for bad input, the field.
///
/// Rendered as `{"success":false,"error":{"code","message","field"?,"request_id"}}`.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    /// An error with a stable `code` and a `message` that names the rule and the way out.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            field: None,
            headers: Vec::new(),
        }
    }

    /// 400 `VALIDATION_ERROR`: the input is not what the contract says.
    #[must_use]
    pub fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
    }

    /// 404 `NOT_FOUND`: absent, or the caller may not know that it exists.
    #[must_use]
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// 500 `INTERNAL`: a fault of the server, whose details are in its log under the request's id only.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "the server failed; its log has the details under this request id",
        )
    }

    /// 503 `UNAVAILABLE`: something the server needs does not work now; trying again later may help.
    #[must_use]
    pub fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message)
    }

    /// Names the field that is wrong, dotted and indexed as in the JSON: `labels[2]`.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds a header to the answer, replacing one of the same name.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The status it is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The machine code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The field that is wrong, if it is one field.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Adds its own headers to an answer.
    pub(crate) fn write_headers(&self, res: &mut Response) {
        for (name, value) in &self.headers {
            res.headers_mut().insert(name, value.clone());
        }
    }

    /// Makes `res` this error, in place of whatever it held.
    pub fn render(self, depot: &Depot, res: &mut Response) {
        let body = Failure {
            success: false,
            error: Detail {
                code: self.code,
                message: &self.message,
                field: self.field.as_deref(),
                request_id: RequestId::of(depot),
            },
        };
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        self.write_headers(res);
        res.headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        res.status_code(self.status);
        res.body(ResBody::Once(bytes.into()));
    }
}

#[async_trait]
impl Writer for ApiError {
    async fn write(self, _req: &mut Request, depot: &mut Depot, res: &mut Response) {
        self.render(depot, res);
    }
}

#[derive(Serialize)]
struct Failure<'a> {
    success: bool,
    error: Detail<'a>,
}

#[derive(Serialize)]
struct Detail<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    request_id: &'a str,
}

impl ToSchema for ApiError {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        let text = || Object::with_type(BasicType::String);
        let detail = Object::new()
            .property("code", text().description("what went wrong, for programs"))
            .property("message", text().description("what went wrong, for people"))
            .property(
                "field",
                text().description("the field that is wrong, if it is one field"),
            )
            .property(
                "request_id",
                text().description("the id under which the server's log has this request"),
            )
            .required("code")
            .required("message")
            .required("request_id");
        let failure = Object::new()
            .property(
                "success",
                Object::with_type(BasicType::Boolean).enum_values([false]),
            )
            .property("error", detail)
            .required("success")
            .required("error");
        components.schemas.insert("Error", Schema::from(failure));
        oapi::Ref::from_schema_name("Error").into()
    }
}

impl EndpointOutRegister for ApiError {
    fn register(components: &mut Components, operation: &mut Operation) {
        let schema = Self::to_schema(components);
        operation.responses.insert(
            "default",
            oapi::Response::new("Why the request failed").add_content("application/json", schema),
        );
    }
}
