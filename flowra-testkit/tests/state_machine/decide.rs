//! What the model expects of a step: everything as it will be, or a refusal.

use std::collections::BTreeSet;

use flowra_core::chat::{ChatKind, ChatRole};
use flowra_core::task::{Priority, Status, TaskKind};
use flowra_core::workspace::Role;
use flowra_testkit::strategies::commands::{
    AccountStep, BulkStep, ChatStep, MessageStep, NewChat, NewTask, Slot, TaskStep, WorkspaceStep,
};

use super::model::{Chat, Invite, Message, Model, Person, Place, Task, Workspace};
use super::text;

/// How long an invite is good, and a message can be edited, in seconds.
const INVITE: i64 = 7 * 86_400;
const EDIT_WINDOW: i64 = 86_400;

/// What will be, or nothing when the step must be refused.
pub(crate) type Expected = Option<Model>;

impl Model {
    #[expect(clippy::unnecessary_wraps, reason = "every decision ends with it")]
    fn but(&self, change: impl FnOnce(&mut Self)) -> Expected {
        let mut after = self.clone();
        change(&mut after);
        Some(after)
    }

    pub(crate) fn person(&self, slot: Slot) -> usize {
        slot.among(self.people.len()).expect("there is always somebody")
    }

    pub(crate) fn after_account(&self, who: usize, step: &AccountStep) -> Expected {
        let is_admin = self.is_active(who) && self.people[who].is_admin;
        let is_last = |target: usize| {
            let is_one = |person: &Person| person.is_admin && person.is_active;
            is_one(&self.people[target]) && self.people.iter().filter(|person| is_one(person)).count() == 1
        };
        match step {
            AccountStep::Register => {
                let name = format!("Person {}", self.people.len());
                self.but(|after| {
                    after.people.push(Person {
                        name,
                        is_admin: false,
                        is_active: true,
                    });
                })
            }
            AccountStep::Rename(name) if self.is_active(who) => {
                self.but(|after| after.people[who].name.clone_from(name))
            }
            AccountStep::SetAdmin(target, to) if is_admin => {
                let target = self.person(*target);
                let stays = *to || !is_last(target);
                stays
                    .then(|| self.but(|after| after.people[target].is_admin = *to))
                    .flatten()
            }
            AccountStep::Deactivate(target) if is_admin => {
                let target = self.person(*target);
                (!is_last(target))
                    .then(|| self.but(|after| after.people[target].is_active = false))
                    .flatten()
            }
            AccountStep::Reactivate(target) if is_admin => {
                let target = self.person(*target);
                self.but(|after| after.people[target].is_active = true)
            }
            AccountStep::SignIn(is_right) | AccountStep::ChangePassword(is_right) => {
                (self.is_active(who) && *is_right).then(|| self.clone())
            }
            AccountStep::Token(scopes) => {
                let any = scopes.read || scopes.write || scopes.admin;
                (self.is_active(who) && any).then(|| self.clone())
            }
            AccountStep::Rename(_)
            | AccountStep::SetAdmin(..)
            | AccountStep::Deactivate(_)
            | AccountStep::Reactivate(_) => None,
        }
    }

