//! Two servers over one database that take turns to write show the same, and what memory shows.

#[cfg(test)]
mod support;

use flowra_adapters_mongo::{MongoAddress, MongoOptions, MongoStore};
use flowra_core::chat::{ChatKind, ReadMarks, Standing};
use flowra_core::event::{Appended, Commit, EventLog, StreamId};
use flowra_core::message::{MessageStore, Placed, Range, Which};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::task::{
    SortBy, Status, Task, TaskBoard, TaskEvent, TaskFilter, TaskScope, TaskSort, TaskStore,
};
use flowra_core::workspace::Role;
use flowra_core::{ChatId, MessageId, UserId, WorkspaceId};
use flowra_testkit::Memory;
use flowra_testkit::build::{NewTask, World};
use mongodb::bson::{Bson, doc};

/// What is asked about.
#[cfg(test)]
struct Asked {
    workspace: WorkspaceId,
    chats: Vec<ChatId>,
    users: Vec<UserId>,
    root: MessageId,
}

/// All that a server shows of it.
#[cfg(test)]
#[derive(Debug, PartialEq)]
struct Shown {
    pages: Vec<Vec<Placed>>,
    thread: Vec<Placed>,
    newest: Vec<Placed>,
    standings: Vec<Vec<Standing>>,
    counts: Vec<u64>,
    columns: Vec<Vec<Task>>,
    lists: Vec<Vec<Task>>,
    last_number: u64,
}

#[cfg(test)]
async fn shown(
    store: &(impl EventLog + MessageStore + ReadMarks + TaskStore + TaskBoard),
    asked: &Asked,
) -> Shown {
    store.head().await.unwrap();
    let (workspace, limit) = (asked.workspace, Limit::MAX);
    let own = |tasks: Vec<std::sync::Arc<Task>>| tasks.iter().map(|task| (**task).clone()).collect();
    let mut shown = Shown {
        pages: Vec::new(),
        thread: store
            .thread(asked.root, PageRequest::first(limit))
            .await
            .unwrap()
            .items,
        newest: store.newest(asked.chats.clone()).await.unwrap(),
        standings: Vec::new(),
        counts: Vec::new(),
        columns: Vec::new(),
        lists: Vec::new(),
        last_number: store.last_number(workspace).await.unwrap(),
    };
    shown.newest.sort_by_key(|placed| placed.message.id);
    for chat in &asked.chats {
        for which in [Which::Roots, Which::All] {
            let page = store.page(*chat, which, Range::Newest(limit)).await.unwrap();
            shown.pages.push(page.items);
        }
        shown
            .standings
            .push(store.standings_of(*chat, asked.users.clone()).await.unwrap());
    }
    for user in &asked.users {
        shown
            .standings
            .push(store.standings(*user, asked.chats.clone()).await.unwrap());
        for scope in [TaskScope::Member(*user), TaskScope::Guest(*user)] {
            for column in store.columns(workspace, scope.clone(), limit).await.unwrap() {
                shown.counts.push(column.count);
                shown.columns.push(own(column.tasks.items));
            }
            let (filter, first) = (TaskFilter::default(), PageRequest::first(limit));
            let sort = TaskSort {
                by: SortBy::UpdatedAt,
                descending: true,
            };
            let page = store.list(workspace, scope, filter, sort, first).await.unwrap();
            shown.lists.push(own(page.items));
        }
    }
    shown
}

