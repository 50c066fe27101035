//! A small second telling of the rules: what is there, who may see it, and nothing of how it is stored.
//!
//! Everything is named by its index in the order of its making.

use std::collections::{BTreeMap, BTreeSet};

use flowra_core::chat::ChatKind;
use flowra_core::task::{Priority, Severity, Status, TaskKind};
use flowra_core::workspace::Role;

/// All that the log knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) people: Vec<Person>,
    pub(crate) workspaces: Vec<Workspace>,
    pub(crate) chats: Vec<Chat>,
    pub(crate) messages: Vec<Message>,
    pub(crate) tasks: Vec<Task>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) is_admin: bool,
    pub(crate) is_active: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Workspace {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) members: BTreeMap<usize, Role>,
    /// Who was a member once and went.
    pub(crate) gone: BTreeSet<usize>,
    pub(crate) invites: Vec<Invite>,
    pub(crate) is_deleted: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Invite {
    pub(crate) role: Role,
    pub(crate) max_uses: u32,
    pub(crate) uses: u32,
    pub(crate) expires: i64,
    pub(crate) is_revoked: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chat {
    pub(crate) workspace: usize,
    pub(crate) kind: ChatKind,
    pub(crate) title: String,
    pub(crate) topic: String,
    pub(crate) people: BTreeMap<usize, Place>,
    /// Who took part once and went.
    pub(crate) gone: BTreeSet<usize>,
    pub(crate) pins: Vec<usize>,
    pub(crate) is_closed: bool,
    pub(crate) is_deleted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) is_admin: bool,
    pub(crate) since: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) chat: usize,
    /// None is the bot.
    pub(crate) author: Option<usize>,
    pub(crate) parent: Option<usize>,
    /// None is unknown: the bot's.
    pub(crate) content: Option<String>,
    pub(crate) mentions: BTreeSet<usize>,
    pub(crate) reactions: BTreeSet<(&'static str, usize)>,
    pub(crate) posted: i64,
    pub(crate) is_deleted: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Task {
    pub(crate) workspace: usize,
    pub(crate) number: u64,
    pub(crate) kind: TaskKind,
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) status: Status,
    pub(crate) priority: Priority,
    pub(crate) severity: Option<Severity>,
    pub(crate) assignee: Option<usize>,
    pub(crate) reporter: usize,
    pub(crate) due: Option<u8>,
    pub(crate) labels: Vec<String>,
    pub(crate) epic: Option<usize>,
    pub(crate) chat: Option<usize>,
    pub(crate) message: Option<usize>,
    pub(crate) is_deleted: bool,
}

impl Model {
    pub(crate) fn is_active(&self, who: usize) -> bool {
        self.people[who].is_active
    }

    /// A member's role, be they active or not.
    pub(crate) fn role(&self, workspace: usize, who: usize) -> Option<Role> {
        let workspace = &self.workspaces[workspace];
        workspace
            .members
            .get(&who)
            .copied()
            .filter(|_| !workspace.is_deleted)
    }

    /// The role of somebody who can use it.
    pub(crate) fn acting(&self, workspace: usize, who: usize) -> Option<Role> {
        self.role(workspace, who).filter(|_| self.is_active(who))
    }

    pub(crate) fn takes_part(&self, chat: usize, who: usize) -> bool {
        self.chats[chat].people.contains_key(&who)
    }

    /// Whether a member reads the messages and tasks of a chat.
    pub(crate) fn reads(&self, chat: usize, who: usize) -> bool {
        let one = &self.chats[chat];
        let Some(role) = self.role(one.workspace, who) else {
            return false;
        };
        let is_public = one.kind == ChatKind::Channel && role != Role::Guest;
        !one.is_deleted && (is_public || self.takes_part(chat, who))
    }

    /// Whether a member knows that a chat exists.
    pub(crate) fn knows(&self, chat: usize, who: usize) -> bool {
        let one = &self.chats[chat];
        let is_overseer = self.role(one.workspace, who) >= Some(Role::Admin) && one.kind == ChatKind::Group;
        self.reads(chat, who) || (is_overseer && !one.is_deleted)
    }

    pub(crate) fn manages(&self, chat: usize, who: usize) -> bool {
        let one = &self.chats[chat];
        let is_overseer = self.role(one.workspace, who) >= Some(Role::Admin) && one.kind != ChatKind::Direct;
        is_overseer || one.people.get(&who).is_some_and(|place| place.is_admin)
    }

    /// Whether nobody else is admin of a chat.
    pub(crate) fn is_only_admin(&self, chat: usize, who: usize) -> bool {
        let people = &self.chats[chat].people;
        let is_other_admin = |(other, place): (&usize, &Place)| *other != who && place.is_admin;
        people.get(&who).is_some_and(|place| place.is_admin) && !people.iter().any(is_other_admin)
    }

    /// Whether a member would see a task of this chat, or of none.
    pub(crate) fn sees_tasks_of(&self, workspace: usize, chat: Option<usize>, who: usize) -> bool {
        match chat {
            Some(chat) => self.reads(chat, who),
            None => self.role(workspace, who) > Some(Role::Guest),
        }
    }

    pub(crate) fn sees(&self, task: usize, who: usize) -> bool {
        let one = &self.tasks[task];
        !one.is_deleted && self.sees_tasks_of(one.workspace, one.chat, who)
    }

    pub(crate) fn messages_of(&self, chat: usize) -> Vec<usize> {
        let here = |at: &usize| self.messages[*at].chat == chat;
        (0..self.messages.len()).filter(here).collect()
    }

    pub(crate) fn tasks_of(&self, workspace: usize) -> Vec<usize> {
        let here = |at: &usize| self.tasks[*at].workspace == workspace;
        (0..self.tasks.len()).filter(here).collect()
    }

    /// Roots and mentions behind a mark.
    pub(crate) fn unread(&self, chat: usize, who: usize, mark: Option<usize>) -> (u64, u64) {
        let (mut roots, mut mentions) = (0, 0);
        for at in self.messages_of(chat) {
            if mark.is_none_or(|mark| at > mark) {
                roots += u64::from(self.messages[at].parent.is_none());
                mentions += u64::from(self.messages[at].mentions.contains(&who));
            }
        }
        (roots, mentions)
    }
}
