//! The shapes in which a request succeeds.
//!
//! Each is both the body that is sent and its description in the OpenAPI document, so that the two cannot differ.

use salvo::http::header::CONTENT_TYPE;
use salvo::http::{HeaderValue, ResBody, StatusCode};
use salvo::oapi::{
    self, Array, BasicType, Components, EndpointOutRegister, Object, Operation, RefOr, Schema, ToSchema,
};
use salvo::{Depot, Request, Response, Writer, async_trait};
use serde::Serialize;

use super::ApiError;

/// 200 with `{"success":true,"data":…}`.
#[derive(Debug)]
pub struct Data<T>(pub T);

/// 201 with `{"success":true,"data":…}`, or 200 when what was to be made was there already.
///
/// An endpoint that always makes says so with `status_codes(201)`.
#[derive(Debug)]
pub struct Created<T> {
    body: T,
    is_new: bool,
}

impl<T> Created<T> {
    /// It was made.
    pub const fn new(body: T) -> Self {
        Self { body, is_new: true }
    }

    /// It was there.
    pub const fn existing(body: T) -> Self {
        Self { body, is_new: false }
    }
}

/// 200 with `{"success":true,"data":[…],"next_cursor"?,"has_more"}`: one page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Where the next page begins; absent at the end.
    pub next_cursor: Option<String>,
}

/// 204 without a body.
#[derive(Debug)]
pub struct NoContent;

#[derive(Serialize)]
struct Envelope<'a, T> {
    success: bool,
    data: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_more: Option<bool>,
}

/// How a list goes on.
struct Paging<'a> {
    next_cursor: Option<&'a str>,
}

/// Sends `data` in its envelope; a value that cannot be written as JSON is a bug and answered as one.
fn send<T: Serialize>(
    status: StatusCode,
    data: &T,
    paging: Option<Paging<'_>>,
    depot: &Depot,
    res: &mut Response,
) {
    let envelope = Envelope {
        success: true,
        data,
        next_cursor: paging.as_ref().and_then(|paging| paging.next_cursor),
        has_more: paging.map(|paging| paging.next_cursor.is_some()),
    };
    // Most answers fit without growing.
    let mut bytes = Vec::with_capacity(1024);
    match serde_json::to_writer(&mut bytes, &envelope) {
        Ok(()) => {
            res.headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            res.status_code(status);
            res.body(ResBody::Once(bytes.into()));
        }
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written as JSON");
            ApiError::internal().render(depot, res);
        }
    }
}

#[async_trait]
impl<T: Serialize + Send + Sync> Writer for Data<T> {
    async fn write(self, _req: &mut Request, depot: &mut Depot, res: &mut Response) {
        send(StatusCode::OK, &self.0, None, depot, res);
    }
}

#[async_trait]
impl<T: Serialize + Send + Sync> Writer for Created<T> {
    async fn write(self, _req: &mut Request, depot: &mut Depot, res: &mut Response) {
        let status = if self.is_new {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        send(status, &self.body, None, depot, res);
    }
}

#[async_trait]
impl<T: Serialize + Send + Sync> Writer for Page<T> {
    async fn write(self, _req: &mut Request, depot: &mut Depot, res: &mut Response) {
        let next_cursor = self.next_cursor.as_deref();
        let paging = Paging { next_cursor };
        send(StatusCode::OK, &self.items, Some(paging), depot, res);
    }
}

#[async_trait]
impl Writer for NoContent {
    async fn write(self, _req: &mut Request, _depot: &mut Depot, res: &mut Response) {
        res.status_code(StatusCode::NO_CONTENT);
    }
}

fn describe(operation: &mut Operation, status: &str, summary: &str, body: Object) {
    let response =
        oapi::Response::new(summary).add_content("application/json", RefOr::Type(Schema::from(body)));
    operation.responses.insert(status, response);
}

fn success() -> Object {
    Object::new()
        .property(
            "success",
            Object::with_type(BasicType::Boolean).enum_values([true]),
        )
        .required("success")
        .required("data")
}

impl<T: ToSchema> EndpointOutRegister for Data<T> {
    fn register(components: &mut Components, operation: &mut Operation) {
        describe(
            operation,
            "200",
            "Done",
            success().property("data", T::to_schema(components)),
        );
    }
}

impl<T: ToSchema> EndpointOutRegister for Created<T> {
    fn register(components: &mut Components, operation: &mut Operation) {
        describe(
            operation,
            "201",
            "Made",
            success().property("data", T::to_schema(components)),
        );
        describe(
            operation,
            "200",
            "Was there already",
            success().property("data", T::to_schema(components)),
        );
    }
}

impl<T: ToSchema> EndpointOutRegister for Page<T> {
    fn register(components: &mut Components, operation: &mut Operation) {
        let body = success()
            .property("data", Array::new().items(T::to_schema(components)))
            .property(
                "next_cursor",
                Object::with_type(BasicType::String)
                    .description("where the next page begins; absent at the end"),
            )
            .property("has_more", Object::with_type(BasicType::Boolean))
            .required("has_more");
        describe(operation, "200", "One page", body);
    }
}

impl EndpointOutRegister for NoContent {
    fn register(_components: &mut Components, operation: &mut Operation) {
        operation
            .responses
            .insert("204", oapi::Response::new("Done, nothing to say"));
    }
}
