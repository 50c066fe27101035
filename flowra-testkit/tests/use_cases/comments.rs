//! Comments on tasks, and where their threads begin.

use flowra_core::chat::ChatKind;
use flowra_core::message::{CommentOnTask, MessageKind};
use flowra_core::task::Status;
use flowra_core::user::BOT;
use flowra_core::{ChatId, Code};

use crate::race::raced;
use crate::team::{Team, code};

fn comment(team: &Team, task: &str, content: &str, channel: Option<ChatId>) -> CommentOnTask {
    CommentOnTask {
        workspace: team.id,
        task: task.to_owned(),
        content: content.to_owned(),
        channel,
    }
}

#[tokio::test]
async fn the_first_comment_begins_a_thread_in_the_chat_and_acts_on_the_task() {
    let team = Team::new().await;
    let chat = team.make(ChatKind::Group, team.ada, &[team.cleo]).await;
    let elsewhere = team.make(ChatKind::Channel, team.ada, &[]).await;
    team.task("Oil the mill", Some(chat)).await;
    let newer = team.task("Wind the clock", Some(chat)).await;
    let first = comment(&team, "FLOW-1", "on it\n#status In Progress", Some(elsewhere));
    let posted = team
        .app
        .messages
        .comment(&team.by(team.cleo), first)
        .await
        .unwrap();
    assert!(posted.tags[0].ok, "{:?}", posted.tags);
    let task = team.found("FLOW-1").await;
    assert_eq!(task.status, Status::InProgress);
    assert_eq!(
        team.found("FLOW-2").await.version,
        newer.version,
        "the newer one is left alone"
    );

    let said = team.said(chat).await;
    let root = &said[0];
    assert_eq!((root.author, root.kind), (BOT, MessageKind::Bot));
    assert_eq!(root.content.as_ref().unwrap().as_str(), "FLOW-1: Oil the mill");
    assert_eq!(
        (task.message, posted.message.parent),
        (Some(root.id), Some(root.id))
    );
    assert!(team.said(elsewhere).await.is_empty(), "the task has a chat");

    let second = comment(&team, "FLOW-1", "done soon", None);
    let posted = team
        .app
        .messages
        .comment(&team.by(team.ada), second)
        .await
        .unwrap();
    assert_eq!(posted.message.parent, Some(root.id));
    assert_eq!(
        team.said(chat)
            .await
            .iter()
            .filter(|one| one.parent.is_none())
            .count(),
        1
    );
}

#[tokio::test]
async fn the_thread_of_a_task_from_a_message_is_that_of_the_message() {
    let team = Team::new().await;
    let chat = team.make(ChatKind::Channel, team.ada, &[team.cleo]).await;
    let origin = team.post(team.ada, chat, "#task Oil the mill").await.message;
    let posted = team
        .app
        .messages
        .comment(&team.by(team.cleo), comment(&team, "FLOW-1", "which?", None))
        .await
        .unwrap();
    assert_eq!(posted.message.parent, Some(origin.id));
    assert_eq!(team.found("FLOW-1").await.message, Some(origin.id));
}

#[tokio::test]
async fn a_task_without_a_chat_is_discussed_in_a_channel_that_is_named() {
    let team = Team::new().await;
    let group = team.make(ChatKind::Group, team.ada, &[team.cleo]).await;
    let channel = team.make(ChatKind::Channel, team.ada, &[team.cleo]).await;
    team.task("Oil the mill", None).await;
    let before = team.head().await;
    for named in [None, Some(group)] {
        let refused = team
            .app
            .messages
            .comment(&team.by(team.cleo), comment(&team, "FLOW-1", "hm", named))
            .await;
        assert_eq!(code(refused.map(drop)), Code::ValidationError, "{named:?}");
    }
    let speechless = comment(&team, "FLOW-1", "hm", Some(channel));
    let refused = team.app.messages.comment(&team.by(team.bob), speechless).await;
    assert_eq!(
        code(refused.map(drop)),
        Code::NotParticipant,
        "bob takes no part in the channel"
    );
    assert_eq!(team.head().await, before, "a refusal leaves nothing behind");

    let first = comment(&team, "FLOW-1", "hm", Some(channel));
    let posted = team
        .app
        .messages
        .comment(&team.by(team.cleo), first)
        .await
        .unwrap();
    assert_eq!(posted.message.chat_id, channel);
    let task = team.found("FLOW-1").await;
    assert_eq!(
        (task.chat, task.message),
        (None, posted.message.parent),
        "everybody still sees it"
    );
    let unseen = comment(&team, "FLOW-1", "hm", Some(channel));
    let refused = team.app.messages.comment(&team.by(team.guy), unseen).await;
    assert_eq!(code(refused.map(drop)), Code::NotFound, "a guest does not see it");
}

#[tokio::test]
async fn of_two_first_comments_at_once_one_begins_the_thread_and_both_stand_in_it() {
    let team = Team::new().await;
    let chat = team.make(ChatKind::Channel, team.ada, &[team.cleo]).await;
    team.task("Oil the mill", Some(chat)).await;
    let app = raced(&team.memory);
    let (ada, cleo) = (team.by(team.ada), team.by(team.cleo));
    let (one, two) = tokio::join!(
        app.messages.comment(&ada, comment(&team, "FLOW-1", "mine", None)),
        app.messages
            .comment(&cleo, comment(&team, "FLOW-1", "no, mine", None)),
    );
    let root = team.found("FLOW-1").await.message;
    assert!(root.is_some());
    assert_eq!(
        [one, two].map(|posted| posted.unwrap().message.parent),
        [root, root]
    );
    assert_eq!(team.said(chat).await.len(), 3);
}

#[tokio::test]
async fn a_repeated_first_comment_is_the_same_one() {
    let team = Team::new().await;
    let chat = team.make(ChatKind::Channel, team.ada, &[]).await;
    team.task("Oil the mill", Some(chat)).await;
    let by = || team.by_once(team.ada, "k");
    let said = || comment(&team, "FLOW-1", "once", None);
    let first = team.app.messages.comment(&by(), said()).await.unwrap();
    let again = team.app.messages.comment(&by(), said()).await.unwrap();
    assert_eq!(again.message.id, first.message.id);
    assert_eq!(team.said(chat).await.len(), 2);
}
