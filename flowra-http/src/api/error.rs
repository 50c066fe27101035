//! From the core's refusals and failures to what a client reads.

use flowra_core::{Class, Error, PortFailure, Refusal};
use salvo::http::StatusCode;

use crate::http::ApiError;

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Failed(failure) => failure.into(),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let code = refusal.code();
        let error = Self::new(status(code.class()), code.as_str(), refusal.to_string());
        match refusal.field() {
            Some(field) => error.with_field(field),
            None => error,
        }
    }
}

impl From<PortFailure> for ApiError {
    /// Operators read why; clients only learn whether trying again helps.
    fn from(failure: PortFailure) -> Self {
        let cause = std::error::Error::source(&failure).map(ToString::to_string);
        tracing::error!(%failure, cause, "a request failed");
        match failure {
            PortFailure::Unavailable { .. } => Self::unavailable(
                "the server cannot store or read data now: nothing was changed, try again later",
            ),
            PortFailure::Corrupt { .. } => Self::internal(),
        }
    }
}

const fn status(class: Class) -> StatusCode {
    match class {
        Class::Invalid => StatusCode::BAD_REQUEST,
        Class::Unauthenticated => StatusCode::UNAUTHORIZED,
        Class::Forbidden => StatusCode::FORBIDDEN,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::Conflict => StatusCode::CONFLICT,
        Class::Gone => StatusCode::GONE,
        Class::InvalidState => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