    pub(crate) fn after_workspace(&self, now: i64, who: usize, at: usize, step: &WorkspaceStep) -> Expected {
        use WorkspaceStep as Do;
        match step {
            Do::Create => {
                let made = Workspace {
                    name: "Flow".to_owned(),
                    about: String::new(),
                    members: [(who, Role::Owner)].into(),
                    gone: BTreeSet::new(),
                    invites: Vec::new(),
                    is_deleted: false,
                };
                return self
                    .is_active(who)
                    .then(|| self.but(|after| after.workspaces.push(made)))
                    .flatten();
            }
            Do::AcceptInvite(invite) => return self.after_acceptance(now, who, at, *invite),
            Do::Delete if self.workspaces[at].is_deleted => {
                let was_owner = self.workspaces[at].members.get(&who) == Some(&Role::Owner);
                return (was_owner && self.is_active(who)).then(|| self.clone());
            }
            _ => {}
        }
        let (role, one) = (self.acting(at, who)?, &self.workspaces[at]);
        let is_admin = role >= Role::Admin;
        let but = |change: &dyn Fn(&mut Workspace)| self.but(|after| change(&mut after.workspaces[at]));
        match step {
            Do::Update(name, about) if is_admin => but(&|one| {
                one.name = name.clone().unwrap_or_else(|| one.name.clone());
                one.about = about.clone().unwrap_or_else(|| one.about.clone());
            }),
            Do::AddMember(target, role) if is_admin => {
                let target = self.person(*target);
                // Who is there already gains nothing, so it does not matter whether their account is active.
                let is_allowed = match one.members.get(&target) {
                    Some(now) => now == role,
                    None => self.is_active(target),
                };
                if !is_allowed {
                    return None;
                }
                but(&|one| {
                    one.members.insert(target, *role);
                })
            }
            Do::ChangeRole(target, role) if is_admin => {
                let target = self.person(*target);
                if *one.members.get(&target)? == Role::Owner {
                    return None;
                }
                but(&|one| {
                    one.members.insert(target, *role);
                })
            }
            Do::RemoveMember(target) if is_admin || self.person(*target) == who => {
                let target = self.person(*target);
                match one.members.get(&target) {
                    None => one.gone.contains(&target).then(|| self.clone()),
                    Some(Role::Owner) => None,
                    Some(_) => self.but(|after| after.depart(at, target)),
                }
            }
            Do::Transfer(target) if role == Role::Owner => {
                let target = self.person(*target);
                one.members.get(&target)?;
                self.is_active(target).then_some(())?;
                but(&|one| {
                    one.members.insert(who, Role::Admin);
                    one.members.insert(target, Role::Owner);
                })
            }
            Do::CreateInvite(role, max_uses) if is_admin => but(&|one| {
                one.invites.push(Invite {
                    role: *role,
                    max_uses: *max_uses,
                    uses: 0,
                    expires: now + INVITE,
                    is_revoked: false,
                });
            }),
            Do::RevokeInvite(invite) if is_admin => {
                let invite = invite.among(one.invites.len())?;
                but(&|one| one.invites[invite].is_revoked = true)
            }
            Do::Delete if role == Role::Owner => but(&|one| one.is_deleted = true),
            _ => None,
        }
    }

    fn after_acceptance(&self, now: i64, who: usize, at: usize, invite: Slot) -> Expected {
        let one = &self.workspaces[at];
        let invite = invite.among(one.invites.len())?;
        let way = &one.invites[invite];
        if one.is_deleted || way.is_revoked || !self.is_active(who) {
            return None;
        }
        if one.members.contains_key(&who) {
            return Some(self.clone());
        }
        if way.expires <= now || (way.max_uses > 0 && way.uses >= way.max_uses) {
            return None;
        }
        self.but(|after| {
            let one = &mut after.workspaces[at];
            one.invites[invite].uses += 1;
            one.members.insert(who, one.invites[invite].role);
        })
    }

    fn depart(&mut self, workspace: usize, who: usize) {
        self.workspaces[workspace].members.remove(&who);
        self.workspaces[workspace].gone.insert(who);
        for chat in &mut self.chats {
            if chat.workspace != workspace || chat.is_deleted || chat.kind == ChatKind::Direct {
                continue;
            }
            if chat.people.remove(&who).is_some() {
                chat.gone.insert(who);
            }
            let heir = chat
                .people
                .iter()
                .min_by_key(|(other, place)| (place.since, **other));
            let heir = heir.map(|(heir, _)| *heir);
            if let Some(heir) = heir.filter(|_| !chat.people.values().any(|place| place.is_admin)) {
                chat.people.insert(
                    heir,
                    Place {
                        is_admin: true,
                        ..chat.people[&heir]
                    },
                );
            }
        }
    }

    /// The chat of a pair, if there is one.
    pub(crate) fn direct(&self, workspace: usize, people: &[usize]) -> Option<usize> {
        let is_it = |chat: &Chat| {
            chat.workspace == workspace
                && chat.kind == ChatKind::Direct
                && !chat.is_deleted
                && people.iter().all(|person| chat.people.contains_key(person))
        };
        self.chats.iter().position(is_it)
    }

    pub(crate) fn after_new_chat(&self, now: i64, who: usize, at: usize, new: &NewChat) -> Expected {
        let role = self.acting(at, who)?;
        let mut people: Vec<usize> = new.people.iter().map(|slot| self.person(*slot)).collect();
        people.push(who);
        people.sort_unstable();
        people.dedup();
        let is_direct = new.kind == ChatKind::Direct;
        let all_members = people.iter().all(|person| self.role(at, *person).is_some());
        if role == Role::Guest || !all_members || (is_direct && people.len() != 2) {
            return None;
        }
        if is_direct && self.direct(at, &people).is_some() {
            return Some(self.clone());
        }
        let place = |person: &usize| Place {
            is_admin: is_direct || *person == who,
            since: now,
        };
        self.but(|after| {
            after.chats.push(Chat {
                workspace: at,
                kind: new.kind,
                title: if is_direct {
                    String::new()
                } else {
                    new.title.clone()
                },
                topic: String::new(),
                people: people.iter().map(|person| (*person, place(person))).collect(),
                gone: BTreeSet::new(),
                pins: Vec::new(),
                is_closed: false,
                is_deleted: false,
            });
        })
    }

