//! Boards and tasks by forms alone, as a browser without scripts uses them.

use crate::support::TestServer;
use crate::visitor::Browser;

async fn ada(server: &TestServer) -> (Browser, String) {
    let mut ada = Browser::new(server);
    let chat = ada.begin("ada").await;
    let workspace = chat.split("/c/").next().unwrap().to_owned();
    (ada, workspace)
}

/// What stands between two texts.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap().1;
    rest.split_once(after).unwrap().0
}

#[tokio::test]
async fn a_task_added_to_a_column_stands_at_its_top() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server).await;
    let board = ada.get(&format!("{workspace}/board")).await.text();
    for column in [
        "Backlog",
        "To Do",
        "In Progress",
        "In Review",
        "Done",
        "Cancelled",
    ] {
        assert!(board.contains(&format!(">{column}</h2>")), "{column}");
    }
    for title in ["first", "second <b>"] {
        let form = [("title", title), ("column", "in-review")];
        let added = ada.post(&format!("{workspace}/tasks"), &form).await;
        assert_eq!(added.status, 303, "{}", added.text());
    }
    let board = ada.get(&format!("{workspace}/board")).await.text();
    let column = between(&board, "data-slug=\"in-review\"", "</ol>");
    assert!(column.find("second &#60;b&#62;").unwrap() < column.find("first").unwrap());
    assert!(board.contains("id=\"count-in-review\">2<"));
    let refused = ada
        .post(
            &format!("{workspace}/tasks"),
            &[("title", " "), ("column", "done")],
        )
        .await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn every_field_is_changed_by_its_own_form_and_a_stale_form_shows_both_values() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server).await;
    let form = [("title", "Oil the mill"), ("column", "to-do")];
    ada.post(&format!("{workspace}/tasks"), &form).await;
    let board = ada.get(&format!("{workspace}/board")).await.text();
    let key = board
        .rsplit("data-key=\"")
        .find(|rest| rest.contains("Oil the mill"))
        .unwrap();
    let task = format!("{workspace}/task/{}", key.split('"').next().unwrap());
    let page = ada.get(&task).await.text();
    let stale = between(&page, "name=\"version\" value=\"", "\"").to_owned();
    for (field, value, shown) in [
        ("title", "Oil the engine", "<h1>Oil the engine</h1>"),
        ("description", "with *care*", "<em>care</em>"),
        ("status", "Done", "<option selected>Done</option>"),
        ("priority", "High", "<option selected>High</option>"),
        ("due-date", "2026-12-24", "value=\"2026-12-24\""),
        ("labels", "oil, <i>", "value=\"oil, &#60;i&#62;\""),
    ] {
        let set = ada
            .post(&format!("{task}/set/{field}"), &[("value", value)])
            .await;
        assert_eq!(set.status, 303, "{field}: {}", set.text());
        let page = ada.get(&task).await.text();
        assert!(page.contains(shown), "{field}: {page}");
    }
    let both = [("value", "Low"), ("version", stale.as_str())];
    let conflict = ada.post(&format!("{task}/set/priority"), &both).await;
    assert_eq!(conflict.status, 409);
    let text = conflict.text();
    assert!(
        text.contains("<dd>High</dd>") && text.contains("<dd>Low</dd>"),
        "{text}"
    );
    let wrong = ada
        .post(&format!("{task}/set/due-date"), &[("value", "soon")])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("role=\"alert\">"));
    let deleted = ada.post(&format!("{task}/delete"), &[]).await;
    assert_eq!(deleted.status, 303);
    assert_eq!(ada.get(&task).await.status, 410);
}

#[tokio::test]
async fn moving_a_card_with_a_stale_version_is_refused_and_changes_nothing() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server).await;
    let form = [("title", "Wind the clock"), ("column", "backlog")];
    let added = ada.post(&format!("{workspace}/tasks"), &form).await;
    let id = added.header("location").split("#t-").nth(1).unwrap().to_owned();
    let task = format!("{workspace}/task/{id}");
    let stale = ada
        .post(&format!("{task}/move"), &[("column", "done"), ("version", "1")])
        .await;
    assert_eq!(stale.status, 409);
    assert!(
        ada.get(&format!("{task}/card"))
            .await
            .text()
            .contains("data-column=\"backlog\"")
    );
    let moved = ada.post(&format!("{task}/move"), &[("column", "done")]).await;
    assert_eq!(moved.status, 303);
    assert!(
        ada.get(&format!("{task}/card"))
            .await
            .text()
            .contains("data-column=\"done\"")
    );
}

#[tokio::test]
async fn a_task_made_on_the_board_takes_comments_whose_thread_is_in_a_channel() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server).await;
    let form = [("title", "Oil the mill"), ("column", "backlog")];
    let added = ada.post(&format!("{workspace}/tasks"), &form).await;
    let id = added.header("location").split("#t-").nth(1).unwrap().to_owned();
    let task = format!("{workspace}/task/{id}");
    let page = ada.get(&task).await.text();
    let channel = between(
        &page,
        "<select id=\"task-channel\" name=\"channel\"><option value=\"",
        "\"",
    )
    .to_owned();
    let empty = ada
        .post(
            &format!("{task}/comments"),
            &[("content", " "), ("channel", &channel)],
        )
        .await;
    assert_eq!(empty.status, 422);
    assert!(empty.text().contains("role=\"alert\">"), "{}", empty.text());
    for text in ["which mill?", "the one by the river"] {
        let said = ada
            .post(
                &format!("{task}/comments"),
                &[("content", text), ("channel", &channel)],
            )
            .await;
        assert_eq!(said.status, 303, "{}", said.text());
    }
    let page = ada.get(&task).await.text();
    for text in ["which mill?", "the one by the river", "began its thread"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("task-channel"), "it has a thread now");
    let chat = ada.get(&format!("{workspace}/c/{channel}")).await.text();
    assert!(chat.contains("Oil the mill"), "{chat}");
}
