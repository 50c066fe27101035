//! The WebSocket's place among the endpoints, and how it learns who is there.

use std::sync::{Arc, OnceLock};

use flowra_core::user::{Scope, UserRefusal};
use flowra_core::{App, BoxFuture, Error};
use salvo::oapi::endpoint;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router, async_trait};

use crate::feed::Live;
use crate::http::{ApiError, ServerState};
use crate::ws::{Authenticator, Identity, LiveSocket, Options};

/// `GET /ws`. It stands outside the chain of known callers: its client may say who it is in the first frame.
pub(super) fn router() -> Router {
    Router::with_path("ws").hoop(Door::default()).get(connect)
}

/// Opens the live feed: a WebSocket whose frames are JSON
///
/// The bearer token may also come as the first frame, `{"type":"auth","token":…}`; it is never read from the URL.
#[endpoint(
    tags("live"),
    security(("bearer" = [])),
    responses((status_code = 101, description = "The connection is a WebSocket from now on"))
)]
async fn connect(req: &mut Request, depot: &mut Depot, res: &mut Response) -> Result<(), ApiError> {
    let socket = depot
        .get_typed::<LiveSocket>()
        .map_err(|_| ApiError::internal())?;
    socket.open(req, res).await
}

/// Finds the socket of the server that the request came to; made at the first one, so that routes need no server to be described.
#[derive(Default)]
struct Door(OnceLock<LiveSocket>);

#[async_trait]
impl Handler for Door {
    async fn handle(&self, _req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let state = match ServerState::of(depot) {
            Ok(state) => Arc::clone(state),
            Err(error) => {
                error.render(depot, res);
                ctrl.skip_rest();
                return;
            }
        };
        let socket = self.0.get_or_init(|| {
            let live = Live::new(Arc::clone(&state.hub), state.app.clone());
            let options = Options {
                limits: Arc::clone(&state.limits),
                ..Options::default()
            };
            LiveSocket::new(live, Arc::new(Tokens(state.app.clone())), options)
        });
        depot.insert_typed(socket.clone());
    }
}

/// Knows tokens as the rest of the API does.
struct Tokens(App);

impl Authenticator for Tokens {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Error>> {
        Box::pin(async move {
            let known = self.0.accounts.authenticate(token).await?;
            if !known.scopes.allow(Scope::Read) {
                return Err(UserRefusal::ScopeMissing.into());
            }
            Ok(Identity {
                user: known.user.id,
                session: known.session,
                token: known.token,
                expires_at: known.expires_at,
                may_write: known.scopes.allow(Scope::Write),
            })
        })
    }
}