    pub(crate) fn after_chat(&self, now: i64, who: usize, chat: usize, step: &ChatStep) -> Expected {
        let one = &self.chats[chat];
        self.acting(one.workspace, who)?;
        if one.is_deleted && matches!(step, ChatStep::Delete) {
            return self.manages(chat, who).then(|| self.clone());
        }
        if !self.knows(chat, who) {
            return None;
        }
        if let ChatStep::Remove(slot) = step
            && let person = self.person(*slot)
            && (person != who && one.kind != ChatKind::Direct && self.manages(chat, who))
            && (one.gone.contains(&person) && !self.takes_part(chat, person))
        {
            return Some(self.clone());
        }
        self.after_chat_change(now, who, chat, step)
    }

    /// The same by somebody who need not know the chat any more, as in the later tags of a message.
    pub(crate) fn after_chat_change(&self, now: i64, who: usize, chat: usize, step: &ChatStep) -> Expected {
        use ChatStep as Do;
        let one = &self.chats[chat];
        let (manages, takes_part) = (self.manages(chat, who), self.takes_part(chat, who));
        let is_direct = one.kind == ChatKind::Direct;
        let but = |change: &dyn Fn(&mut Chat)| self.but(|after| change(&mut after.chats[chat]));
        let enters = |person: usize, role: ChatRole| {
            let is_admin = role == ChatRole::Admin || one.people.is_empty();
            but(&|one| {
                one.people.insert(person, Place { is_admin, since: now });
            })
        };
        let goes = |person: usize| {
            if self.is_only_admin(chat, person) && one.people.len() > 1 {
                None
            } else {
                but(&|one| {
                    one.people.remove(&person);
                    one.gone.insert(person);
                })
            }
        };
        let here = |slot: &Slot| {
            let messages = self.messages_of(chat);
            slot.among_newest(messages.len()).map(|at| messages[at])
        };
        match step {
            Do::Rename(title) if !is_direct && manages => but(&|one| one.title.clone_from(title)),
            Do::SetTopic(topic) if !is_direct && manages => but(&|one| one.topic.clone_from(topic)),
            Do::Close if manages => but(&|one| one.is_closed = true),
            Do::Reopen if manages => but(&|one| one.is_closed = false),
            Do::Delete if manages => but(&|one| one.is_deleted = true),
            Do::Join if takes_part => Some(self.clone()),
            Do::Join if one.kind == ChatKind::Channel => enters(who, ChatRole::Member),
            Do::Leave if !is_direct && takes_part => goes(who),
            Do::Leave if !is_direct => Some(self.clone()),
            Do::Remove(person) if self.person(*person) == who => {
                self.after_chat_change(now, who, chat, &Do::Leave)
            }
            Do::Add(person, role) if !is_direct && manages => {
                let person = self.person(*person);
                self.role(one.workspace, person)?;
                if let Some(place) = one.people.get(&person) {
                    (place.is_admin == (*role == ChatRole::Admin)).then(|| self.clone())
                } else if person == who && one.kind == ChatKind::Group {
                    None
                } else {
                    enters(person, *role)
                }
            }
            Do::Remove(person) if !is_direct && manages => {
                let person = self.person(*person);
                one.people.get(&person)?;
                goes(person)
            }
            Do::ChangeRole(person, role) if !is_direct && manages => {
                let person = self.person(*person);
                let is_admin = *role == ChatRole::Admin;
                if one.people.get(&person)?.is_admin && !is_admin && self.is_only_admin(chat, person) {
                    return None;
                }
                but(&|one| {
                    one.people
                        .entry(person)
                        .and_modify(|place| place.is_admin = is_admin);
                })
            }
            Do::Pin(message) if takes_part && self.reads(chat, who) => {
                let message = here(message)?;
                if self.messages[message].is_deleted {
                    return None;
                }
                but(&|one| {
                    if !one.pins.contains(&message) {
                        one.pins.push(message);
                    }
                })
            }
            Do::Unpin(message) if takes_part => {
                let message = here(message)?;
                but(&|one| one.pins.retain(|pin| *pin != message))
            }
            Do::Read(message) if self.reads(chat, who) => here(message).map(|_| self.clone()),
            Do::Mute(_) if self.reads(chat, who) => Some(self.clone()),
            _ => None,
        }
    }

