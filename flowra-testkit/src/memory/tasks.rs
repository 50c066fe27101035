//! Tasks and boards in memory.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use flowra_core::chat::ChatKind;
use flowra_core::page::{Limit, Page, PageRequest};
use flowra_core::task::{
    BoardColumn, Column, Rank, SortKey, Task, TaskBoard, TaskFilter, TaskScope, TaskSort, TaskStore,
};
use flowra_core::text::words;
use flowra_core::{BoxFuture, ChatId, MessageId, PortResult, TaskId, WorkspaceId};

use super::state::State;
use super::{Memory, page_of};

/// Where a task stands in its column.
fn place(task: &Arc<Task>) -> (Rank, TaskId) {
    (task.rank.clone(), task.id)
}

impl TaskStore for Memory {
    fn load(&self, id: TaskId) -> BoxFuture<'_, PortResult<Option<Arc<Task>>>> {
        self.ask(move |state| state.tasks.get(&id).cloned())
    }

    fn load_many(&self, ids: Vec<TaskId>) -> BoxFuture<'_, PortResult<Vec<Arc<Task>>>> {
        let ids: BTreeSet<_> = ids.into_iter().collect();
        self.ask(move |state| ids.iter().filter_map(|id| state.tasks.get(id).cloned()).collect())
    }

    fn find_by_number(
        &self,
        workspace: WorkspaceId,
        number: u64,
    ) -> BoxFuture<'_, PortResult<Option<TaskId>>> {
        self.ask(move |state| {
            let mut tasks = state.tasks.values();
            tasks
                .find(|task| task.workspace_id == workspace && task.key.number == number)
                .map(|task| task.id)
        })
    }

    fn last_number(&self, workspace: WorkspaceId) -> BoxFuture<'_, PortResult<u64>> {
        self.ask(move |state| {
            let tasks = state.tasks.values().filter(|task| task.workspace_id == workspace);
            tasks.map(|task| task.key.number).max().unwrap_or(0)
        })
    }

    fn newest_of_message(&self, message: MessageId) -> BoxFuture<'_, PortResult<Option<TaskId>>> {
        self.ask(move |state| state.newest_task(|task| task.message == Some(message)))
    }

    fn newest_of_chat(&self, chat: ChatId) -> BoxFuture<'_, PortResult<Option<TaskId>>> {
        self.ask(move |state| state.newest_task(|task| task.chat == Some(chat)))
    }
}

impl TaskBoard for Memory {
    fn columns(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        limit: Limit,
    ) -> BoxFuture<'_, PortResult<Vec<BoardColumn>>> {
        self.ask(move |state| {
            let column = |column| {
                let cards = state.cards(workspace, &scope, column);
                BoardColumn {
                    column,
                    count: cards.len() as u64,
                    tasks: page_of(cards.into_iter(), place, &PageRequest::first(limit)),
                }
            };
            Column::ALL.map(column).into()
        })
    }

    fn column(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        column: Column,
        page: PageRequest<(Rank, TaskId)>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Task>>>> {
        self.ask(move |state| {
            let cards = state.cards(workspace, &scope, column);
            page_of(cards.into_iter(), place, &page)
        })
    }

    fn neighbour(
        &self,
        workspace: WorkspaceId,
        column: Column,
        of: Rank,
        after: bool,
    ) -> BoxFuture<'_, PortResult<Option<Rank>>> {
        self.ask(move |state| {
            let tasks = state.live_tasks(workspace);
            let ranks = tasks
                .filter(|task| task.status.column() == column)
                .map(|task| &task.rank);
            if after {
                ranks.filter(|rank| **rank > of).min().cloned()
            } else {
                ranks.filter(|rank| **rank < of).max().cloned()
            }
        })
    }

    fn list(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        filter: TaskFilter,
        sort: TaskSort,
        page: PageRequest<(SortKey, TaskId)>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Task>>>> {
        self.ask(move |state| {
            let tasks = state.visible_tasks(workspace, &scope);
            let mut keyed: Vec<_> = tasks
                .filter(|task| fits(&filter, task))
                .map(|task| ((sort.by.key(task), task.id), Arc::clone(task)))
                .collect();
            keyed.sort_by(|(one, _), (other, _)| order(sort, one, other));
            let behind = keyed.into_iter().filter(|(key, _)| {
                let after = page.after.as_ref();
                after.is_none_or(|after| order(sort, key, after).is_gt())
            });
            let one_too_many = behind.take(page.limit.get() + 1).map(|(_, task)| task).collect();
            Page::from_one_too_many(one_too_many, page.limit)
        })
    }
}

