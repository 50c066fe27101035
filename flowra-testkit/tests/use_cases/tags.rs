//! Tags from the message to the bot's sentence.

use flowra_core::Code;
use flowra_core::chat::{ChatKind, ChatRole, ChatState};
use flowra_core::tag::TagResult;
use flowra_core::user::BOT;

use crate::team::{Team, code};

fn done(sentence: &str) -> (bool, String) {
    (true, sentence.to_owned())
}

fn failed(sentence: &str) -> (bool, String) {
    (false, sentence.to_owned())
}

#[tokio::test]
async fn every_tag_says_what_it_did() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[team.cleo]).await;
    let text = "#bug Loom stuck\n#status investigating #assignee @cleo #priority high\n#severity Major\n#due 2026-11-30\n\
                #title Loom stands\n#label wood, urgent\n#invite @bob\n#remove @cleo\n#close\n#reopen";
    let said = [
        "Ada created the bug FLOW-1: Loom stuck",
        "Ada set the status of FLOW-1 to Investigating",
        "Ada assigned FLOW-1 to Cleo",
        "Ada set the priority of FLOW-1 to High",
        "Ada set the severity of FLOW-1 to Major",
        "Ada set the due date of FLOW-1 to 2026-11-30",
        "Ada renamed FLOW-1 to Loom stands",
        "Ada labelled FLOW-1 wood, urgent",
        "Ada added Bob to the chat",
        "Ada removed Cleo from the chat",
        "Ada closed the chat",
        "Ada reopened the chat",
    ];
    assert_eq!(team.tags(team.ada, channel, text).await, said.map(done));
    let text = "#epic Weave\n#on FLOW-1\n#assignee @none\n#due\n#task Thread";
    let said = [
        "Ada created the epic FLOW-2: Weave",
        "Ada chose FLOW-1",
        "Ada unassigned FLOW-1",
        "Ada cleared the due date of FLOW-1",
        "Ada created the task FLOW-3: Thread",
    ];
    assert_eq!(team.tags(team.ada, channel, text).await, said.map(done));
}

#[tokio::test]
async fn what_tags_would_do_is_foreseen_and_changes_nothing() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    let text = "#task Oil the loom\n#status Done\n#assignee @nobody-here\n#close";
    let foresee = |by| {
        let command = team.message(channel, text, None);
        let caller = team.by(by);
        let messages = &team.app.messages;
        async move { messages.foresee(&caller, command).await }
    };
    let before = team.said(channel).await;
    let first = foresee(team.ada).await.unwrap();
    let second = foresee(team.ada).await.unwrap();
    let words = |results: &[TagResult]| -> Vec<_> {
        let words = results.iter().map(|one| (one.ok, one.message.clone()));
        words.collect()
    };
    assert_eq!(words(&first), words(&second), "no number was used up");
    assert_eq!(first[0].message, "Ada created the task FLOW-1: Oil the loom");
    assert_eq!(team.said(channel).await, before);
    let posted = team.post(team.ada, channel, text).await.tags;
    assert_eq!(words(&posted), words(&first), "it happens as foreseen");
    assert_eq!(code(foresee(team.ada).await), Code::InvalidState);
    let stranger = team.make(ChatKind::Group, team.ada, &[]).await;
    let command = team.message(stranger, text, None);
    let hidden = team.app.messages.foresee(&team.by(team.cleo), command).await;
    assert_eq!(code(hidden), Code::NotFound);
}

