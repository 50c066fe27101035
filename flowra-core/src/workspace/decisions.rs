//! What may be done to a workspace, by whom, and what happens then.
//!
//! Every method answers the events of a lawful change, none when it is so already, or the refusal. Who is no member learns nothing of it.

use super::{Invite, Role, Workspace, WorkspaceDescription, WorkspaceEvent, WorkspaceName, WorkspaceRefusal};
use crate::port::Digest;
use crate::time::Timestamp;
use crate::{InviteId, UserId};

type Decision = Result<Vec<WorkspaceEvent>, WorkspaceRefusal>;

/// How many invites a workspace has at most, so that its document stays small.
pub(crate) const MAX_INVITES: usize = 100;

impl Invite {
    /// Whether it lets nobody in any more: it is expired, or used up.
    const fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.millis() <= now.millis() || (self.max_uses > 0 && self.uses >= self.max_uses)
    }
}

impl Workspace {
    fn needs(&self, by: UserId, least: Role) -> Result<Role, WorkspaceRefusal> {
        let role = self.role_of(by).ok_or(WorkspaceRefusal::NotFound)?;
        if role >= least {
            Ok(role)
        } else {
            Err(WorkspaceRefusal::NeedsRole { least })
        }
    }

    /// Gives it another name, description, or both.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NeedsRole`] below admin.
    pub fn update(
        &self,
        by: UserId,
        name: Option<WorkspaceName>,
        description: Option<WorkspaceDescription>,
    ) -> Decision {
        self.needs(by, Role::Admin)?;
        let renamed = name
            .filter(|name| *name != self.name)
            .map(|name| WorkspaceEvent::Renamed { name });
        let described = description
            .filter(|description| *description != self.description)
            .map(|description| WorkspaceEvent::Described { description });
        Ok(renamed.into_iter().chain(described).collect())
    }

    /// Adds somebody with an account.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NeedsRole`] below admin; [`WorkspaceRefusal::OwnerIsTransferred`]; [`WorkspaceRefusal::AlreadyMember`].
    pub fn add(&self, by: UserId, user: UserId, role: Role) -> Decision {
        self.needs(by, Role::Admin)?;
        if role == Role::Owner {
            return Err(WorkspaceRefusal::OwnerIsTransferred);
        }
        match self.role_of(user) {
            None => Ok(vec![WorkspaceEvent::MemberAdded { user_id: user, role }]),
            Some(now) if now == role => Ok(Vec::new()),
            Some(_) => Err(WorkspaceRefusal::AlreadyMember),
        }
    }

    /// Gives a member another role below owner.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NeedsRole`] below admin; [`WorkspaceRefusal::MemberNotFound`]; [`WorkspaceRefusal::OwnerStays`];
    /// [`WorkspaceRefusal::OwnerIsTransferred`].
    pub fn change_role(&self, by: UserId, user: UserId, role: Role) -> Decision {
        self.needs(by, Role::Admin)?;
        match self.role_of(user).ok_or(WorkspaceRefusal::MemberNotFound)? {
            now if now == role => Ok(Vec::new()),
            Role::Owner => Err(WorkspaceRefusal::OwnerStays),
            Role::Admin | Role::Member | Role::Guest if role == Role::Owner => {
                Err(WorkspaceRefusal::OwnerIsTransferred)
            }
            Role::Admin | Role::Member | Role::Guest => {
                Ok(vec![WorkspaceEvent::MemberRoleChanged { user_id: user, role }])
            }
        }
    }

    /// Takes a member out, or leaves, when it is oneself.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NeedsRole`] below admin for somebody else; [`WorkspaceRefusal::MemberNotFound`];
    /// [`WorkspaceRefusal::OwnerStays`].
    pub fn remove(&self, by: UserId, user: UserId) -> Decision {
        self.needs(by, if by == user { Role::Guest } else { Role::Admin })?;
        match self.role_of(user).ok_or(WorkspaceRefusal::MemberNotFound)? {
            Role::Owner => Err(WorkspaceRefusal::OwnerStays),
            Role::Admin | Role::Member | Role::Guest => {
                Ok(vec![WorkspaceEvent::MemberRemoved { user_id: user }])
            }
        }
    }

    /// Makes another member the owner.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NeedsRole`] for anybody but the owner; [`WorkspaceRefusal::MemberNotFound`].
    pub fn transfer(&self, by: UserId, to: UserId) -> Decision {
        self.needs(by, Role::Owner)?;
        self.role_of(to).ok_or(WorkspaceRefusal::MemberNotFound)?;
        Ok(if by == to {
            Vec::new()
        } else {
            vec![WorkspaceEvent::OwnershipTransferred { from: by, to }]
        })
    }

