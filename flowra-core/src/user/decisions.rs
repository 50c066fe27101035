//! What administrators may do to an account, and what happens then.
//!
//! Every method answers the events of a lawful change, none when it is so already, or the refusal. Whether another active administrator remains is
//! for the caller to find out, and for the commit to hold on to.

use super::{BOT, User, UserEvent, UserRefusal};

type Decision = Result<Vec<UserEvent>, UserRefusal>;

impl User {
    /// Whether they administer accounts right now.
    #[must_use]
    pub const fn administers(&self) -> bool {
        self.is_admin && self.is_active
    }

    /// The bot is no account that is administered.
    fn needs_person(&self) -> Result<(), UserRefusal> {
        if self.id == BOT {
            Err(UserRefusal::NotFound)
        } else {
            Ok(())
        }
    }

    /// Gives or takes system administration.
    ///
    /// # Errors
    /// [`UserRefusal::LastAdmin`] when nobody would be left to appoint another; [`UserRefusal::NotFound`] for the bot.
    pub fn set_admin(&self, is_admin: bool, another_remains: bool) -> Decision {
        self.needs_person()?;
        if is_admin == self.is_admin {
            Ok(Vec::new())
        } else if self.administers() && !another_remains {
            Err(UserRefusal::LastAdmin)
        } else {
            Ok(vec![UserEvent::AdminChanged { is_admin }])
        }
    }

    /// Takes every right.
    ///
    /// # Errors
    /// [`UserRefusal::LastAdmin`] when nobody would be left to give it back; [`UserRefusal::NotFound`] for the bot.
    pub fn deactivate(&self, another_remains: bool) -> Decision {
        self.needs_person()?;
        if !self.is_active {
            Ok(Vec::new())
        } else if self.is_admin && !another_remains {
            Err(UserRefusal::LastAdmin)
        } else {
            Ok(vec![UserEvent::Deactivated])
        }
    }

    /// Gives the rights back.
    ///
    /// # Errors
    /// [`UserRefusal::NotFound`] for the bot.
    pub fn reactivate(&self) -> Decision {
        self.needs_person()?;
        Ok(if self.is_active {
            Vec::new()
        } else {
            vec![UserEvent::Reactivated]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;
    use crate::time::Timestamp;
    use crate::user::{DisplayName, Email, Username};

    fn user(is_admin: bool) -> User {
        let registered = UserEvent::Registered {
            external_id: None,
            username: Username::parse("ada").unwrap(),
            email: Email::parse("ada@example.org").unwrap(),
            display_name: DisplayName::parse("Ada").unwrap(),
            is_admin,
            is_first: false,
        };
        User::created(UserId::from_bytes([1; 16]), &registered, Timestamp::MIN).unwrap()
    }

    fn after(mut user: User, decision: &Decision) -> User {
        for event in decision.as_ref().unwrap() {
            user.apply(event, Timestamp::MIN);
        }
        user
    }

    #[test]
    fn administration_is_given_and_taken() {
        assert!(after(user(false), &user(false).set_admin(true, false)).is_admin);
        assert!(!after(user(true), &user(true).set_admin(false, true)).is_admin);
    }

    #[test]
    fn the_last_active_administrator_remains() {
        assert_eq!(user(true).set_admin(false, false), Err(UserRefusal::LastAdmin));
        assert_eq!(user(true).deactivate(false), Err(UserRefusal::LastAdmin));
    }

    #[test]
    fn a_deactivated_administrator_is_not_the_one_who_must_remain() {
        let gone = after(user(true), &user(true).deactivate(true));
        assert!(!gone.administers());
        assert!(!after(gone.clone(), &gone.set_admin(false, false)).is_admin);
    }

    #[test]
    fn a_deactivated_account_works_again_when_reactivated() {
        let gone = after(user(false), &user(false).deactivate(false));
        assert!(!gone.is_active);
        assert!(after(gone.clone(), &gone.reactivate()).is_active);
    }

    #[test]
    fn what_is_so_already_changes_nothing() {
        let gone = after(user(true), &user(true).deactivate(true));
        assert_eq!(gone.deactivate(false), Ok(vec![]));
        assert_eq!(user(true).set_admin(true, false), Ok(vec![]));
        assert_eq!(user(true).reactivate(), Ok(vec![]));
    }

    #[test]
    fn the_bot_is_administered_by_nobody() {
        let bot = User {
            id: BOT,
            ..user(false)
        };
        assert_eq!(bot.set_admin(true, true), Err(UserRefusal::NotFound));
        assert_eq!(bot.deactivate(true), Err(UserRefusal::NotFound));
        assert_eq!(bot.reactivate(), Err(UserRefusal::NotFound));
    }
}
