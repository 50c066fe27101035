//! Who and where a request comes from.

use std::net::{IpAddr, Ipv4Addr};

use salvo::Request;
use salvo::http::header::USER_AGENT;
use uuid::Uuid;

/// The user a request acts for. Put into the depot by authentication, read by the rate limit and the access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn(pub Uuid);

/// The address at the other end of the connection, or what a proxy of the setting `proxies` says it forwards for; all zeros when the transport
/// has none.
#[must_use]
pub fn client_address(req: &Request) -> IpAddr {
    req.remote_addr()
        .ip()
        .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// What the client says it is.
#[must_use]
pub fn client_name(req: &Request) -> Option<&str> {
    req.headers().get(USER_AGENT)?.to_str().ok()
}
