//! Who is at a page: found by the cookie of their session, once a request.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flowra_core::event::Idempotency;
use flowra_core::user::{Identity, SignedIn as Session};
use flowra_core::{Caller, Error, RequestId as CoreRequestId, WorkspaceId};
use salvo::extract::{Extractible, Metadata};
use salvo::http::cookie::time::Duration;
use salvo::http::cookie::{Cookie, SameSite};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::markdown::Tasks;
use super::problem::Problem;
use crate::config::Registration;
use crate::http::{RequestId, ServerState, SignedIn};

/// Keeps the session of who has signed in.
pub(super) const SESSION: &str = "flowra_session";
/// Keeps a secret of who has not, so that their forms are theirs too.
const GUEST: &str = "flowra_guest";
/// How long a session's cookie is kept; the session itself ends no later.
const SESSION_DAYS: i64 = 30;

/// Somebody at a page, known or not.
#[derive(Clone)]
pub(super) struct Visitor {
    /// The server.
    pub(super) state: Arc<ServerState>,
    /// Who, when they have signed in.
    pub(super) identity: Option<Arc<Identity>>,
    /// The request on whose behalf they act.
    pub(super) request: CoreRequestId,
    /// What their forms must bring back.
    pub(super) csrf: String,
}

/// Somebody who has signed in.
#[derive(Clone)]
pub(super) struct Reader {
    /// As the use cases want it.
    pub(super) caller: Caller,
    /// Who.
    pub(super) identity: Arc<Identity>,
    /// The server.
    pub(super) state: Arc<ServerState>,
    /// What their forms must bring back.
    pub(super) csrf: String,
}

/// Finds out who is there; gives strangers a secret of their own.
pub(super) struct KnowVisitor;

#[async_trait]
impl Handler for KnowVisitor {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        match know(req, depot, res).await {
            Ok(visitor) => {
                if let Some(identity) = &visitor.identity {
                    depot.insert_typed(SignedIn(Uuid::from_bytes(*identity.user.id.as_bytes())));
                }
                depot.insert_typed(visitor);
            }
            Err(problem) => {
                problem.render(req, depot, res);
                ctrl.skip_rest();
            }
        }
    }
}

/// Lets only those pass who have signed in. A step of its own, because the framework makes an error of any redirect by an argument.
pub(super) struct KnownOnly;

#[async_trait]
impl Handler for KnownOnly {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let visitor = Visitor::of(depot).cloned();
        if let Err(problem) = visitor.and_then(Reader::try_from) {
            problem.render(req, depot, res);
            ctrl.skip_rest();
        }
    }
}

async fn know(req: &Request, depot: &Depot, res: &mut Response) -> Result<Visitor, Problem> {
    let state = Arc::clone(ServerState::of(depot)?);
    let request = RequestId::of(depot)
        .parse()
        .unwrap_or_else(|_| CoreRequestId::from_bytes(*Uuid::now_v7().as_bytes()));
    let mut identity = None;
    let mut secret = None;
    if let Some(token) = cookie(req, SESSION) {
        match state.app.accounts.keeper(&token).await {
            Ok(known) => (identity, secret) = (Some(Arc::new(known)), Some(token)),
            // A session that is over makes a stranger, who may sign in again.
            Err(Error::Refused(_)) => {}
            Err(failed) => return Err(failed.into()),
        }
    }
    let secret = if let Some(secret) = secret.or_else(|| cookie(req, GUEST)) {
        secret
    } else {
        let secret = state.app.ports.secrets.mint();
        res.add_cookie(kept(&state, GUEST, secret.clone()));
        secret
    };
    Ok(Visitor {
        csrf: csrf(&secret),
        state,
        identity,
        request,
    })
}

impl Reader {
    /// The caller of what is done once, however often the same is asked for with the key that a page came with: pressed twice, or sent again when
    /// the answer was lost. Something else asked for from the same page, gone back to, is another thing.
    pub(super) fn once(&self, key: Option<Uuid>, asked: &[&str]) -> Caller {
        let mut caller = self.caller.clone();
        caller.idempotency = key.map(|key| {
            let fingerprint: [u8; 32] = Sha256::digest(asked.join("\0")).into();
            Idempotency {
                user: caller.user,
                key: format!("{key}:{}", URL_SAFE_NO_PAD.encode(fingerprint)).into(),
                fingerprint,
            }
        });
        caller
    }

    /// What the keys of tasks mean in this workspace's texts.
    ///
    /// # Errors
    /// Not found, for who is no member.
    pub(super) async fn tasks(&self, workspace: WorkspaceId) -> Result<Tasks, Problem> {
        let workspace = self.state.app.workspaces.find(&self.caller, workspace).await?;
        Ok(Tasks::of(&workspace))
    }
}

/// A cookie's value.
pub(super) fn cookie(req: &Request, name: &str) -> Option<String> {
    req.cookie(name).map(|cookie| cookie.value().to_owned())
}

/// A cookie that no script reads and no other site sends along; over TLS only, behind TLS.
pub(super) fn kept(state: &ServerState, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.is_behind_tls())
        .build()
}

/// The token of the forms of who has this secret; it tells nothing of the secret.
fn csrf(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(
        Sha256::new()
            .chain_update("flowra csrf\0")
            .chain_update(secret)
            .finalize(),
    )
}

impl Visitor {
    /// Whether who has no account can make one.
    pub(super) async fn registers(&self) -> Result<bool, Problem> {
        Ok(self.state.settings.registration == Registration::Open || !self.state.app.accounts.any().await?)
    }

    /// The visitor of this request.
    ///
    /// # Errors
    /// An internal error outside the routes of pages.
    pub(super) fn of(depot: &Depot) -> Result<&Self, Problem> {
        depot.get_typed::<Self>().map_err(|_| Problem::internal())
    }

    /// Lets their browser keep a session.
    pub(super) fn begin(&self, session: Session, res: &mut Response) {
        let mut cookie = kept(&self.state, SESSION, session.refresh_token);
        cookie.set_max_age(Duration::days(SESSION_DAYS));
        res.add_cookie(cookie);
    }

    /// Lets their browser forget the session.
    pub(super) fn end(&self, res: &mut Response) {
        let mut cookie = kept(&self.state, SESSION, String::new());
        cookie.set_max_age(Duration::ZERO);
        res.add_cookie(cookie);
    }
}

impl TryFrom<Visitor> for Reader {
    type Error = Problem;

    fn try_from(visitor: Visitor) -> Result<Self, Problem> {
        let identity = visitor.identity.ok_or(Problem::SignIn)?;
        Ok(Self {
            caller: Caller::new(identity.user.id, visitor.request),
            identity,
            state: visitor.state,
            csrf: visitor.csrf,
        })
    }
}

fn no_metadata() -> &'static Metadata {
    static METADATA: Metadata = Metadata::new("");
    &METADATA
}

impl<'ex> Extractible<'ex> for Visitor {
    fn metadata() -> &'static Metadata {
        no_metadata()
    }

    #[expect(
        refining_impl_trait,
        reason = "the handler's error type is part of what this argument promises"
    )]
    async fn extract(_req: &'ex mut Request, depot: &'ex mut Depot) -> Result<Self, Problem> {
        Self::of(depot).cloned()
    }
}

impl<'ex> Extractible<'ex> for Reader {
    fn metadata() -> &'static Metadata {
        no_metadata()
    }

    #[expect(
        refining_impl_trait,
        reason = "the handler's error type is part of what this argument promises"
    )]
    async fn extract(_req: &'ex mut Request, depot: &'ex mut Depot) -> Result<Self, Problem> {
        Visitor::of(depot)?.clone().try_into()
    }
}
