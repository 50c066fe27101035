//! What the board promises.

use flowra_core::chat::{ChatEvent, ChatKind, ChatRole};
use flowra_core::event::StreamId;
use flowra_core::task::{
    Column, Label, Labels, Priority, Rank, Severity, SortBy, Status, TaskDescription, TaskEvent, TaskFilter,
    TaskKind, TaskScope, TaskSort,
};
use flowra_core::{ChatId, TaskId, UserId, WorkspaceId};

use super::{Room, Scene, all, paged, sorted};
use crate::build::{NewTask, text, valid};

pub(in crate::contract) async fn a_column_shows_its_scope_in_rank_order(mut scene: Scene) {
    let board = Board::set(&mut scene).await;
    for (scope, mut expected) in board.scopes() {
        if expected.contains(&board.moved) {
            expected.rotate_right(1);
        }
        assert_eq!(
            cards(&scene, &board, &scope, Column::ToDo).await,
            expected,
            "{scope:?}"
        );
    }
}

pub(in crate::contract) async fn column_counts_equal_their_cards(mut scene: Scene) {
    let board = Board::set(&mut scene).await;
    let other = scene.workspace(board.room.ada, &[]).await;
    scene
        .task(other, board.room.ada, NewTask::titled("Elsewhere"))
        .await;
    let to = Status::Done;
    let from = Status::ToDo;
    scene
        .change(
            StreamId::Task(board.open),
            board.room.ada,
            TaskEvent::StatusChanged { from, to },
        )
        .await;
    scene
        .change(
            StreamId::Task(board.in_channel),
            board.room.ada,
            TaskEvent::Deleted,
        )
        .await;
    for (scope, _) in board.scopes() {
        let counts = scene
            .board
            .counts(board.room.workspace, scope.clone())
            .await
            .unwrap();
        for column in Column::ALL {
            let cards = cards(&scene, &board, &scope, column).await;
            assert_eq!(
                counts[column as usize],
                cards.len() as u64,
                "{scope:?} {column:?}"
            );
        }
    }
    let counts = scene
        .board
        .counts(other, TaskScope::Member(board.room.ada))
        .await
        .unwrap();
    assert_eq!(counts, [0, 1, 0, 0, 0, 0]);
}

pub(in crate::contract) async fn tasks_change_columns_with_their_status(mut scene: Scene) {
    let room = scene.room().await;
    let task = scene
        .task(room.workspace, room.ada, NewTask::titled("Wandering"))
        .await;
    let mut from = Status::ToDo;
    for to in [
        Status::Backlog,
        Status::InProgress,
        Status::InReview,
        Status::Done,
        Status::Cancelled,
        Status::ToDo,
    ] {
        scene
            .change(
                StreamId::Task(task),
                room.ada,
                TaskEvent::StatusChanged { from, to },
            )
            .await;
        from = to;
        let scope = TaskScope::Member(room.bob);
        let counts = scene.board.counts(room.workspace, scope.clone()).await.unwrap();
        for column in Column::ALL {
            let page = scene
                .board
                .column(room.workspace, scope.clone(), column, all())
                .await
                .unwrap();
            let stands_here = column == to.column();
            assert_eq!(counts[column as usize], u64::from(stands_here));
            assert_eq!(page.items.len(), usize::from(stands_here));
            assert!(page.items.iter().all(|card| card.status == to));
        }
    }
}

pub(in crate::contract) async fn losing_a_chat_hides_its_tasks(mut scene: Scene) {
    let room = scene.room().await;
    let group = scene.chat(room.workspace, ChatKind::Group, &[room.ada]).await;
    let in_group = scene
        .task(room.workspace, room.ada, NewTask::in_chat("Hidden", group))
        .await;
    let in_channel = scene
        .task(room.workspace, room.ada, NewTask::in_chat("Open", room.chat))
        .await;
    let bobs = TaskScope::Member(room.bob);
    assert_eq!(listed(&scene, room, &bobs).await, [in_channel]);
    let joins = ChatEvent::ParticipantAdded {
        user_id: room.bob,
        role: ChatRole::Member,
    };
    scene.change(StreamId::Chat(group), room.ada, joins).await;
    assert_eq!(listed(&scene, room, &bobs).await, sorted([in_group, in_channel]));
    let leaves = ChatEvent::ParticipantRemoved { user_id: room.bob };
    scene.change(StreamId::Chat(group), room.ada, leaves).await;
    assert_eq!(listed(&scene, room, &bobs).await, [in_channel]);
    let deleted = scene.world.delete_chat(room.chat, room.ada);
    scene.store(deleted).await;
    assert!(listed(&scene, room, &bobs).await.is_empty());
    assert_eq!(
        listed(&scene, room, &TaskScope::Guest(room.ada)).await,
        [in_group]
    );
}

