//! One change to many tasks.

use std::sync::Arc;

use super::{Labels, Priority, SetAssignee, Status, Task, TaskRefusal, TaskTarget, Tasks, input};
use crate::app::Caller;
use crate::event::{Idempotency, Version};
use crate::refusal::Error;
use crate::{UserId, WorkspaceId};

/// Makes the same change to up to [`MAX`](Self::MAX) tasks. Exactly one of the changes is given.
#[derive(Clone, Debug, Default)]
pub struct BulkChange {
    /// The tasks, each by its id or its key.
    pub tasks: Vec<String>,
    /// Their versions, in the same order: a task of any other version is not changed. One that has none here is changed whatever its version.
    pub expected: Vec<Version>,
    /// A status's word.
    pub status: Option<String>,
    /// Who is to do them, or nobody.
    pub assignee: Option<Option<UserId>>,
    /// A priority's word.
    pub priority: Option<String>,
    /// Labels that they get too.
    pub labels_add: Option<Vec<String>>,
    /// Labels that they lose.
    pub labels_remove: Option<Vec<String>>,
}

impl BulkChange {
    /// How many tasks it may name.
    pub const MAX: usize = 100;

    fn parse(&self) -> Result<Change, TaskRefusal> {
        if self.tasks.is_empty() || self.tasks.len() > Self::MAX {
            return Err(TaskRefusal::BulkSize { max: Self::MAX });
        }
        let labels = |field, texts: &Vec<String>| input::labels(field, texts);
        let mut given = [
            self.status
                .as_ref()
                .map(|text| input::word("status", text).map(Change::Status)),
            self.assignee.map(|assignee| Ok(Change::Assignee(assignee))),
            self.priority
                .as_ref()
                .map(|text| input::word("priority", text).map(Change::Priority)),
            self.labels_add
                .as_ref()
                .map(|texts| labels("labels_add", texts).map(Change::AddLabels)),
            self.labels_remove
                .as_ref()
                .map(|texts| labels("labels_remove", texts).map(Change::RemoveLabels)),
        ]
        .into_iter()
        .flatten();
        match (given.next(), given.next()) {
            (Some(change), None) => change,
            (None, _) | (Some(_), Some(_)) => Err(TaskRefusal::BulkNeedsOneChange),
        }
    }
}

/// What a bulk change did to one task.
#[derive(Debug)]
pub struct BulkResult {
    /// The task, as the command names it.
    pub task: String,
    /// The task after the change, or why it was not made.
    pub result: Result<Arc<Task>, Error>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Status(Status),
    Assignee(Option<UserId>),
    Priority(Priority),
    AddLabels(Labels),
    RemoveLabels(Labels),
}

impl Tasks {
    /// Changes each task on its own, in the order in which they are named: some may be changed though others are refused.
    ///
    /// # Errors
    /// [`BulkSize`](TaskRefusal::BulkSize), [`BulkNeedsOneChange`](TaskRefusal::BulkNeedsOneChange), a word or label that no task could have;
    /// the workspace's, when the caller is no member. What is wrong with a single task stands in its result.
    pub async fn bulk(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        command: BulkChange,
    ) -> Result<Vec<BulkResult>, Error> {
        let change = command.parse()?;
        self.ports.membership(caller, workspace).await?;
        let mut results = Vec::with_capacity(command.tasks.len());
        for (at, task) in command.tasks.into_iter().enumerate() {
            let target = TaskTarget {
                workspace,
                task: task.clone(),
                expected: command.expected.get(at).copied(),
            };
            let result = self
                .change_one(&caller_of_part(caller, at), target, &change)
                .await;
            results.push(BulkResult { task, result });
        }
        Ok(results)
    }

    async fn change_one(
        &self,
        caller: &Caller,
        target: TaskTarget,
        change: &Change,
    ) -> Result<Arc<Task>, Error> {
        match change {
            Change::Status(status) => {
                self.change(caller, &target, |task| task.set_status(*status))
                    .await
            }
            Change::Assignee(assignee) => {
                let assignee = *assignee;
                self.set_assignee(caller, SetAssignee { target, assignee }).await
            }
            Change::Priority(priority) => {
                self.change(caller, &target, |task| task.set_priority(*priority))
                    .await
            }
            Change::AddLabels(labels) => self.change(caller, &target, |task| task.add_labels(labels)).await,
            Change::RemoveLabels(labels) => {
                self.change(caller, &target, |task| task.remove_labels(labels))
                    .await
            }
        }
    }
}

/// The caller with a promise for this part of the request alone: each part is a commit of its own, and the log keeps one outcome a key.
fn caller_of_part(caller: &Caller, part: usize) -> Caller {
    let promise = |promise: &Idempotency| Idempotency {
        // No client can send this separator in a key.
        key: format!("{}\u{1f}{part}", promise.key).into(),
        ..promise.clone()
    };
    Caller {
        idempotency: caller.idempotency.as_ref().map(promise),
        ..caller.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tasks: usize) -> BulkChange {
        BulkChange {
            tasks: vec!["FLOW-1".to_owned(); tasks],
            ..BulkChange::default()
        }
    }

    #[test]
    fn a_bulk_change_names_1_to_100_tasks() {
        for (tasks, fits) in [(0, false), (1, true), (100, true), (101, false)] {
            let command = BulkChange {
                assignee: Some(None),
                ..of(tasks)
            };
            let expected = if fits {
                Ok(Change::Assignee(None))
            } else {
                Err(TaskRefusal::BulkSize { max: 100 })
            };
            assert_eq!(command.parse(), expected, "{tasks}");
        }
    }

    #[test]
    fn a_bulk_change_is_exactly_one() {
        assert_eq!(of(1).parse(), Err(TaskRefusal::BulkNeedsOneChange));
        let two = BulkChange {
            status: Some("Done".to_owned()),
            priority: Some("High".to_owned()),
            ..of(1)
        };
        assert_eq!(two.parse(), Err(TaskRefusal::BulkNeedsOneChange));
    }

    #[test]
    fn a_word_that_no_task_could_have_is_named() {
        let status = BulkChange {
            status: Some("Asleep".to_owned()),
            ..of(1)
        };
        assert_eq!(status.parse().unwrap_err().field(), Some("status"));
        let label = BulkChange {
            labels_add: Some(vec![String::new()]),
            ..of(1)
        };
        assert_eq!(label.parse().unwrap_err().field(), Some("labels_add"));
    }

    #[test]
    fn the_parts_of_a_repeated_request_have_keys_of_their_own() {
        let mut caller = Caller::new(UserId::from_bytes([1; 16]), crate::RequestId::from_bytes([2; 16]));
        assert_eq!(caller_of_part(&caller, 0).idempotency, None);
        caller.idempotency = Some(Idempotency {
            user: caller.user,
            key: "key".into(),
            fingerprint: [3; 32],
        });
        let parts = [0, 1, 0].map(|part| caller_of_part(&caller, part).idempotency.unwrap());
        assert_ne!(parts[0].key, parts[1].key);
        assert_eq!(parts[0], parts[2]);
    }
}
