//! The values of tasks, and what one can ask of a list of them.

use flowra_core::task::{
    Column, Due, Labels, Priority, Rank, Severity, SortBy, Status, TaskFilter, TaskKind, TaskSort,
};
use proptest::bool::weighted;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{ids, labels, timestamps};

/// Any kind of task.
pub fn task_kinds() -> impl Strategy<Value = TaskKind> {
    select(TaskKind::ALL.to_vec())
}

/// Any status of any kind.
pub fn statuses() -> impl Strategy<Value = Status> {
    select(Status::ALL.to_vec())
}

/// Any status of one kind.
pub fn statuses_of(kind: TaskKind) -> impl Strategy<Value = Status> {
    select(kind.statuses().to_vec())
}

/// Any column.
pub fn columns() -> impl Strategy<Value = Column> {
    select(Column::ALL.to_vec())
}

/// Any priority.
pub fn priorities() -> impl Strategy<Value = Priority> {
    select(Priority::ALL.to_vec())
}

/// Any severity.
pub fn severities() -> impl Strategy<Value = Severity> {
    select(Severity::ALL.to_vec())
}

/// Any due date: a day or a point in time.
pub fn dues() -> impl Strategy<Value = Due> {
    (timestamps(), any::<bool>()).prop_map(|(time, is_day)| {
        if is_day {
            Due::Day(time.date())
        } else {
            Due::At(time)
        }
    })
}

/// Any set of labels, of few letters, so that some differ in case only.
pub fn label_sets() -> impl Strategy<Value = Labels> {
    prop::collection::vec(labels(), 0..=Labels::MAX)
        .prop_filter_map("too many labels", |labels| Labels::parse(labels).ok())
}

/// Any rank that moves can lead to.
pub fn ranks() -> impl Strategy<Value = Rank> {
    let moves = prop::collection::vec(any::<bool>(), 0..12);
    (1..100_000_u64, moves).prop_map(|(number, moves)| {
        let (mut low, mut high) = (None, None);
        let mut rank = Rank::initial(number);
        for goes_up in moves {
            if goes_up {
                low = Some(rank.clone());
            } else {
                high = Some(rank.clone());
            }
            rank = Rank::between(low.as_ref(), high.as_ref(), number).unwrap_or(rank);
        }
        rank
    })
}

/// Any filter, with few conditions, so that some tasks fit.
pub fn task_filters() -> impl Strategy<Value = TaskFilter> {
    let rarely = 0.15;
    let of_values = (
        option::weighted(rarely, columns()),
        option::weighted(rarely, statuses()),
        option::weighted(rarely, task_kinds()),
        option::weighted(rarely, priorities()),
        option::weighted(rarely, severities()),
        option::weighted(rarely, labels()),
        option::weighted(rarely, "[a-z ]{0,6}"),
    );
    let of_others = (
        option::weighted(rarely, ids()),
        option::weighted(rarely, ids()),
        option::weighted(rarely, ids()),
        option::weighted(rarely, ids()),
        option::weighted(rarely, timestamps()),
        option::weighted(rarely, timestamps()),
        weighted(rarely),
    );
    (of_values, of_others).prop_map(|(values, others)| {
        let (column, status, kind, priority, severity, label, text) = values;
        let (assignee, reporter, epic, chat, due_before, due_after, is_unassigned) = others;
        TaskFilter {
            column,
            status,
            kind,
            assignee,
            is_unassigned,
            reporter,
            priority,
            severity,
            label,
            epic,
            chat,
            due_before,
            due_after,
            text,
        }
    })
}

/// Any order of a list.
pub fn task_sorts() -> impl Strategy<Value = TaskSort> {
    let by = select(vec![
        SortBy::CreatedAt,
        SortBy::UpdatedAt,
        SortBy::DueDate,
        SortBy::Priority,
        SortBy::Rank,
        SortBy::Title,
    ]);
    (by, any::<bool>()).prop_map(|(by, descending)| TaskSort { by, descending })
}