pub(in crate::contract) async fn a_neighbour_is_next_in_its_column(mut scene: Scene) {
    let room = scene.room().await;
    let group = scene.chat(room.workspace, ChatKind::Group, &[room.ada]).await;
    let other = scene.workspace(room.ada, &[]).await;
    for (workspace, new) in [
        (room.workspace, NewTask::titled("First")),
        (
            room.workspace,
            NewTask::in_chat("Second, which few may see", group),
        ),
        (room.workspace, NewTask::titled("Third")),
        (room.workspace, NewTask::titled("Deleted")),
        (room.workspace, NewTask::titled("Done")),
        (other, NewTask::titled("Elsewhere")),
    ] {
        let is_deleted = new.title.as_str() == "Deleted";
        let is_done = new.title.as_str() == "Done";
        let task = scene.task(workspace, room.ada, new).await;
        if is_deleted {
            scene
                .change(StreamId::Task(task), room.ada, TaskEvent::Deleted)
                .await;
        }
        if is_done {
            let (from, to) = (Status::ToDo, Status::Done);
            scene
                .change(
                    StreamId::Task(task),
                    room.ada,
                    TaskEvent::StatusChanged { from, to },
                )
                .await;
        }
    }
    let rank = Rank::initial;
    for (column, of, after, expected) in [
        (Column::ToDo, rank(1), false, None),
        (Column::ToDo, rank(1), true, Some(rank(2))),
        (Column::ToDo, rank(3), false, Some(rank(2))),
        (Column::ToDo, rank(3), true, None),
        (Column::ToDo, rank(9), false, Some(rank(3))),
        (Column::Done, rank(1), true, Some(rank(5))),
        (Column::Done, rank(5), false, None),
        (Column::Backlog, rank(1), true, None),
    ] {
        let found = scene
            .board
            .neighbour(room.workspace, column, of.clone(), after)
            .await
            .unwrap();
        assert_eq!(found, expected, "{column:?}, after {of}: {after}");
    }
}

pub(in crate::contract) async fn every_filter_finds_its_tasks(mut scene: Scene) {
    let room = scene.room().await;
    let epic = scene
        .task(room.workspace, room.ada, of_kind(TaskKind::Epic, "Weave"))
        .await;
    let bug = NewTask {
        severity: Some(Severity::Major),
        assignee: Some(room.bob),
        due: Some(valid("2026-03-01T12:00:00Z")),
        labels: Labels::parse([text("Brass", Label::parse), text("gear", Label::parse)]).unwrap(),
        ..of_kind(TaskKind::Bug, "Gears stick")
    };
    let bug = scene.task(room.workspace, room.bob, bug).await;
    let part = NewTask {
        description: text("Über the long shaft", TaskDescription::parse),
        priority: Priority::Critical,
        due: Some(valid("2026-03-01")),
        epic: Some(epic),
        ..NewTask::in_chat("Polish gear #12", room.chat)
    };
    let part = scene.task(room.workspace, room.ada, part).await;
    let from = Status::ToDo;
    let to = Status::Backlog;
    scene
        .change(
            StreamId::Task(part),
            room.ada,
            TaskEvent::StatusChanged { from, to },
        )
        .await;

    let none = TaskFilter::default;
    let text_is = |words: &str| TaskFilter {
        text: Some(words.to_owned()),
        ..none()
    };
    let noon = "2026-03-01T12:00:00Z";
    let end_of_day = "2026-03-01T23:59:59.999Z";
    let before = |time| TaskFilter {
        due_before: Some(valid(time)),
        ..none()
    };
    let behind = |time| TaskFilter {
        due_after: Some(valid(time)),
        ..none()
    };
    for (filter, expected) in [
        (none(), vec![epic, bug, part]),
        (
            TaskFilter {
                column: Some(Column::ToDo),
                ..none()
            },
            vec![epic, bug],
        ),
        (
            TaskFilter {
                status: Some(Status::New),
                ..none()
            },
            vec![bug],
        ),
        (
            TaskFilter {
                kind: Some(TaskKind::Epic),
                ..none()
            },
            vec![epic],
        ),
        (
            TaskFilter {
                assignee: Some(room.bob),
                ..none()
            },
            vec![bug],
        ),
        (
            TaskFilter {
                assignee: Some(room.ada),
                ..none()
            },
            vec![],
        ),
        (
            TaskFilter {
                reporter: Some(room.ada),
                ..none()
            },
            vec![epic, part],
        ),
        (
            TaskFilter {
                priority: Some(Priority::Critical),
                ..none()
            },
            vec![part],
        ),
        (
            TaskFilter {
                severity: Some(Severity::Major),
                ..none()
            },
            vec![bug],
        ),
        (
            TaskFilter {
                severity: Some(Severity::Minor),
                ..none()
            },
            vec![],
        ),
        (
            TaskFilter {
                label: Some(text("bRASS", Label::parse)),
                ..none()
            },
            vec![bug],
        ),
        (
            TaskFilter {
                label: Some(text("bras", Label::parse)),
                ..none()
            },
            vec![],
        ),
        (
            TaskFilter {
                epic: Some(epic),
                ..none()
            },
            vec![part],
        ),
        (
            TaskFilter {
                chat: Some(room.chat),
                ..none()
            },
            vec![part],
        ),
        (before(noon), vec![]),
        (before("2026-03-01T12:00:00.001Z"), vec![bug]),
        (before("2026-03-02T00:00:00Z"), vec![bug, part]),
        (behind(noon), vec![part]),
        (behind("2026-03-01T11:59:59.999Z"), vec![bug, part]),
        (behind(end_of_day), vec![]),
        (text_is("GEAR"), vec![bug, part]),
        (text_is("gears"), vec![bug]),
        (text_is("ear"), vec![]),
        (text_is("12 pol"), vec![part]),
        (text_is("über, gear"), vec![part]),
        (text_is("gear weave"), vec![]),
        (text_is("100% _ * \" '"), vec![]),
        (text_is(" - "), vec![epic, bug, part]),
    ] {
        assert_eq!(
            found(&scene, room, filter.clone()).await,
            sorted(expected),
            "{filter:?}"
        );
    }
}

