//! The clauses, a module a port.

pub(super) mod chat_store;
pub(super) mod checkpoint_store;
pub(super) mod clock;
pub(super) mod credential_store;
pub(super) mod dead_letter_store;
pub(super) mod event_bus;
pub(super) mod event_log;
pub(super) mod id_generator;
pub(super) mod lease_store;
pub(super) mod message_store;
pub(super) mod password_hasher;
pub(super) mod presence;
pub(super) mod presence_ledger;
pub(super) mod rate_limiter;
pub(super) mod read_marks;
pub(super) mod secrets;
pub(super) mod session_store;
pub(super) mod signals;
pub(super) mod task_board;
pub(super) mod task_store;
pub(super) mod timer;
pub(super) mod token_store;
pub(super) mod user_store;
pub(super) mod workspace_store;

use std::fmt::Debug;
use std::ops::Deref;

use flowra_core::chat::ChatKind;
use flowra_core::event::{AppendError, Appended, Commit, Conflict, Event, Position, Recorded, StreamId};
use flowra_core::page::{Limit, Page, PageRequest};
use flowra_core::workspace::Role;
use flowra_core::{ChatId, Digest, MessageId, TaskId, UserId, WorkspaceId};

use super::Stores;
use crate::build::{NewTask, World};

/// The stores with a world whose commits they get.
pub(super) struct Scene {
    stores: Stores,
    world: World,
}

impl From<Stores> for Scene {
    fn from(stores: Stores) -> Self {
        Self {
            stores,
            world: World::new(42),
        }
    }
}

impl Deref for Scene {
    type Target = Stores;

    fn deref(&self) -> &Stores {
        &self.stores
    }
}

impl Scene {
    async fn store(&self, commit: Commit) -> Position {
        match self.log.append(commit).await.unwrap() {
            Appended::Now(position) => position,
            Appended::Before(outcome) => panic!("the commit was taken for a repeated one: {outcome:?}"),
        }
    }

    /// Why a commit that cannot be stored is not.
    async fn conflict(&self, commit: Commit) -> Conflict {
        match self.log.append(commit).await {
            Err(AppendError::Conflict(conflict)) => conflict,
            other => panic!("no conflict but {other:?}"),
        }
    }

    async fn change<E: Into<Event>>(&mut self, stream: StreamId, actor: UserId, event: E) -> Position {
        let commit = self.world.change(stream, actor, [event]);
        self.store(commit).await
    }

    async fn user(&mut self, name: &str) -> UserId {
        let (id, commit) = self.world.user(name);
        self.store(commit).await;
        id
    }

    async fn workspace(&mut self, owner: UserId, members: &[(UserId, Role)]) -> WorkspaceId {
        let (id, commit) = self.world.workspace(owner, members);
        self.store(commit).await;
        id
    }

    async fn chat(&mut self, workspace: WorkspaceId, kind: ChatKind, people: &[UserId]) -> ChatId {
        let (id, commit) = self.world.chat(workspace, kind, people);
        self.store(commit).await;
        id
    }

    async fn message(&mut self, chat: ChatId, author: UserId, mentions: &[UserId]) -> MessageId {
        let (id, commit) = self.world.message(chat, author, mentions);
        self.store(commit).await;
        id
    }

    async fn reply(&mut self, root: MessageId, author: UserId, mentions: &[UserId]) -> MessageId {
        let (id, commit) = self.world.reply(root, author, mentions);
        self.store(commit).await;
        id
    }

    async fn task(&mut self, workspace: WorkspaceId, reporter: UserId, new: NewTask) -> TaskId {
        let (id, commit) = self.world.task(workspace, reporter, new);
        self.store(commit).await;
        id
    }

    /// Ada and Bob in a workspace with a channel in which both take part.
    async fn team(&mut self) -> Team {
        let ada = self.user("ada").await;
        let bob = self.user("bob").await;
        let workspace = self.workspace(ada, &[(bob, Role::Member)]).await;
        let chat = self.chat(workspace, ChatKind::Channel, &[ada, bob]).await;
        Team {
            ada,
            bob,
            workspace,
            chat,
        }
    }

    /// The whole log.
    async fn recorded(&self) -> Vec<Recorded> {
        let entries = self.log.read(Position::START, 100_000).await.unwrap();
        entries
            .into_iter()
            .map(|entry| Recorded::clone(&entry.recorded))
            .collect()
    }
}

/// Two people and where they talk.
#[derive(Clone, Copy)]
struct Team {
    ada: UserId,
    bob: UserId,
    workspace: WorkspaceId,
    chat: ChatId,
}

/// A digest that stands for some secret.
fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

/// The first page, as long as pages get.
fn all<K>() -> PageRequest<K> {
    PageRequest::first(Limit::MAX)
}

/// Reads a list in pages of each small size and in one, and answers its items; they must be the same however they are read.
async fn paged<T, K>(read: impl AsyncFn(PageRequest<K>) -> Page<T>, key: impl Fn(&T) -> K) -> Vec<T>
where
    T: Debug + PartialEq,
{
    let whole = read(all()).await;
    assert!(!whole.has_more, "the clause expects one page to hold all");
    for limit in [1, 2, 3] {
        let limit = Limit::parse(limit).unwrap();
        let mut items: Vec<T> = Vec::new();
        loop {
            let after = items.last().map(&key);
            let page = read(PageRequest { limit, after }).await;
            assert!(
                page.items.len() == limit.get() || !page.has_more,
                "only the last page may be short: {page:?}"
            );
            assert!(
                !page.items.is_empty() || !page.has_more,
                "an empty page cannot promise more"
            );
            items.extend(page.items);
            assert!(
                items.len() <= whole.items.len(),
                "a page repeats what the last one had"
            );
            if !page.has_more {
                break;
            }
        }
        assert_eq!(items, whole.items, "read in pages of {}", limit.get());
    }
    whole.items
}

/// The items in a fixed order, for answers that come in none.
fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort_unstable();
    items
}
