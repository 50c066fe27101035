//! What handlers take from a request, with errors that name the field.
//!
//! An argument of one of these types of an `#[endpoint]` function is read before the function runs, described in the OpenAPI document,
//! and answered with an [`ApiError`] when it is wrong. Structures must not use `#[serde(flatten)]` in a query or form: numbers would
//! arrive as text; take two arguments instead.

use std::error::Error;

use salvo::extract::{Extractible, Metadata};
use salvo::http::StatusCode;
use salvo::http::header::CONTENT_TYPE;
use salvo::oapi::{
    Components, Content, EndpointArgRegister, Operation, Parameter, ParameterIn, RequestBody, Required,
    ToParameters, ToSchema,
};
use salvo::{Depot, Request};
use serde::de::DeserializeOwned;

use super::{ApiError, body};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A JSON body or the same fields as a form, as the web pages post them.
#[derive(Debug)]
pub struct BodyOrForm<T>(pub T);

/// The query string.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// The part of the path that has the argument's name.
#[derive(Debug)]
pub struct Path<T>(pub T);

/// Reads a JSON body.
///
/// # Errors
/// 415 unless the content type is JSON, 413 when too large, 400 when malformed or not of the type `T`, naming the field.
pub async fn json_body<T: DeserializeOwned>(req: &mut Request) -> Result<T, ApiError> {
    match content_type(req) {
        Some(JSON) => from_json("the body", &body::bytes(req).await?),
        _ => Err(wrong_content_type(JSON)),
    }
}

/// Reads a JSON body or a form with the same fields, by content type.
///
/// # Errors
/// As [`json_body`].
pub async fn json_or_form_body<T: DeserializeOwned>(req: &mut Request) -> Result<T, ApiError> {
    match content_type(req) {
        Some(JSON) => from_json("the body", &body::bytes(req).await?),
        Some(FORM) => from_form(&body::bytes(req).await?),
        _ => Err(wrong_content_type(
            "application/json or application/x-www-form-urlencoded",
        )),
    }
}

/// Reads the query string.
///
/// # Errors
/// 400 naming the parameter.
pub fn query<T: DeserializeOwned>(req: &Request) -> Result<T, ApiError> {
    from_form(req.uri().query().unwrap_or_default().as_bytes())
}

/// Reads the part of the path called `name`.
///
/// # Errors
/// 400 naming the part, also when the route has none of that name.
pub fn path<T: DeserializeOwned>(req: &Request, name: &str) -> Result<T, ApiError> {
    let text = req.params().get(name).map(String::as_str).unwrap_or_default();
    let value = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text);
    T::deserialize(value).map_err(|error| invalid(name, &error.to_string()))
}

/// The content type without its parameters, if it is one of those that routes take.
fn content_type(req: &Request) -> Option<&'static str> {
    let value = req.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default().trim();
    [JSON, FORM]
        .into_iter()
        .find(|known| essence.eq_ignore_ascii_case(known))
}

fn wrong_content_type(expected: &str) -> ApiError {
    ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "UNSUPPORTED_MEDIA_TYPE",
        format!("the content type must be {expected}"),
    )
}

/// Parses once without bookkeeping, and again with it only to find the field of an error. A list is refused: serde would take its items for
/// the fields, in an order that no client can know. `what` is what errors call the whole.
pub(crate) fn from_json<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, ApiError> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        return Err(ApiError::validation(format!(
            "{what} must be a JSON object, not a list"
        )));
    }
    let error = match serde_json::from_slice(bytes) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if !error.is_data() {
        return Err(ApiError::validation(format!("{what} is not valid JSON: {error}")));
    }
    if first != Some(&b'{') {
        return Err(ApiError::validation(format!("{what} must be a JSON object")));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(located) => Err(invalid_at(what, located.path(), located.inner())),
        Ok(_) => Err(ApiError::validation(error.to_string())),
    }
}

fn from_form<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let form = serde_urlencoded::Deserializer::new(form_urlencoded::parse(bytes));
    serde_path_to_error::deserialize(form)
        .map_err(|located| invalid_at("the body", located.path(), located.inner()))
}

fn invalid_at(what: &str, path: &serde_path_to_error::Path, error: &dyn Error) -> ApiError {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    let parent = path.to_string();
    let parent = if parent == "." { "" } else { &parent };
    // Serde reports a field that is absent or there twice at the structure that should hold it.
    let quoted = |before: &str| reason.strip_prefix(before)?.strip_suffix('`');
    let below = |name: &str| match parent {
        "" => name.to_owned(),
        _ => format!("{parent}.{name}"),
    };
    let (field, fault) = match (quoted("missing field `"), quoted("duplicate field `")) {
        (Some(name), _) => (below(name), "is missing"),
        (None, Some(name)) => (below(name), "is given more than once"),
        (None, None) if parent.is_empty() => {
            return ApiError::validation(format!("{what} is not as expected: {reason}"));
        }
        (None, None) => return invalid(parent, reason),
    };
    ApiError::validation(format!("{field} {fault}")).with_field(field)
}