pub(in crate::contract) async fn filters_hold_together(mut scene: Scene) {
    let room = scene.room().await;
    let mut both = Vec::new();
    for (title, priority, assignee) in [
        ("gear", Priority::High, Some(room.bob)),
        ("gear", Priority::High, None),
        ("gear", Priority::Low, Some(room.bob)),
        ("shaft", Priority::High, Some(room.bob)),
    ] {
        let new = NewTask {
            priority,
            assignee,
            ..NewTask::titled(title)
        };
        both.push(scene.task(room.workspace, room.ada, new).await);
    }
    let filter = TaskFilter {
        priority: Some(Priority::High),
        assignee: Some(room.bob),
        text: Some("gear".to_owned()),
        ..TaskFilter::default()
    };
    assert_eq!(found(&scene, room, filter).await, both[..1]);
}

pub(in crate::contract) async fn every_sort_pages_through_all(mut scene: Scene) {
    let room = scene.room().await;
    let mut tasks = Vec::new();
    for (title, priority, due) in [
        ("beta", Priority::Low, Some("2026-03-01")),
        ("Alpha", Priority::Critical, None),
        ("ältere", Priority::Medium, Some("2026-02-01T08:00:00Z")),
        ("beta", Priority::High, Some("2026-03-01")),
        ("Beta 2", Priority::Medium, None),
        ("gamma", Priority::Low, Some("2026-03-01T08:00:00Z")),
    ] {
        let new = NewTask {
            priority,
            due: due.map(valid),
            ..NewTask::titled(title)
        };
        tasks.push(scene.task(room.workspace, room.ada, new).await);
    }
    let first = StreamId::Task(tasks[0]);
    let moved = TaskEvent::Moved {
        rank: Rank::between(Some(&Rank::initial(3)), Some(&Rank::initial(4)), 1).unwrap(),
    };
    scene.change(first, room.ada, moved).await;

    for (by, expected, missing) in [
        (SortBy::CreatedAt, [0, 1, 2, 3, 4, 5], 0),
        (SortBy::UpdatedAt, [1, 2, 3, 4, 5, 0], 0),
        (SortBy::DueDate, [2, 5, 0, 3, 1, 4], 2),
        (SortBy::Priority, [0, 5, 2, 4, 3, 1], 0),
        (SortBy::Rank, [1, 2, 0, 3, 4, 5], 0),
        (SortBy::Title, [1, 0, 3, 4, 5, 2], 0),
    ] {
        for descending in [false, true] {
            let sort = TaskSort { by, descending };
            let mut order = expected.map(|place| tasks[place]);
            if descending {
                let (having, lacking) = order.split_at_mut(tasks.len() - missing);
                having.reverse();
                lacking.reverse();
            }
            let scope = TaskScope::Member(room.bob);
            let listed = paged(
                async |page| {
                    let (scope, filter) = (scope.clone(), TaskFilter::default());
                    scene
                        .board
                        .list(room.workspace, scope, filter, sort, page)
                        .await
                        .unwrap()
                },
                |task| (by.key(task), task.id),
            )
            .await;
            let listed: Vec<_> = listed.iter().map(|task| task.id).collect();
            assert_eq!(listed, order, "{sort:?}");
        }
    }
}

