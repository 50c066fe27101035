//! What administrators do with accounts; they read no content.

use std::sync::Arc;

use super::register::{Register, check_password};
use super::{Accounts, BOT, User, UserEvent, UserRefusal};
use crate::app::Caller;
use crate::page::{Limit, Page, PageRequest};
use crate::refusal::Error;
use crate::{RequestId, UserId};

/// On whose word accounts are administered.
#[derive(Clone, Debug)]
pub enum Authority {
    /// A system administrator's, which is checked.
    Admin(Caller),
    /// That of whoever operates the installation and holds its data anyway; events bear the bot as their actor.
    Operator(RequestId),
}

impl Accounts {
    async fn authorized(&self, authority: &Authority) -> Result<Caller, Error> {
        match authority {
            Authority::Operator(request) => Ok(Caller::new(BOT, *request)),
            Authority::Admin(caller) if self.ports.caller(caller).await?.is_admin => Ok(caller.clone()),
            Authority::Admin(_) => Err(UserRefusal::NotSystemAdmin.into()),
        }
    }

    /// All accounts, in the order of their usernames.
    ///
    /// # Errors
    /// [`UserRefusal::NotSystemAdmin`].
    pub async fn list(
        &self,
        authority: &Authority,
        page: PageRequest<String>,
    ) -> Result<Page<Arc<User>>, Error> {
        self.authorized(authority).await?;
        Ok(self.ports.users.list(page).await?)
    }

    /// Makes an account, whether registration is open or not.
    ///
    /// # Errors
    /// [`UserRefusal`] about the fields; [`UserRefusal::NotSystemAdmin`].
    pub async fn add(
        &self,
        authority: &Authority,
        command: Register,
        is_admin: bool,
    ) -> Result<Arc<User>, Error> {
        let caller = self.authorized(authority).await?;
        self.make(caller.request, command, is_admin).await
    }

    /// Gives or takes system administration.
    ///
    /// # Errors
    /// [`UserRefusal::NotFound`], [`UserRefusal::LastAdmin`], [`UserRefusal::NotSystemAdmin`].
    pub async fn set_admin(
        &self,
        authority: &Authority,
        id: UserId,
        is_admin: bool,
    ) -> Result<Arc<User>, Error> {
        let caller = self.authorized(authority).await?;
        if !is_admin {
            self.another_admin_than(id).await?;
        }
        let decide = |user: &User| {
            Ok(if user.is_admin == is_admin {
                Vec::new()
            } else {
                vec![UserEvent::AdminChanged { is_admin }]
            })
        };
        self.change(&caller, id, false, decide).await
    }

    /// Takes every right from an account, at once; its sessions end.
    ///
    /// # Errors
    /// [`UserRefusal::NotFound`], [`UserRefusal::LastAdmin`], [`UserRefusal::NotSystemAdmin`].
    pub async fn deactivate(&self, authority: &Authority, id: UserId) -> Result<Arc<User>, Error> {
        let caller = self.authorized(authority).await?;
        self.another_admin_than(id).await?;
        let decide = |user: &User| {
            Ok(if user.is_active {
                vec![UserEvent::Deactivated]
            } else {
                Vec::new()
            })
        };
        let user = self.change(&caller, id, false, decide).await?;
        self.ports.sessions.end_all(id).await?;
        Ok(user)
    }

    /// Gives an account its rights back.
    ///
    /// # Errors
    /// [`UserRefusal::NotFound`], [`UserRefusal::NotSystemAdmin`].
    pub async fn reactivate(&self, authority: &Authority, id: UserId) -> Result<Arc<User>, Error> {
        let caller = self.authorized(authority).await?;
        let decide = |user: &User| {
            Ok(if user.is_active {
                Vec::new()
            } else {
                vec![UserEvent::Reactivated]
            })
        };
        self.change(&caller, id, false, decide).await
    }

    /// Sets another password and ends all sessions, for somebody who lost theirs.
    ///
    /// # Errors
    /// [`UserRefusal::NotFound`], [`UserRefusal::Invalid`], [`UserRefusal::NotSystemAdmin`].
    pub async fn reset_password(
        &self,
        authority: &Authority,
        id: UserId,
        password: String,
    ) -> Result<(), Error> {
        self.authorized(authority).await?;
        check_password(&password)?;
        if id == BOT || self.ports.users.load(id).await?.is_none() {
            return Err(UserRefusal::NotFound.into());
        }
        let hash = self.ports.passwords.hash(password).await?;
        self.ports.credentials.set_password_hash(id, hash).await?;
        Ok(self.ports.sessions.end_all(id).await?)
    }

    /// Refuses when this is the last active administrator: nobody could appoint another.
    async fn another_admin_than(&self, id: UserId) -> Result<(), Error> {
        let target = self
            .ports
            .users
            .load(id)
            .await?
            .filter(|_| id != BOT)
            .ok_or(UserRefusal::NotFound)?;
        if !target.is_admin || !target.is_active {
            return Ok(());
        }
        let mut after = None;
        loop {
            let page = self
                .ports
                .users
                .list(PageRequest {
                    limit: Limit::MAX,
                    after,
                })
                .await?;
            if page
                .items
                .iter()
                .any(|user| user.id != id && user.is_admin && user.is_active)
            {
                return Ok(());
            }
            after = page
                .items
                .last()
                .filter(|_| page.has_more)
                .map(|user| user.username.folded());
            if after.is_none() {
                return Err(UserRefusal::LastAdmin.into());
            }
        }
    }
}
