//! What connections rest on: when a session or a personal token ends, whoever ends it, so do its live connections.
//!
//! Stores wrapped around those of the installation, so that no use case and no handler has to think of it.

use std::sync::Arc;

use flowra_core::cluster::Signal;
use flowra_core::page::{Page, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::user::{Session, SessionId, SessionStore, Token, TokenId, TokenStore};
use flowra_core::{BoxFuture, Digest, PortResult, UserId};

use super::hub::Hub;

/// Sessions whose end the hub learns of.
pub struct WatchedSessions {
    store: Arc<dyn SessionStore>,
    hub: Arc<Hub>,
}

impl WatchedSessions {
    /// The sessions of this store, watched for this hub.
    #[must_use]
    pub fn new(store: Arc<dyn SessionStore>, hub: Arc<Hub>) -> Self {
        Self { store, hub }
    }
}

#[deny(clippy::missing_trait_methods)]
impl SessionStore for WatchedSessions {
    fn begin(&self, session: Session) -> BoxFuture<'_, PortResult<()>> {
        self.store.begin(session)
    }

    fn by_access(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Session>>>> {
        self.store.by_access(digest)
    }

    fn by_refresh(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Session>>>> {
        self.store.by_refresh(digest)
    }

    fn rotate(&self, used: Digest, renewed: Session) -> BoxFuture<'_, PortResult<bool>> {
        self.store.rotate(used, renewed)
    }

    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<SessionId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Session>>>> {
        self.store.of_user(user, page)
    }

    fn end(&self, id: SessionId) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            self.store.end(id).await?;
            self.hub.end_session(id);
            self.hub.tell(Signal::SessionEnded(id));
            Ok(())
        })
    }

    fn end_all(&self, user: UserId) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            self.store.end_all(user).await?;
            self.hub.end_sessions_of(user);
            self.hub.tell(Signal::SessionsEnded { user });
            Ok(())
        })
    }
}

/// Personal tokens whose end the hub learns of.
pub struct WatchedTokens {
    store: Arc<dyn TokenStore>,
    hub: Arc<Hub>,
}

impl WatchedTokens {
    /// The tokens of this store, watched for this hub.
    #[must_use]
    pub fn new(store: Arc<dyn TokenStore>, hub: Arc<Hub>) -> Self {
        Self { store, hub }
    }
}

#[deny(clippy::missing_trait_methods)]
impl TokenStore for WatchedTokens {
    fn add(&self, token: Token) -> BoxFuture<'_, PortResult<Option<Arc<Token>>>> {
        self.store.add(token)
    }

    fn by_digest(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Token>>>> {
        self.store.by_digest(digest)
    }

    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<TokenId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Token>>>> {
        self.store.of_user(user, page)
    }

    fn revoke(&self, user: UserId, id: TokenId) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            let was_there = self.store.revoke(user, id).await?;
            if was_there {
                self.hub.end_token(id);
                self.hub.tell(Signal::TokenEnded(id));
            }
            Ok(was_there)
        })
    }

    fn used(&self, id: TokenId, at: Timestamp) -> BoxFuture<'_, PortResult<()>> {
        self.store.used(id, at)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use flowra_core::Id;
    use flowra_testkit::Memory;

    use super::*;
    use crate::feed::{Connection, Farewell, Limits, Listener};

    fn join(hub: &Hub, user: UserId, session: Option<u8>) -> Arc<Connection> {
        let listener = Listener {
            form: crate::feed::Form::Json,
            user,
            session: session.map(|byte| Id::from_bytes([byte; 16])),
            token: None,
            expires_at: None,
        };
        hub.join(listener).0
    }

    /// Why a connection ends, if it does.
    async fn farewell(connection: &Connection) -> Option<Farewell> {
        poll_fn(|cx| match connection.poll_farewell(cx) {
            Poll::Ready(farewell) => Poll::Ready(Some(farewell)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    #[tokio::test]
    async fn ending_all_sessions_of_somebody_ends_their_connections_but_not_those_of_their_programs() {
        let hub = Hub::new(Limits::default());
        let sessions = WatchedSessions::new(Memory::seeded(1).ports().sessions, Arc::clone(&hub));
        let (ada, bob) = (Id::from_bytes([1; 16]), Id::from_bytes([2; 16]));
        let one = join(&hub, ada, Some(1));
        let other = join(&hub, ada, Some(2));
        let program = join(&hub, ada, None);
        let stranger = join(&hub, bob, Some(3));
        sessions.end_all(ada).await.unwrap();
        assert_eq!(farewell(&one).await, Some(Farewell::Unauthenticated));
        assert_eq!(farewell(&other).await, Some(Farewell::Unauthenticated));
        assert_eq!(farewell(&program).await, None);
        assert_eq!(farewell(&stranger).await, None);
    }
}
