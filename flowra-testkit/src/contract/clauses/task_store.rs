//! What the tasks' store promises.

use flowra_core::chat::ChatKind;
use flowra_core::event::{Document, StreamId};
use flowra_core::task::{
    Label, Labels, Priority, Rank, Severity, Status, TaskDescription, TaskEvent, TaskKind, TaskTitle,
};

use super::{Scene, sorted};
use crate::build::{NewTask, text, valid};

pub(in crate::contract) async fn the_author_reads_their_own_write(mut scene: Scene) {
    let team = scene.team().await;
    let epic = scene
        .task(team.workspace, team.ada, NewTask::titled("Engine"))
        .await;
    let new = NewTask {
        kind: TaskKind::Bug,
        severity: Some(Severity::Major),
        ..NewTask::in_chat("Gears stick", team.chat)
    };
    let id = scene.task(team.workspace, team.ada, new).await;
    let stream = StreamId::Task(id);
    let file_id = scene.world.id();
    let message_id = scene.message(team.chat, team.ada, &[]).await;
    for event in [
        TaskEvent::Renamed {
            title: text("Gears stick on Tuesdays", TaskTitle::parse),
        },
        TaskEvent::Described {
            description: text("Only\nthen", TaskDescription::parse),
        },
        TaskEvent::StatusChanged {
            from: Status::New,
            to: Status::Investigating,
        },
        TaskEvent::Assigned {
            assignee_id: team.bob,
        },
        TaskEvent::PrioritySet {
            priority: Priority::Critical,
        },
        TaskEvent::SeveritySet { severity: None },
        TaskEvent::DueDateSet {
            due_date: valid("2026-11-22"),
        },
        TaskEvent::LabelsChanged {
            labels: Labels::parse([text("brass", Label::parse)]).unwrap(),
        },
        TaskEvent::EpicSet { epic_id: Some(epic) },
        TaskEvent::Moved {
            rank: Rank::initial(9),
        },
        TaskEvent::ThreadBegun { message_id },
        TaskEvent::AttachmentAdded { file_id },
        TaskEvent::AttachmentRemoved { file_id },
        TaskEvent::DueDateCleared,
        TaskEvent::Unassigned,
    ] {
        scene.change(stream, team.ada, event).await;
        let loaded = scene.tasks.load(id).await.unwrap();
        assert_eq!(loaded.map(Document::Task), scene.world.document(stream));
    }
    let nothing = scene.world.id();
    assert!(scene.tasks.load(nothing).await.unwrap().is_none());
}

pub(in crate::contract) async fn a_deleted_task_is_found_by_id_and_number_only(mut scene: Scene) {
    let team = scene.team().await;
    let message = scene.message(team.chat, team.ada, &[]).await;
    let new = NewTask {
        message: Some(message),
        ..NewTask::in_chat("Gone", team.chat)
    };
    let kept = scene.task(team.workspace, team.ada, new.clone()).await;
    let gone = scene.task(team.workspace, team.ada, new).await;
    scene
        .change(StreamId::Task(gone), team.ada, TaskEvent::Deleted)
        .await;

    assert!(scene.tasks.load(gone).await.unwrap().unwrap().is_deleted);
    assert_eq!(scene.tasks.load_many(vec![gone]).await.unwrap().len(), 1);
    assert_eq!(
        scene.tasks.find_by_number(team.workspace, 2).await.unwrap(),
        Some(gone)
    );
    assert_eq!(scene.tasks.newest_of_message(message).await.unwrap(), Some(kept));
    assert_eq!(scene.tasks.newest_of_chat(team.chat).await.unwrap(), Some(kept));
    let last = scene.tasks.last_number(team.workspace).await.unwrap();
    assert_eq!(last, 2, "the number of a deleted task is not used again");
}

pub(in crate::contract) async fn tasks_are_found_by_number(mut scene: Scene) {
    let team = scene.team().await;
    let other = scene.workspace(team.bob, &[]).await;
    assert_eq!(scene.tasks.last_number(team.workspace).await.unwrap(), 0);
    let mut tasks = Vec::new();
    for title in ["One", "Two", "Three"] {
        tasks.push(scene.task(team.workspace, team.ada, NewTask::titled(title)).await);
    }
    let elsewhere = scene.task(other, team.bob, NewTask::titled("One")).await;
    for (number, task) in (1..).zip(tasks) {
        let found = scene.tasks.find_by_number(team.workspace, number).await.unwrap();
        assert_eq!(found, Some(task));
    }
    assert_eq!(
        scene.tasks.find_by_number(other, 1).await.unwrap(),
        Some(elsewhere)
    );
    assert_eq!(scene.tasks.find_by_number(other, 2).await.unwrap(), None);
    assert_eq!(scene.tasks.last_number(team.workspace).await.unwrap(), 3);
    assert_eq!(scene.tasks.last_number(other).await.unwrap(), 1);
}

pub(in crate::contract) async fn the_newest_task_has_the_highest_number(mut scene: Scene) {
    let team = scene.team().await;
    let other = scene.chat(team.workspace, ChatKind::Group, &[team.ada]).await;
    let message = scene.message(team.chat, team.ada, &[]).await;
    assert_eq!(scene.tasks.newest_of_chat(team.chat).await.unwrap(), None);
    assert_eq!(scene.tasks.newest_of_message(message).await.unwrap(), None);

    let of_message = NewTask {
        message: Some(message),
        ..NewTask::in_chat("From a message", team.chat)
    };
    scene.task(team.workspace, team.ada, of_message.clone()).await;
    let newest_of_message = scene.task(team.workspace, team.ada, of_message).await;
    let in_chat = NewTask::in_chat("In the chat", team.chat);
    let newest_of_chat = scene.task(team.workspace, team.ada, in_chat).await;
    scene
        .task(team.workspace, team.ada, NewTask::in_chat("Elsewhere", other))
        .await;
    let found = scene.tasks.newest_of_message(message).await.unwrap();
    assert_eq!(found, Some(newest_of_message));
    let found = scene.tasks.newest_of_chat(team.chat).await.unwrap();
    assert_eq!(found, Some(newest_of_chat));

    let begun = TaskEvent::ThreadBegun { message_id: message };
    let stream = StreamId::Task(newest_of_chat);
    scene.change(stream, team.ada, begun).await;
    let found = scene.tasks.newest_of_message(message).await.unwrap();
    assert_eq!(found, Some(newest_of_chat), "its thread began later");
}

pub(in crate::contract) async fn tasks_are_loaded_together(mut scene: Scene) {
    let team = scene.team().await;
    let one = scene.task(team.workspace, team.ada, NewTask::titled("One")).await;
    let two = scene.task(team.workspace, team.ada, NewTask::titled("Two")).await;
    scene
        .task(team.workspace, team.ada, NewTask::titled("Three"))
        .await;
    let asked = vec![two, scene.world.id(), one, two];
    let loaded = scene.tasks.load_many(asked).await.unwrap();
    assert_eq!(sorted(loaded.iter().map(|task| task.id)), sorted([one, two]));
}