/// Tasks in every kind of chat, all in the column of new ones, of which one was moved before the first.
struct Board {
    room: Room,
    guest: UserId,
    open: TaskId,
    in_channel: TaskId,
    moved: TaskId,
    tasks: Vec<(TaskId, Option<ChatId>)>,
    chats: [ChatId; 4],
}

impl Board {
    async fn set(scene: &mut Scene) -> Self {
        let room = scene.room().await;
        let (ada, bob) = (room.ada, room.bob);
        let guest = scene.user("guest").await;
        let silent = scene.chat(room.workspace, ChatKind::Channel, &[bob, guest]).await;
        let group = scene.chat(room.workspace, ChatKind::Group, &[bob, guest]).await;
        let direct = scene.chat(room.workspace, ChatKind::Direct, &[ada, bob]).await;
        let chats = [room.chat, silent, group, direct];
        let mut tasks = Vec::new();
        let places = [None].into_iter().chain(chats.map(Some)).chain([None]);
        for place in places {
            let new = NewTask {
                chat: place,
                ..NewTask::titled("Work")
            };
            tasks.push((scene.task(room.workspace, bob, new).await, place));
        }
        let (open, in_channel, moved) = (tasks[0].0, tasks[1].0, tasks[5].0);
        let rank = Rank::between(None, Some(&Rank::initial(1)), 6).unwrap();
        scene
            .change(StreamId::Task(moved), bob, TaskEvent::Moved { rank })
            .await;
        Self {
            room,
            guest,
            open,
            in_channel,
            moved,
            tasks,
            chats,
        }
    }

    /// Who sees which tasks, in the order of their making.
    fn scopes(&self) -> Vec<(TaskScope, Vec<TaskId>)> {
        let [channel, silent, group, direct] = self.chats;
        let of = |open: bool, seen: &[ChatId]| -> Vec<TaskId> {
            let tasks = self.tasks.iter();
            tasks
                .filter(|(_, place)| place.map_or(open, |chat| seen.contains(&chat)))
                .map(|(task, _)| *task)
                .collect()
        };
        vec![
            (
                TaskScope::Member(self.room.ada),
                of(true, &[channel, silent, direct]),
            ),
            (
                TaskScope::Member(self.room.bob),
                of(true, &[channel, silent, group, direct]),
            ),
            (TaskScope::Member(self.guest), of(true, &[channel, silent, group])),
            (TaskScope::Guest(self.guest), of(false, &[silent, group])),
            (TaskScope::Guest(self.room.ada), of(false, &[channel, direct])),
        ]
    }
}

async fn cards(scene: &Scene, board: &Board, scope: &TaskScope, column: Column) -> Vec<TaskId> {
    let workspace: WorkspaceId = board.room.workspace;
    let cards = paged(
        async |page| {
            let scope = scope.clone();
            scene.board.column(workspace, scope, column, page).await.unwrap()
        },
        |task| (task.rank.clone(), task.id),
    )
    .await;
    cards.iter().map(|task| task.id).collect()
}

/// What a list shows of a scope, by id.
async fn listed(scene: &Scene, room: Room, scope: &TaskScope) -> Vec<TaskId> {
    list(scene, room, scope, TaskFilter::default()).await
}

/// What a filter leaves to a member, by id.
async fn found(scene: &Scene, room: Room, filter: TaskFilter) -> Vec<TaskId> {
    list(scene, room, &TaskScope::Member(room.bob), filter).await
}

async fn list(scene: &Scene, room: Room, scope: &TaskScope, filter: TaskFilter) -> Vec<TaskId> {
    let sort = TaskSort {
        by: SortBy::CreatedAt,
        descending: false,
    };
    let listed = scene
        .board
        .list(room.workspace, scope.clone(), filter, sort, all())
        .await
        .unwrap();
    sorted(listed.items.iter().map(|task| task.id))
}

fn of_kind(kind: TaskKind, title: &str) -> NewTask {
    NewTask {
        kind,
        ..NewTask::titled(title)
    }
}
