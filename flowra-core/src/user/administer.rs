//! What administrators do with accounts; they read no content.

use std::sync::Arc;

use super::register::{Register, check_password};
use super::{Accounts, BOT, User, UserEvent, UserRefusal};
use crate::app::Caller;
use crate::draft::{Attempts, Draft, Written};
use crate::event::Outcome;
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

/// An authority that was found to be one.
struct Administrator {
    /// As whom the log is written.
    caller: Caller,
    /// The account; the operator has none.
    user: Option<Arc<User>>,
}

impl Accounts {
    async fn authorized(&self, authority: &Authority) -> Result<Administrator, Error> {
        match authority {
            Authority::Operator(request) => Ok(Administrator {
                caller: Caller::new(BOT, *request),
                user: None,
            }),
            Authority::Admin(caller) => {
                let user = self.ports.caller(caller).await?;
                if !user.is_admin {
                    return Err(UserRefusal::NotSystemAdmin.into());
                }
                Ok(Administrator {
                    caller: caller.clone(),
                    user: Some(user),
                })
            }
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
        let administrator = self.authorized(authority).await?;
        self.make(administrator.caller.request, command, is_admin).await
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
        self.administer(authority, id, |user, another_remains| {
            user.set_admin(is_admin, another_remains)
        })
        .await
    }

    /// Takes every right from an account, at once; its sessions end.
    ///
    /// # Errors
    /// [`UserRefusal::NotFound`], [`UserRefusal::LastAdmin`], [`UserRefusal::NotSystemAdmin`].
    pub async fn deactivate(&self, authority: &Authority, id: UserId) -> Result<Arc<User>, Error> {
        let user = self.administer(authority, id, User::deactivate).await?;
        self.ports.sessions.end_all(id).await?;
        Ok(user)
    }

    /// Gives an account its rights back. Old sessions do not come back with them, even those that outlived a deactivation which broke off
    /// between its commit and their end.
    ///
    /// # Errors
    /// [`UserRefusal::NotFound`], [`UserRefusal::NotSystemAdmin`].
    pub async fn reactivate(&self, authority: &Authority, id: UserId) -> Result<Arc<User>, Error> {
        self.authorized(authority).await?;
        let user = self.ports.users.load(id).await?.ok_or(UserRefusal::NotFound)?;
        if !user.is_active {
            self.ports.sessions.end_all(id).await?;
        }
        self.administer(authority, id, |user, _| user.reactivate()).await
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

    /// Loads an account, decides, stores; again when somebody else was first.
    ///
    /// The commit holds on to the accounts that the decision rests on, the asker's and that of the administrator who remains: of two
    /// administrators who dismiss each other at once, only one succeeds.
    async fn administer(
        &self,
        authority: &Authority,
        id: UserId,
        decide: impl Fn(&User, bool) -> Result<Vec<UserEvent>, UserRefusal>,
    ) -> Result<Arc<User>, Error> {
        let mut attempts = Attempts::new();
        loop {
            let administrator = self.authorized(authority).await?;
            let user = self.ports.users.load(id).await?.ok_or(UserRefusal::NotFound)?;
            let another = self.another_admin(&administrator, &user).await?;
            let events = decide(&user, another.is_some())?;
            if events.is_empty() {
                return Ok(user);
            }
            let caller = &administrator.caller;
            let mut draft = Draft::new(caller, self.ports.clock.now());
            for admin in administrator.user.iter().chain(&another) {
                draft.guard_user(admin);
            }
            let changed = draft.user(user, caller.user, events)?;
            match draft.write(&self.ports, caller, Outcome::Done).await? {
                Written::Now => return Ok(changed),
                Written::Before(_) => {
                    return Ok(self.ports.users.load(id).await?.ok_or(UserRefusal::NotFound)?);
                }
                Written::Conflict(_) => attempts.again()?,
            }
        }
    }

    /// An active administrator besides this one; not looked for when the user is none, as then it does not matter.
    async fn another_admin(
        &self,
        administrator: &Administrator,
        user: &User,
    ) -> Result<Option<Arc<User>>, Error> {
        if !user.administers() {
            return Ok(None);
        }
        if let Some(asker) = administrator.user.as_ref().filter(|asker| asker.id != user.id) {
            return Ok(Some(Arc::clone(asker)));
        }
        let mut request = PageRequest::first(Limit::MAX);
        loop {
            let page = self.ports.users.list(request.clone()).await?;
            request.after = page.items.last().map(|last| last.username.folded());
            let found = page
                .items
                .into_iter()
                .find(|other| other.id != user.id && other.administers());
            if found.is_some() || !page.has_more {
                return Ok(found);
            }
        }
    }
}
