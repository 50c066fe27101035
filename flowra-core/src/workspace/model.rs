//! The workspace aggregate: its state, its events, and how they fold.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::event::Version;
use crate::port::Digest;
use crate::text::{Line, Prose, TextFault, UnknownWord, find_word};
use crate::time::Timestamp;
use crate::{InviteId, UserId, WorkspaceId};

/// A workspace's name: 1 to 100 characters.
pub type WorkspaceName = Line<1, 100>;
/// A workspace's description: up to 500 characters.
pub type WorkspaceDescription = Prose<0, 500>;

/// A team: its members with their roles, its invites, its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// What it is called.
    pub name: WorkspaceName,
    /// What it is for.
    pub description: WorkspaceDescription,
    /// How the keys of its tasks begin.
    pub key_prefix: KeyPrefix,
    /// How long authors may edit a message, in seconds from its posting.
    pub edit_window_seconds: i64,
    /// Everybody in it; exactly one of them is the owner.
    pub members: BTreeMap<UserId, Member>,
    /// The invites that were not revoked, used up ones included.
    pub invites: BTreeMap<InviteId, Invite>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When anything about it changed last.
    pub updated_at: Timestamp,
    /// Whether it is gone.
    pub is_deleted: bool,
    /// The version of its stream.
    pub version: Version,
}

/// Somebody's place in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Member {
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
}

/// What a member may do; a stronger one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Role {
    /// Sees only the chats they take part in.
    Guest,
    /// Sees channels, makes chats and tasks.
    Member,
    /// Manages members below the owner, invites and chats.
    Admin,
    /// Everything; there is exactly one.
    Owner,
}

impl Role {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let all = [Self::Guest, Self::Member, Self::Admin, Self::Owner];
        find_word(text, &all, Self::as_str, "owner, admin, member or guest")
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A way in for whoever has its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Invite {
    /// The digest of its token; the token itself is nowhere.
    pub digest: Digest,
    /// The role that it gives.
    pub role: Role,
    /// How many may use it; 0 is everybody.
    pub max_uses: u32,
    /// How many have.
    pub uses: u32,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
}

/// What can happen to a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "type", content = "data")
)]
pub enum WorkspaceEvent {
    /// It was made, with its owner as the first member.
    #[cfg_attr(feature = "serde", serde(rename = "workspace.created"))]
    Created {
        /// What it is called.
        name: WorkspaceName,
        /// What it is for.
        description: WorkspaceDescription,
        /// Who owns it.
        owner_id: UserId,
        /// How the keys of its tasks begin.
        key_prefix: KeyPrefix,
        /// How long authors may edit a message, in seconds.
        edit_window_seconds: i64,
    },
    /// It has another name.
    #[cfg_attr(feature = "serde", serde(rename = "workspace.renamed"))]
    Renamed {
        /// The name from now on.
        name: WorkspaceName,
    },
    /// It has another description.
    #[cfg_attr(feature = "serde", serde(rename = "workspace.described"))]
    Described {
        /// The description from now on.
        description: WorkspaceDescription,
    },
    /// Somebody was added.
    #[cfg_attr(feature = "serde", serde(rename = "workspace.member_added"))]
    MemberAdded {
        /// Who.
        user_id: UserId,
        /// As what.
        role: Role,
    },
    /// Somebody left or was removed.
    #[cfg_attr(feature = "serde", serde(rename = "workspace.member_removed"))]
    MemberRemoved {
        /// Who.
        user_id: UserId,
    },
    /// Somebody has another role.
    #[cfg_attr(feature = "serde", serde(rename = "workspace.member_role_changed"))]
    MemberRoleChanged {
        /// Who.
        user_id: UserId,
        /// The role from now on.
        role: Role,
    },
    /// The owner changed; the former one is an admin from now on.
    #[cfg_attr(feature = "serde", serde(rename = "workspace.ownership_transferred"))]
    OwnershipTransferred {
        /// The owner until now.
        from: UserId,
        /// The owner from now on.
        to: UserId,
    },
    /// An invite was made.
    #[cfg_attr(feature = "serde", serde(rename = "workspace.invite_created"))]
    InviteCreated {
        /// Its id.
        invite_id: InviteId,
        /// The digest of its token.
        digest: Digest,
        /// The role that it gives.
        role: Role,
        /// How many may use it; 0 is everybody.
        max_uses: u32,
        /// When it ends.
        expires_at: Timestamp,
        /// Who made it.
        created_by: UserId,
    },
    /// Somebody used an invite; `workspace.member_added` follows.
    #[cfg_attr(feature = "serde", serde(rename = "workspace.invite_accepted"))]
    InviteAccepted {
        /// Which.
        invite_id: InviteId,
        /// Who.
        user_id: UserId,
    },
    /// An invite is worth nothing from now on.
    #[cfg_attr(feature = "serde", serde(rename = "workspace.invite_revoked"))]
    InviteRevoked {
        /// Which.
        invite_id: InviteId,
    },
    /// It is gone.
    #[cfg_attr(feature = "serde", serde(rename = "workspace.deleted"))]
    Deleted,
}

