//! What must hold after every step.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use flowra_core::Class;
use flowra_core::chat::{ChatKind, ChatRole, ChatState};
use flowra_core::event::{Document, EventLog, Position, StreamId};
use flowra_core::message::{Anchor, Which};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::task::{FindTask, ShowBoard};
use flowra_core::workspace::Role;

use super::driver::{World, class};

/// The log folded as far as it was read.
pub(crate) struct Fold {
    read: Position,
    documents: HashMap<StreamId, Document>,
}

impl Default for Fold {
    fn default() -> Self {
        Self {
            read: Position::START,
            documents: HashMap::new(),
        }
    }
}

impl World {
    /// Holds everything stored, and everything that this person may and may not see, against the model.
    pub(crate) async fn check(&mut self, who: usize) {
        self.stored_is_folded().await;
        self.workspaces_are_as_they_should().await;
        self.chats_are_as_they_should().await;
        self.messages_are_as_they_should().await;
        self.tasks_are_as_they_should().await;
        self.marks_are_as_they_should().await;
        self.sees_what_they_may(who).await;
    }

    async fn stored_is_folded(&mut self) {
        let mut touched = BTreeSet::new();
        for entry in self.memory.read(self.fold.read, 10_000).await.unwrap() {
            let recorded = &entry.recorded;
            let before = self.fold.documents.remove(&recorded.stream);
            let document = Document::fold(before, recorded).expect("the log folds");
            self.fold.documents.insert(recorded.stream, document);
            assert_eq!(
                recorded.position.get(),
                self.fold.read.get() + 1,
                "the log has no hole"
            );
            self.fold.read = recorded.position;
            touched.insert(recorded.stream);
        }
        let ports = &self.app.ports;
        for stream in touched {
            let stored = match stream {
                StreamId::User(id) => ports.users.load(id).await.unwrap().map(Document::User),
                StreamId::Workspace(id) => ports.workspaces.load(id).await.unwrap().map(Document::Workspace),
                StreamId::Chat(id) => ports.chats.load(id).await.unwrap().map(Document::Chat),
                StreamId::Message(id) => {
                    let placed = ports.messages.load(id).await.unwrap();
                    placed.map(|placed| Document::Message(placed.message))
                }
                StreamId::Task(id) => ports.tasks.load(id).await.unwrap().map(Document::Task),
            };
            assert_eq!(
                stored.as_ref(),
                self.fold.documents.get(&stream),
                "the fold of {stream}"
            );
        }
    }

    async fn workspaces_are_as_they_should(&self) {
        for (id, one) in self.workspaces.iter().zip(&self.model.workspaces) {
            let stored = self.app.ports.workspaces.load(*id).await.unwrap().unwrap();
            let owners = stored
                .members
                .values()
                .filter(|member| member.role == Role::Owner);
            assert_eq!(owners.count(), 1, "exactly one owner");
            let members = one.members.iter().map(|(who, role)| (self.people[*who], *role));
            let kept = stored.members.iter().map(|(who, member)| (*who, member.role));
            assert_eq!(kept.collect::<BTreeMap<_, _>>(), members.collect(), "the members");
            assert_eq!(stored.is_deleted, one.is_deleted);
            assert_eq!(
                (stored.name.as_str(), stored.description.as_str()),
                (&*one.name, &*one.about)
            );
            for invite in stored.invites.values() {
                assert!(
                    invite.max_uses == 0 || invite.uses <= invite.max_uses,
                    "no invite is used too often"
                );
            }
        }
    }

