//! What the SQLite store adds to the ports' contract: one file, its lock, its versions, restarts, rebuild and check.

#[cfg(test)]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flowra_adapters_sqlite::{OpenError, SqliteStore};
use flowra_core::Digest;
use flowra_core::chat::{ChatKind, ChatScope, ChatStore, ReadMarks};
use flowra_core::event::{
    AppendError, Appended, Claim, Conflict, EventLog, Guard, Idempotency, Outcome, Position, StreamId,
    Version,
};
use flowra_core::message::{MessageStore, Range, Which};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::task::{Column, SortBy, TaskBoard, TaskFilter, TaskScope, TaskSort, TaskStore};
use flowra_core::time::Timestamp;
use flowra_core::user::{CredentialStore, Session, SessionStore, UserStore};
use flowra_core::workspace::WorkspaceStore;
use rusqlite::Connection;
use support::{Team, list_chats, open, to_do};
use tempfile::TempDir;

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    let message = team.post(&store, "hello", None).await;
    let reply = team.post(&store, "world", Some(message)).await;
    let task = team.task(&store, 1, Some(team.channel)).await;
    let (user, workspace, chat) = (
        UserStore::load(&store, team.ada).await.unwrap(),
        WorkspaceStore::load(&store, team.workspace).await.unwrap(),
        ChatStore::load(&store, team.channel).await.unwrap(),
    );
    let placed = MessageStore::load(&store, message).await.unwrap().unwrap();
    assert_eq!((placed.number, placed.root_number, placed.replies), (1, 1, 1));
    let kept = TaskStore::load(&store, task).await.unwrap();
    let head = store.head().await.unwrap();
    drop(store);

    let store = open(&folder);
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(UserStore::load(&store, team.ada).await.unwrap(), user);
    assert_eq!(
        WorkspaceStore::load(&store, team.workspace).await.unwrap(),
        workspace
    );
    assert_eq!(ChatStore::load(&store, team.channel).await.unwrap(), chat);
    assert_eq!(MessageStore::load(&store, message).await.unwrap(), Some(placed));
    assert_eq!(
        MessageStore::load(&store, reply).await.unwrap().unwrap().number,
        2
    );
    assert_eq!(TaskStore::load(&store, task).await.unwrap(), kept);
    assert!(user.is_some() && workspace.is_some() && chat.is_some() && kept.is_some());
    let entries = store.read(Position::START, 1000).await.unwrap();
    assert_eq!(entries.len() as u64, head.get());
}

#[tokio::test]
async fn a_second_opening_names_the_process_that_has_the_file() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let error = SqliteStore::open(store.file()).unwrap_err();
    assert!(
        matches!(error, OpenError::InUse { process: Some(process), .. } if process == std::process::id())
    );
    let file = store.file().to_owned();
    drop(store);
    SqliteStore::open(file).unwrap();
}

#[tokio::test]
async fn files_that_are_not_ours_are_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("other.db");
    std::fs::write(&file, "just some text, longer than a header of SQLite would be: 0123456789 0123456789 0123456789 0123456789").unwrap();
    let before = std::fs::read(&file).unwrap();
    assert!(matches!(SqliteStore::open(&file), Err(OpenError::NotOurs { .. })));
    assert_eq!(std::fs::read(&file).unwrap(), before);

    let file = folder.path().join("sqlite.db");
    Connection::open(&file)
        .unwrap()
        .execute_batch("CREATE TABLE mine (a)")
        .unwrap();
    let before = std::fs::read(&file).unwrap();
    assert!(matches!(SqliteStore::open(&file), Err(OpenError::NotOurs { .. })));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let file = store.file().to_owned();
    drop(store);
    Connection::open(&file)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    assert!(matches!(
        SqliteStore::open(&file),
        Err(OpenError::Newer { found: 99, .. })
    ));
}

