//! That lists are filtered and sorted exactly, and page without losing or repeating a task.

use flowra_core::TaskId;
use flowra_core::chat::ChatKind;
use flowra_core::event::StreamId;
use flowra_core::task::{
    Column, Label, Labels, Priority, Rank, Severity, SortBy, Status, TaskDescription, TaskEvent, TaskFilter,
    TaskKind, TaskScope, TaskSort,
};
use flowra_core::workspace::Role;

use super::super::{Scene, Team, paged, sorted};
use super::list;
use crate::build::{NewTask, text, valid};

pub(in crate::contract) async fn every_filter_finds_its_tasks(mut scene: Scene) {
    let work = Work::set(&mut scene).await;
    let Work {
        team,
        epic,
        bug,
        part,
    } = work;
    let none = TaskFilter::default;
    let cases: [(TaskFilter, &[TaskId]); 12] = [
        (
            TaskFilter {
                column: Some(Column::ToDo),
                ..none()
            },
            &[epic, bug],
        ),
        (
            TaskFilter {
                status: Some(Status::New),
                ..none()
            },
            &[bug],
        ),
        (
            TaskFilter {
                kind: Some(TaskKind::Epic),
                ..none()
            },
            &[epic],
        ),
        (
            TaskFilter {
                assignee: Some(team.bob),
                ..none()
            },
            &[bug],
        ),
        (
            TaskFilter {
                assignee: Some(team.ada),
                ..none()
            },
            &[],
        ),
        (
            TaskFilter {
                is_unassigned: true,
                ..none()
            },
            &[epic, part],
        ),
        (
            TaskFilter {
                reporter: Some(team.ada),
                ..none()
            },
            &[epic, part],
        ),
        (
            TaskFilter {
                priority: Some(Priority::Critical),
                ..none()
            },
            &[part],
        ),
        (
            TaskFilter {
                severity: Some(Severity::Major),
                ..none()
            },
            &[bug],
        ),
        (
            TaskFilter {
                severity: Some(Severity::Minor),
                ..none()
            },
            &[],
        ),
        (
            TaskFilter {
                epic: Some(epic),
                ..none()
            },
            &[part],
        ),
        (
            TaskFilter {
                chat: Some(team.chat),
                ..none()
            },
            &[part],
        ),
    ];
    for (filter, expected) in cases {
        work.assert_found(&scene, filter, expected).await;
    }
}

pub(in crate::contract) async fn no_filter_reaches_into_another_workspace(mut scene: Scene) {
    let one = scene.team().await;
    let workspace = scene.workspace(one.ada, &[(one.bob, Role::Member)]).await;
    let chat = scene
        .chat(workspace, ChatKind::Channel, &[one.ada, one.bob])
        .await;
    let other = Team {
        workspace,
        chat,
        ..one
    };
    let ones = alike(&mut scene, one).await;
    let others = alike(&mut scene, other).await;
    for (here, own, there, foreign) in [(one, ones, other, others), (other, others, one, ones)] {
        for filter in filters(here, own[0]) {
            let found = found(&scene, here, filter.clone()).await;
            assert!(
                !found.is_empty() && found.iter().all(|task| own.contains(task)),
                "{filter:?}: {found:?}"
            );
        }
        // The epic and the chat of the other workspace lead nowhere.
        for filter in filters(there, foreign[0]) {
            let found = found(&scene, here, filter.clone()).await;
            assert!(
                found.iter().all(|task| own.contains(task)),
                "{filter:?}: {found:?}"
            );
        }
    }
}

pub(in crate::contract) async fn labels_are_found_whole_and_in_any_case(mut scene: Scene) {
    let work = Work::set(&mut scene).await;
    let cases: [(&str, &[TaskId]); 4] = [
        ("Brass", &[work.bug]),
        ("bRASS", &[work.bug]),
        ("bras", &[]),
        ("shaft", &[]),
    ];
    for (label, expected) in cases {
        let filter = TaskFilter {
            label: Some(text(label, Label::parse)),
            ..TaskFilter::default()
        };
        work.assert_found(&scene, filter, expected).await;
    }
}

pub(in crate::contract) async fn due_dates_are_filtered_to_the_millisecond(mut scene: Scene) {
    let work = Work::set(&mut scene).await;
    let (bug, part) = (work.bug, work.part);
    let cases: [(&str, &[TaskId], &[TaskId]); 5] = [
        ("2026-03-01T11:59:59.999Z", &[], &[bug, part]),
        ("2026-03-01T12:00:00Z", &[], &[part]),
        ("2026-03-01T12:00:00.001Z", &[bug], &[part]),
        ("2026-03-01T23:59:59.999Z", &[bug], &[]),
        ("2026-03-02T00:00:00Z", &[bug, part], &[]),
    ];
    for (point, earlier, later) in cases {
        let before = TaskFilter {
            due_before: Some(valid(point)),
            ..TaskFilter::default()
        };
        work.assert_found(&scene, before, earlier).await;
        let after = TaskFilter {
            due_after: Some(valid(point)),
            ..TaskFilter::default()
        };
        work.assert_found(&scene, after, later).await;
    }
}

pub(in crate::contract) async fn text_is_found_by_how_words_begin(mut scene: Scene) {
    let work = Work::set(&mut scene).await;
    let Work { epic, bug, part, .. } = work;
    let cases: [(&str, &[TaskId]); 9] = [
        ("GEAR", &[bug, part]),
        ("gears", &[bug]),
        ("ear", &[]),
        ("12 pol", &[part]),
        ("über, gear", &[part]),
        ("ÜBER", &[part]),
        ("gear weave", &[]),
        ("100% _ * \" '", &[]),
        (" - ", &[epic, bug, part]),
    ];
    for (words, expected) in cases {
        let filter = TaskFilter {
            text: Some(words.to_owned()),
            ..TaskFilter::default()
        };
        work.assert_found(&scene, filter, expected).await;
    }
}

