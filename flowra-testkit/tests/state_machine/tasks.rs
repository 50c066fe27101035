//! Takes the steps that are done to tasks.

use std::sync::Arc;

use flowra_core::Error;
use flowra_core::task::{
    BulkChange, CreateTask, DeleteTask, MoveTask, SetAssignee, SetDueDate, SetEpic, SetLabels, SetPriority,
    SetSeverity, SetStatus, Task, TaskTarget, UpdateTask,
};
use flowra_testkit::strategies::commands::{BulkStep, NewTask, Slot, TaskStep};

use super::decide::Expected;
use super::driver::{World, date};
use super::text::PREFIX;

impl World {
    pub(crate) async fn new_task(&mut self, who: usize, at: usize, new: &NewTask) -> Result<(), Error> {
        let command = CreateTask {
            workspace: self.workspaces[at],
            title: new.title.clone(),
            kind: Some(new.kind.as_str().to_owned()),
            description: None,
            priority: None,
            severity: new.severity.map(|severity| severity.as_str().to_owned()),
            assignee: new.assignee.map(|slot| self.people[self.model.person(slot)]),
            due_date: None,
            labels: Vec::new(),
            epic: new
                .epic
                .and_then(|slot| self.model.task_in(at, slot))
                .map(|at| self.tasks[at]),
            chat: new
                .chat
                .and_then(|slot| self.model.chat_in(at, slot))
                .map(|at| self.chats[at]),
            column: None,
        };
        let task = self.app.tasks.create(&self.caller(who), command).await?;
        self.tasks.push(task.id);
        Ok(())
    }

    pub(crate) fn target(&self, at: usize) -> TaskTarget {
        TaskTarget {
            workspace: self.workspaces[self.model.tasks[at].workspace],
            task: format!("{PREFIX}-{}", self.model.tasks[at].number),
            expected: None,
        }
    }

    pub(crate) async fn task(&self, who: usize, at: usize, step: &TaskStep) -> Result<(), Error> {
        use TaskStep as Do;
        let (tasks, caller, target) = (&self.app.tasks, self.caller(who), self.target(at));
        let workspace = self.model.tasks[at].workspace;
        let other = |slot: &Option<Slot>| {
            let at = slot.and_then(|slot| self.model.task_in(workspace, slot));
            at.map(|at| self.tasks[at])
        };
        match step {
            Do::Update(title, about) => {
                let (title, description) = (title.clone(), about.clone());
                tasks
                    .update(
                        &caller,
                        UpdateTask {
                            target,
                            title,
                            description,
                        },
                    )
                    .await
                    .map(drop)
            }
            Do::SetStatus(status) => {
                let status = status.as_str().to_owned();
                tasks
                    .set_status(&caller, SetStatus { target, status })
                    .await
                    .map(drop)
            }
            Do::SetAssignee(slot) => {
                let assignee = slot.map(|slot| self.people[self.model.person(slot)]);
                tasks
                    .set_assignee(&caller, SetAssignee { target, assignee })
                    .await
                    .map(drop)
            }
            Do::SetPriority(priority) => {
                let priority = priority.as_str().to_owned();
                tasks
                    .set_priority(&caller, SetPriority { target, priority })
                    .await
                    .map(drop)
            }
            Do::SetSeverity(severity) => {
                let severity = severity.map(|severity| severity.as_str().to_owned());
                tasks
                    .set_severity(&caller, SetSeverity { target, severity })
                    .await
                    .map(drop)
            }
            Do::SetDue(day) => {
                let due_date = day.map(date);
                tasks
                    .set_due_date(&caller, SetDueDate { target, due_date })
                    .await
                    .map(drop)
            }
            Do::SetLabels(labels) => {
                let labels = labels.clone();
                tasks
                    .set_labels(&caller, SetLabels { target, labels })
                    .await
                    .map(drop)
            }
            Do::SetEpic(slot) => {
                let epic = other(slot);
                tasks.set_epic(&caller, SetEpic { target, epic }).await.map(drop)
            }
            Do::Move(column, before, after) => {
                let column = column.map(|column| column.as_str().to_owned());
                let (before, after) = (other(before), other(after));
                tasks
                    .move_task(
                        &caller,
                        MoveTask {
                            target,
                            column,
                            before,
                            after,
                        },
                    )
                    .await
                    .map(drop)
            }
            Do::Delete => tasks.delete(&caller, DeleteTask { target }).await,
        }
    }