#[tokio::test]
async fn commits_that_wait_together_are_each_stored_or_refused_alone() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Arc::new(Team::found(&store).await);
    let before = store.head().await.unwrap().get();
    let (stored, refused) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut tasks = Vec::new();
    for n in 0..200_u64 {
        let (store, team) = (store.clone(), Arc::clone(&team));
        let (stored, refused) = (Arc::clone(&stored), Arc::clone(&refused));
        tasks.push(tokio::spawn(async move {
            let (_, mut commit) = team.posting(&format!("message {n}"), None);
            if n % 5 == 0 {
                commit
                    .guards
                    .push(Guard::Unchanged(StreamId::Chat(team.channel), Version::new(77)));
            }
            match store.append(commit).await {
                Ok(Appended::Now(_)) => stored.fetch_add(1, Ordering::Relaxed),
                Err(AppendError::Conflict(Conflict::Stale(_))) => refused.fetch_add(1, Ordering::Relaxed),
                other => panic!("{other:?}"),
            };
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(
        (stored.load(Ordering::Relaxed), refused.load(Ordering::Relaxed)),
        (160, 40)
    );
    let entries = store.read(Position::new(before), 1000).await.unwrap();
    let positions: Vec<u64> = entries
        .iter()
        .map(|entry| entry.recorded.position.get())
        .collect();
    assert_eq!(positions, (before + 1..=before + 160).collect::<Vec<_>>());
    let page = store
        .page(team.channel, Which::All, Range::Newest(Limit::MAX))
        .await
        .unwrap();
    let numbers: Vec<u64> = page.items.iter().map(|placed| placed.number).collect();
    assert_eq!(numbers, (61..=160).collect::<Vec<_>>());
    assert!(page.has_more);
    assert_eq!(store.check().await.unwrap().difference, None);
}

#[tokio::test]
async fn a_repeated_key_answers_the_first_outcome_over_a_restart() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    let key = Idempotency {
        user: team.ada,
        key: "k".into(),
        fingerprint: [7; 32],
    };
    let (message, mut commit) = team.posting("once", None);
    let outcome = Outcome::Message(message, Vec::new());
    commit.idempotency = Some((key.clone(), outcome.clone()));
    store.append(commit.clone()).await.unwrap();
    drop(store);
    let store = open(&folder);
    let head = store.head().await.unwrap();
    assert_eq!(
        store.append(commit.clone()).await.unwrap(),
        Appended::Before(outcome.clone())
    );
    assert_eq!(
        store.outcome(team.ada, "k").await.unwrap(),
        Some(([7; 32], outcome))
    );
    commit.idempotency = Some((
        Idempotency {
            fingerprint: [8; 32],
            ..key
        },
        Outcome::Done,
    ));
    assert!(matches!(store.append(commit).await, Err(AppendError::KeyReused)));
    assert_eq!(store.head().await.unwrap(), head);
}

#[tokio::test]
async fn sessions_marks_and_claims_are_there_again_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    let first = team.post(&store, "one", None).await;
    team.post(&store, "two", None).await;
    assert!(store.mark(team.bob, team.channel, first).await.unwrap());
    store.mute(team.bob, team.channel, true).await.unwrap();
    let standing = store.standings(team.bob, vec![team.channel]).await.unwrap();
    let digest = |byte| Digest::from_bytes([byte; 32]);
    let time = Timestamp::from_millis(4_102_444_800_000);
    let session = Session {
        id: support::id(),
        user: team.ada,
        access: digest(1),
        access_expires_at: time,
        refresh: digest(2),
        refresh_expires_at: time,
        client: None,
        renewal: None,
        created_at: Timestamp::from_millis(1),
    };
    store.begin(session.clone()).await.unwrap();
    let renewed = Session {
        access: digest(3),
        refresh: digest(4),
        ..session.clone()
    };
    assert!(store.rotate(session.refresh, renewed.clone()).await.unwrap());
    store
        .set_password_hash(team.ada, "hash".to_owned())
        .await
        .unwrap();
    drop(store);

    let store = open(&folder);
    assert_eq!((standing[0].unread, standing[0].is_muted), (1, true));
    assert_eq!(
        store.standings(team.bob, vec![team.channel]).await.unwrap(),
        standing
    );
    assert_eq!(
        store.by_access(renewed.access).await.unwrap().as_deref(),
        Some(&renewed)
    );
    assert_eq!(store.by_access(session.access).await.unwrap(), None);
    let used = store.by_refresh(session.refresh).await.unwrap();
    assert_eq!(
        used.as_deref(),
        Some(&renewed),
        "a used refresh token is remembered"
    );
    assert_eq!(
        store.password_hash(team.ada).await.unwrap().as_deref(),
        Some("hash")
    );
    let again = Team::registering(support::id(), "ADA");
    assert!(matches!(
        store.append(again).await,
        Err(AppendError::Conflict(Conflict::Taken(Claim::Username(_))))
    ));
}

#[tokio::test]
async fn the_outcome_under_a_key_is_known_at_once_and_over_a_restart() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    let mut made = Vec::new();
    for number in 0..50 {
        let (message, mut commit) = team.posting("once", None);
        let (key, outcome) = (format!("key {number}"), Outcome::Message(message, Vec::new()));
        let promise = Idempotency {
            user: team.ada,
            key: key.as_str().into(),
            fingerprint: [7; 32],
        };
        commit.idempotency = Some((promise, outcome.clone()));
        assert_eq!(store.outcome(team.ada, &key).await.unwrap(), None);
        store.append(commit).await.unwrap();
        let remembered = Some(([7; 32], outcome));
        assert_eq!(store.outcome(team.ada, &key).await.unwrap(), remembered);
        made.push((key, remembered));
    }
    drop(store);
    let store = open(&folder);
    for (key, remembered) in made {
        assert_eq!(store.outcome(team.ada, &key).await.unwrap(), remembered);
        assert_eq!(store.outcome(team.bob, &key).await.unwrap(), None);
    }
}

