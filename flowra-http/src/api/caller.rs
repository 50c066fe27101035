//! Who asks: proven once a request, before its rate is counted.

use std::sync::Arc;

use flowra_core::event::Idempotency;
use flowra_core::user::{Identity, Scope, Scopes, UserRefusal};
use flowra_core::{Caller, Error, RequestId as CoreRequestId};
use salvo::extract::{Extractible, Metadata};
use salvo::http::HeaderValue;
use salvo::http::Method;
use salvo::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use salvo::oapi::{Components, EndpointArgRegister, EndpointOutRegister, Operation, SecurityRequirement};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use uuid::Uuid;

use crate::http::openapi::BEARER;
use crate::http::{ApiError, RequestId, ServerState, SignedIn, before_catching_up};

/// Finds out who asks; refuses nobody yet, so that even those who are refused later are counted first.
pub(super) struct Identify;

/// What [`Identify`] found.
enum Found {
    Known(Arc<Identity>),
    Refused(ApiError),
}

#[async_trait]
impl Handler for Identify {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, _res: &mut Response, _ctrl: &mut FlowCtrl) {
        let Some(token) = bearer(req) else { return };
        let Ok(state) = ServerState::of(depot) else { return };
        let authenticate = || state.app.accounts.authenticate(token);
        match before_catching_up(state, authenticate).await {
            Ok(identity) => {
                depot.insert_typed(SignedIn(Uuid::from_bytes(*identity.user.id.as_bytes())));
                depot.insert_typed(Found::Known(Arc::new(identity)));
            }
            Err(error) => {
                depot.insert_typed(Found::Refused(error.into()));
            }
        }
    }
}

/// The bearer token of a request. Tokens are never read from a URL, where logs and histories would keep them.
pub(super) fn bearer(req: &Request) -> Option<&str> {
    let (scheme, token) = req.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Lets only known people pass, with a token that allows the method: `read` to look, `write` to change.
pub(super) struct RequireIdentity;

#[async_trait]
impl Handler for RequireIdentity {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let scope = if matches!(*req.method(), Method::GET | Method::HEAD) {
            Scope::Read
        } else {
            Scope::Write
        };
        if let Err(error) = admit(depot, scope) {
            error.render(depot, res);
            ctrl.skip_rest();
        }
    }
}

/// Lets only those pass whose token may administer.
pub(super) struct RequireAdminScope;

#[async_trait]
impl Handler for RequireAdminScope {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let looks = matches!(*req.method(), Method::GET | Method::HEAD);
        if let Err(error) = admit(depot, if looks { Scope::Read } else { Scope::Admin }) {
            error.render(depot, res);
            ctrl.skip_rest();
        }
    }
}

fn admit(depot: &mut Depot, scope: Scope) -> Result<(), ApiError> {
    let identity = identity(depot)?;
    if identity.scopes.allow(scope) {
        Ok(())
    } else {
        Err(Error::from(UserRefusal::ScopeMissing).into())
    }
}

/// What the credential of this request allows; nothing before anybody is known.
pub(super) fn scopes(depot: &Depot) -> Option<Scopes> {
    match depot.get_typed::<Found>() {
        Ok(Found::Known(identity)) => Some(identity.scopes),
        Ok(Found::Refused(_)) | Err(_) => None,
    }
}

fn identity(depot: &mut Depot) -> Result<Arc<Identity>, ApiError> {
    match depot.get_typed::<Found>() {
        Ok(Found::Known(identity)) => return Ok(Arc::clone(identity)),
        Ok(Found::Refused(_)) => {}
        Err(_) => return Err(challenge(Error::from(UserRefusal::BadToken).into())),
    }
    match depot.remove_typed::<Found>() {
        Ok(Found::Refused(error)) => Err(challenge(error)),
        Ok(Found::Known(_)) | Err(_) => Err(ApiError::internal()),
    }
}

fn challenge(error: ApiError) -> ApiError {
    error.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// Somebody known, with the request on whose behalf they act.
#[derive(Clone)]
pub(super) struct Asker {
    /// As the use cases want it.
    pub(super) caller: Caller,
    /// How they proved who they are.
    pub(super) identity: Arc<Identity>,
    /// The server.
    pub(super) state: Arc<ServerState>,
}

impl<'ex> Extractible<'ex> for Asker {
    fn metadata() -> &'static Metadata {
        static METADATA: Metadata = Metadata::new("");
        &METADATA
    }

    #[expect(
        refining_impl_trait,
        reason = "the handler's error type is part of what this argument promises"
    )]
    async fn extract(_req: &'ex mut Request, depot: &'ex mut Depot) -> Result<Self, ApiError> {
        let identity = identity(depot)?;
        let caller = Caller {
            user: identity.user.id,
            request: request_id(depot),
            idempotency: depot.get_typed::<Idempotency>().ok().cloned(),
        };
        Ok(Self {
            caller,
            identity,
            state: Arc::clone(ServerState::of(depot)?),
        })
    }
}

impl EndpointArgRegister for Asker {
    fn register(components: &mut Components, operation: &mut Operation, _arg: &str) {
        let bearer = SecurityRequirement::new(BEARER, Vec::<String>::new());
        operation.securities.get_or_insert_with(Vec::new).push(bearer);
        ApiError::register(components, operation);
    }
}

/// The request's id as events bear it: the client's, when it is a UUID, else one of our own.
pub(super) fn request_id(depot: &Depot) -> CoreRequestId {
    RequestId::of(depot)
        .parse()
        .unwrap_or_else(|_| CoreRequestId::from_bytes(*Uuid::now_v7().as_bytes()))
}
