//! Registering, signing in, refreshing, signing out.

use flowra_core::user::{Register, SignedIn};
use salvo::oapi::{ToSchema, endpoint};
use salvo::{Depot, Request, Router, Writer};
use serde::{Deserialize, Serialize};

use super::caller::{Asker, request_id};
use super::idempotency::{GivenKey, IdempotencyKeys};
use crate::body::UserBody;
use crate::http::envelope::{Created, Data, NoContent};
use crate::http::extract::BodyOrForm;
use crate::http::{ApiError, ServerState, client_address, client_name};

/// The routes for those whom nobody knows yet.
pub(super) fn unknown() -> Router {
    Router::with_path("auth")
        .hoop(IdempotencyKeys::default())
        .push(Router::with_path("register").post(register))
        .push(Router::with_path("login").post(login))
        .push(Router::with_path("refresh").post(refresh))
}

/// The routes for those who have signed in.
pub(super) fn known() -> Router {
    Router::with_path("auth")
        .push(Router::with_path("logout").post(logout))
        .push(Router::with_path("me").get(me))
}

/// A new account.
#[derive(Deserialize, ToSchema)]
struct RegisterRequest {
    /// 1 to 64 of letters a-z, digits, `.`, `_`, `-`; unique without regard to case.
    username: String,
    /// An address that no other account has.
    email: String,
    /// 1 to 100 characters.
    display_name: String,
    /// 8 to 128 characters.
    password: String,
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
struct LoginRequest {
    /// In any case.
    username: String,
    /// Theirs.
    password: String,
}

/// A refresh token that was not used yet.
#[derive(Deserialize, ToSchema)]
struct RefreshRequest {
    /// As it was given.
    refresh_token: String,
}

/// What opens the rest of the API.
#[derive(Serialize, ToSchema)]
struct SignedInBody {
    /// For `Authorization: Bearer …`.
    access_token: String,
    /// Makes new tokens, once.
    refresh_token: String,
    /// How long the access token is good, in seconds.
    expires_in: i64,
    /// Who.
    user: UserBody,
}

impl From<SignedIn> for SignedInBody {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            access_token: signed_in.access_token,
            refresh_token: signed_in.refresh_token,
            expires_in: signed_in.expires_in,
            user: UserBody::private(&signed_in.user),
        }
    }
}

/// Makes an account and signs in; the first account is the system admin
#[endpoint(tags("auth"), status_codes(201))]
async fn register(
    req: &mut Request,
    depot: &mut Depot,
    body: BodyOrForm<RegisterRequest>,
) -> Result<Created<SignedInBody>, ApiError> {
    let state = ServerState::of(depot)?;
    let body = body.0;
    state.limits.login(client_address(req), &body.username).await?;
    let command = Register {
        username: body.username,
        email: body.email,
        display_name: body.display_name,
        password: body.password,
    };
    let policy = state.settings.registration.into();
    let accounts = &state.app.accounts;
    let request = request_id(depot);
    let user = if GivenKey::of(depot).is_some() {
        accounts.register_repeatably(request, policy, command).await?
    } else {
        accounts.register(request, policy, command).await?
    };
    Ok(Created::new(
        state
            .app
            .accounts
            .begin_session(user, client_name(req))
            .await?
            .into(),
    ))
}

/// Signs in with username and password
#[endpoint(tags("auth"), status_codes(200))]
async fn login(
    req: &mut Request,
    depot: &mut Depot,
    body: BodyOrForm<LoginRequest>,
) -> Result<Data<SignedInBody>, ApiError> {
    let state = ServerState::of(depot)?;
    state.limits.login(client_address(req), &body.0.username).await?;
    Ok(Data(
        state
            .app
            .accounts
            .sign_in(&body.0.username, body.0.password, client_name(req))
            .await?
            .into(),
    ))
}

/// Exchanges a refresh token for new tokens; works though the access token has expired
#[endpoint(tags("auth"), status_codes(200))]
async fn refresh(
    depot: &mut Depot,
    body: BodyOrForm<RefreshRequest>,
) -> Result<Data<SignedInBody>, ApiError> {
    let state = ServerState::of(depot)?;
    Ok(Data(
        state
            .app
            .accounts
            .refresh(&body.0.refresh_token, GivenKey::of(depot))
            .await?
            .into(),
    ))
}

/// Signs out: the access token and its refresh family end at once
#[endpoint(tags("auth"), status_codes(204))]
async fn logout(asker: Asker) -> Result<NoContent, ApiError> {
    if let Some(session) = asker.identity.session {
        asker.state.app.accounts.sign_out(session).await?;
    }
    Ok(NoContent)
}

/// Shows who has signed in
#[endpoint(tags("auth"), status_codes(200))]
async fn me(asker: Asker) -> Data<UserBody> {
    Data(UserBody::private(&asker.identity.user))
}
