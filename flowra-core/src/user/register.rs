//! Making accounts.

use std::sync::Arc;

use super::sign_in::REPEATABLE_SECONDS;
use super::{Accounts, BOT, DisplayName, Email, User, UserEvent, UserRefusal, Username};
use crate::app::Caller;
use crate::draft::{Attempts, Draft, Written};
use crate::event::{Claim, Conflict, Outcome};
use crate::port::fresh;
use crate::refusal::{Error, Refusal};
use crate::text::TextFault;
use crate::{RequestId, UserId};

/// Makes a local account.
#[derive(Clone)]
pub struct Register {
    /// 1 to 64 of letters a-z, digits, `.`, `_`, `-`; none that [`Username::is_reserved`].
    pub username: String,
    /// An address that no other account has.
    pub email: String,
    /// 1 to 100 characters.
    pub display_name: String,
    /// 8 to 128 characters.
    pub password: String,
}

/// Whether strangers may make accounts. The very first one always may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// They may.
    Open,
    /// Administrators make them.
    Closed,
}

/// An account whose fields were checked and whose password is stored.
struct NewAccount {
    id: UserId,
    username: Username,
    email: Email,
    display_name: DisplayName,
}

impl NewAccount {
    fn registered(&self, is_admin: bool, is_first: bool) -> UserEvent {
        UserEvent::Registered {
            external_id: None,
            username: self.username.clone(),
            email: self.email.clone(),
            display_name: self.display_name.clone(),
            is_admin,
            is_first,
        }
    }
}

/// What came of storing an account.
enum Stored {
    /// It is there.
    Made(Arc<User>),
    /// It was to be the first, and somebody else's is.
    NotFirst,
}

impl Stored {
    /// The account, which was not to be the first.
    fn made(self) -> Result<Arc<User>, Error> {
        match self {
            Self::Made(user) => Ok(user),
            Self::NotFirst => Err(Refusal::ConcurrentModification.into()),
        }
    }
}

impl Accounts {
    /// Makes a local account; the first one is the system administrator.
    ///
    /// # Errors
    /// [`UserRefusal`] about the fields; [`UserRefusal::RegistrationClosed`].
    pub async fn register(
        &self,
        request: RequestId,
        policy: Registration,
        command: Register,
    ) -> Result<Arc<User>, Error> {
        let is_first = self.admit(policy).await?;
        let new = self.prepare(command).await?;
        let made = self.enrol(&new, request, policy, is_first).await;
        self.or_forget(new.id, made).await
    }

    async fn enrol(
        &self,
        new: &NewAccount,
        request: RequestId,
        policy: Registration,
        mut is_first: bool,
    ) -> Result<Arc<User>, Error> {
        let mut attempts = Attempts::new();
        loop {
            let registered = new.registered(is_first, is_first);
            match self.store_new(new.id, request, registered).await? {
                Stored::Made(user) => return Ok(user),
                Stored::NotFirst => attempts.again()?,
            }
            is_first = self.admit(policy).await?;
        }
    }

    /// The account that was made; where it was refused, its password is forgotten again.
    async fn or_forget(&self, id: UserId, made: Result<Arc<User>, Error>) -> Result<Arc<User>, Error> {
        // After a failure nobody knows whether the account is there, and then its password must be, too.
        if let Err(Error::Refused(_)) = &made {
            self.ports.credentials.remove_password_hash(id).await?;
        }
        made
    }

    /// As [`Accounts::register`], for a request that may be sent again under an idempotency key: whoever made this account within a day and
    /// proves it with its password gets the account again, as they would by signing in.
    ///
    /// # Errors
    /// Those of [`Accounts::register`].
    pub async fn register_repeatably(
        &self,
        request: RequestId,
        policy: Registration,
        command: Register,
    ) -> Result<Arc<User>, Error> {
        let refused = match self.register(request, policy, command.clone()).await {
            Err(Error::Refused(Refusal::User(
                refused @ (UserRefusal::UsernameTaken
                | UserRefusal::EmailTaken
                | UserRefusal::RegistrationClosed),
            ))) => refused,
            made => return made,
        };
        Ok(self.registered_before(command).await?.ok_or(refused)?)
    }

    /// The account that just this command made.
    async fn registered_before(&self, command: Register) -> Result<Option<Arc<User>>, Error> {
        let Ok(username) = Username::parse(&command.username) else {
            return Ok(None);
        };
        let found = self.ports.users.find_by_username(vec![username]).await?;
        let now = self.ports.clock.now();
        let same = found.into_iter().find(|user| {
            user.username.as_str() == command.username
                && Email::parse(&command.email).as_ref() == Ok(&user.email)
                && DisplayName::parse(&command.display_name).as_ref() == Ok(&user.display_name)
                && now < user.created_at.plus_seconds(REPEATABLE_SECONDS)
        });
        let Some(user) = same else { return Ok(None) };
        let hash = self.ports.credentials.password_hash(user.id).await?;
        let proven = self.ports.passwords.verify(command.password, hash).await?;
        Ok(proven.then_some(user))
    }

