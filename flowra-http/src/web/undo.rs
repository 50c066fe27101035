//! Taking back a change of many tasks.
//!
//! What the tasks had before goes into the page as forms, one for each value, which ask for the same kind of change: no second set of rules, and
//! nothing that a server has to remember.

use std::collections::{BTreeMap, HashMap};

use flowra_core::WorkspaceId;
use flowra_core::task::{BulkChange, FindTask, Label, Status, Task, TaskQuery};
use form_urlencoded::Serializer;

use super::visitor::Reader;

/// What takes a change back: the tasks by what brings theirs back, which is the name and the value of a field.
pub(super) struct Undo(BTreeMap<(&'static str, String), Vec<String>>);

impl Undo {
    /// What a change is about to overwrite. A task that cannot be found is none that is changed.
    pub(super) async fn of(reader: &Reader, workspace: WorkspaceId, change: &BulkChange) -> Self {
        let mut parts: BTreeMap<_, Vec<_>> = BTreeMap::new();
        // A command with too many is refused, and then there is nothing to take back.
        for name in change.tasks.iter().take(BulkChange::MAX) {
            let query = FindTask {
                workspace,
                task: name.clone(),
            };
            let Ok(task) = reader.state.app.tasks.find(&reader.caller, query).await else {
                continue;
            };
            if let Some(back) = back(change, &task) {
                parts.entry(back).or_default().push(name.clone());
            }
        }
        Self(parts)
    }

    /// The forms that take it back for those of its tasks that were changed, each as the text that a browser would send. A task that somebody changes
    /// again meanwhile stays as it is then, and one for which there is no way back is left out.
    pub(super) fn forms(self, changed: &HashMap<&str, &Task>) -> Vec<String> {
        let form = |((field, value), tasks): ((&'static str, String), Vec<String>)| {
            let status: Option<Status> = value.parse().ok().filter(|_| field == "status");
            let may_go_back = |task: &Task| status.is_none_or(|status| task.set_status(status).is_ok());
            let mut tasks = tasks
                .iter()
                .filter_map(|name| Some((name, *changed.get(name.as_str())?)))
                .filter(|(_, task)| may_go_back(task))
                .peekable();
            tasks.peek()?;
            let mut form = Serializer::new(String::new());
            let input = if field.starts_with("labels") {
                "labels"
            } else {
                field
            };
            form.append_pair("change", field).append_pair(input, &value);
            for (name, task) in tasks {
                form.append_pair("task", name)
                    .append_pair("version", &task.version.to_string());
            }
            Some(form.finish())
        };
        self.0.into_iter().filter_map(form).collect()
    }
}

/// The field and the value that bring a task back to what it is now, unless the change leaves it so.
fn back(change: &BulkChange, task: &Task) -> Option<(&'static str, String)> {
    if let Some(status) = &change.status {
        let now = task.status.as_str();
        return (!now.eq_ignore_ascii_case(status)).then(|| ("status", now.to_owned()));
    }
    if let Some(priority) = &change.priority {
        let now = task.priority.as_str();
        return (!now.eq_ignore_ascii_case(priority)).then(|| ("priority", now.to_owned()));
    }
    if let Some(assignee) = change.assignee {
        let now = || {
            task.assignee
                .map_or_else(|| TaskQuery::NOBODY.to_owned(), |user| user.to_string())
        };
        return (task.assignee != assignee).then(|| ("assignee", now()));
    }
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let now = || task.labels.as_slice().iter().map(Label::as_str);
    let (field, labels): (_, Vec<&str>) = match (&change.labels_add, &change.labels_remove) {
        (Some(added), _) => {
            let new = added.iter().filter(|label| !now().any(|one| same(one, label)));
            ("labels_remove", new.map(String::as_str).collect())
        }
        // As the task spells them.
        (None, Some(removed)) => {
            let had = now().filter(|one| removed.iter().any(|label| same(one, label)));
            ("labels_add", had.collect())
        }
        (None, None) => return None,
    };
    (!labels.is_empty()).then(|| (field, labels.join(",")))
}
