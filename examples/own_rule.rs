//! A rule that an application lays over Flowra's own, tested with random sequences of what people do.
//!
//! The rule: nobody has more than [`LIMIT`] tasks in progress. The core knows nothing of it. The [`Desk`] asks the core's list before it
//! starts a task; since it is exclusive (`&mut self`), nothing comes between the question and the change. Two programs that each have
//! a desk over the same store could pass the limit together: a rule that must hold there belongs into an aggregate.

use std::sync::Arc;

use flowra_core::page::{Limit, PageRequest};
use flowra_core::task::{CreateTask, ListTasks, SetStatus, Task, TaskQuery, TaskSort, TaskTarget};
use flowra_core::user::{Register, Registration};
use flowra_core::workspace::CreateWorkspace;
use flowra_core::{App, Caller, Error, RequestId, UserId, WorkspaceId};

/// How many tasks one person may have in progress.
const LIMIT: usize = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut desk = Desk::open().await?;
    for title in ["Dig", "Sow", "Reap"] {
        let task = desk.add(title).await?;
        match desk.start(&task).await? {
            Some(task) => println!("{title}: {}", task.status.as_str()),
            None => println!("{title}: not now, {LIMIT} tasks are in progress"),
        }
    }
    Ok(())
}

/// One person's tasks in one workspace.
struct Desk {
    app: App,
    user: UserId,
    workspace: WorkspaceId,
}

impl Desk {
    async fn open() -> Result<Self, Error> {
        let app = App::new(flowra_testkit::ports());
        let request = RequestId::from_bytes(app.ports.ids.next());
        let command = Register {
            username: "ada".to_owned(),
            email: "ada@example.org".to_owned(),
            display_name: "Ada".to_owned(),
            password: "correct horse".to_owned(),
        };
        let user = app
            .accounts
            .register(request, Registration::Open, command)
            .await?
            .id;
        let command = CreateWorkspace {
            name: "Garden".to_owned(),
            ..CreateWorkspace::default()
        };
        let workspace = app
            .workspaces
            .create(&Caller::new(user, request), command)
            .await?
            .id;
        Ok(Self { app, user, workspace })
    }

    fn caller(&self) -> Caller {
        Caller::new(self.user, RequestId::from_bytes(self.app.ports.ids.next()))
    }

    /// Makes a task for this person.
    async fn add(&mut self, title: &str) -> Result<Arc<Task>, Error> {
        let command = CreateTask {
            workspace: self.workspace,
            title: title.to_owned(),
            kind: None,
            description: None,
            priority: None,
            severity: None,
            assignee: Some(self.user),
            due_date: None,
            labels: Vec::new(),
            epic: None,
            chat: None,
            column: None,
        };
        self.app.tasks.create(&self.caller(), command).await
    }

    /// Starts a task; `None` when the limit is reached. One that is in progress already is left so.
    async fn start(&mut self, task: &Task) -> Result<Option<Arc<Task>>, Error> {
        let busy = self.in_progress().await?;
        if busy.len() >= LIMIT && busy.iter().all(|other| other.id != task.id) {
            return Ok(None);
        }
        self.set_status(task, "In Progress").await.map(Some)
    }

    async fn set_status(&mut self, task: &Task, status: &str) -> Result<Arc<Task>, Error> {
        let target = TaskTarget {
            workspace: self.workspace,
            task: task.id.to_string(),
            expected: None,
        };
        self.app
            .tasks
            .set_status(
                &self.caller(),
                SetStatus {
                    target,
                    status: status.to_owned(),
                },
            )
            .await
    }

    async fn in_progress(&self) -> Result<Vec<Arc<Task>>, Error> {
        let query = ListTasks {
            workspace: self.workspace,
            filter: TaskQuery {
                column: Some("In Progress".to_owned()),
                assignee: Some(self.user.to_string()),
                ..TaskQuery::default()
            },
            sort: TaskSort::default(),
            page: PageRequest::first(Limit::MAX),
        };
        Ok(self.app.tasks.list(&self.caller(), query).await?.items)
    }
}

#[cfg(test)]
mod tests {
    use flowra_testkit::strategies::task_titles;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// What the person does next; a number chooses among the tasks there are.
    #[derive(Clone, Debug)]
    enum Act {
        Add(String),
        Start(usize),
        Review(usize),
        Finish(usize),
    }

    fn acts() -> impl Strategy<Value = Act> {
        prop_oneof![
            task_titles().prop_map(|title| Act::Add(title.as_str().to_owned())),
            any::<usize>().prop_map(Act::Start),
            any::<usize>().prop_map(Act::Review),
            any::<usize>().prop_map(Act::Finish),
        ]
    }

    async fn act(desk: &mut Desk, tasks: &mut Vec<Arc<Task>>, act: Act) -> Result<(), TestCaseError> {
        match act {
            Act::Add(title) => tasks.push(desk.add(&title).await.unwrap()),
            Act::Start(_) | Act::Review(_) | Act::Finish(_) if tasks.is_empty() => {}
            Act::Start(at) => {
                let task = Arc::clone(&tasks[at % tasks.len()]);
                let before = desk.in_progress().await.unwrap();
                let is_busy = before.len() == LIMIT && before.iter().all(|other| other.id != task.id);
                prop_assert_eq!(desk.start(&task).await.unwrap().is_none(), is_busy);
            }
            Act::Review(at) => drop(
                desk.set_status(&tasks[at % tasks.len()], "In Review")
                    .await
                    .unwrap(),
            ),
            Act::Finish(at) => drop(desk.set_status(&tasks[at % tasks.len()], "Done").await.unwrap()),
        }
        prop_assert!(desk.in_progress().await.unwrap().len() <= LIMIT);
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nobody_ever_has_more_in_progress_than_the_limit(acts in vec(acts(), 0..40)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let mut desk = Desk::open().await.unwrap();
                let mut tasks = Vec::new();
                for next in acts {
                    act(&mut desk, &mut tasks, next).await?;
                }
                Ok::<_, TestCaseError>(())
            })?;
        }
    }
}