#[tokio::test]
async fn unread_counts_follow_posts_and_marks() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    let first = team.post(&store, "one", None).await;
    team.post(&store, "two", None).await;
    let standing = |user| {
        let store = store.clone();
        async move { store.standings(user, vec![team.channel]).await.unwrap()[0] }
    };
    assert_eq!(standing(team.ada).await.unread, 0);
    assert_eq!(standing(team.bob).await.unread, 2);
    assert!(store.mark(team.bob, team.channel, first).await.unwrap());
    store.mute(team.bob, team.channel, true).await.unwrap();
    let bobs = standing(team.bob).await;
    assert_eq!(
        (bobs.unread, bobs.is_muted, bobs.last_read),
        (1, true, Some(first))
    );
    assert!(!store.mark(team.bob, team.group, first).await.unwrap());
    store.rebuild(|_| {}).await.unwrap();
    assert_eq!(standing(team.bob).await, bobs);
}

#[tokio::test]
async fn a_rebuild_makes_the_same_rows_and_a_check_names_what_differs() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    let root = team.post(&store, "root", None).await;
    team.post(&store, "reply", Some(root)).await;
    for number in 1..=20 {
        team.task(&store, number, team.home(number)).await;
    }
    team.delete_chat(&store, team.group).await;
    let report = store.check().await.unwrap();
    assert_eq!(report.difference, None);
    assert!(report.rows > 30);
    let report = store.rebuild(|_| {}).await.unwrap();
    assert_eq!(report.events, store.head().await.unwrap().get());
    assert_eq!(store.check().await.unwrap().difference, None);
    let file = store.file().to_owned();
    drop(store);

    Connection::open(&file)
        .unwrap()
        .execute_batch("UPDATE messages SET replies = 5 WHERE root_number = 1 AND parent IS NULL")
        .unwrap();
    let store = SqliteStore::open(&file).unwrap();
    let difference = store.check().await.unwrap().difference.unwrap();
    assert!(
        difference.place.contains("messages") && difference.fault.contains("replies is 5"),
        "{difference}"
    );
    store.rebuild(|_| {}).await.unwrap();
    assert_eq!(store.check().await.unwrap().difference, None);
    drop(store);

    Connection::open(&file)
        .unwrap()
        .execute_batch("DELETE FROM events WHERE position = 3")
        .unwrap();
    let store = SqliteStore::open(&file).unwrap();
    let difference = store.check().await.unwrap().difference.unwrap();
    assert!(difference.fault.contains("event 3 is missing"), "{difference}");
    assert!(store.rebuild(|_| {}).await.is_err());
}

