use super::*;
use crate::WorkspaceId;
use crate::chat::{ChatKind, ChatRole};
use crate::task::Label;
use crate::task::fixtures::{EPOCH, REPORTER, STRANGER, bug, chat, epic, line, of_kind, task, viewer};
use crate::text::Prose;

/// The task after what was decided.
fn after(mut task: Task, decided: Result<Vec<TaskEvent>, TaskRefusal>) -> Task {
    for event in decided.unwrap() {
        task.apply(&event, EPOCH);
    }
    task
}

fn in_status(kind: TaskKind, status: Status) -> Task {
    Task {
        status,
        ..of_kind(kind)
    }
}

fn labels(texts: &[&str]) -> Labels {
    Labels::parse(texts.iter().map(|text| Label::parse(text).unwrap())).unwrap()
}

/// Every decision, each as a change of the task that the fixtures make.
fn every_change(task: &Task) -> Vec<(&'static str, Result<Vec<TaskEvent>, TaskRefusal>)> {
    let epic = epic();
    vec![
        ("rename", task.rename(line("Mend the door"))),
        ("describe", task.describe(Prose::parse("It leaks").unwrap())),
        ("set_status", task.set_status(Status::Fixed)),
        ("assign", task.assign(Some(STRANGER))),
        ("set_priority", task.set_priority(Priority::Critical)),
        ("set_severity", task.set_severity(Some(Severity::Major))),
        ("set_due", task.set_due(Some("2026-11-22".parse().unwrap()))),
        ("set_labels", task.set_labels(labels(&["roof"]))),
        ("add_labels", task.add_labels(&labels(&["roof"]))),
        ("remove_labels", task.remove_labels(&labels(&["old"]))),
        ("set_epic", task.set_epic(Some(&epic))),
        ("move_to", task.move_to(Rank::initial(999))),
    ]
}

fn old_bug() -> Task {
    Task {
        labels: labels(&["old"]),
        ..bug()
    }
}

#[test]
fn every_change_takes_effect_and_counts_as_one_event() {
    for (name, decided) in every_change(&old_bug()) {
        assert_eq!(decided.as_ref().map(Vec::len), Ok(1), "{name}");
        let changed = after(old_bug(), decided);
        assert_ne!(
            Task {
                version: old_bug().version,
                ..changed
            },
            old_bug(),
            "{name}"
        );
    }
}

#[test]
fn a_change_to_what_is_so_already_makes_no_event() {
    let bug = Task {
        title: line("Mend the door"),
        description: Prose::parse("It leaks").unwrap(),
        status: Status::Fixed,
        assignee: Some(STRANGER),
        priority: Priority::Critical,
        severity: Some(Severity::Major),
        due: Some("2026-11-22".parse().unwrap()),
        labels: labels(&["roof"]),
        epic: Some(epic().id),
        rank: Rank::initial(999),
        ..bug()
    };
    for (name, decided) in every_change(&bug) {
        assert_eq!(decided, Ok(Vec::new()), "{name}");
    }
}

#[test]
fn clearing_what_is_empty_makes_no_event() {
    let bug = bug();
    for decided in [
        bug.assign(None),
        bug.set_severity(None),
        bug.set_due(None),
        bug.set_epic(None),
    ] {
        assert_eq!(decided, Ok(Vec::new()));
    }
}

#[test]
fn what_was_set_can_be_cleared() {
    let bug = Task {
        assignee: Some(STRANGER),
        severity: Some(Severity::Major),
        due: Some("2026-11-22".parse().unwrap()),
        epic: Some(epic().id),
        ..bug()
    };
    assert_eq!(after(bug.clone(), bug.assign(None)).assignee, None);
    assert_eq!(after(bug.clone(), bug.set_severity(None)).severity, None);
    assert_eq!(after(bug.clone(), bug.set_due(None)).due, None);
    assert_eq!(after(bug.clone(), bug.set_epic(None)).epic, None);
}

#[test]
fn nothing_happens_to_a_deleted_task_any_more() {
    let gone = Task {
        is_deleted: true,
        ..old_bug()
    };
    for (name, decided) in every_change(&gone) {
        assert_eq!(decided, Err(TaskRefusal::Deleted), "{name}");
    }
    assert_eq!(gone.delete(viewer(REPORTER, Role::Member), None), Ok(vec![]));
    let stranger = gone.delete(viewer(STRANGER, Role::Member), None);
    assert_eq!(stranger, Err(TaskRefusal::Deleted));
}

#[test]
fn a_task_that_is_not_cancelled_goes_to_any_status_of_its_kind() {
    for kind in TaskKind::ALL {
        for from in kind.statuses().iter().filter(|from| **from != Status::Cancelled) {
            for to in kind.statuses() {
                let task = in_status(kind, *from);
                let decided = task.set_status(*to);
                assert_eq!(after(task, decided).status, *to, "{kind}: {from} to {to}");
            }
        }
    }
}