    async fn chats_are_as_they_should(&self) {
        for (id, one) in self.chats.iter().zip(&self.model.chats) {
            let stored = self.app.ports.chats.load(*id).await.unwrap().unwrap();
            let people = one
                .people
                .iter()
                .map(|(who, place)| (self.people[*who], place.is_admin));
            let is_admin = |role| role == ChatRole::Admin;
            let kept = stored
                .participants
                .iter()
                .map(|(who, place)| (*who, is_admin(place.role)));
            let kept: BTreeMap<_, _> = kept.collect();
            assert_eq!(kept, people.collect(), "the people of a chat");
            if stored.kind == ChatKind::Direct {
                assert_eq!(kept.len(), 2, "a direct chat is between two");
            }
            assert!(
                kept.is_empty() || kept.values().any(|is_admin| *is_admin),
                "a chat with people has an admin"
            );
            let pins: Vec<_> = one.pins.iter().map(|at| self.messages[*at]).collect();
            assert_eq!(stored.pins, pins, "the pins");
            assert_eq!(
                (stored.state == ChatState::Closed, stored.is_deleted),
                (one.is_closed, one.is_deleted)
            );
        }
    }

    async fn messages_are_as_they_should(&self) {
        for (number, (id, one)) in self.messages.iter().zip(&self.model.messages).enumerate() {
            let placed = self.app.ports.messages.load(*id).await.unwrap().unwrap();
            let stored = placed.message;
            let author = one.author.map_or(flowra_core::user::BOT, |who| self.people[who]);
            assert_eq!((stored.author, stored.is_deleted()), (author, one.is_deleted));
            let place = self
                .model
                .messages_of(one.chat)
                .iter()
                .position(|at| *at == number)
                .unwrap();
            assert_eq!(
                placed.number,
                place as u64 + 1,
                "a deleted message keeps its place"
            );
            if one.author.is_some() || one.is_deleted {
                assert_eq!(
                    stored.content.as_ref().map(|text| text.as_str()),
                    one.content.as_deref()
                );
            }
            let mentions: BTreeSet<_> = one.mentions.iter().map(|who| self.people[*who]).collect();
            assert_eq!(
                stored.mentions.iter().copied().collect::<BTreeSet<_>>(),
                mentions,
                "the mentions"
            );
        }
    }

    async fn tasks_are_as_they_should(&self) {
        let mut numbers: BTreeMap<usize, u64> = BTreeMap::new();
        for (id, one) in self.tasks.iter().zip(&self.model.tasks) {
            let stored = self.app.ports.tasks.load(*id).await.unwrap().unwrap();
            let number = numbers.entry(one.workspace).or_default();
            *number += 1;
            assert_eq!(
                (stored.key.number, one.number),
                (*number, *number),
                "keys without gaps"
            );
            assert_eq!(
                (stored.kind, stored.status, stored.priority),
                (one.kind, one.status, one.priority)
            );
            assert_eq!(
                (stored.title.as_str(), stored.description.as_str()),
                (&*one.title, &*one.about)
            );
            assert_eq!(
                stored.assignee,
                one.assignee.map(|who| self.people[who]),
                "the assignee"
            );
            assert_eq!(stored.reporter, self.people[one.reporter], "the reporter");
            assert_eq!(
                (stored.severity, stored.is_deleted),
                (one.severity, one.is_deleted)
            );
            assert_eq!(stored.chat, one.chat.map(|at| self.chats[at]), "where it is seen");
            assert_eq!(stored.epic, one.epic.map(|at| self.tasks[at]), "the epic");
            let labels: Vec<_> = stored
                .labels
                .as_slice()
                .iter()
                .map(|label| label.as_str())
                .collect();
            assert_eq!(labels, one.labels, "the labels");
        }
    }

    async fn marks_are_as_they_should(&self) {
        for who in 0..self.people.len() {
            let standings = self
                .app
                .ports
                .marks
                .standings(self.people[who], self.chats.clone())
                .await
                .unwrap();
            for (chat, standing) in standings.iter().enumerate() {
                let mark = self.marks.get(&(who, chat)).copied();
                let counts = (standing.unread, standing.mentions);
                assert_eq!(
                    counts,
                    self.model.unread(chat, who, mark),
                    "unread and mentioned: {who} in {chat}"
                );
            }
        }
    }

