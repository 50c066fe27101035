use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowra_adapters_sqlite::SqliteStore;
use flowra_core::chat::{ChatKind, ChatState};
use flowra_core::event::{Document, Entry, Event, EventLog, Position};
use flowra_core::message::{Message, MessageEvent, MessageKind};
use flowra_core::task::{Column, Priority, Severity, Status, Task, TaskEvent, TaskKind};
use flowra_core::time::Timestamp;
use flowra_core::user::Username;
use flowra_core::workspace::Role;
use flowra_core::{Id, IdGenerator, UserId};

use super::*;

const PASSWORD: &str = "correct horse";
/// A Monday, a minute after midnight: no time of day may bring the story into disorder.
const NOW: &str = "2026-11-23T00:01:00Z";
/// How far back the story begins at most.
const DAYS: i64 = 14;

fn now() -> Timestamp {
    Timestamp::parse(NOW).unwrap()
}

/// A filled store in memory.
struct Filled {
    ports: Ports,
    visitor: UserId,
    entries: Vec<Entry>,
    documents: BTreeMap<flowra_core::event::StreamId, Document>,
}

impl Filled {
    async fn new() -> Self {
        let ports = flowra_testkit::ports();
        let visitor = fill(ports.clone(), now(), PASSWORD).await.unwrap();
        let name = Username::parse(&visitor.username).unwrap();
        let visitor = ports.users.find_by_username(vec![name]).await.unwrap()[0].id;
        let entries = ports.log.read(Position::START, 10_000).await.unwrap();
        let mut documents = BTreeMap::new();
        for entry in &entries {
            let stream = entry.recorded.stream;
            let before = documents.remove(&stream);
            documents.insert(stream, Document::fold(before, &entry.recorded).unwrap());
        }
        Self {
            ports,
            visitor,
            entries,
            documents,
        }
    }

    fn tasks(&self) -> Vec<Arc<Task>> {
        self.documents
            .values()
            .filter_map(|document| match document {
                Document::Task(task) => Some(Arc::clone(task)),
                _ => None,
            })
            .collect()
    }

    fn messages(&self) -> Vec<Arc<Message>> {
        self.documents
            .values()
            .filter_map(|document| match document {
                Document::Message(message) => Some(Arc::clone(message)),
                _ => None,
            })
            .collect()
    }
}

#[tokio::test]
async fn the_board_has_every_kind_status_column_priority_and_severity() {
    let filled = Filled::new().await;
    let tasks = filled.tasks();
    assert!((55..80).contains(&tasks.len()), "{} tasks", tasks.len());
    let all =
        |of: &dyn Fn(&Task) -> &'static str| -> BTreeSet<_> { tasks.iter().map(|task| of(task)).collect() };
    assert_eq!(all(&|task| task.kind.as_str()).len(), TaskKind::ALL.len());
    assert_eq!(all(&|task| task.status.as_str()).len(), Status::ALL.len());
    assert_eq!(
        all(&|task| task.status.column().as_str()).len(),
        Column::ALL.len()
    );
    assert_eq!(all(&|task| task.priority.as_str()).len(), Priority::ALL.len());
    let severities = all(&|task| task.severity.map_or("none", Severity::as_str));
    assert_eq!(severities.len(), Severity::ALL.len() + 1);
    assert!(tasks.iter().any(|task| task.epic.is_some()));
    assert!(tasks.iter().any(|task| task.assignee == Some(filled.visitor)));
    assert!(
        tasks.iter().any(|task| task.message.is_some()) && tasks.iter().any(|task| task.message.is_none())
    );
    let open = |task: &&Arc<Task>| !matches!(task.status.column(), Column::Done | Column::Cancelled);
    let dues = tasks.iter().filter(open).filter_map(|task| task.due);
    let (mut overdue, mut today, mut later) = (0, 0, 0);
    for due in dues {
        match due.instant().date().cmp(&now().date()) {
            std::cmp::Ordering::Less => overdue += 1,
            std::cmp::Ordering::Equal => today += 1,
            std::cmp::Ordering::Greater => later += 1,
        }
    }
    assert!(overdue > 1 && today > 1 && later > 5, "{overdue} {today} {later}");
    let moved = |entry: &&Entry| matches!(entry.recorded.event, Event::Task(TaskEvent::Moved { .. }));
    assert!(filled.entries.iter().filter(moved).count() > 1);
}

#[tokio::test]
async fn people_write_as_people_do_and_the_bot_has_no_complaint() {
    let filled = Filled::new().await;
    let messages = filled.messages();
    assert!(
        (150..250).contains(&messages.len()),
        "{} messages",
        messages.len()
    );
    let text = |message: &Message| {
        message
            .content
            .as_ref()
            .map_or(String::new(), |text| text.as_str().to_owned())
    };
    let some = |which: &dyn Fn(&Message) -> bool| messages.iter().any(|message| which(message));
    assert!(some(
        &|message| message.parent.is_some() && message.kind == MessageKind::User
    ));
    assert!(some(&|message| !message.reactions.is_empty()));
    assert!(some(&|message| message.edited_at.is_some()));
    assert!(some(&|message| message.deleted_at.is_some()));
    assert!(some(&|message| message.mentions.contains(&filled.visitor)));
    for sign in ["```", "**", "<https://", "| ", "> ", "- ", "🎉"] {
        assert!(some(&|message| text(message).contains(sign)), "{sign}");
    }
    for message in &messages {
        let text = text(message);
        assert!(!text.contains("{{") && !text.contains("}}"), "{text}");
        assert!(
            message.kind == MessageKind::User || !text.contains('❌'),
            "{text}"
        );
    }
    assert!(some(&|message| message.kind == MessageKind::Bot));
}