/// Stores a commit in memory and on one of the servers.
#[cfg(test)]
async fn store(memory: &Memory, server: &MongoStore, commit: Commit) {
    assert!(matches!(
        memory.append(commit.clone()).await.unwrap(),
        Appended::Now(_)
    ));
    // A server that is asked after another answered knows what that one stored.
    server.head().await.unwrap();
    assert!(matches!(server.append(commit).await.unwrap(), Appended::Now(_)));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn servers_that_take_turns_show_what_memory_shows() {
    let address = support::database();
    let address = MongoAddress::parse(&address).unwrap();
    let open = || MongoStore::open(&address, MongoOptions::default());
    let servers = [open().await.unwrap(), open().await.unwrap()];
    let memory = Memory::seeded(1);
    let mut world = World::new(1);
    let mut commits = Vec::new();
    let users: Vec<_> = ["ada", "ben", "cyd"]
        .map(|name| {
            let (user, commit) = world.user(name);
            commits.push(commit);
            user
        })
        .into();
    let others = [(users[1], Role::Member), (users[2], Role::Guest)];
    let (workspace, commit) = world.workspace(users[0], &others);
    commits.push(commit);
    let kinds = [
        (ChatKind::Channel, 2),
        (ChatKind::Group, 3),
        (ChatKind::Channel, 3),
    ];
    let chats: Vec<_> = kinds
        .map(|(kind, people)| {
            let (chat, commit) = world.chat(workspace, kind, &users[..people]);
            commits.push(commit);
            chat
        })
        .into();
    let (root, commit) = world.message(chats[0], users[0], &users[1..2]);
    commits.push(commit);
    for number in 0..12 {
        let (chat, author) = (chats[number % 3], users[number % 2]);
        commits.push(world.message(chat, author, &users).1);
        commits.push(world.reply(root, author, &users[..1]).1);
        let new = NewTask::in_chat("work", chat);
        let (task, commit) = world.task(workspace, author, new);
        commits.push(commit);
        let moved = TaskEvent::StatusChanged {
            from: Status::Backlog,
            to: Status::Done,
        };
        if number % 4 == 1 {
            commits.push(world.change(StreamId::Task(task), author, [moved]));
        }
    }
    let asked = Asked {
        workspace,
        chats,
        users,
        root,
    };
    for (number, commit) in commits.into_iter().enumerate() {
        store(&memory, &servers[number % 2], commit).await;
        if number % 16 == 15 {
            // The boards in memory are begun on one server and then on the other, and follow the log from there.
            let server = &servers[number / 16 % 2];
            assert_eq!(shown(server, &asked).await, shown(&memory, &asked).await);
        }
    }
    let deleted = world.delete_chat(asked.chats[0], asked.users[0]);
    let (_, late) = world.task(workspace, asked.users[0], NewTask::titled("more"));
    store(&memory, &servers[1], deleted).await;
    store(&memory, &servers[0], late).await;
    let in_memory = shown(&memory, &asked).await;
    for server in &servers {
        assert_eq!(shown(server, &asked).await, in_memory);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(has_mongodb),
    ignore = "needs MongoDB: set FLOWRA_TEST_MONGODB to its address"
)]
async fn messages_behind_one_that_is_not_written_yet_are_not_shown() {
    let address = support::database();
    let server = MongoStore::open(&MongoAddress::parse(&address).unwrap(), MongoOptions::default())
        .await
        .unwrap();
    let mut world = World::new(1);
    let (user, registered) = world.user("ada");
    let (workspace, made) = world.workspace(user, &[]);
    let (chat, opened) = world.chat(workspace, ChatKind::Channel, &[user]);
    let mut commits = vec![registered, made, opened];
    commits.extend((0..5).map(|_| world.message(chat, user, &[]).1));
    for commit in commits {
        server.append(commit).await.unwrap();
    }
    let numbers = async |range| {
        let page = server.page(chat, Which::All, range).await.unwrap();
        let numbers: Vec<_> = page.items.iter().map(|placed| placed.number).collect();
        (numbers, page.has_more)
    };
    let limit = Limit::parse(4).unwrap();
    assert_eq!(numbers(Range::After(0, limit)).await, (vec![1, 2, 3, 4], true));
    // As if the server that posted the third were slower to write it than others the fourth.
    let client = mongodb::Client::with_uri_str(&address).await.unwrap();
    let messages = client.default_database().unwrap().collection::<Bson>("messages");
    messages.delete_one(doc! { "number": 3 }).await.unwrap();
    assert_eq!(numbers(Range::After(0, limit)).await, (vec![1, 2], true));
    assert_eq!(numbers(Range::Newest(limit)).await, (vec![2], true));
}
