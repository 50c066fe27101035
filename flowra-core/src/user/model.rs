//! The user aggregate: its state, its events, and how they fold.

use std::fmt;
use std::str::FromStr;

use crate::UserId;
use crate::event::Version;
use crate::text::{Line, TextFault};
use crate::time::Timestamp;

/// How a person is shown: 1 to 100 characters.
pub type DisplayName = Line<1, 100>;

/// A person with an account, or the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The subject at the identity provider; none for local accounts and the bot.
    pub external_id: Option<String>,
    /// The name that mentions use; unique without regard to case.
    pub username: Username,
    /// Unique without regard to case.
    pub email: Email,
    /// How the person is shown.
    pub display_name: DisplayName,
    /// Whether they administer accounts. It opens no content.
    pub is_admin: bool,
    /// Whether they may do anything at all.
    pub is_active: bool,
    /// When they registered.
    pub created_at: Timestamp,
    /// The version of their stream.
    pub version: Version,
}

/// What can happen to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "type", content = "data")
)]
pub enum UserEvent {
    /// The account was made.
    #[cfg_attr(feature = "serde", serde(rename = "user.registered"))]
    Registered {
        /// The subject at the identity provider, if it has the account.
        external_id: Option<String>,
        /// The name for mentions.
        username: Username,
        /// The address.
        email: Email,
        /// The name that is shown.
        display_name: DisplayName,
        /// Whether they administer accounts.
        is_admin: bool,
        /// Whether somebody made it themselves as the first of the installation; only one account can be that.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "std::ops::Not::not"))]
        is_first: bool,
    },
    /// Name or address changed.
    #[cfg_attr(feature = "serde", serde(rename = "user.profile_updated"))]
    ProfileUpdated {
        /// The name from now on.
        display_name: DisplayName,
        /// The address from now on.
        email: Email,
        /// The address until now; it is free again when it differs.
        previous_email: Email,
    },
    /// The account may do nothing from now on.
    #[cfg_attr(feature = "serde", serde(rename = "user.deactivated"))]
    Deactivated,
    /// The account works again.
    #[cfg_attr(feature = "serde", serde(rename = "user.reactivated"))]
    Reactivated,
    /// System administration was given or taken.
    #[cfg_attr(feature = "serde", serde(rename = "user.admin_changed"))]
    AdminChanged {
        /// Whether they administer accounts from now on.
        is_admin: bool,
    },
}

impl UserEvent {
    /// The public name of the event.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "user.registered",
            Self::ProfileUpdated { .. } => "user.profile_updated",
            Self::Deactivated => "user.deactivated",
            Self::Reactivated => "user.reactivated",
            Self::AdminChanged { .. } => "user.admin_changed",
        }
    }
}

impl User {
    /// The user that the first event of a stream makes; `None` when it is not a registration.
    #[must_use]
    pub fn created(id: UserId, event: &UserEvent, time: Timestamp) -> Option<Self> {
        let UserEvent::Registered {
            external_id,
            username,
            email,
            display_name,
            is_admin,
            is_first: _,
        } = event
        else {
            return None;
        };
        Some(Self {
            id,
            external_id: external_id.clone(),
            username: username.clone(),
            email: email.clone(),
            display_name: display_name.clone(),
            is_admin: *is_admin,
            is_active: true,
            created_at: time,
            version: Version::NONE.next(),
        })
    }

    /// Folds the stream's next event into the state.
    pub fn apply(&mut self, event: &UserEvent, _time: Timestamp) {
        self.version = self.version.next();
        match event {
            UserEvent::Registered { .. } => {}
            UserEvent::ProfileUpdated {
                display_name, email, ..
            } => {
                self.display_name = display_name.clone();
                self.email = email.clone();
            }
            UserEvent::Deactivated => self.is_active = false,
            UserEvent::Reactivated => self.is_active = true,
            UserEvent::AdminChanged { is_admin } => self.is_admin = *is_admin,
        }
    }
}

/// The name that mentions use: 1 to 64 of `A-Z a-z 0-9 . _ -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(String);

/// What a text means by these, in any case, is not the person of that name.
const RESERVED: [&str; 5] = ["admins", "channel", "flowrabot", "here", "none"];

impl Username {
    /// Whether nobody may register it: it mentions a group of people, says that nobody is assigned, or is the bot's.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        RESERVED.contains(&self.folded().as_str())
    }

    /// # Errors
    /// [`TextFault`] when it is empty, longer than 64 or has another character.
    pub fn parse(text: &str) -> Result<Self, TextFault> {
        match text.len() {
            0 => Err(TextFault::TooShort { min: 1 }),
            1..=64 if text.bytes().all(Self::allows) => Ok(Self(text.to_owned())),
            1..=64 => Err(TextFault::Malformed {
                rule: "made of letters a-z, digits, '.', '_' and '-' only",
            }),
            _ => Err(TextFault::TooLong { max: 64 }),
        }
    }

    /// Whether a username may have this byte.
    #[must_use]
    pub const fn allows(byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
    }

    /// As it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In lower case, which is how two of them are compared.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// An e-mail address: one `@` with something before it and a host after it, no white space, at most 254 characters.
///
/// Whether it receives mail only mail can tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// # Errors
    /// [`TextFault`] when it has not this form.
    pub fn parse(text: &str) -> Result<Self, TextFault> {
        let text = text.trim();
        if text.chars().count() > 254 {
            return Err(TextFault::TooLong { max: 254 });
        }
        let malformed = TextFault::Malformed {
            rule: "an e-mail address such as ada@example.org",
        };
        let (local, host) = text.split_once('@').ok_or(malformed)?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '@';
        if local.is_empty() || host.is_empty() || local.contains(odd) || host.contains(odd) {
            return Err(malformed);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In lower case, which is how two of them are compared.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Username {
    type Err = TextFault;

    fn from_str(text: &str) -> Result<Self, TextFault> {
        Self::parse(text)
    }
}

impl FromStr for Email {
    type Err = TextFault;

    fn from_str(text: &str) -> Result<Self, TextFault> {
        Self::parse(text)
    }
}

#[cfg(feature = "serde")]
crate::text::serde_as_text!(Username, Email);