#[tokio::test]
async fn times_and_ids_grow_over_two_weeks_and_end_minutes_ago() {
    let filled = Filled::new().await;
    let times: Vec<_> = filled.entries.iter().map(|entry| entry.recorded.time).collect();
    assert!(times.is_sorted());
    let begin = now().plus_seconds(-DAYS * 86_400);
    assert!(times[0] >= begin, "{} begins before {begin}", times[0]);
    let last = times[times.len() - 1];
    assert!(last < now() && last > now().plus_seconds(-600), "{last}");
    let posted = |entry: &&Entry| matches!(entry.recorded.event, Event::Message(MessageEvent::Posted { .. }));
    let streams: Vec<_> = filled
        .entries
        .iter()
        .filter(posted)
        .map(|entry| entry.recorded.stream)
        .collect();
    assert!(streams.is_sorted(), "the ids of messages grow with the time");
    let days: BTreeSet<_> = times.iter().map(|time| time.date()).collect();
    assert!(days.len() > 7, "{days:?}");
}

#[tokio::test]
async fn the_story_keeps_its_order_at_every_hour_of_a_week() {
    let story = Story::read().unwrap();
    for hour in 0..7 * 24 {
        let now = now().plus_seconds(hour * 3_600);
        let script = script::write(&story, now);
        assert!(
            script.iter().all(|beat| beat.at <= now),
            "something is yet to come at {now}"
        );
        let mut last = BTreeMap::new();
        for beat in &script {
            if let script::Act::Say {
                room, spot, thread, ..
            } = &beat.act
            {
                let before = last.insert((*room, *thread), *spot);
                assert!(
                    before < Some(*spot),
                    "{now}: {beat:?} stands elsewhere in its file"
                );
            }
        }
    }
}

#[tokio::test]
async fn something_is_new_for_the_visitor_and_nothing_for_the_others() {
    let filled = Filled::new().await;
    let (mut unread, mut mentions, mut read) = (0, 0, 0);
    let (mut kinds, mut closed, mut pins) = (BTreeSet::new(), 0, 0);
    for document in filled.documents.values() {
        let Document::Chat(chat) = document else { continue };
        kinds.insert(chat.kind);
        closed += usize::from(chat.state == ChatState::Closed);
        pins += chat.pins.len();
        for user in chat.participants.keys() {
            let standing = filled.ports.marks.standings(*user, vec![chat.id]).await.unwrap()[0];
            if *user != filled.visitor {
                assert_eq!(standing.unread, 0, "{:?}", chat.title);
            } else if standing.unread > 0 {
                unread += 1;
                mentions += standing.mentions;
            } else {
                read += 1;
            }
        }
    }
    assert!(
        unread >= 4 && mentions >= 3 && read >= 1,
        "{unread} {mentions} {read}"
    );
    assert_eq!(
        kinds,
        BTreeSet::from([ChatKind::Direct, ChatKind::Group, ChatKind::Channel])
    );
    assert!(closed == 1 && pins > 2, "{closed} {pins}");
}

#[tokio::test]
async fn there_is_a_person_of_every_role_and_the_visitor_signs_in() {
    let filled = Filled::new().await;
    let workspace = filled.documents.values().find_map(|document| match document {
        Document::Workspace(workspace) => Some(workspace),
        _ => None,
    });
    let roles: BTreeSet<_> = workspace
        .unwrap()
        .members
        .values()
        .map(|member| member.role)
        .collect();
    assert_eq!(
        roles,
        BTreeSet::from([Role::Guest, Role::Member, Role::Admin, Role::Owner])
    );
    let app = flowra_core::App::new(filled.ports.clone());
    let user = filled.ports.users.load(filled.visitor).await.unwrap().unwrap();
    let username = user.username.as_str();
    assert!(app.accounts.sign_in(username, PASSWORD.to_owned()).await.is_ok());
    assert!(
        app.accounts
            .sign_in(username, "another one".to_owned())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_database_of_the_demo_is_found_sound() {
    let demo = Demo::make().await.unwrap();
    let Storage::Sqlite(file) = storage(&demo.folder) else {
        panic!("the demo is a file")
    };
    let store = SqliteStore::open_existing(&file).unwrap();
    let report = store.check().await.unwrap();
    assert_eq!(report.difference, None);
    assert!(report.events > 300, "{report:?}");
    let head = EventLog::read(&store, Position::START, 10_000).await.unwrap();
    let id: Id<()> = Id::from_bytes(crate::platform::TimeOrderedIds.next());
    let last = head.last().unwrap().recorded.request;
    assert!(last.as_bytes() < id.as_bytes(), "what the server makes is newer");
    drop(store);
    let folder = demo.folder.path().to_owned();
    demo.remove().unwrap();
    assert!(!folder.exists());
}