    /// Makes it go away, with all that is in it.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NeedsRole`] for anybody but the owner; [`WorkspaceRefusal::NotFound`] for all others once it is deleted.
    pub fn delete(&self, by: UserId) -> Decision {
        if self.is_deleted && self.owner() == Some(by) {
            return Ok(Vec::new());
        }
        self.needs(by, Role::Owner)?;
        Ok(vec![WorkspaceEvent::Deleted])
    }

    /// Makes a way in; only the digest of its token is kept. Where there are too many, those that let nobody in any more go first.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NeedsRole`] below admin; [`WorkspaceRefusal::OwnerIsTransferred`]; [`WorkspaceRefusal::ExpiryInPast`];
    /// [`WorkspaceRefusal::TooManyInvites`].
    pub fn invite(&self, id: InviteId, invite: Invite, now: Timestamp) -> Decision {
        self.needs(invite.created_by, Role::Admin)?;
        if invite.role == Role::Owner {
            return Err(WorkspaceRefusal::OwnerIsTransferred);
        }
        if invite.expires_at <= now {
            return Err(WorkspaceRefusal::ExpiryInPast);
        }
        let mut events = Vec::new();
        if self.invites.len() >= MAX_INVITES {
            let over = self.invites.iter().filter(|(_, invite)| invite.is_over(now));
            events.extend(over.map(|(id, _)| WorkspaceEvent::InviteRevoked { invite_id: *id }));
            if self.invites.len() - events.len() >= MAX_INVITES {
                return Err(WorkspaceRefusal::TooManyInvites { max: MAX_INVITES });
            }
        }
        let Invite {
            digest,
            role,
            max_uses,
            expires_at,
            created_by,
            uses: _,
        } = invite;
        events.push(WorkspaceEvent::InviteCreated {
            invite_id: id,
            digest,
            role,
            max_uses,
            expires_at,
            created_by,
        });
        Ok(events)
    }

    /// Makes a way in worth nothing.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::NeedsRole`] below admin; [`WorkspaceRefusal::InviteNotFound`].
    pub fn revoke(&self, by: UserId, id: InviteId) -> Decision {
        self.needs(by, Role::Admin)?;
        if self.invites.contains_key(&id) {
            Ok(vec![WorkspaceEvent::InviteRevoked { invite_id: id }])
        } else {
            Err(WorkspaceRefusal::InviteNotFound)
        }
    }

    /// Comes in by an invite; who is a member already uses nothing up.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::InviteOver`] when it is expired, revoked or used up.
    pub fn accept(&self, user: UserId, id: InviteId, now: Timestamp) -> Decision {
        if self.role_of(user).is_some() && self.invites.contains_key(&id) && !self.is_deleted {
            return Ok(Vec::new());
        }
        let invite = self.good_invite(id, now)?;
        Ok(vec![
            WorkspaceEvent::InviteAccepted {
                invite_id: id,
                user_id: user,
            },
            WorkspaceEvent::MemberAdded {
                user_id: user,
                role: invite.role,
            },
        ])
    }

    /// An invite by which one can come in now.
    ///
    /// # Errors
    /// [`WorkspaceRefusal::InviteOver`] when it is expired, revoked or used up.
    pub fn good_invite(&self, id: InviteId, now: Timestamp) -> Result<&Invite, WorkspaceRefusal> {
        let invite = self.invites.get(&id).filter(|_| !self.is_deleted);
        invite
            .filter(|invite| !invite.is_over(now))
            .ok_or(WorkspaceRefusal::InviteOver)
    }