/// The order of a list; what has no value to sort by is last in either direction.
fn order(sort: TaskSort, one: &(SortKey, TaskId), other: &(SortKey, TaskId)) -> Ordering {
    let missing = |key: &(SortKey, TaskId)| key.0 == SortKey::Missing;
    let by_key = if sort.descending {
        other.cmp(one)
    } else {
        one.cmp(other)
    };
    missing(one).cmp(&missing(other)).then(by_key)
}

fn fits(filter: &TaskFilter, task: &Task) -> bool {
    fn is<T: PartialEq>(wanted: Option<&T>, value: Option<&T>) -> bool {
        wanted.is_none() || wanted == value
    }
    let due = task.due.map(flowra_core::task::Due::instant);
    is(filter.column.as_ref(), Some(&task.status.column()))
        && is(filter.status.as_ref(), Some(&task.status))
        && is(filter.kind.as_ref(), Some(&task.kind))
        && is(filter.assignee.as_ref(), task.assignee.as_ref())
        && (!filter.is_unassigned || task.assignee.is_none())
        && is(filter.reporter.as_ref(), Some(&task.reporter))
        && is(filter.priority.as_ref(), Some(&task.priority))
        && is(filter.severity.as_ref(), task.severity.as_ref())
        && is(filter.epic.as_ref(), task.epic.as_ref())
        && is(filter.chat.as_ref(), task.chat.as_ref())
        && filter.label.as_ref().is_none_or(|label| task.labels.has(label))
        && filter
            .due_before
            .is_none_or(|point| due.is_some_and(|due| due < point))
        && filter
            .due_after
            .is_none_or(|point| due.is_some_and(|due| due > point))
        && filter.text.as_deref().is_none_or(|text| mentions(task, text))
}

fn mentions(task: &Task, text: &str) -> bool {
    let mut own = words(task.title.as_str());
    own.extend(words(task.description.as_str()));
    words(text)
        .iter()
        .all(|wanted| own.iter().any(|word| word.starts_with(wanted.as_str())))
}

impl State {
    fn live_tasks(&self, workspace: WorkspaceId) -> impl Iterator<Item = &Arc<Task>> {
        let tasks = self.tasks.values();
        tasks.filter(move |task| task.workspace_id == workspace && !task.is_deleted)
    }

    fn visible_tasks<'a>(
        &'a self,
        workspace: WorkspaceId,
        scope: &'a TaskScope,
    ) -> impl Iterator<Item = &'a Arc<Task>> {
        self.live_tasks(workspace)
            .filter(|task| self.is_within(scope, task))
    }

    /// A column in its order.
    fn cards(&self, workspace: WorkspaceId, scope: &TaskScope, column: Column) -> Vec<Arc<Task>> {
        let tasks = self.visible_tasks(workspace, scope);
        let mut cards: Vec<_> = tasks
            .filter(|task| task.status.column() == column)
            .cloned()
            .collect();
        cards.sort_by_key(place);
        cards
    }

    fn is_within(&self, scope: &TaskScope, task: &Task) -> bool {
        let Some(chat) = task.chat else {
            return matches!(scope, TaskScope::Member(_));
        };
        let Some(chat) = self.chats.get(&chat).filter(|chat| !chat.is_deleted) else {
            return false;
        };
        match scope {
            TaskScope::Member(user) => chat.kind == ChatKind::Channel || chat.participants.contains_key(user),
            TaskScope::Guest(user) => chat.participants.contains_key(user),
        }
    }

    fn newest_task(&self, wanted: impl Fn(&Task) -> bool) -> Option<TaskId> {
        let tasks = self.tasks.values();
        let wanted = tasks.filter(|task| !task.is_deleted && wanted(task));
        wanted.max_by_key(|task| task.key.number).map(|task| task.id)
    }
}
