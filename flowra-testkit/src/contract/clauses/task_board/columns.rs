//! That columns, their counts and their neighbours agree on what stands where and who sees it.

use flowra_core::chat::{ChatEvent, ChatKind, ChatRole};
use flowra_core::event::StreamId;
use flowra_core::page::Limit;
use flowra_core::task::{Column, Rank, Status, TaskEvent, TaskFilter, TaskScope};
use flowra_core::{ChatId, TaskId, UserId};

use super::super::{Scene, Team, all, paged, sorted};
use super::list;
use crate::build::NewTask;

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
    let other = scene.workspace(board.team.ada, &[]).await;
    scene
        .task(other, board.team.ada, NewTask::titled("Elsewhere"))
        .await;
    let to = Status::Done;
    let from = Status::ToDo;
    scene
        .change(
            StreamId::Task(board.open),
            board.team.ada,
            TaskEvent::StatusChanged { from, to },
        )
        .await;
    scene
        .change(
            StreamId::Task(board.in_channel),
            board.team.ada,
            TaskEvent::Deleted,
        )
        .await;
    for (scope, _) in board.scopes() {
        let few = Limit::parse(1).unwrap();
        let columns = scene.board.columns(board.team.workspace, scope.clone(), few);
        let columns = columns.await.unwrap();
        assert!(columns.iter().map(|shown| shown.column).eq(Column::ALL));
        for shown in columns {
            let cards = cards(&scene, &board, &scope, shown.column).await;
            assert_eq!(shown.count, cards.len() as u64, "{scope:?} {:?}", shown.column);
            assert_eq!(shown.tasks.has_more, cards.len() > 1);
            let first = shown.tasks.items.iter().map(|card| card.id);
            assert!(first.eq(cards.into_iter().take(1)));
        }
    }
    let columns = scene
        .board
        .columns(other, TaskScope::Member(board.team.ada), Limit::default())
        .await
        .unwrap();
    assert!(columns.iter().map(|shown| shown.count).eq([0, 1, 0, 0, 0, 0]));
}

pub(in crate::contract) async fn tasks_change_columns_with_their_status(mut scene: Scene) {
    let team = scene.team().await;
    let task = scene
        .task(team.workspace, team.ada, NewTask::titled("Wandering"))
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
                team.ada,
                TaskEvent::StatusChanged { from, to },
            )
            .await;
        from = to;
        let scope = TaskScope::Member(team.bob);
        let columns = scene
            .board
            .columns(team.workspace, scope.clone(), Limit::default());
        for shown in columns.await.unwrap() {
            let page = scene
                .board
                .column(team.workspace, scope.clone(), shown.column, all())
                .await
                .unwrap();
            let stands_here = shown.column == to.column();
            assert_eq!(shown.count, u64::from(stands_here));
            for cards in [shown.tasks.items, page.items] {
                assert_eq!(cards.len(), usize::from(stands_here));
                assert!(cards.iter().all(|card| card.status == to));
            }
        }
    }
}

pub(in crate::contract) async fn losing_a_chat_hides_its_tasks(mut scene: Scene) {
    let team = scene.team().await;
    let group = scene.chat(team.workspace, ChatKind::Group, &[team.ada]).await;
    let in_group = scene
        .task(team.workspace, team.ada, NewTask::in_chat("Hidden", group))
        .await;
    let in_channel = scene
        .task(team.workspace, team.ada, NewTask::in_chat("Open", team.chat))
        .await;
    let bobs = TaskScope::Member(team.bob);
    assert_eq!(listed(&scene, team, &bobs).await, [in_channel]);
    let joins = ChatEvent::ParticipantAdded {
        user_id: team.bob,
        role: ChatRole::Member,
    };
    scene.change(StreamId::Chat(group), team.ada, joins).await;
    assert_eq!(listed(&scene, team, &bobs).await, sorted([in_group, in_channel]));
    let leaves = ChatEvent::ParticipantRemoved { user_id: team.bob };
    scene.change(StreamId::Chat(group), team.ada, leaves).await;
    assert_eq!(listed(&scene, team, &bobs).await, [in_channel]);
    let deleted = scene.world.delete_chat(team.chat, team.ada);
    scene.store(deleted).await;
    assert!(listed(&scene, team, &bobs).await.is_empty());
    assert_eq!(
        listed(&scene, team, &TaskScope::Guest(team.ada)).await,
        [in_group]
    );
}

