//! Tasks: the board, moves, bulk changes, and who sees what.

use flowra_core::chat::ChatKind;
use flowra_core::page::Limit;
use flowra_core::task::{
    BulkChange, CreateTask, DeleteTask, FindTask, MoveTask, SetAssignee, SetEpic, SetLabels, SetStatus,
    ShowBoard, Status, TaskTarget,
};
use flowra_core::user::Authority;
use flowra_core::{Code, TaskId, UserId};

use crate::race::raced;
use crate::team::{Team, code};

/// The keys on somebody's board, column by column.
async fn board(team: &Team, by: UserId) -> Vec<String> {
    let query = ShowBoard {
        workspace: team.id,
        limit: Limit::MAX,
    };
    let columns = team.app.tasks.board(&team.by(by), query).await.unwrap();
    columns
        .into_iter()
        .flat_map(|column| column.tasks.items)
        .map(|task| task.key.to_string())
        .collect()
}

async fn move_it(
    team: &Team,
    task: &str,
    column: Option<&str>,
    before: Option<TaskId>,
    after: Option<TaskId>,
) {
    let column = column.map(str::to_owned);
    let command = MoveTask {
        target: team.target(task),
        column,
        before,
        after,
    };
    team.app
        .tasks
        .move_task(&team.by(team.ada), command)
        .await
        .unwrap();
}