#[tokio::test]
async fn every_tag_says_why_it_failed() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[team.cleo]).await;
    team.post(team.ada, channel, "#task Weave").await;
    for (tag, why) in [
        ("#task", "#task: title must not be empty"),
        (
            "#status Fixed",
            "#status Fixed: not a status of a task. Use Backlog, To Do, In Progress, In Review, Done or Cancelled",
        ),
        (
            "#priority Urgent",
            "#priority Urgent: not a priority. Use Low, Medium, High or Critical",
        ),
        (
            "#severity Bad",
            "#severity Bad: not a severity. Use Critical, Major, Minor or Trivial",
        ),
        ("#severity Minor", "#severity Minor: only bugs have a severity"),
        (
            "#due soon",
            "#due soon: not a date. Use YYYY-MM-DD, or RFC 3339 such as 2026-11-22T09:30:00Z, or nothing to clear it",
        ),
        ("#title", "#title: title must not be empty"),
        ("#label", "#label: label must not be empty"),
        (
            "#on FLOW-9",
            "#on FLOW-9: there is no such task: give a key such as FLOW-12",
        ),
        (
            "#on nine",
            "#on nine: there is no such task: give a key such as FLOW-12",
        ),
        (
            "#assignee @nobody",
            "#assignee @nobody: there is no such person: give @ and a username",
        ),
        (
            "#assignee @otto",
            "#assignee @otto: the assignee must be a member of the workspace who can see the task",
        ),
        (
            "#invite @otto",
            "#invite @otto: everybody in a chat must be a member of its workspace: invite them first",
        ),
        (
            "#remove @bob",
            "#remove @bob: this person does not take part in the chat",
        ),
    ] {
        assert_eq!(team.tags(team.ada, channel, tag).await, [failed(why)]);
    }
    for tag in ["#close", "#reopen"] {
        let why = format!("{tag}: only an admin of the chat or of the workspace may do this");
        assert_eq!(team.tags(team.cleo, channel, tag).await, [failed(&why)]);
    }
}

#[tokio::test]
async fn the_bot_answers_once_in_the_same_thread() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    let root = team.post(team.ada, channel, "hello").await.message.id;
    let reply = team.message(channel, "#task Weave\nsome text\n#priority Urgent", Some(root));
    team.app.messages.post(&team.by(team.ada), reply).await.unwrap();
    let said = team.said(channel).await;
    assert_eq!(said.len(), 3);
    assert_eq!((said[2].author, said[2].parent), (BOT, Some(root)));
    let answer = "✅ Ada created the task FLOW-1: Weave\n\
                  ❌ #priority Urgent: not a priority. Use Low, Medium, High or Critical";
    assert_eq!(said[2].content.as_ref().unwrap().as_str(), answer);
}

#[tokio::test]
async fn a_closed_chat_takes_no_message_but_one_that_reopens_it() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[team.cleo]).await;
    team.post(team.ada, channel, "#close").await;
    let closed = team
        .app
        .messages
        .post(&team.by(team.ada), team.message(channel, "hello", None))
        .await;
    assert_eq!(code(closed), Code::InvalidState);
    let by_member = team
        .app
        .messages
        .post(&team.by(team.cleo), team.message(channel, "#reopen", None))
        .await;
    assert_eq!(code(by_member), Code::InvalidState);
    assert_eq!(
        team.tags(team.ada, channel, "back\n#reopen").await,
        [done("Ada reopened the chat")]
    );
    let chat = team
        .app
        .chats
        .find(&team.by(team.ada), team.chat(channel))
        .await
        .unwrap();
    assert_eq!(chat.state, ChatState::Open);
}

#[tokio::test]
async fn a_reopening_that_does_not_act_lets_nothing_into_a_closed_chat() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.cleo, &[team.bob]).await;
    let cleo = team.by(team.cleo);
    team.app
        .chats
        .change_participant_role(&cleo, team.chat(channel), team.bob, ChatRole::Admin)
        .await
        .unwrap();
    team.post(team.cleo, channel, "#close").await;
    let head = team.head().await;
    let too_late = format!("{}#reopen", "#on FLOW-1\n".repeat(50));
    let after_going = "#remove @cleo\n#reopen".to_owned();
    for content in [too_late, after_going] {
        let message = team.message(channel, &content, None);
        let refused = team.app.messages.post(&cleo, message).await;
        assert_eq!(code(refused), Code::InvalidState, "{content}");
        assert_eq!(team.head().await, head);
    }
}