    /// Nobody reads what they may not; and what they may, they do.
    async fn sees_what_they_may(&self, who: usize) {
        let (app, caller, model) = (&self.app, self.caller(who), &self.model);
        if !model.is_active(who) {
            for workspace in &self.workspaces {
                let refused = class(&app.workspaces.find(&caller, *workspace).await);
                assert_eq!(
                    refused,
                    Some(Class::Unauthenticated),
                    "a deactivated one is refused at once"
                );
            }
            return;
        }
        for (at, id) in self.chats.iter().enumerate() {
            let chat = self.chat_ref(at);
            let unknown = (!model.knows(at, who)).then_some(Class::NotFound);
            assert_eq!(
                class(&app.chats.find(&caller, chat).await),
                unknown,
                "chat {at} for {who}"
            );
            let unread = (!model.reads(at, who)).then_some(unknown.unwrap_or(Class::Forbidden));
            let page = app
                .messages
                .list(&caller, chat, Which::All, Anchor::Newest, Limit::MAX)
                .await;
            assert_eq!(class(&page), unread, "messages of chat {at} for {who}");
            assert_eq!(
                class(&app.chats.pins(&caller, chat).await),
                unread,
                "pins of chat {at} for {who}"
            );
            if let Some(message) = model.messages_of(at).last() {
                let found = app.messages.find(&caller, self.messages[*message]).await;
                assert_eq!(class(&found), (!model.reads(at, who)).then_some(Class::NotFound));
            }
            let foreign = self.workspaces.iter().find(|other| **other != chat.workspace);
            if let Some(other) = foreign {
                let elsewhere = flowra_core::chat::ChatRef {
                    workspace: *other,
                    chat: *id,
                    expected: None,
                };
                assert_eq!(
                    class(&app.chats.find(&caller, elsewhere).await),
                    Some(Class::NotFound)
                );
            }
        }
        for at in 0..self.tasks.len() {
            let target = self.target(at);
            let found = app
                .tasks
                .find(
                    &caller,
                    FindTask {
                        workspace: target.workspace,
                        task: self.tasks[at].to_string(),
                    },
                )
                .await;
            let one = &model.tasks[at];
            let refused = match (model.sees_tasks_of(one.workspace, one.chat, who), one.is_deleted) {
                (false, _) => Some(Class::NotFound),
                (true, true) => Some(Class::Gone),
                (true, false) => None,
            };
            assert_eq!(class(&found), refused, "task {at} for {who}");
        }
        for (at, id) in self.workspaces.iter().enumerate() {
            let is_member = model.role(at, who).is_some();
            let found = class(&app.workspaces.find(&caller, *id).await);
            assert_eq!(
                found,
                (!is_member).then_some(Class::NotFound),
                "workspace {at} for {who}"
            );
            if is_member {
                self.lists_what_they_may(who, at).await;
            }
        }
    }

    async fn lists_what_they_may(&self, who: usize, at: usize) {
        let (app, caller, model, id) = (&self.app, self.caller(who), &self.model, self.workspaces[at]);
        let page = app
            .chats
            .list(&caller, id, PageRequest::first(Limit::MAX))
            .await
            .unwrap();
        let listed: BTreeSet<_> = page.items.iter().map(|chat| chat.id).collect();
        let known = (0..self.chats.len())
            .filter(|chat| model.chats[*chat].workspace == at && model.knows(*chat, who));
        assert_eq!(
            listed,
            known.map(|chat| self.chats[chat]).collect(),
            "the chats listed for {who}"
        );

        let query = ShowBoard {
            workspace: id,
            limit: Limit::MAX,
        };
        let board = app.tasks.board(&caller, query).await.unwrap();
        let mut shown = BTreeSet::new();
        for column in board {
            assert_eq!(
                column.count,
                column.tasks.items.len() as u64,
                "the count of {:?}",
                column.column
            );
            for task in column.tasks.items {
                assert_eq!(task.status.column(), column.column);
                shown.insert(task.id);
            }
        }
        let seen = model
            .tasks_of(at)
            .into_iter()
            .filter(|task| model.sees(*task, who));
        assert_eq!(
            shown,
            seen.map(|task| self.tasks[task]).collect(),
            "the board of {who}"
        );
    }
}
