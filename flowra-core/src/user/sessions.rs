//! Where a person is signed in, and how they end it from elsewhere.

use std::sync::Arc;

use super::{Accounts, Session, SessionId};
use crate::app::Caller;
use crate::page::{Limit, Page, PageRequest};
use crate::refusal::Error;

impl Accounts {
    /// The caller's sessions that are not over, the newest first.
    ///
    /// # Errors
    /// Failures of the ports, and a caller who may do nothing.
    pub async fn sessions(
        &self,
        caller: &Caller,
        page: PageRequest<SessionId>,
    ) -> Result<Page<Arc<Session>>, Error> {
        let user = self.ports.caller(caller).await?;
        let mut sessions = self.ports.sessions.of_user(user.id, page).await?;
        let now = self.ports.clock.now();
        sessions.items.retain(|session| session.refresh_expires_at > now);
        Ok(sessions)
    }

    /// Ends one of the caller's sessions. One that is over, or somebody else's, is none of them: nothing happens.
    ///
    /// # Errors
    /// Failures of the ports, and a caller who may do nothing.
    pub async fn end_session(&self, caller: &Caller, id: SessionId) -> Result<(), Error> {
        self.end_where(caller, |session| session == id).await
    }

    /// Ends all sessions of the caller but this one; all, if none is to stay.
    ///
    /// # Errors
    /// Failures of the ports, and a caller who may do nothing.
    pub async fn end_other_sessions(&self, caller: &Caller, stays: Option<SessionId>) -> Result<(), Error> {
        self.end_where(caller, |session| Some(session) != stays).await
    }

    async fn end_where(&self, caller: &Caller, ends: impl Fn(SessionId) -> bool) -> Result<(), Error> {
        let user = self.ports.caller(caller).await?;
        let mut page = PageRequest::first(Limit::MAX);
        loop {
            let sessions = self.ports.sessions.of_user(user.id, page.clone()).await?;
            page.after = sessions.items.last().map(|last| last.id);
            for session in sessions.items.iter().filter(|session| ends(session.id)) {
                self.ports.sessions.end(session.id).await?;
            }
            if !sessions.has_more {
                return Ok(());
            }
        }
    }
}