    pub(crate) fn after_message(&self, now: i64, who: usize, at: usize, step: &MessageStep) -> Expected {
        let one = &self.messages[at];
        let chat = &self.chats[one.chat];
        self.acting(chat.workspace, who)?;
        if !self.reads(one.chat, who) {
            return None;
        }
        let is_author = one.author == Some(who);
        let is_direct = chat.kind == ChatKind::Direct;
        let may_speak = self.takes_part(one.chat, who) && !chat.is_closed && !one.is_deleted;
        let but = |change: &dyn Fn(&mut Message)| self.but(|after| change(&mut after.messages[at]));
        // What is already so may be said again, in a closed chat too.
        let takes_part = self.chats[one.chat].people.contains_key(&who) && !one.is_deleted;
        let has = |emoji: &'static str| one.reactions.contains(&(emoji, who));
        match step {
            MessageStep::Edit(lines)
                if may_speak
                    && is_author
                    && (now <= one.posted + EDIT_WINDOW
                        || one.content == Some(text::render(self, chat.workspace, lines))) =>
            {
                let content = text::render(self, chat.workspace, lines);
                let mentions = text::mentioned(self, one.chat, who, lines);
                but(&|one| {
                    if one.content.as_ref() != Some(&content) {
                        one.content = Some(content.clone());
                        one.mentions.clone_from(&mentions);
                    }
                })
            }
            MessageStep::Delete if is_author || (!is_direct && self.manages(one.chat, who)) => {
                self.but(|after| {
                    let one = &mut after.messages[at];
                    one.is_deleted = true;
                    one.content = None;
                    one.mentions.clear();
                    one.reactions.clear();
                    let chat = one.chat;
                    after.chats[chat].pins.retain(|pin| *pin != at);
                })
            }
            MessageStep::React(emoji) if may_speak || (takes_part && has(emoji)) => but(&|one| {
                one.reactions.insert((emoji, who));
            }),
            MessageStep::Unreact(emoji) if may_speak || (takes_part && !has(emoji)) => but(&|one| {
                one.reactions.remove(&(*emoji, who));
            }),
            _ => None,
        }
    }

    pub(crate) fn new_task(&self, workspace: usize, reporter: usize, kind: TaskKind, title: &str) -> Task {
        Task {
            workspace,
            number: self.tasks_of(workspace).len() as u64 + 1,
            kind,
            title: title.to_owned(),
            about: String::new(),
            status: kind.initial(),
            priority: Priority::Medium,
            severity: None,
            assignee: None,
            reporter,
            due: None,
            labels: Vec::new(),
            epic: None,
            chat: None,
            message: None,
            is_deleted: false,
        }
    }

    fn may_be_given(&self, workspace: usize, chat: Option<usize>, who: usize) -> bool {
        self.is_active(who) && self.sees_tasks_of(workspace, chat, who)
    }

    pub(crate) fn chat_in(&self, workspace: usize, slot: Slot) -> Option<usize> {
        let here = |at: &usize| self.chats[*at].workspace == workspace;
        let chats: Vec<usize> = (0..self.chats.len()).filter(here).collect();
        slot.among(chats.len()).map(|at| chats[at])
    }

    pub(crate) fn task_in(&self, workspace: usize, slot: Slot) -> Option<usize> {
        let tasks = self.tasks_of(workspace);
        slot.among(tasks.len()).map(|at| tasks[at])
    }

    pub(crate) fn after_new_task(&self, who: usize, at: usize, new: &NewTask) -> Expected {
        self.acting(at, who)?;
        let chat = new.chat.and_then(|chat| self.chat_in(at, chat));
        let assignee = new.assignee.map(|slot| self.person(slot));
        let epic = new.epic.and_then(|slot| self.task_in(at, slot));
        let fits = self.sees_tasks_of(at, chat, who)
            && assignee.is_none_or(|assignee| self.may_be_given(at, chat, assignee))
            && (new.severity.is_none() || new.kind == TaskKind::Bug)
            && epic.is_none_or(|epic| self.is_epic_for(epic, who, new.kind));
        fits.then(|| {
            self.but(|after| {
                after.tasks.push(Task {
                    chat,
                    assignee,
                    epic,
                    severity: new.severity,
                    ..self.new_task(at, who, new.kind, &new.title)
                });
            })
        })
        .flatten()
    }

