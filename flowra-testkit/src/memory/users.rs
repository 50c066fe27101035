//! Users, passwords, sessions and tokens in memory.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use flowra_core::page::{Page, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::user::{
    BOT, CredentialStore, Session, SessionId, SessionStore, Token, TokenId, TokenStore, User, UserStore,
    Username,
};
use flowra_core::{BoxFuture, Digest, PortResult, UserId};

use super::{Memory, page_of};

impl UserStore for Memory {
    fn load(&self, id: UserId) -> BoxFuture<'_, PortResult<Option<Arc<User>>>> {
        self.ask(move |state| state.users.get(&id).cloned())
    }

    fn load_many(&self, ids: Vec<UserId>) -> BoxFuture<'_, PortResult<Vec<Arc<User>>>> {
        let ids: BTreeSet<_> = ids.into_iter().collect();
        self.ask(move |state| ids.iter().filter_map(|id| state.users.get(id).cloned()).collect())
    }

    fn find_by_username(&self, names: Vec<Username>) -> BoxFuture<'_, PortResult<Vec<Arc<User>>>> {
        let folded: BTreeSet<_> = names.iter().map(Username::folded).collect();
        self.ask(move |state| {
            let users = state.users.values();
            users
                .filter(|user| folded.contains(&user.username.folded()))
                .cloned()
                .collect()
        })
    }

    fn list(&self, page: PageRequest<String>) -> BoxFuture<'_, PortResult<Page<Arc<User>>>> {
        self.ask(move |state| {
            let mut users: Vec<_> = state.users.values().cloned().collect();
            users.sort_by_key(|user| user.username.folded());
            page_of(users.into_iter(), |user| user.username.folded(), &page)
        })
    }

    fn any(&self) -> BoxFuture<'_, PortResult<bool>> {
        self.ask(|state| state.users.keys().any(|id| *id != BOT))
    }
}

impl CredentialStore for Memory {
    fn password_hash(&self, user: UserId) -> BoxFuture<'_, PortResult<Option<String>>> {
        self.ask(move |state| state.password_hashes.get(&user).cloned())
    }

    fn set_password_hash(&self, user: UserId, hash: String) -> BoxFuture<'_, PortResult<()>> {
        self.ask(move |state| {
            state.password_hashes.insert(user, hash);
        })
    }

    fn remove_password_hash(&self, user: UserId) -> BoxFuture<'_, PortResult<()>> {
        self.ask(move |state| {
            state.password_hashes.remove(&user);
        })
    }
}

impl SessionStore for Memory {
    fn begin(&self, session: Session) -> BoxFuture<'_, PortResult<()>> {
        self.ask(move |state| {
            let stored = (Arc::new(session), BTreeSet::new());
            state.sessions.insert(stored.0.id, stored);
        })
    }

    fn by_access(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Session>>>> {
        self.ask(move |state| {
            let mut sessions = state.sessions.values();
            let found = sessions.find(|(session, _)| session.access == digest);
            found.map(|(session, _)| Arc::clone(session))
        })
    }

    fn by_refresh(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Session>>>> {
        self.ask(move |state| {
            let mut sessions = state.sessions.values();
            let found = sessions.find(|(session, used)| session.refresh == digest || used.contains(&digest));
            found.map(|(session, _)| Arc::clone(session))
        })
    }

    fn rotate(&self, used: Digest, renewed: Session) -> BoxFuture<'_, PortResult<bool>> {
        self.ask(move |state| match state.sessions.get_mut(&renewed.id) {
            Some((session, past)) if session.refresh == used => {
                past.insert(used);
                *session = Arc::new(renewed);
                true
            }
            Some(_) | None => false,
        })
    }

    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<SessionId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Session>>>> {
        self.ask(move |state| {
            let sessions = state.sessions.values().map(|(session, _)| session);
            let mut sessions: Vec<_> = sessions.filter(|session| session.user == user).cloned().collect();
            sessions.sort_by_key(|session| Reverse(session.id));
            let after = page.after.map(Reverse);
            let page = PageRequest {
                limit: page.limit,
                after,
            };
            page_of(sessions.into_iter(), |session| Reverse(session.id), &page)
        })
    }

    fn end(&self, id: SessionId) -> BoxFuture<'_, PortResult<()>> {
        self.ask(move |state| {
            state.sessions.remove(&id);
        })
    }

    fn end_all(&self, user: UserId) -> BoxFuture<'_, PortResult<()>> {
        self.ask(move |state| state.sessions.retain(|_, (session, _)| session.user != user))
    }
}

impl TokenStore for Memory {
    fn add(&self, token: Token) -> BoxFuture<'_, PortResult<Option<Arc<Token>>>> {
        self.ask(move |state| {
            let there = state.tokens.get(&token.id).cloned();
            if there.is_none() {
                state.tokens.insert(token.id, Arc::new(token));
            }
            there
        })
    }

    fn by_digest(&self, digest: Digest) -> BoxFuture<'_, PortResult<Option<Arc<Token>>>> {
        self.ask(move |state| {
            state
                .tokens
                .values()
                .find(|token| token.digest == digest)
                .cloned()
        })
    }

    fn of_user(
        &self,
        user: UserId,
        page: PageRequest<TokenId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Token>>>> {
        self.ask(move |state| {
            let tokens = state.tokens.values().filter(|token| token.user == user);
            page_of(tokens.cloned(), |token| token.id, &page)
        })
    }

    fn revoke(&self, user: UserId, id: TokenId) -> BoxFuture<'_, PortResult<bool>> {
        self.ask(move |state| {
            let theirs = state.tokens.get(&id).is_some_and(|token| token.user == user);
            theirs && state.tokens.remove(&id).is_some()
        })
    }

    fn used(&self, id: TokenId, at: Timestamp) -> BoxFuture<'_, PortResult<()>> {
        self.ask(move |state| {
            if let Some(token) = state.tokens.get_mut(&id) {
                Arc::make_mut(token).last_used_at = Some(at);
            }
        })
    }
}