#[tokio::test]
async fn everybody_sees_on_the_board_what_they_can_read() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    let group = team.make(ChatKind::Group, team.cleo, &[team.guy]).await;
    team.task("For all", None).await;
    team.task("In the channel", Some(channel)).await;
    team.post(team.cleo, group, "#task In the group").await;
    assert_eq!(board(&team, team.ada).await, ["FLOW-1", "FLOW-2"]);
    assert_eq!(board(&team, team.cleo).await, ["FLOW-1", "FLOW-2", "FLOW-3"]);
    assert_eq!(board(&team, team.guy).await, ["FLOW-3"]);
    let query = ShowBoard {
        workspace: team.id,
        limit: Limit::MAX,
    };
    assert_eq!(
        code(team.app.tasks.board(&team.by(team.otto), query).await),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_new_task_begins_at_the_top_of_the_column_that_is_named() {
    let team = Team::new().await;
    let create = async |title: &str, kind: Option<&str>, column: &str| {
        let command = CreateTask {
            kind: kind.map(str::to_owned),
            column: Some(column.to_owned()),
            ..team.new_task(title, None)
        };
        team.app.tasks.create(&team.by(team.ada), command).await
    };
    team.task("At the end", None).await;
    create("First of its column", None, "in progress").await.unwrap();
    create("Before it", None, "In Progress").await.unwrap();
    create("Before the initial ones", None, "To Do").await.unwrap();
    assert_eq!(
        board(&team, team.ada).await,
        ["FLOW-4", "FLOW-1", "FLOW-3", "FLOW-2"]
    );
    assert_eq!(team.found("FLOW-3").await.status, Status::InProgress);
    assert_eq!(
        code(create("No such place", None, "Attic").await),
        Code::ValidationError
    );
    let refused = create("Bugs are not put off", Some("bug"), "Backlog").await;
    assert_eq!(code(refused), Code::InvalidTransition);
    let none_was_made = team.task("The next", None).await;
    assert_eq!(none_was_made.key.number, 5);
}

#[tokio::test]
async fn a_task_stands_where_it_was_moved() {
    let team = Team::new().await;
    let mut ids = Vec::new();
    for title in ["One", "Two", "Three", "Four"] {
        ids.push(team.task(title, None).await.id);
    }
    move_it(&team, "FLOW-4", None, Some(ids[1]), None).await;
    assert_eq!(
        board(&team, team.ada).await,
        ["FLOW-1", "FLOW-4", "FLOW-2", "FLOW-3"]
    );
    move_it(&team, "FLOW-1", None, None, Some(ids[1])).await;
    assert_eq!(
        board(&team, team.ada).await,
        ["FLOW-4", "FLOW-2", "FLOW-1", "FLOW-3"]
    );
    move_it(&team, "FLOW-2", Some("in progress"), None, None).await;
    assert_eq!(team.found("FLOW-2").await.status.as_str(), "In Progress");
    move_it(&team, "FLOW-3", Some("In Progress"), Some(ids[1]), None).await;
    assert_eq!(
        board(&team, team.ada).await,
        ["FLOW-4", "FLOW-1", "FLOW-3", "FLOW-2"]
    );
    let head = team.head().await;
    move_it(&team, "FLOW-3", Some("In Progress"), Some(ids[1]), None).await;
    assert_eq!(team.head().await, head, "it stands there already");
}

#[tokio::test]
async fn neighbours_must_stand_in_the_column_and_in_order() {
    let team = Team::new().await;
    let (one, two) = (team.task("One", None).await.id, team.task("Two", None).await.id);
    team.task("Three", None).await;
    let tasks = &team.app.tasks;
    let crossed = MoveTask {
        target: team.target("FLOW-3"),
        column: None,
        before: Some(one),
        after: Some(two),
    };
    assert!(tasks.move_task(&team.by(team.ada), crossed).await.is_err());
    let column = Some("Done".to_owned());
    let elsewhere = MoveTask {
        target: team.target("FLOW-3"),
        column,
        before: Some(one),
        after: None,
    };
    assert!(tasks.move_task(&team.by(team.ada), elsewhere).await.is_err());
    assert_eq!(board(&team, team.ada).await, ["FLOW-1", "FLOW-2", "FLOW-3"]);
}

#[tokio::test]
async fn a_bulk_change_does_what_it_can() {
    let team = Team::new().await;
    team.task("One", None).await;
    team.post(
        team.ada,
        team.make(ChatKind::Channel, team.ada, &[]).await,
        "#bug Two",
    )
    .await;
    let change = |tasks: &[&str]| BulkChange {
        tasks: tasks.iter().map(|task| (*task).to_owned()).collect(),
        status: Some("In Review".to_owned()),
        ..BulkChange::default()
    };
    let command = change(&["FLOW-1", "FLOW-2", "FLOW-9"]);
    let caller = team.by_once(team.ada, "bulk");
    let results = team
        .app
        .tasks
        .bulk(&caller, team.id, command.clone())
        .await
        .unwrap();
    let codes: Vec<_> = results
        .into_iter()
        .map(|one| one.result.err().map(|error| code::<()>(Err(error))))
        .collect();
    assert_eq!(codes[0], None);
    assert_eq!(codes[2], Some(Code::NotFound));
    assert!(codes[1].is_some(), "a bug is never In Review");
    let head = team.head().await;
    team.app.tasks.bulk(&caller, team.id, command).await.unwrap();
    assert_eq!(team.head().await, head, "sent twice, done once");
    assert_eq!(
        code(
            team.app
                .tasks
                .bulk(&team.by(team.ada), team.id, change(&[]))
                .await
        ),
        Code::ValidationError
    );
}

#[tokio::test]
async fn a_change_of_another_version_than_the_current_one_is_refused() {
    let team = Team::new().await;
    let task = team.task("One", None).await;
    let command = |status: &str| SetStatus {
        target: TaskTarget {
            expected: Some(task.version),
            ..team.target("FLOW-1")
        },
        status: status.to_owned(),
    };
    team.app
        .tasks
        .set_status(&team.by(team.ada), command("Done"))
        .await
        .unwrap();
    let stale = team
        .app
        .tasks
        .set_status(&team.by(team.bob), command("Backlog"))
        .await;
    assert_eq!(code(stale), Code::ConcurrentModification);
}

#[tokio::test]
async fn the_same_labels_in_another_order_are_no_change() {
    let team = Team::new().await;
    team.task("One", None).await;
    let set = |labels: &[&str]| {
        let command = SetLabels {
            target: team.target("FLOW-1"),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        };
        let (tasks, ada) = (team.app.tasks.clone(), team.by(team.ada));
        async move { tasks.set_labels(&ada, command).await.unwrap() }
    };
    let version = set(&["wood", "urgent"]).await.version;
    let again = set(&["Urgent", "wood"]).await;
    assert_eq!(again.version, version);
    assert!(set(&["wood"]).await.version > version);
}

#[tokio::test]
async fn the_epic_that_a_task_has_stays_also_when_it_is_deleted() {
    let team = Team::new().await;
    let mut epic = team.new_task("Whole", None);
    epic.kind = Some("epic".to_owned());
    let (tasks, ada) = (&team.app.tasks, team.by(team.ada));
    let epic = tasks.create(&ada, epic).await.unwrap();
    team.task("Part", None).await;
    let set = || SetEpic {
        target: team.target("FLOW-2"),
        epic: Some(epic.id),
    };
    let part = tasks.set_epic(&ada, set()).await.unwrap();
    let gone = DeleteTask {
        target: team.target("FLOW-1"),
    };
    tasks.delete(&ada, gone).await.unwrap();
    assert_eq!(tasks.set_epic(&ada, set()).await.unwrap(), part);
}

#[tokio::test]
async fn the_number_of_a_deleted_task_is_not_used_again() {
    let team = Team::new().await;
    team.task("One", None).await;
    team.task("Two", None).await;
    let delete = || DeleteTask {
        target: team.target("FLOW-2"),
    };
    assert_eq!(
        code(team.app.tasks.delete(&team.by(team.cleo), delete()).await),
        Code::Forbidden
    );
    team.app.tasks.delete(&team.by(team.bob), delete()).await.unwrap();
    assert_eq!(team.task("Three", None).await.key.to_string(), "FLOW-3");
}

#[tokio::test]
async fn tasks_made_at_the_same_time_have_numbers_without_gaps() {
    let team = Team::new().await;
    let (one, two, three) = (team.by(team.ada), team.by(team.bob), team.by(team.cleo));
    let tasks = &team.app.tasks;
    let made = tokio::join!(
        tasks.create(&one, team.new_task("One", None)),
        tasks.create(&two, team.new_task("Two", None)),
        tasks.create(&three, team.new_task("Three", None)),
    );
    let mut numbers = [made.0, made.1, made.2].map(|task| task.unwrap().key.number);
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3]);
}