pub(in crate::contract) async fn a_neighbour_is_next_in_its_column(mut scene: Scene) {
    let team = scene.team().await;
    let group = scene.chat(team.workspace, ChatKind::Group, &[team.ada]).await;
    let other = scene.workspace(team.ada, &[]).await;
    for (workspace, new) in [
        (team.workspace, NewTask::titled("First")),
        (
            team.workspace,
            NewTask::in_chat("Second, which few may see", group),
        ),
        (team.workspace, NewTask::titled("Third")),
        (team.workspace, NewTask::titled("Deleted")),
        (team.workspace, NewTask::titled("Done")),
        (other, NewTask::titled("Elsewhere")),
    ] {
        let is_deleted = new.title.as_str() == "Deleted";
        let is_done = new.title.as_str() == "Done";
        let task = scene.task(workspace, team.ada, new).await;
        if is_deleted {
            scene
                .change(StreamId::Task(task), team.ada, TaskEvent::Deleted)
                .await;
        }
        if is_done {
            let (from, to) = (Status::ToDo, Status::Done);
            scene
                .change(
                    StreamId::Task(task),
                    team.ada,
                    TaskEvent::StatusChanged { from, to },
                )
                .await;
        }
    }
    let rank = Rank::initial;
    for (column, of, after, expected) in [
        (Column::ToDo, Rank::lowest(), true, Some(rank(1))),
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
            .neighbour(team.workspace, column, of.clone(), after)
            .await
            .unwrap();
        assert_eq!(found, expected, "{column:?}, after {of}: {after}");
    }
}

/// Tasks in every kind of chat, all in the column of new ones, of which one was moved before the first.
struct Board {
    team: Team,
    guest: UserId,
    open: TaskId,
    in_channel: TaskId,
    moved: TaskId,
    tasks: Vec<(TaskId, Option<ChatId>)>,
    chats: [ChatId; 4],
}

impl Board {
    async fn set(scene: &mut Scene) -> Self {
        let team = scene.team().await;
        let (ada, bob) = (team.ada, team.bob);
        let guest = scene.user("guest").await;
        let silent = scene.chat(team.workspace, ChatKind::Channel, &[bob, guest]).await;
        let group = scene.chat(team.workspace, ChatKind::Group, &[bob, guest]).await;
        let direct = scene.chat(team.workspace, ChatKind::Direct, &[ada, bob]).await;
        let chats = [team.chat, silent, group, direct];
        let mut tasks = Vec::new();
        let places = [None].into_iter().chain(chats.map(Some)).chain([None]);
        for place in places {
            let new = NewTask {
                chat: place,
                ..NewTask::titled("Work")
            };
            tasks.push((scene.task(team.workspace, bob, new).await, place));
        }
        let (open, in_channel, moved) = (tasks[0].0, tasks[1].0, tasks[5].0);
        let rank = Rank::between(None, Some(&Rank::initial(1)), 6).unwrap();
        scene
            .change(StreamId::Task(moved), bob, TaskEvent::Moved { rank })
            .await;
        Self {
            team,
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
                TaskScope::Member(self.team.ada),
                of(true, &[channel, silent, direct]),
            ),
            (
                TaskScope::Member(self.team.bob),
                of(true, &[channel, silent, group, direct]),
            ),
            (TaskScope::Member(self.guest), of(true, &[channel, silent, group])),
            (TaskScope::Guest(self.guest), of(false, &[silent, group])),
            (TaskScope::Guest(self.team.ada), of(false, &[channel, direct])),
        ]
    }
}

async fn cards(scene: &Scene, board: &Board, scope: &TaskScope, column: Column) -> Vec<TaskId> {
    let workspace = board.team.workspace;
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
async fn listed(scene: &Scene, team: Team, scope: &TaskScope) -> Vec<TaskId> {
    list(scene, team, scope, TaskFilter::default()).await
}