    /// The invite whose token has this digest.
    #[must_use]
    pub fn invite_of(&self, digest: Digest) -> Option<InviteId> {
        self.invites
            .iter()
            .find(|(_, invite)| invite.digest == digest)
            .map(|(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;
    use crate::workspace::KeyPrefix;

    fn person(number: u8) -> UserId {
        Id::from_bytes([number; 16])
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    /// 1 owns it, 2 is admin, 3 member, 4 guest.
    fn workspace() -> Workspace {
        let event = WorkspaceEvent::Created {
            name: WorkspaceName::parse("Flow").unwrap(),
            description: WorkspaceDescription::default(),
            owner_id: person(1),
            key_prefix: KeyPrefix::parse("FLOW").unwrap(),
            edit_window_seconds: 60,
        };
        let mut workspace = Workspace::created(Id::from_bytes([9; 16]), &event, at(0)).unwrap();
        for (user, role) in [(2, Role::Admin), (3, Role::Member), (4, Role::Guest)] {
            workspace.apply(
                &WorkspaceEvent::MemberAdded {
                    user_id: person(user),
                    role,
                },
                at(user.into()),
            );
        }
        workspace
    }

    fn with(mut workspace: Workspace, events: &[WorkspaceEvent]) -> Workspace {
        for event in events {
            workspace.apply(event, at(100));
        }
        workspace
    }

    fn open_invite(max_uses: u32) -> (Workspace, InviteId) {
        let id = Id::from_bytes([7; 16]);
        let invite = Invite {
            digest: Digest::from_bytes([5; 32]),
            role: Role::Guest,
            max_uses,
            uses: 0,
            expires_at: at(1_000),
            created_by: person(2),
        };
        let workspace = workspace();
        let events = workspace.invite(id, invite, at(10)).unwrap();
        (with(workspace, &events), id)
    }

    #[test]
    fn only_admins_manage_and_strangers_find_nothing() {
        let workspace = workspace();
        let needs_admin = WorkspaceRefusal::NeedsRole { least: Role::Admin };
        assert_eq!(
            workspace.add(person(3), person(5), Role::Member),
            Err(needs_admin.clone())
        );
        assert_eq!(workspace.remove(person(3), person(4)), Err(needs_admin.clone()));
        assert_eq!(
            workspace.change_role(person(3), person(3), Role::Admin),
            Err(needs_admin.clone())
        );
        assert_eq!(workspace.update(person(3), None, None), Err(needs_admin));
        assert_eq!(
            workspace.add(person(8), person(5), Role::Member),
            Err(WorkspaceRefusal::NotFound)
        );
        assert_eq!(
            workspace.delete(person(2)),
            Err(WorkspaceRefusal::NeedsRole { least: Role::Owner })
        );
    }

    #[test]
    fn there_is_always_exactly_one_owner() {
        let workspace = workspace();
        assert_eq!(
            workspace.remove(person(1), person(1)),
            Err(WorkspaceRefusal::OwnerStays)
        );
        assert_eq!(
            workspace.remove(person(2), person(1)),
            Err(WorkspaceRefusal::OwnerStays)
        );
        assert_eq!(
            workspace.change_role(person(2), person(1), Role::Member),
            Err(WorkspaceRefusal::OwnerStays)
        );
        assert_eq!(
            workspace.change_role(person(1), person(3), Role::Owner),
            Err(WorkspaceRefusal::OwnerIsTransferred)
        );
        assert_eq!(
            workspace.add(person(1), person(5), Role::Owner),
            Err(WorkspaceRefusal::OwnerIsTransferred)
        );
        let events = workspace.transfer(person(1), person(3)).unwrap();
        let after = with(workspace, &events);
        assert_eq!(
            (after.owner(), after.role_of(person(1))),
            (Some(person(3)), Some(Role::Admin))
        );
        assert_eq!(
            after
                .members
                .values()
                .filter(|member| member.role == Role::Owner)
                .count(),
            1
        );
        assert_eq!(
            after.transfer(person(1), person(1)),
            Err(WorkspaceRefusal::NeedsRole { least: Role::Owner })
        );
    }

    #[test]
    fn a_member_may_leave() {
        assert_eq!(workspace().remove(person(4), person(4)).unwrap().len(), 1);
        assert_eq!(
            workspace().remove(person(2), person(8)),
            Err(WorkspaceRefusal::MemberNotFound)
        );
    }

    #[test]
    fn adding_somebody_again_changes_nothing_and_never_their_role() {
        assert_eq!(workspace().add(person(2), person(3), Role::Member), Ok(vec![]));
        assert_eq!(
            workspace().add(person(2), person(3), Role::Guest),
            Err(WorkspaceRefusal::AlreadyMember)
        );
    }

    #[test]
    fn the_last_use_of_an_invite_is_the_last() {
        let (workspace, id) = open_invite(1);
        let events = workspace.accept(person(5), id, at(20)).unwrap();
        let after = with(workspace, &events);
        assert_eq!(after.role_of(person(5)), Some(Role::Guest));
        assert_eq!(after.accept(person(5), id, at(20)), Ok(vec![]));
        assert_eq!(
            after.accept(person(6), id, at(20)),
            Err(WorkspaceRefusal::InviteOver)
        );
    }

    #[test]
    fn an_invite_ends_when_it_expires_or_is_revoked() {
        let (workspace, id) = open_invite(0);
        assert_eq!(
            workspace.accept(person(5), id, at(1_000)),
            Err(WorkspaceRefusal::InviteOver)
        );
        let events = workspace.revoke(person(2), id).unwrap();
        let after = with(workspace, &events);
        assert_eq!(
            after.accept(person(5), id, at(20)),
            Err(WorkspaceRefusal::InviteOver)
        );
        assert_eq!(after.revoke(person(2), id), Err(WorkspaceRefusal::InviteNotFound));
    }

    #[test]
    fn a_deleted_workspace_has_no_members() {
        let workspace = workspace();
        let events = workspace.delete(person(1)).unwrap();
        assert_eq!(with(workspace, &events).role_of(person(1)), None);
    }

    #[test]
    fn a_workspace_is_deleted_once() {
        let workspace = workspace();
        let events = workspace.delete(person(1)).unwrap();
        let deleted = with(workspace, &events);
        assert_eq!(deleted.delete(person(1)), Ok(vec![]));
        assert_eq!(deleted.delete(person(2)), Err(WorkspaceRefusal::NotFound));
    }
}
