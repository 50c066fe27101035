//! What is done once a second, for all connections together, so that a connection costs no timer of its own.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use flowra_core::page::{Limit, PageRequest};
use flowra_core::user::TokenId;
use flowra_core::{PortResult, Ports, UserId};
use futures_util::future::{BoxFuture, FutureExt, OptionFuture};
use salvo::websocket::Message;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::cluster::Beat;
use super::connection::Farewell;
use super::hub::Hub;

/// How often personal tokens are looked at.
const PROOFS: Duration = Duration::from_mins(1);

/// Pings, and ends what is silent or expired; for ever.
pub(super) async fn beat(hub: Arc<Hub>, ports: Arc<Ports>) {
    let mut ticks = seconds();
    loop {
        ticks.tick().await;
        hub.check_connections(&ports);
        hub.typists.sweep(hub.limits.typing);
    }
}

/// Announces who came and went; for ever. Apart from the beat: it waits for the store, and the end of a token does not.
pub(super) async fn announcements(hub: Arc<Hub>, ports: Arc<Ports>) {
    let mut ticks = seconds();
    let mut ledger = Beat::default();
    let mut moved = HashSet::new();
    // One at a time, so that who comes and goes is told in that order. The ledger's lease is renewed meanwhile, however many are told of.
    let mut announcing: OptionFuture<BoxFuture<'_, ()>> = None.into();
    let mut is_announcing = false;
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                let here = hub.arrivals.take();
                if let Some(cluster) = &hub.cluster {
                    ledger.strike(cluster, &hub, &here).await;
                }
                moved.extend(here);
                moved.extend(hub.arrivals.take_elsewhere());
            }
            Some(()) = &mut announcing, if is_announcing => is_announcing = false,
        }
        if !is_announcing && !moved.is_empty() {
            announcing = Some(hub.announce(&ports, std::mem::take(&mut moved)).boxed()).into();
            is_announcing = true;
        }
    }
}

/// Ends the connections of personal tokens that were revoked, for ever. Whoever revokes one tells all servers at once, unless the word is lost; sessions
/// end by themselves within the hour, and such a token perhaps never.
pub(super) async fn proofs(hub: Arc<Hub>, ports: Arc<Ports>) {
    let mut ticks = interval(PROOFS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        look_at_tokens(&hub, &ports).await;
    }
}

async fn look_at_tokens(hub: &Hub, ports: &Ports) {
    for (user, mut tokens) in hub.token_holders() {
        if let Err(failure) = keep_lost(ports, user, &mut tokens).await {
            let error = &failure as &dyn std::error::Error;
            tracing::warn!(error, "could not look whether personal tokens still hold");
            continue;
        }
        for token in tokens {
            hub.end_token(token);
        }
    }
}

/// Keeps of these tokens those that the person does not have any more.
async fn keep_lost(ports: &Ports, user: UserId, tokens: &mut BTreeSet<TokenId>) -> PortResult<()> {
    let mut page = PageRequest::first(Limit::MAX);
    loop {
        let found = ports.tokens.of_user(user, page.clone()).await?;
        for token in &found.items {
            tokens.remove(&token.id);
        }
        page.after = found
            .items
            .last()
            .filter(|_| found.has_more)
            .map(|token| token.id);
        if page.after.is_none() || tokens.is_empty() {
            return Ok(());
        }
    }
}

fn seconds() -> Interval {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}

impl Hub {
    /// The personal tokens that live connections rest on.
    fn token_holders(&self) -> BTreeMap<UserId, BTreeSet<TokenId>> {
        let mut holders: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for connection in self.index().connections() {
            if let Some(token) = connection.listener.token {
                holders.entry(connection.listener.user).or_default().insert(token);
            }
        }
        holders
    }

    fn check_connections(&self, ports: &Ports) {
        let second = self.second();
        let now = ports.clock.now();
        let ping_every = self.limits.ping.as_secs().max(1);
        let silence = self.limits.silence.as_secs();
        let ping = Message::ping(Vec::new());
        for connection in self.index().connections() {
            if connection.listener.expires_at.is_some_and(|end| end <= now) {
                connection.end(Farewell::Unauthenticated);
            } else if u64::from(second.saturating_sub(connection.heard())) > silence {
                connection.end(Farewell::Silent);
            } else if u64::from(second) % ping_every == connection.id % ping_every {
                // Each second pings its own share, so that the pings of many connections do not come in one burst.
                connection.push_transient(ping.clone(), self.limits.queue);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use flowra_core::time::Timestamp;
    use flowra_core::user::{Scopes, Token, TokenName};
    use flowra_core::{Digest, Id};
    use flowra_testkit::Memory;

    use super::*;
    use crate::feed::{Connection, Form, Limits, Listener};

    async fn has_ended(connection: &Connection) -> bool {
        poll_fn(|cx| Poll::Ready(connection.poll_farewell(cx).is_ready())).await
    }

    #[tokio::test]
    async fn a_token_that_was_revoked_without_a_word_holds_no_connection_for_ever() {
        let (hub, ports) = (Hub::new(Limits::default()), Memory::seeded(1).ports());
        let ada = Id::from_bytes([1; 16]);
        let mut connections = Vec::new();
        for number in [1, 2] {
            let id = Id::from_bytes([number; 16]);
            let token = Token {
                id,
                user: ada,
                name: TokenName::parse("bot").unwrap(),
                scopes: Scopes {
                    admin: false,
                    read: true,
                    write: false,
                },
                digest: Digest::from_bytes([number; 32]),
                request: None,
                created_at: Timestamp::from_millis(0),
                last_used_at: None,
                expires_at: None,
            };
            ports.tokens.add(token).await.unwrap();
            let listener = Listener {
                form: Form::Json,
                user: ada,
                session: None,
                token: Some(id),
                expires_at: None,
            };
            connections.push(hub.join(listener).0);
        }
        assert!(ports.tokens.revoke(ada, Id::from_bytes([1; 16])).await.unwrap());
        look_at_tokens(&hub, &ports).await;
        assert!(has_ended(&connections[0]).await);
        assert!(!has_ended(&connections[1]).await);
    }
}
