//! Small things that many endpoints take: ids in paths, `If-Match`, and fields where `null` means something.

use flowra_core::Id;
use flowra_core::event::Version;
use salvo::extract::{Extractible, Metadata};
use salvo::http::header::IF_MATCH;
use salvo::oapi::{
    BasicType, Components, EndpointArgRegister, KnownFormat, Object, Operation, Parameter, ParameterIn,
    Required, SchemaFormat,
};
use salvo::{Depot, Request};
use serde::{Deserialize, Deserializer};

use crate::http::ApiError;
use crate::http::extract::path;

/// Arguments are read as a whole, so there is nothing to say about their parts.
fn no_metadata() -> &'static Metadata {
    static METADATA: Metadata = Metadata::new("");
    &METADATA
}

/// The id in the part of the path that has the argument's name.
#[derive(Debug)]
pub(super) struct At<K: ?Sized>(pub(super) Id<K>);

impl<K: ?Sized> Clone for At<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: ?Sized> Copy for At<K> {}

impl<'ex, K: ?Sized> Extractible<'ex> for At<K> {
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

impl<K: ?Sized> EndpointArgRegister for At<K> {
    fn register(_components: &mut Components, operation: &mut Operation, arg: &str) {
        let uuid = Object::with_type(BasicType::String).format(SchemaFormat::KnownFormat(KnownFormat::Uuid));
        let parameter = Parameter::new(arg)
            .location(ParameterIn::Path)
            .required(Required::True)
            .schema(uuid);
        operation.parameters.insert(parameter);
    }
}

/// The version in `If-Match`, when the client wants to change that version only.
#[derive(Clone, Copy, Debug)]
pub(super) struct IfMatch(pub(super) Option<Version>);

impl<'ex> Extractible<'ex> for IfMatch {
    fn metadata() -> &'static Metadata {
        no_metadata()
    }

    #[expect(
        refining_impl_trait,
        reason = "the handler's error type is part of what this argument promises"
    )]
    async fn extract(req: &'ex mut Request, _depot: &'ex mut Depot) -> Result<Self, ApiError> {
        let Some(value) = req.headers().get(IF_MATCH) else {
            return Ok(Self(None));
        };
        let bad = || {
            ApiError::validation("If-Match must be the version in quotes, such as \"3\"")
                .with_field("If-Match")
        };
        let text = value.to_str().map_err(|_| bad())?.trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let number = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .ok_or_else(bad)?;
        number
            .parse()
            .map(|events| Self(Some(Version::new(events))))
            .map_err(|_| bad())
    }
}

impl EndpointArgRegister for IfMatch {
    fn register(_components: &mut Components, operation: &mut Operation, _arg: &str) {
        let parameter = Parameter::new("If-Match")
            .location(ParameterIn::Header)
            .required(Required::False)
            .description("the version, in quotes, that is to be changed; 409 when there is a newer one")
            .schema(Object::with_type(BasicType::String));
        operation.parameters.insert(parameter);
    }
}

/// For fields that must be there and may be `null`, which clears.
pub(super) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}
