//! Who somebody is, and what they say of themselves.

use std::sync::Arc;

use super::register::check_password;
use super::{Accounts, DisplayName, Email, SessionId, User, UserEvent, UserRefusal};
use crate::UserId;
use crate::app::Caller;
use crate::draft::{Attempts, Draft, Written, expect_version};
use crate::event::{Claim, Conflict, Outcome, Version};
use crate::refusal::Error;

/// Changes the caller's profile; what is `None` stays.
#[derive(Clone, Debug)]
pub struct UpdateProfile {
    /// 1 to 100 characters.
    pub display_name: Option<String>,
    /// An address that no other account has.
    pub email: Option<String>,
    /// When given, an account of any other version is not changed.
    pub expected: Option<Version>,
}

impl User {
    /// Says something else of oneself.
    #[must_use]
    pub fn update_profile(&self, display_name: Option<DisplayName>, email: Option<Email>) -> Vec<UserEvent> {
        let display_name = display_name.unwrap_or_else(|| self.display_name.clone());
        let email = email.unwrap_or_else(|| self.email.clone());
        if display_name == self.display_name && email == self.email {
            return Vec::new();
        }
        vec![UserEvent::ProfileUpdated {
            display_name,
            email,
            previous_email: self.email.clone(),
        }]
    }
}

impl Accounts {
    /// Somebody with an account.
    ///
    /// # Errors
    /// [`UserRefusal::NotFound`].
    pub async fn find(&self, caller: &Caller, id: UserId) -> Result<Arc<User>, Error> {
        self.ports.caller(caller).await?;
        Ok(self.ports.users.load(id).await?.ok_or(UserRefusal::NotFound)?)
    }

    /// Changes the caller's own profile.
    ///
    /// # Errors
    /// [`UserRefusal`] about the fields; [`ConcurrentModification`](crate::Refusal::ConcurrentModification) for another version than the expected one.
    pub async fn update_profile(&self, caller: &Caller, command: UpdateProfile) -> Result<Arc<User>, Error> {
        let invalid = |field| move |fault| UserRefusal::Invalid { field, fault };
        let name = command
            .display_name
            .as_deref()
            .map(DisplayName::parse)
            .transpose()
            .map_err(invalid("display_name"))?;
        let email = command
            .email
            .as_deref()
            .map(Email::parse)
            .transpose()
            .map_err(invalid("email"))?;
        let mut attempts = Attempts::new();
        loop {
            let user = self.ports.caller(caller).await?;
            expect_version(command.expected, user.version)?;
            let events = user.update_profile(name.clone(), email.clone());
            if events.is_empty() {
                return Ok(user);
            }
            let mut draft = Draft::new(caller, self.ports.clock.now());
            let changed = draft.user(user, caller.user, events)?;
            match draft.write(&self.ports, caller, Outcome::Done).await? {
                Written::Now => return Ok(changed),
                Written::Before(_) => return self.ports.caller(caller).await,
                Written::Conflict(Conflict::Taken(Claim::Email(_))) => {
                    return Err(UserRefusal::EmailTaken.into());
                }
                Written::Conflict(_) => attempts.again()?,
            }
        }
    }

    /// Sets another password for oneself and ends all other sessions: whoever else signed in with the old password is out. The session from which it
    /// is done may stay. Personal tokens go on, as they rest on no password; they end by being revoked.
    ///
    /// # Errors
    /// [`UserRefusal::BadCredentials`] when the old password is wrong; [`UserRefusal::Invalid`] about the new one.
    pub async fn change_password(
        &self,
        caller: &Caller,
        old: String,
        new: String,
        stays: Option<SessionId>,
    ) -> Result<(), Error> {
        let user = self.ports.caller(caller).await?;
        check_password(&new)?;
        let hash = self.ports.credentials.password_hash(user.id).await?;
        if !self.ports.passwords.verify(old, hash).await? {
            return Err(UserRefusal::BadCredentials.into());
        }
        let hash = self.ports.passwords.hash(new).await?;
        self.ports.credentials.set_password_hash(user.id, hash).await?;
        self.end_other_sessions(caller, stays).await
    }
}