#[tokio::test]
async fn whoever_stops_waiting_for_a_rebuild_breaks_it_off_and_the_next_one_works() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    team.post(&store, "root", None).await;
    for _ in 0..20 {
        tokio::select! {
            biased;
            () = tokio::task::yield_now() => {}
            done = store.rebuild(|_| {}) => assert!(done.is_ok()),
        }
    }
    let report = store.rebuild(|_| {}).await.unwrap();
    assert_eq!(report.events, store.head().await.unwrap().get());
    assert_eq!(store.check().await.unwrap().difference, None);
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("rebuild"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_column_and_every_list_show_exactly_the_scope() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    for number in 1..=30 {
        team.task(&store, number, team.home(number)).await;
    }
    // Ada takes part in both chats, Bob in the channel only.
    let scopes = [
        (TaskScope::Member(team.ada), 30),
        (TaskScope::Member(team.bob), 20),
        (TaskScope::Guest(team.ada), 20),
        (TaskScope::Guest(team.bob), 10),
    ];
    for (scope, expected) in scopes {
        assert_eq!(to_do(&store, &team, scope.clone()).await, expected, "{scope:?}");
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest {
                limit: Limit::parse(7).unwrap(),
                after,
            };
            let page = store
                .column(team.workspace, scope.clone(), Column::ToDo, page)
                .await
                .unwrap();
            after = page.items.last().map(|task| (task.rank.clone(), task.id));
            seen.extend(page.items);
            if !page.has_more {
                break;
            }
        }
        assert_eq!(seen.len() as u64, expected);
        assert!(seen.is_sorted_by(|one, other| (&one.rank, one.id) < (&other.rank, other.id)));
        for by in [
            SortBy::CreatedAt,
            SortBy::UpdatedAt,
            SortBy::DueDate,
            SortBy::Priority,
            SortBy::Rank,
            SortBy::Title,
        ] {
            for descending in [false, true] {
                let sort = TaskSort { by, descending };
                let (mut listed, mut after) = (Vec::new(), None);
                loop {
                    let page = PageRequest {
                        limit: Limit::parse(4).unwrap(),
                        after,
                    };
                    let page = TaskBoard::list(
                        &store,
                        team.workspace,
                        scope.clone(),
                        TaskFilter::default(),
                        sort,
                        page,
                    )
                    .await
                    .unwrap();
                    after = page.items.last().map(|task| (by.key(task), task.id));
                    listed.extend(page.items.into_iter().map(|task| task.id));
                    if !page.has_more {
                        break;
                    }
                }
                let mut distinct = listed.clone();
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(
                    (listed.len() as u64, distinct.len() as u64),
                    (expected, expected),
                    "{scope:?} {sort:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn words_and_chats_narrow_a_list_to_what_one_may_see() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    for number in 1..=30 {
        team.task(&store, number, team.home(number)).await;
    }
    let text = |words: &str| TaskFilter {
        text: Some(words.to_owned()),
        ..TaskFilter::default()
    };
    let sort = TaskSort {
        by: SortBy::Rank,
        descending: false,
    };
    let find = |filter| {
        TaskBoard::list(
            &store,
            team.workspace,
            TaskScope::Member(team.bob),
            filter,
            sort,
            PageRequest::first(Limit::MAX),
        )
    };
    assert_eq!(find(text("NUMB 4")).await.unwrap().items.len(), 1);
    assert_eq!(find(text("numb 2")).await.unwrap().items.len(), 6);
    assert_eq!(find(text("umber")).await.unwrap().items.len(), 0);
    let of_group = TaskFilter {
        chat: Some(team.group),
        ..TaskFilter::default()
    };
    assert_eq!(find(of_group).await.unwrap().items.len(), 0);
    team.delete_chat(&store, team.channel).await;
    assert_eq!(to_do(&store, &team, TaskScope::Member(team.bob)).await, 10);
}

#[tokio::test]
async fn a_follower_is_woken_and_reads_the_documents_with_the_tail() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    let head = store.head().await.unwrap();
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.wait_past(head).await.unwrap() }
    });
    team.post(&store, "hello", None).await;
    assert_eq!(waiting.await.unwrap().get(), head.get() + 1);
    let entries = store.read(head, 10).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert!(entries[0].document.is_some());
    assert!(
        store
            .read(Position::new(head.get() + 1), 10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn chats_are_listed_once_though_they_are_taken_and_channels() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    let scope = ChatScope::TakenAndChannels(team.ada);
    let chats = list_chats(&store, team.workspace, scope).await;
    assert_eq!(chats.len(), 2);
    assert!(chats.iter().any(|chat| chat.kind == ChatKind::Group));
    let bobs = list_chats(&store, team.workspace, ChatScope::TakenAndChannels(team.bob)).await;
    assert_eq!(bobs.len(), 1);
}

#[tokio::test]
async fn a_stored_document_that_does_not_decode_is_named() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let team = Team::found(&store).await;
    let file = store.file().to_owned();
    drop(store);
    Connection::open(&file)
        .unwrap()
        .execute_batch("UPDATE users SET json = '{}'")
        .unwrap();
    let store = SqliteStore::open(&file).unwrap();
    let error = UserStore::load(&store, team.ada).await.unwrap_err();
    assert!(error.to_string().contains(&team.ada.to_string()), "{error}");
}