    fn is_epic_for(&self, epic: usize, who: usize, kind: TaskKind) -> bool {
        self.sees(epic, who) && self.tasks[epic].kind == TaskKind::Epic && kind != TaskKind::Epic
    }

    pub(crate) fn after_task(&self, who: usize, at: usize, step: &TaskStep) -> Expected {
        let one = &self.tasks[at];
        self.acting(one.workspace, who)?;
        let is_repeat = one.is_deleted && matches!(step, TaskStep::Delete);
        let saw = is_repeat && self.sees_tasks_of(one.workspace, one.chat, who);
        if !self.sees(at, who) && !saw {
            return None;
        }
        self.after_task_change(who, at, step)
    }

    /// The same by somebody who sees the task.
    pub(crate) fn after_task_change(&self, who: usize, at: usize, step: &TaskStep) -> Expected {
        use TaskStep as Do;
        let one = &self.tasks[at];
        let but = |change: &dyn Fn(&mut Task)| self.but(|after| change(&mut after.tasks[at]));
        match step {
            Do::Update(title, about) => but(&|one| {
                one.title = title.clone().unwrap_or_else(|| one.title.clone());
                one.about = about.clone().unwrap_or_else(|| one.about.clone());
            }),
            Do::SetStatus(to) => {
                let way_back = [one.status, Status::Backlog, one.kind.initial()];
                let may = one.kind.statuses().contains(to)
                    && (one.status != Status::Cancelled || way_back.contains(to));
                may.then(|| but(&|one| one.status = *to)).flatten()
            }
            Do::SetAssignee(slot) => {
                let assignee = slot.map(|slot| self.person(slot));
                let may = assignee == one.assignee
                    || assignee.is_none_or(|who| self.may_be_given(one.workspace, one.chat, who));
                may.then(|| but(&|one| one.assignee = assignee)).flatten()
            }
            Do::SetPriority(priority) => but(&|one| one.priority = *priority),
            Do::SetSeverity(severity) => (severity.is_none() || one.kind == TaskKind::Bug)
                .then(|| but(&|one| one.severity = *severity))
                .flatten(),
            Do::SetDue(due) => but(&|one| one.due = *due),
            Do::SetLabels(labels) => but(&|one| {
                let labels = without_doubles(labels);
                let same =
                    labels.len() == one.labels.len() && labels.iter().all(|has| one.labels.contains(has));
                if !same {
                    one.labels = labels;
                }
            }),
            Do::SetEpic(slot) => {
                let epic = slot.and_then(|slot| self.task_in(one.workspace, slot));
                (epic == one.epic || epic.is_none_or(|epic| self.is_epic_for(epic, who, one.kind)))
                    .then(|| but(&|one| one.epic = epic))
                    .flatten()
            }
            // Where exactly it stands is the board's to know; see what is held of it after the step.
            Do::Move(column, ..) => match column.filter(|column| *column != one.status.column()) {
                Some(column) => self.after_task_change(who, at, &Do::SetStatus(one.kind.status_in(column)?)),
                None => Some(self.clone()),
            },
            Do::Delete => {
                let may = one.reporter == who
                    || self.role(one.workspace, who) >= Some(Role::Admin)
                    || one.chat.is_some_and(|chat| self.manages(chat, who));
                may.then(|| but(&|one| one.is_deleted = true)).flatten()
            }
        }
    }

    /// What a part of a bulk change is on its own.
    pub(crate) fn part(&self, at: usize, step: &BulkStep) -> TaskStep {
        let labels = self.tasks[at].labels.clone();
        match step {
            BulkStep::SetStatus(status) => TaskStep::SetStatus(*status),
            BulkStep::SetAssignee(slot) => TaskStep::SetAssignee(*slot),
            BulkStep::SetPriority(priority) => TaskStep::SetPriority(*priority),
            BulkStep::AddLabel(label) => {
                TaskStep::SetLabels(labels.into_iter().chain([label.clone()]).collect())
            }
            BulkStep::RemoveLabel(label) => {
                TaskStep::SetLabels(labels.into_iter().filter(|has| has != label).collect())
            }
        }
    }
}

fn without_doubles(labels: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for label in labels {
        if !kept.contains(label) {
            kept.push(label.clone());
        }
    }
    kept
}