#[tokio::test]
async fn a_guest_makes_tasks_in_their_chats_only() {
    let team = Team::new().await;
    let group = team.make(ChatKind::Group, team.cleo, &[team.guy]).await;
    let channel = team.make(ChatKind::Channel, team.cleo, &[]).await;
    let tasks = &team.app.tasks;
    assert!(
        tasks
            .create(&team.by(team.guy), team.new_task("Mine", Some(group)))
            .await
            .is_ok()
    );
    let elsewhere = tasks
        .create(&team.by(team.guy), team.new_task("Mine", Some(channel)))
        .await;
    assert_eq!(code(elsewhere), Code::NotFound);
    assert_eq!(
        code(
            tasks
                .create(&team.by(team.guy), team.new_task("Mine", None))
                .await
        ),
        Code::Forbidden
    );
}

#[tokio::test]
async fn whoever_is_deactivated_meanwhile_changes_no_task_and_is_given_none() {
    let team = Team::new().await;
    let app = raced(&team.memory);
    let authority = Authority::Admin(team.by(team.ada));
    let task = team.task("Weave", None).await;
    let key = task.key.to_string();

    let status = SetStatus {
        target: team.target(&key),
        status: "Done".to_owned(),
    };
    let cleo = team.by(team.cleo);
    let (gone, changed) = tokio::join!(
        biased;
        app.accounts.deactivate(&authority, team.cleo),
        app.tasks.set_status(&cleo, status)
    );
    gone.unwrap();
    assert_eq!(code(changed), Code::Unauthorized);

    let to_bob = CreateTask {
        assignee: Some(team.bob),
        ..team.new_task("Spin", None)
    };
    let ada = team.by(team.ada);
    let (gone, made) = tokio::join!(
        biased;
        app.accounts.deactivate(&authority, team.bob),
        app.tasks.create(&ada, to_bob)
    );
    gone.unwrap();
    assert_eq!(code(made), Code::ValidationError);

    app.accounts.reactivate(&authority, team.bob).await.unwrap();
    let to_bob = SetAssignee {
        target: team.target(&key),
        assignee: Some(team.bob),
    };
    let (gone, given) = tokio::join!(
        biased;
        app.accounts.deactivate(&authority, team.bob),
        app.tasks.set_assignee(&ada, to_bob)
    );
    gone.unwrap();
    assert_eq!(code(given), Code::ValidationError);
    assert_eq!(team.found(&key).await.version, task.version);
}

#[tokio::test]
async fn a_deleted_task_is_gone_by_its_key_as_by_its_id() {
    let team = Team::new().await;
    let task = team.task("Weave", None).await;
    for reference in [task.id.to_string(), task.key.to_string()] {
        let target = team.target(&reference);
        team.app
            .tasks
            .delete(&team.by(team.ada), DeleteTask { target })
            .await
            .unwrap();
        let query = FindTask {
            workspace: team.id,
            task: reference,
        };
        assert_eq!(
            code(team.app.tasks.find(&team.by(team.ada), query).await),
            Code::Deleted
        );
    }
}

#[tokio::test]
async fn an_assignment_stays_when_its_assignee_leaves_and_opens_nothing_to_them() {
    let team = Team::new().await;
    let command = CreateTask {
        assignee: Some(team.bob),
        ..team.new_task("Weave", None)
    };
    let ada = team.by(team.ada);
    let key = team
        .app
        .tasks
        .create(&ada, command)
        .await
        .unwrap()
        .key
        .to_string();
    team.app
        .workspaces
        .remove_member(&ada, team.id, team.bob)
        .await
        .unwrap();
    assert_eq!(team.found(&key).await.assignee, Some(team.bob));
    let query = FindTask {
        workspace: team.id,
        task: key.clone(),
    };
    let seen = team.app.tasks.find(&team.by(team.bob), query).await;
    assert_eq!(code(seen), Code::NotFound);

    let to = async |assignee| {
        let target = team.target(&key);
        team.app
            .tasks
            .set_assignee(&ada, SetAssignee { target, assignee })
            .await
    };
    to(None).await.unwrap();
    assert_eq!(code(to(Some(team.bob)).await), Code::ValidationError);
}