pub(in crate::contract) async fn filters_hold_together(mut scene: Scene) {
    let team = scene.team().await;
    let mut both = Vec::new();
    for (title, priority, assignee) in [
        ("gear", Priority::High, Some(team.bob)),
        ("gear", Priority::High, None),
        ("gear", Priority::Low, Some(team.bob)),
        ("shaft", Priority::High, Some(team.bob)),
    ] {
        let new = NewTask {
            priority,
            assignee,
            ..NewTask::titled(title)
        };
        both.push(scene.task(team.workspace, team.ada, new).await);
    }
    let filter = TaskFilter {
        priority: Some(Priority::High),
        assignee: Some(team.bob),
        text: Some("gear".to_owned()),
        ..TaskFilter::default()
    };
    assert_eq!(found(&scene, team, filter).await, both[..1]);
}

pub(in crate::contract) async fn every_sort_pages_through_all(mut scene: Scene) {
    let team = scene.team().await;
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
        tasks.push(scene.task(team.workspace, team.ada, new).await);
    }
    let first = StreamId::Task(tasks[0]);
    let moved = TaskEvent::Moved {
        rank: Rank::between(Some(&Rank::initial(3)), Some(&Rank::initial(4)), 1).unwrap(),
    };
    scene.change(first, team.ada, moved).await;

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
            let scope = TaskScope::Member(team.bob);
            let listed = paged(
                async |page| {
                    let (scope, filter) = (scope.clone(), TaskFilter::default());
                    scene
                        .board
                        .list(team.workspace, scope, filter, sort, page)
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

/// An epic, a bug, and a task of the epic in the backlog that came from the chat.
struct Work {
    team: Team,
    epic: TaskId,
    bug: TaskId,
    part: TaskId,
}

impl Work {
    async fn set(scene: &mut Scene) -> Self {
        let team = scene.team().await;
        let epic = NewTask {
            kind: TaskKind::Epic,
            ..NewTask::titled("Weave")
        };
        let epic = scene.task(team.workspace, team.ada, epic).await;
        let bug = NewTask {
            kind: TaskKind::Bug,
            severity: Some(Severity::Major),
            assignee: Some(team.bob),
            due: Some(valid("2026-03-01T12:00:00Z")),
            labels: Labels::parse(["Brass", "gear"].map(|label| text(label, Label::parse))).unwrap(),
            ..NewTask::titled("Gears stick")
        };
        let bug = scene.task(team.workspace, team.bob, bug).await;
        let part = NewTask {
            description: text("Über the long shaft", TaskDescription::parse),
            priority: Priority::Critical,
            due: Some(valid("2026-03-01")),
            epic: Some(epic),
            ..NewTask::in_chat("Polish gear #12", team.chat)
        };
        let part = scene.task(team.workspace, team.ada, part).await;
        let (from, to) = (Status::ToDo, Status::Backlog);
        let shelved = TaskEvent::StatusChanged { from, to };
        scene.change(StreamId::Task(part), team.ada, shelved).await;
        Self {
            team,
            epic,
            bug,
            part,
        }
    }

    async fn assert_found(&self, scene: &Scene, filter: TaskFilter, expected: &[TaskId]) {
        let found = found(scene, self.team, filter.clone()).await;
        assert_eq!(found, sorted(expected.iter().copied()), "{filter:?}");
    }
}

/// What a filter leaves to a member, by id.
async fn found(scene: &Scene, team: Team, filter: TaskFilter) -> Vec<TaskId> {
    list(scene, team, &TaskScope::Member(team.bob), filter).await
}

/// An epic and a bug of it in the team's chat, such that each of [`filters`] finds one of them at least; alike in every team.
async fn alike(scene: &mut Scene, team: Team) -> [TaskId; 2] {
    let epic = NewTask {
        kind: TaskKind::Epic,
        ..NewTask::titled("Weave")
    };
    let epic = scene.task(team.workspace, team.ada, epic).await;
    let bug = NewTask {
        kind: TaskKind::Bug,
        priority: Priority::High,
        severity: Some(Severity::Major),
        assignee: Some(team.bob),
        due: Some(valid("2026-03-01")),
        labels: Labels::parse([text("Brass", Label::parse)]).unwrap(),
        epic: Some(epic),
        ..NewTask::in_chat("Gears stick", team.chat)
    };
    [epic, scene.task(team.workspace, team.ada, bug).await]
}

/// No filter, and then each alone.
fn filters(team: Team, epic: TaskId) -> Vec<TaskFilter> {
    let mut filters = vec![TaskFilter::default()];
    let mut add = |set: &dyn Fn(&mut TaskFilter)| {
        let mut filter = TaskFilter::default();
        set(&mut filter);
        filters.push(filter);
    };
    add(&|filter| filter.column = Some(Column::ToDo));
    add(&|filter| filter.status = Some(Status::New));
    add(&|filter| filter.kind = Some(TaskKind::Bug));
    add(&|filter| filter.assignee = Some(team.bob));
    add(&|filter| filter.reporter = Some(team.ada));
    add(&|filter| filter.priority = Some(Priority::High));
    add(&|filter| filter.severity = Some(Severity::Major));
    add(&|filter| filter.label = Some(text("brass", Label::parse)));
    add(&|filter| filter.epic = Some(epic));
    add(&|filter| filter.chat = Some(team.chat));
    add(&|filter| filter.due_before = Some(valid("2027-01-01T00:00:00Z")));
    add(&|filter| filter.due_after = Some(valid("2025-01-01T00:00:00Z")));
    add(&|filter| filter.text = Some("gear".to_owned()));
    filters
}
