//! Filtered and sorted lists of tasks.
//!
//! A list is a few runs along the index of its order: the tasks with the cursor's value behind its id, those beyond that value, and those
//! without one. Which index serves a run, that of the order or that of a condition which few tasks fulfil, is the server's choice.

use std::sync::Arc;

use flowra_core::page::{Page, PageRequest};
use flowra_core::task::{SortBy, SortKey, Task, TaskFilter, TaskScope, TaskSort};
use flowra_core::time::Timestamp;
use flowra_core::{TaskId, WorkspaceId, text};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::Hint;

use crate::board::Sight;
use crate::fault::Outcome;
use crate::{MongoStore, codec};

impl MongoStore {
    pub(crate) async fn list_of(
        &self,
        workspace: WorkspaceId,
        scope: TaskScope,
        filter: TaskFilter,
        sort: TaskSort,
        page: PageRequest<(SortKey, TaskId)>,
    ) -> Outcome<Page<Arc<Task>>> {
        self.barrier().await;
        let sight = self.sight(workspace, scope).await?;
        let wanted = wanted(workspace, &sight, &filter);
        let direction = if sort.descending { -1 } else { 1 };
        let order = doc! { field(sort.by): direction, "_id": direction };
        // Without a condition there is one right index, and a server with many to choose from may miss it.
        let hint = (sight.public && filter == TaskFilter::default())
            .then(|| Hint::Keys(doc! { "workspace": 1, "listed": 1, field(sort.by): 1, "_id": 1 }));
        let limit = page.limit.get() + 1;
        let mut tasks = Vec::new();
        for run in runs(sort, page.after.as_ref()) {
            if tasks.len() < limit {
                let mut query = wanted.clone();
                query.extend(run);
                let left = limit - tasks.len();
                tasks.extend(self.tasks(query, order.clone(), left, hint.clone()).await?);
            }
        }
        Ok(Page::from_one_too_many(tasks, page.limit))
    }
}

const fn field(by: SortBy) -> &'static str {
    match by {
        SortBy::CreatedAt => "created",
        SortBy::UpdatedAt => "updated",
        SortBy::DueDate => "due",
        SortBy::Priority => "priority",
        SortBy::Rank => "rank",
        SortBy::Title => "title",
    }
}

/// The conditions on the order's field and the id, of one run after the other.
fn runs(sort: TaskSort, after: Option<&(SortKey, TaskId)>) -> Vec<Document> {
    let field = field(sort.by);
    let beyond = if sort.descending { "$lt" } else { "$gt" };
    let missing = (sort.by == SortBy::DueDate).then(|| doc! { field: Bson::Null });
    let (key, id) = match after {
        None => {
            let all = match sort.by {
                SortBy::DueDate => doc! { field: { "$gte": i64::MIN } },
                _ => Document::new(),
            };
            return [all].into_iter().chain(missing).collect();
        }
        Some((SortKey::Missing, id)) => {
            return vec![doc! { field: Bson::Null, "_id": { beyond: codec::id(*id) } }];
        }
        Some((SortKey::Number(number), id)) => (Bson::Int64(*number), id),
        Some((SortKey::Text(text), id)) => (Bson::String(text.clone()), id),
    };
    let same = doc! { field: key.clone(), "_id": { beyond: codec::id(*id) } };
    [same, doc! { field: { beyond: key } }]
        .into_iter()
        .chain(missing)
        .collect()
}

/// The conditions of a list.
fn wanted(workspace: WorkspaceId, sight: &Sight, filter: &TaskFilter) -> Document {
    let mut wanted = doc! { "workspace": codec::id(workspace), "listed": true };
    let chat = match filter.chat {
        Some(chat) => Some(codec::id(chat)),
        None if sight.public => None,
        None => Some(Bson::Document(doc! { "$in": sight.chat_ids() })),
    };
    if let Some(chat) = chat {
        wanted.insert("chat", chat);
    }
    // Told by what is not seen, so that the server does not take it for a condition which few tasks fulfil.
    let mut unseen = doc! { "chat": { "$nin": sight.chat_ids() } };
    if sight.public {
        unseen.insert("public", false);
    }
    wanted.insert("$nor", vec![unseen]);
    let numbers = [
        ("col", filter.column.map(|column| column as i32)),
        ("status", filter.status.map(|status| status as i32)),
        ("kind", filter.kind.map(|kind| kind as i32)),
        ("severity", filter.severity.map(|severity| severity as i32)),
    ];
    let ids = [
        ("assignee", filter.assignee.map(codec::id)),
        ("reporter", filter.reporter.map(codec::id)),
        ("epic", filter.epic.map(codec::id)),
    ];
    let numbers = numbers.map(|(field, number)| (field, number.map(Bson::Int32)));
    for (field, value) in numbers.into_iter().chain(ids) {
        if let Some(value) = value {
            wanted.insert(field, value);
        }
    }
    if let Some(label) = &filter.label {
        wanted.insert("labels", label.as_str().to_lowercase());
    }
    // These may meet a run's condition on the same field, or one another.
    let mut others = Vec::new();
    if filter.is_unassigned {
        others.push(doc! { "assignee": Bson::Null });
    }
    if let Some(priority) = filter.priority {
        others.push(doc! { "priority": priority as i32 });
    }
    if filter.due_after.is_some() || filter.due_before.is_some() {
        let after = filter.due_after.map_or(i64::MIN, Timestamp::millis);
        let before = filter.due_before.map_or(i64::MAX, Timestamp::millis);
        others.push(doc! { "due": { "$gt": after, "$lt": before } });
    }
    for word in filter.text.as_deref().map(text::words).unwrap_or_default() {
        let beyond = format!("{word}{}", char::MAX);
        others.push(doc! { "words": { "$elemMatch": { "$gte": word, "$lt": beyond } } });
    }
    if !others.is_empty() {
        wanted.insert("$and", others);
    }
    wanted
}