    /// Whether anybody has an account: while nobody has, whoever comes first makes the administrator's.
    ///
    /// # Errors
    /// Failures of the ports only.
    pub async fn any(&self) -> Result<bool, Error> {
        Ok(self.ports.users.any().await?)
    }

    /// Whether a stranger who may make an account now makes the first one. The commit's claim decides in the end.
    async fn admit(&self, policy: Registration) -> Result<bool, Error> {
        let is_first = !self.ports.users.any().await?;
        if policy == Registration::Closed && !is_first {
            Err(UserRefusal::RegistrationClosed.into())
        } else {
            Ok(is_first)
        }
    }

    /// Makes an account with a password, on the word of somebody who may.
    pub(super) async fn make(
        &self,
        request: RequestId,
        command: Register,
        is_admin: bool,
    ) -> Result<Arc<User>, Error> {
        let new = self.prepare(command).await?;
        let registered = new.registered(is_admin, false);
        let made = self.store_new(new.id, request, registered).await;
        self.or_forget(new.id, made.and_then(Stored::made)).await
    }

    /// Checks the fields and stores the password.
    async fn prepare(&self, command: Register) -> Result<NewAccount, Error> {
        let invalid = |field| move |fault| UserRefusal::Invalid { field, fault };
        let username = Username::parse(&command.username).map_err(invalid("username"))?;
        if username.is_reserved() {
            let rule = "another name: this one has a meaning of its own in messages";
            return Err(invalid("username")(TextFault::Malformed { rule }).into());
        }
        let email = Email::parse(&command.email).map_err(invalid("email"))?;
        let display_name = DisplayName::parse(&command.display_name).map_err(invalid("display_name"))?;
        check_password(&command.password)?;
        // Hashing is slow on purpose, so a name that is plainly taken is not worth it. The commit's claim decides in the end.
        if !self
            .ports
            .users
            .find_by_username(vec![username.clone()])
            .await?
            .is_empty()
        {
            return Err(UserRefusal::UsernameTaken.into());
        }
        let id: UserId = fresh(&*self.ports.ids);
        let hash = self.ports.passwords.hash(command.password).await?;
        // The password first: an account that exists can be signed in to, and a password that a crash leaves without an account harms nobody.
        self.ports.credentials.set_password_hash(id, hash).await?;
        Ok(NewAccount {
            id,
            username,
            email,
            display_name,
        })
    }

    /// Makes the bot's account, if it is not there. Done at every start; nobody can sign in to it.
    ///
    /// # Errors
    /// [`UserRefusal::UsernameTaken`] or [`UserRefusal::EmailTaken`] when somebody else has the bot's.
    pub async fn ensure_bot(&self, request: RequestId) -> Result<(), Error> {
        if self.ports.users.load(BOT).await?.is_some() {
            return Ok(());
        }
        let unnameable = |fault| UserRefusal::Invalid {
            field: "username",
            fault,
        };
        let registered = UserEvent::Registered {
            external_id: None,
            username: Username::parse("FlowraBot").map_err(unnameable)?,
            email: Email::parse("flowrabot@flowra.invalid").map_err(unnameable)?,
            display_name: DisplayName::parse("FlowraBot").map_err(unnameable)?,
            is_admin: false,
            is_first: false,
        };
        match self
            .store_new(BOT, request, registered)
            .await
            .and_then(Stored::made)
        {
            // Another server at its first start may have been faster; otherwise somebody else has the bot's name.
            Err(Error::Refused(_)) if self.ports.users.load(BOT).await?.is_some() => Ok(()),
            made => made.map(drop),
        }
    }

    async fn store_new(
        &self,
        id: UserId,
        request: RequestId,
        registered: UserEvent,
    ) -> Result<Stored, Error> {
        let caller = Caller::new(id, request);
        let mut attempts = Attempts::new();
        loop {
            let mut draft = Draft::new(&caller, self.ports.clock.now());
            let user = draft.new_user(id, id, vec![registered.clone()])?;
            match draft.write(&self.ports, &caller, Outcome::User(id)).await? {
                Written::Now | Written::Before(_) => return Ok(Stored::Made(user)),
                Written::Conflict(Conflict::Taken(Claim::Username(_))) => {
                    return Err(UserRefusal::UsernameTaken.into());
                }
                Written::Conflict(Conflict::Taken(Claim::Email(_))) => {
                    return Err(UserRefusal::EmailTaken.into());
                }
                Written::Conflict(Conflict::Taken(Claim::FirstAccount)) => return Ok(Stored::NotFirst),
                Written::Conflict(_) => attempts.again()?,
            }
        }
    }
}

/// 8 to 128 characters; what they are is their owner's business.
pub(super) fn check_password(password: &str) -> Result<(), UserRefusal> {
    let fault = match password.chars().count() {
        0..8 => TextFault::TooShort { min: 8 },
        8..=128 => return Ok(()),
        _ => TextFault::TooLong { max: 128 },
    };
    Err(UserRefusal::Invalid {
        field: "password",
        fault,
    })
}
