//! Keeps other sites from acting in the name of who visits them.

use salvo::http::Method;
use salvo::http::header::{HOST, HeaderName, ORIGIN};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use subtle::ConstantTimeEq;

use super::problem::Problem;
use super::visitor::{SESSION, Visitor, cookie};
use crate::http::{ServerState, bytes};

const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

/// Lets what changes anything pass only from a page of this server that has the visitor's token.
pub(super) struct Guard;

#[async_trait]
impl Handler for Guard {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        if matches!(*req.method(), Method::GET | Method::HEAD) {
            return;
        }
        if let Err(problem) = admit(req, depot).await {
            problem.render(req, depot, res);
            ctrl.skip_rest();
        }
    }
}

async fn admit(req: &mut Request, depot: &Depot) -> Result<(), Problem> {
    let visitor = Visitor::of(depot)?;
    if !is_of_this_site(req, &visitor.state) {
        return Err(Problem::stale());
    }
    let given = if let Some(value) = req.headers().get(&CSRF) {
        value.to_str().unwrap_or_default().to_owned()
    } else {
        let body = bytes(req).await?;
        form_urlencoded::parse(&body)
            .find(|(name, _)| name == "csrf")
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    if bool::from(given.as_bytes().ct_eq(visitor.csrf.as_bytes())) {
        Ok(())
    } else if visitor.identity.is_none() && cookie(req, SESSION).is_some() {
        // The page is of a session that is over: signed in again, its reader may do it anew.
        Err(Problem::SignIn)
    } else {
        Err(Problem::stale())
    }
}

/// Whether a request comes from a page of this server: the origin that the browser names is the one under which it reached the server. A
/// browser that names none (some do not for what stays on the site) is left to the token.
pub(super) fn is_of_this_site(req: &Request, state: &ServerState) -> bool {
    let Some(origin) = req.headers().get(ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else { return false };
    let host = req.headers().get(HOST).and_then(|host| host.to_str().ok());
    let reached = origin.split_once("://").map(|(_, host)| host);
    origin.eq_ignore_ascii_case(&state.public_url) || (reached.is_some() && reached == host)
}
