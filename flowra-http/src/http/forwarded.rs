//! Who really asks, when a proxy stands before the server.
//!
//! Puts the client's address in the place of the proxy's, so that everything behind it – limits, logs – sees the one who asks. It refuses to
//! believe anybody but the proxies that the operator named: a header can be sent by everyone.

use std::net::{IpAddr, SocketAddr as Address};

use ipnet::IpNet;
use salvo::conn::SocketAddr;
use salvo::http::HeaderMap;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

/// What every proxy appends the address to that it was asked from.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The step of the chain that finds the client behind the named proxies.
pub(super) struct BehindProxies {
    trusted: Vec<IpNet>,
}

impl BehindProxies {
    pub(super) fn new(trusted: Vec<IpNet>) -> Self {
        Self { trusted }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// The last address in the header that is no proxy's: those before it are what the client itself claims. None without a header, or when what
    /// stands there is no address.
    fn client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let hops = headers.get_all(FORWARDED_FOR);
        let hops: Vec<_> = hops.iter().filter_map(|hop| hop.to_str().ok()).collect();
        let mut found = None;
        for hop in hops.iter().rev().flat_map(|line| line.rsplit(',')) {
            let address: IpAddr = hop.trim().parse().ok()?;
            found = Some(address.to_canonical());
            if !self.trusts(address) {
                break;
            }
        }
        found
    }
}

#[async_trait]
impl Handler for BehindProxies {
    async fn handle(&self, req: &mut Request, _: &mut Depot, _: &mut Response, _: &mut FlowCtrl) {
        let is_proxy = req.remote_addr().ip().is_some_and(|peer| self.trusts(peer));
        if !is_proxy {
            return;
        }
        if let Some(client) = self.client(req.headers()) {
            *req.remote_addr_mut() = SocketAddr::from(Address::new(client, 0));
        }
    }
}

#[cfg(test)]
mod tests {
    use salvo::http::HeaderValue;

    use super::*;

    fn client(lines: &[&'static str]) -> Option<String> {
        let proxies = BehindProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        proxies.client(&headers).map(|address| address.to_string())
    }

    #[test]
    fn the_client_is_the_last_address_that_is_no_proxys() {
        assert_eq!(client(&["203.0.113.7"]).as_deref(), Some("203.0.113.7"));
        assert_eq!(client(&["203.0.113.7, 10.0.0.2"]).as_deref(), Some("203.0.113.7"));
        assert_eq!(
            client(&["203.0.113.7", "10.1.0.2,10.0.0.3"]).as_deref(),
            Some("203.0.113.7")
        );
        assert_eq!(client(&["2001:db8::1"]).as_deref(), Some("2001:db8::1"));
    }

    #[test]
    fn what_the_client_claims_itself_is_not_believed() {
        assert_eq!(
            client(&["192.0.2.1, 203.0.113.7"]).as_deref(),
            Some("203.0.113.7")
        );
        assert_eq!(
            client(&["10.0.0.9, 203.0.113.7, 10.0.0.2"]).as_deref(),
            Some("203.0.113.7")
        );
    }

    #[test]
    fn a_header_without_an_address_tells_nothing() {
        assert_eq!(client(&[]), None);
        assert_eq!(client(&["unknown"]), None);
        assert_eq!(client(&["203.0.113.7, garbage"]), None);
    }
}