fn invalid(field: &str, reason: &str) -> ApiError {
    // As the standard library says it of a number in a query, which helps nobody.
    let reason = match reason {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "it must be a whole number, not negative, in digits only"
        }
        other => other,
    };
    ApiError::validation(format!("{field} is not valid: {reason}")).with_field(field.to_owned())
}

/// Arguments are read as a whole, so there is nothing to say about their parts.
fn no_metadata() -> &'static Metadata {
    static METADATA: Metadata = Metadata::new("");
    &METADATA
}

impl<'ex, T: DeserializeOwned + Send> Extractible<'ex> for Body<T> {
    fn metadata() -> &'static Metadata {
        no_metadata()
    }

    #[expect(
        refining_impl_trait,
        reason = "the handler's error type is part of what this argument promises"
    )]
    async fn extract(req: &'ex mut Request, _depot: &'ex mut Depot) -> Result<Self, ApiError> {
        json_body(req).await.map(Self)
    }
}

impl<'ex, T: DeserializeOwned + Send> Extractible<'ex> for BodyOrForm<T> {
    fn metadata() -> &'static Metadata {
        no_metadata()
    }

    #[expect(
        refining_impl_trait,
        reason = "the handler's error type is part of what this argument promises"
    )]
    async fn extract(req: &'ex mut Request, _depot: &'ex mut Depot) -> Result<Self, ApiError> {
        json_or_form_body(req).await.map(Self)
    }
}

impl<'ex, T: DeserializeOwned + Send> Extractible<'ex> for Query<T> {
    fn metadata() -> &'static Metadata {
        no_metadata()
    }

    #[expect(
        refining_impl_trait,
        reason = "the handler's error type is part of what this argument promises"
    )]
    async fn extract(req: &'ex mut Request, _depot: &'ex mut Depot) -> Result<Self, ApiError> {
        query(req).map(Self)
    }
}

impl<'ex, T: DeserializeOwned + Send> Extractible<'ex> for Path<T> {
    fn metadata() -> &'static Metadata {
        no_metadata()
    }

    #[expect(
        refining_impl_trait,
        reason = "the handler's error type is part of what this argument promises"
    )]
    async fn extract(_req: &'ex mut Request, _depot: &'ex mut Depot) -> Result<Self, ApiError> {
        Err(ApiError::internal())
    }

    #[expect(
        refining_impl_trait,
        reason = "the handler's error type is part of what this argument promises"
    )]
    async fn extract_with_arg(
        req: &'ex mut Request,
        _depot: &'ex mut Depot,
        arg: &str,
    ) -> Result<Self, ApiError> {
        path(req, arg).map(Self)
    }
}

fn describe_body<T: ToSchema>(
    components: &mut Components,
    operation: &mut Operation,
    content_types: &[&str],
) {
    let schema = T::to_schema(components);
    let body = content_types.iter().fold(
        RequestBody::new().required(Required::True),
        |body, content_type| body.add_content(*content_type, Content::new(schema.clone())),
    );
    operation.request_body = Some(body);
}

impl<T: ToSchema> EndpointArgRegister for Body<T> {
    fn register(components: &mut Components, operation: &mut Operation, _arg: &str) {
        describe_body::<T>(components, operation, &[JSON]);
    }
}

impl<T: ToSchema> EndpointArgRegister for BodyOrForm<T> {
    fn register(components: &mut Components, operation: &mut Operation, _arg: &str) {
        describe_body::<T>(components, operation, &[JSON, FORM]);
    }
}

impl<T: for<'de> ToParameters<'de>> EndpointArgRegister for Query<T> {
    fn register(components: &mut Components, operation: &mut Operation, _arg: &str) {
        for parameter in T::to_parameters(components) {
            operation.parameters.insert(parameter);
        }
    }
}

impl<T: ToSchema> EndpointArgRegister for Path<T> {
    fn register(components: &mut Components, operation: &mut Operation, arg: &str) {
        let parameter = Parameter::new(arg)
            .location(ParameterIn::Path)
            .required(Required::True)
            .schema(T::to_schema(components));
        operation.parameters.insert(parameter);
    }
}