impl WorkspaceEvent {
    /// The public name of the event.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "workspace.created",
            Self::Renamed { .. } => "workspace.renamed",
            Self::Described { .. } => "workspace.described",
            Self::MemberAdded { .. } => "workspace.member_added",
            Self::MemberRemoved { .. } => "workspace.member_removed",
            Self::MemberRoleChanged { .. } => "workspace.member_role_changed",
            Self::OwnershipTransferred { .. } => "workspace.ownership_transferred",
            Self::InviteCreated { .. } => "workspace.invite_created",
            Self::InviteAccepted { .. } => "workspace.invite_accepted",
            Self::InviteRevoked { .. } => "workspace.invite_revoked",
            Self::Deleted => "workspace.deleted",
        }
    }
}

impl Workspace {
    /// The workspace that the first event of a stream makes; `None` when it is not a creation.
    #[must_use]
    pub fn created(id: WorkspaceId, event: &WorkspaceEvent, time: Timestamp) -> Option<Self> {
        let WorkspaceEvent::Created {
            name,
            description,
            owner_id,
            key_prefix,
            edit_window_seconds,
        } = event
        else {
            return None;
        };
        Some(Self {
            id,
            name: name.clone(),
            description: description.clone(),
            key_prefix: key_prefix.clone(),
            edit_window_seconds: *edit_window_seconds,
            members: BTreeMap::from([(
                *owner_id,
                Member {
                    role: Role::Owner,
                    joined_at: time,
                },
            )]),
            invites: BTreeMap::new(),
            created_at: time,
            updated_at: time,
            is_deleted: false,
            version: Version::NONE.next(),
        })
    }

    /// Folds the stream's next event into the state.
    pub fn apply(&mut self, event: &WorkspaceEvent, time: Timestamp) {
        self.version = self.version.next();
        self.updated_at = time;
        match event {
            WorkspaceEvent::Created { .. } => {}
            WorkspaceEvent::Renamed { name } => self.name = name.clone(),
            WorkspaceEvent::Described { description } => self.description = description.clone(),
            WorkspaceEvent::MemberAdded { user_id, role } => {
                self.members.insert(
                    *user_id,
                    Member {
                        role: *role,
                        joined_at: time,
                    },
                );
            }
            WorkspaceEvent::MemberRemoved { user_id } => {
                self.members.remove(user_id);
            }
            WorkspaceEvent::MemberRoleChanged { user_id, role } => self.set_role(*user_id, *role),
            WorkspaceEvent::OwnershipTransferred { from, to } => {
                self.set_role(*from, Role::Admin);
                self.set_role(*to, Role::Owner);
            }
            WorkspaceEvent::InviteCreated {
                invite_id,
                digest,
                role,
                max_uses,
                expires_at,
                created_by,
            } => {
                let invite = Invite {
                    digest: *digest,
                    role: *role,
                    max_uses: *max_uses,
                    uses: 0,
                    expires_at: *expires_at,
                    created_by: *created_by,
                };
                self.invites.insert(*invite_id, invite);
            }
            WorkspaceEvent::InviteAccepted { invite_id, .. } => {
                if let Some(invite) = self.invites.get_mut(invite_id) {
                    invite.uses += 1;
                }
            }
            WorkspaceEvent::InviteRevoked { invite_id } => {
                self.invites.remove(invite_id);
            }
            WorkspaceEvent::Deleted => self.is_deleted = true,
        }
    }

    fn set_role(&mut self, user: UserId, role: Role) {
        if let Some(member) = self.members.get_mut(&user) {
            member.role = role;
        }
    }

    /// Somebody's role; `None` for who is no member, and for everybody once the workspace is deleted.
    #[must_use]
    pub fn role_of(&self, user: UserId) -> Option<Role> {
        if self.is_deleted {
            None
        } else {
            self.members.get(&user).map(|member| member.role)
        }
    }

    /// The one owner.
    #[must_use]
    pub fn owner(&self) -> Option<UserId> {
        self.members
            .iter()
            .find(|(_, member)| member.role == Role::Owner)
            .map(|(user, _)| *user)
    }
}

/// How the keys of a workspace's tasks begin: 2 to 5 capitals A-Z.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPrefix(String);

impl KeyPrefix {
    /// # Errors
    /// [`TextFault`] when it is not 2 to 5 capitals.
    pub fn parse(text: &str) -> Result<Self, TextFault> {
        if (2..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextFault::Malformed {
                rule: "2 to 5 capital letters A-Z",
            })
        }
    }

    /// The default: the first letters of the name in capitals, at most 4; `TASK` when the name has fewer than 2 Latin letters.
    #[must_use]
    pub fn from_name(name: &WorkspaceName) -> Self {
        let letters: String = name
            .as_str()
            .chars()
            .filter(char::is_ascii_alphabetic)
            .take(4)
            .map(|c| c.to_ascii_uppercase())
            .collect();
        if letters.len() < 2 {
            Self("TASK".to_owned())
        } else {
            Self(letters)
        }
    }

    /// The capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for KeyPrefix {
    type Err = TextFault;

    fn from_str(text: &str) -> Result<Self, TextFault> {
        Self::parse(text)
    }
}

#[cfg(feature = "serde")]
crate::text::serde_as_text!(KeyPrefix);