#[test]
fn a_cancelled_task_goes_back_to_backlog_or_its_initial_status_only() {
    for kind in TaskKind::ALL {
        let cancelled = in_status(kind, Status::Cancelled);
        for to in kind.statuses() {
            let allowed = matches!(
                to,
                Status::Backlog | Status::ToDo | Status::New | Status::Planned | Status::Cancelled
            );
            let refused = (!allowed).then_some(TaskRefusal::Cancelled { kind, to: *to });
            assert_eq!(cancelled.set_status(*to).err(), refused, "{kind} to {to}");
        }
    }
}

#[test]
fn no_task_goes_to_a_status_of_another_kind() {
    for kind in TaskKind::ALL {
        for from in kind.statuses() {
            for to in Status::ALL.iter().filter(|to| !kind.statuses().contains(to)) {
                assert_eq!(
                    in_status(kind, *from).set_status(*to),
                    Err(TaskRefusal::NoSuchStatus { kind })
                );
            }
        }
    }
}

#[test]
fn a_change_of_status_says_from_where() {
    assert_eq!(
        task().set_status(Status::Done),
        Ok(vec![TaskEvent::StatusChanged {
            from: Status::ToDo,
            to: Status::Done
        }])
    );
}

#[test]
fn only_bugs_have_a_severity() {
    for task in [task(), epic()] {
        assert_eq!(
            task.set_severity(Some(Severity::Minor)),
            Err(TaskRefusal::SeverityOfBugsOnly)
        );
        assert_eq!(task.set_severity(None), Ok(Vec::new()));
    }
}

#[test]
fn a_twenty_first_label_is_refused_and_one_that_is_there_is_not() {
    let numbers: Vec<String> = (0..20).map(|number| format!("n{number}")).collect();
    let full = labels(&numbers.iter().map(String::as_str).collect::<Vec<_>>());
    let task = Task {
        labels: full,
        ..task()
    };
    assert_eq!(
        task.add_labels(&labels(&["new"])),
        Err(TaskRefusal::TooManyLabels { max: Labels::MAX })
    );
    assert_eq!(task.add_labels(&labels(&["N3"])), Ok(Vec::new()));
}

#[test]
fn a_label_is_removed_in_any_case() {
    let task = Task {
        labels: labels(&["Roof", "House"]),
        ..task()
    };
    let decided = task.remove_labels(&labels(&["ROOF", "unknown"]));
    assert_eq!(after(task, decided).labels, labels(&["House"]));
}

#[test]
fn tasks_and_bugs_are_parts_of_epics_and_epics_are_parts_of_nothing() {
    let whole = epic();
    for part in [task(), bug()] {
        let decided = part.set_epic(Some(&whole));
        assert_eq!(after(part, decided).epic, Some(whole.id));
    }
    assert_eq!(epic().set_epic(Some(&whole)), Err(TaskRefusal::EpicInEpic));
    assert_eq!(
        of_kind(TaskKind::Epic).set_epic(Some(&whole)),
        Err(TaskRefusal::EpicInEpic)
    );
}

#[test]
fn what_is_no_epic_of_the_workspace_has_no_parts() {
    let elsewhere = Task {
        workspace_id: WorkspaceId::from_bytes([99; 16]),
        ..epic()
    };
    let gone = Task {
        is_deleted: true,
        ..epic()
    };
    for other in [bug(), elsewhere, gone] {
        assert_eq!(task().set_epic(Some(&other)), Err(TaskRefusal::EpicNotFound));
    }
}

#[test]
fn its_reporter_and_the_admins_of_its_chat_and_workspace_delete_a_task() {
    let led = chat(ChatKind::Group, &[(STRANGER, ChatRole::Admin)]);
    let joined = chat(ChatKind::Group, &[(STRANGER, ChatRole::Member)]);
    for (by, chat, may) in [
        (viewer(REPORTER, Role::Guest), Some(&joined), true),
        (viewer(REPORTER, Role::Member), None, true),
        (viewer(STRANGER, Role::Member), Some(&led), true),
        (viewer(STRANGER, Role::Admin), Some(&joined), true),
        (viewer(STRANGER, Role::Owner), None, true),
        (viewer(STRANGER, Role::Member), Some(&joined), false),
        (viewer(STRANGER, Role::Member), None, false),
    ] {
        let expected = if may {
            Ok(vec![TaskEvent::Deleted])
        } else {
            Err(TaskRefusal::MayNotDelete)
        };
        assert_eq!(task().delete(by, chat), expected, "{by:?}");
    }
}
