//! Flowra's core inside another program: post a message whose tag makes a task, then move the task on the board.
//!
//! The ports are the testkit's in-memory ones; an application fills `Ports { … }` with adapters of its choice and changes nothing else.
//! Run it with `cargo run -p flowra-examples --example embed`.

use flowra_core::chat::{ChatKind, ChatRef, CreateChat};
use flowra_core::message::PostMessage;
use flowra_core::task::{Column, MoveTask, TaskTarget};
use flowra_core::user::{Register, Registration};
use flowra_core::workspace::CreateWorkspace;
use flowra_core::{App, Caller, ChatId, Error, RequestId, WorkspaceId};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (said, column) = a_task_on_its_way(&App::new(flowra_testkit::ports())).await?;
    println!("{said}\nFLOW-1 stands in {}", column.as_str());
    Ok(())
}

/// Answers what the tags of the message did, and the column to which the task was moved.
async fn a_task_on_its_way(app: &App) -> Result<(String, Column), Error> {
    let request = || RequestId::from_bytes(app.ports.ids.next());
    app.accounts.ensure_bot(request()).await?;
    let ada = app
        .accounts
        .register(request(), Registration::Open, ada())
        .await?;
    let caller = || Caller::new(ada.id, request());

    let workspace = app.workspaces.create(&caller(), team()).await?.id;
    let chat = app.chats.create(&caller(), channel(workspace)).await?.chat.id;

    let posted = app.messages.post(&caller(), message(workspace, chat)).await?;
    let task = app.tasks.move_task(&caller(), start(workspace)).await?;

    let said: Vec<_> = posted.tags.into_iter().map(|tag| tag.message).collect();
    Ok((said.join("\n"), task.status.column()))
}

fn ada() -> Register {
    Register {
        username: "ada".to_owned(),
        email: "ada@example.org".to_owned(),
        display_name: "Ada".to_owned(),
        password: "correct horse".to_owned(),
    }
}

fn team() -> CreateWorkspace {
    CreateWorkspace {
        name: "Flow".to_owned(),
        ..CreateWorkspace::default()
    }
}

fn channel(workspace: WorkspaceId) -> CreateChat {
    CreateChat {
        workspace,
        kind: ChatKind::Channel,
        title: Some("general".to_owned()),
        topic: None,
        participants: Vec::new(),
    }
}

fn message(workspace: WorkspaceId, chat: ChatId) -> PostMessage {
    PostMessage {
        chat: ChatRef {
            workspace,
            chat,
            expected: None,
        },
        content: "Dry again.\n#task Water the beans #priority High".to_owned(),
        parent: None,
        files: Vec::new(),
    }
}

fn start(workspace: WorkspaceId) -> MoveTask {
    MoveTask {
        target: TaskTarget {
            workspace,
            task: "FLOW-1".to_owned(),
            expected: None,
        },
        column: Some("In Progress".to_owned()),
        before: None,
        after: None,
    }
}

#[tokio::test]
async fn a_posted_tag_makes_a_task_that_can_be_moved() {
    let (said, column) = a_task_on_its_way(&App::new(flowra_testkit::ports()))
        .await
        .unwrap();
    assert_eq!(
        said,
        "Ada created the task FLOW-1: Water the beans\nAda set the priority of FLOW-1 to High"
    );
    assert_eq!(column, Column::InProgress);
}