#[tokio::test]
async fn tags_in_a_code_block_are_text() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    assert_eq!(
        team.tags(
            team.ada,
            channel,
            "```\n#task Weave\n```\n# Heading\n#123\n#Status Done"
        )
        .await,
        []
    );
    assert_eq!(team.said(channel).await.len(), 1);
}

#[tokio::test]
async fn later_tags_fail_with_the_task_that_failed_and_touch_no_other() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    let none = "no active task: create one with #task, #bug or #epic, or name one with #on";
    let alone = team.tags(team.ada, channel, "#status Done").await;
    assert_eq!(alone, [failed(&format!("#status Done: {none}"))]);
    team.post(team.ada, channel, "#task Weave").await;
    for first in ["#task", "#on FLOW-9"] {
        let said = team
            .tags(team.ada, channel, &format!("{first}\n#status Done"))
            .await;
        assert_eq!(said[1], failed(&format!("#status Done: {none}")));
    }
    assert_eq!(team.found("FLOW-1").await.status.as_str(), "To Do");
}

#[tokio::test]
async fn a_tag_acts_on_the_task_of_its_thread_before_the_newest_of_the_chat() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    let root = team.post(team.ada, channel, "#task Weave").await.message.id;
    team.post(team.ada, channel, "#task Spin").await;
    let reply = team.message(channel, "#status Done", Some(root));
    team.app.messages.post(&team.by(team.ada), reply).await.unwrap();
    team.post(team.ada, channel, "#priority Low").await;
    let (weave, spin) = (team.found("FLOW-1").await, team.found("FLOW-2").await);
    assert_eq!(
        (weave.status.as_str(), weave.priority.as_str()),
        ("Done", "Medium")
    );
    assert_eq!((spin.status.as_str(), spin.priority.as_str()), ("To Do", "Low"));
}

#[tokio::test]
async fn a_task_made_in_a_thread_is_the_one_of_that_thread() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    let root = team.post(team.ada, channel, "it crashes").await.message.id;
    for content in ["#bug Crash", "#status Cancelled"] {
        let reply = team.message(channel, content, Some(root));
        team.app.messages.post(&team.by(team.ada), reply).await.unwrap();
        team.post(team.ada, channel, "#task Spin").await;
    }
    assert_eq!(team.found("FLOW-1").await.status.as_str(), "Cancelled");
    assert_eq!(team.found("FLOW-1").await.message, Some(root));
    assert_eq!(team.found("FLOW-2").await.status.as_str(), "To Do");
}

#[tokio::test]
async fn closing_and_reopening_take_no_value() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    assert_eq!(
        team.tags(team.ada, channel, "#close the window please").await,
        [failed(
            "#close the window please: it takes no value: let it stand alone"
        )]
    );
}

#[tokio::test]
async fn a_key_of_another_prefix_forgets_nothing_of_the_tags_before_it() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    team.post(team.ada, channel, "#task Weave").await;
    let text = "#on FLOW-1\n#status Done\n#on ZZ-1\n#on FLOW-1\n#priority High";
    let said = team.tags(team.ada, channel, text).await;
    assert_eq!(
        said.iter().map(|(ok, _)| *ok).collect::<Vec<_>>(),
        [true, true, false, true, true]
    );
    let task = team.found("FLOW-1").await;
    assert_eq!((task.status.as_str(), task.priority.as_str()), ("Done", "High"));
}

#[tokio::test]
async fn who_takes_themselves_out_of_a_group_makes_no_tasks_in_it() {
    let team = Team::new().await;
    let group = team.make(ChatKind::Group, team.ada, &[team.cleo]).await;
    let said = team.tags(team.cleo, group, "#remove @cleo\n#task Hidden").await;
    assert_eq!(said[0], done("Cleo removed Cleo from the chat"));
    assert_eq!(
        said[1],
        failed("#task Hidden: only participants may do this: join the chat first")
    );
}