    /// A move with neighbours: whether it is lawful depends on the ranks, which the model knows nothing of; where it leads does not.
    pub(crate) async fn move_beside(&mut self, who: usize, at: usize, step: &TaskStep) {
        let TaskStep::Move(_, before, after) = step else {
            return;
        };
        let (expected, head) = (self.model.after_task(who, at, step), self.head().await);
        if let Err(refused) = self.task(who, at, step).await {
            assert!(matches!(refused, Error::Refused(_)), "{step:?}: {refused:?}");
            assert_eq!(self.head().await, head, "a refused move left a trace: {step:?}");
            return;
        }
        self.model = expected.expect("a move that must be refused");
        let neighbour = |slot: &Option<Slot>| {
            slot.and_then(|slot| self.model.task_in(self.model.tasks[at].workspace, slot))
        };
        let column = self.standing_in_column(at).await;
        let place = |at: usize| column.iter().position(|task| task.id == self.tasks[at]).unwrap();
        match (neighbour(before), neighbour(after)) {
            (Some(before), _) => assert_eq!(place(at) + 1, place(before), "directly before: {step:?}"),
            (None, Some(after)) => assert_eq!(place(at), place(after) + 1, "directly behind: {step:?}"),
            (None, None) => {}
        }
    }

    async fn standing_in_column(&self, at: usize) -> Vec<Arc<Task>> {
        let mut all = Vec::new();
        for id in &self.tasks {
            all.push(self.app.ports.tasks.load(*id).await.unwrap().unwrap());
        }
        let moved = Arc::clone(&all[at]);
        all.retain(|task| {
            let is_there = task.status.column() == moved.status.column() && !task.is_deleted;
            is_there && task.workspace_id == moved.workspace_id
        });
        all.sort_by_key(|task| (task.rank.clone(), task.id));
        all
    }

    pub(crate) async fn bulk(
        &mut self,
        who: usize,
        slots: &[Slot],
        step: &BulkStep,
    ) -> (Expected, Result<(), Error>) {
        let Some(first) = slots.iter().find_map(|slot| slot.among_newest(self.tasks.len())) else {
            return (Some(self.model.clone()), Ok(()));
        };
        let workspace = self.model.tasks[first].workspace;
        let tasks: Vec<usize> = slots
            .iter()
            .filter_map(|slot| self.model.task_in(workspace, *slot))
            .collect();
        let mut command = BulkChange {
            tasks: tasks.iter().map(|at| self.tasks[*at].to_string()).collect(),
            ..BulkChange::default()
        };
        match step {
            BulkStep::SetStatus(status) => command.status = Some(status.as_str().to_owned()),
            BulkStep::SetAssignee(slot) => {
                command.assignee = Some(slot.map(|slot| self.people[self.model.person(slot)]));
            }
            BulkStep::SetPriority(priority) => command.priority = Some(priority.as_str().to_owned()),
            BulkStep::AddLabel(label) => command.labels_add = Some(vec![label.clone()]),
            BulkStep::RemoveLabel(label) => command.labels_remove = Some(vec![label.clone()]),
        }
        if self.model.acting(workspace, who).is_none() {
            let refused = self
                .app
                .tasks
                .bulk(&self.caller(who), self.workspaces[workspace], command)
                .await;
            return (None, refused.map(drop));
        }
        let results = self
            .app
            .tasks
            .bulk(&self.caller(who), self.workspaces[workspace], command)
            .await;
        let mut after = self.model.clone();
        for (at, result) in tasks.iter().zip(results.unwrap()) {
            let expected = after.after_task(who, *at, &after.part(*at, step));
            assert_eq!(result.result.is_ok(), expected.is_some(), "{step:?}: {result:?}");
            after = expected.unwrap_or(after);
        }
        (Some(after), Ok(()))
    }
}
