//! The list of tasks and its filter by links and forms alone, as a browser without scripts uses them.

use crate::support::{Answer, TestServer};
use crate::visitor::Browser;

async fn ada(server: &TestServer, titles: &[&str]) -> (Browser, String) {
    let mut ada = Browser::new(server);
    let chat = ada.begin("ada").await;
    let workspace = chat.split("/c/").next().unwrap().to_owned();
    let page = ada.get(&format!("{workspace}/tasks")).await.text();
    let welcome = key(&page, "Invite the team");
    let deleted = ada.post(&format!("{workspace}/task/{welcome}/delete"), &[]).await;
    assert_eq!(deleted.status, 303);
    for title in titles {
        let form = [("title", *title), ("column", "to-do")];
        assert_eq!(ada.post(&format!("{workspace}/tasks"), &form).await.status, 303);
    }
    (ada, workspace)
}

/// The titles of the rows, from the top.
fn titles(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    let rows = text.split("class=\"row-title\"").skip(1);
    rows.map(|row| {
        row.split('>')
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned()
    })
    .collect()
}

/// The key of the task with this title.
fn key(page: &str, title: &str) -> String {
    let row = page
        .split("class=\"task-row\"")
        .find(|row| row.contains(&format!(">{title}</a>")));
    let rest = row.unwrap().split_once("name=\"task\" value=\"").unwrap().1;
    rest.split('"').next().unwrap().to_owned()
}

/// Posts a change of some tasks from the list at this address.
async fn change(
    ada: &mut Browser,
    workspace: &str,
    address: &str,
    keys: &[&str],
    fields: &[(&str, &str)],
) -> Answer {
    let tasks = keys.iter().map(|key| ("task", *key));
    let form: Vec<_> = tasks.chain(fields.iter().copied()).collect();
    ada.post(&format!("{workspace}/tasks/bulk{address}"), &form).await
}

#[tokio::test]
async fn the_address_filters_and_sorts_and_blank_conditions_leave_it() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server, &["Oil <mill>", "Wind clock", "Punch cards"]).await;
    let list = format!("{workspace}/tasks");
    let page = ada.get(&list).await;
    assert_eq!(titles(&page), ["Punch cards", "Wind clock", "Oil &#60;mill&#62;"]);
    let clock = key(&page.text(), "Wind clock");
    for (field, value) in [
        ("priority", "High"),
        ("labels", "brass"),
        ("due-date", "2026-12-24"),
    ] {
        let set = format!("{workspace}/task/{clock}/set/{field}");
        assert_eq!(ada.post(&set, &[("value", value)]).await.status, 303);
    }
    let all = ["Oil &#60;mill&#62;", "Punch cards", "Wind clock"];
    assert_eq!(titles(&ada.get(&format!("{list}?sort=title")).await), all);
    for found in [
        "priority=High",
        "label=BRASS",
        "text=clo",
        "due_before=2026-12-25",
        "due_after=2026-12-23",
    ] {
        let page = ada.get(&format!("{list}?{found}")).await;
        assert_eq!(titles(&page), ["Wind clock"], "{found}");
        let board = ada.get(&format!("{workspace}/board?{found}")).await.text();
        assert_eq!(board.matches("class=\"card\"").count(), 1, "{found}");
        assert!(board.contains("id=\"count-to-do\">1<"), "{found}");
    }
    for found in ["assignee=me", "status=Done", "kind=bug", "column=Backlog"] {
        let page = ada.get(&format!("{list}?{found}")).await;
        assert!(
            titles(&page).is_empty() && page.text().contains("No task is like this."),
            "{found}"
        );
    }
    for page in ["tasks", "board"] {
        let untidy = ada
            .get(&format!("{workspace}/{page}?text=&priority=High&label="))
            .await;
        assert_eq!(untidy.status, 303);
        assert_eq!(
            untidy.header("location"),
            format!("{workspace}/{page}?priority=High")
        );
    }
}

#[tokio::test]
async fn a_list_of_mine_is_that_of_whoever_reads_it() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server, &["Oil the mill", "Wind the clock"]).await;
    let page = ada.get(&format!("{workspace}/tasks")).await.text();
    let mill = key(&page, "Oil the mill");
    let select = page.split_once("aria-label=\"New assignee\"").unwrap().1;
    let me = select.split("value=\"").nth(3).unwrap().split('"').next();
    let given = change(
        &mut ada,
        &workspace,
        "",
        &[&mill],
        &[("change", "assignee"), ("assignee", me.unwrap())],
    )
    .await;
    assert!(given.text().contains("1 task was changed."), "{}", given.text());
    let mine = format!("{workspace}/tasks?assignee=me");
    assert_eq!(titles(&ada.get(&mine).await), ["Oil the mill"]);
    let free = ada.get(&format!("{workspace}/tasks?assignee=none")).await;
    assert_eq!(titles(&free), ["Wind the clock"]);
    let nobody = [("change", "assignee"), ("assignee", "none")];
    let taken = change(&mut ada, &workspace, "", &[&mill], &nobody).await;
    assert_eq!(taken.status, 200);
    assert!(titles(&ada.get(&mine).await).is_empty());
}

#[tokio::test]
async fn a_condition_that_cannot_be_read_is_said_at_its_field() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server, &["Oil the mill"]).await;
    for page in ["tasks", "board"] {
        for (field, value) in [
            ("text", "--"),
            ("due_before", "soon"),
            ("status", "Asleep"),
            ("assignee", "bob"),
        ] {
            let answer = ada.get(&format!("{workspace}/{page}?{field}={value}")).await;
            assert_eq!(answer.status, 422, "{page} {field}");
            let text = answer.text();
            let wrong = format!("aria-describedby=\"filter-{field}-wrong\"");
            assert!(text.contains(&wrong), "{page} {field}: {text}");
            assert!(text.contains(&format!("id=\"filter-{field}-wrong\" role=\"alert\">")));
        }
    }
    let sorted = ada.get(&format!("{workspace}/tasks?sort=mood")).await;
    assert_eq!(sorted.status, 422);
    assert!(
        sorted.text().contains("<p class=\"nothing\">Sort must be"),
        "{}",
        sorted.text()
    );
    let lost = ada.get(&format!("{workspace}/tasks?cursor=nonsense")).await;
    assert_eq!(lost.status, 400);
}

#[tokio::test]
async fn a_long_list_goes_on_by_a_link_in_the_same_order_and_filter() {
    let server = TestServer::start(&[]).await;
    let names: Vec<String> = (0..53).map(|number| format!("Task {number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (mut ada, workspace) = ada(&server, &names).await;
    let first = ada.get(&format!("{workspace}/tasks?sort=title&text=task")).await;
    assert_eq!(titles(&first), names[..50]);
    let text = first.text();
    let more = text.split_once("class=\"more\" hx-get=\"").unwrap().1;
    let part = more.split('"').next().unwrap().replace("&#38;", "&");
    assert_eq!(titles(&ada.get(&part).await), names[50..]);
    let link = more.split_once("<a href=\"").unwrap().1;
    let next = ada
        .get(&link.split('"').next().unwrap().replace("&#38;", "&"))
        .await;
    assert_eq!(titles(&next), names[50..]);
    assert!(next.text().contains("Back to the first tasks"));
}

#[tokio::test]
async fn a_change_of_many_says_how_many_and_why_others_stay_as_they_were() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server, &["Oil the mill", "Wind the clock"]).await;
    let page = ada.get(&format!("{workspace}/tasks")).await.text();
    let keys = [key(&page, "Oil the mill"), key(&page, "Wind the clock")];
    let [mill, clock] = [keys[0].as_str(), keys[1].as_str()];
    let done = change(
        &mut ada,
        &workspace,
        "?status=To+Do",
        &[mill, "NONE-99"],
        &[("change", "status"), ("status", "Done"), ("priority", "Low")],
    )
    .await;
    assert_eq!(titles(&done), ["Wind the clock"]);
    let text = done.text();
    assert!(
        text.contains("1 task was changed. 1 stays as it was:") && text.contains("<b>NONE-99</b>"),
        "{text}"
    );
    let labels = [("change", "labels_add"), ("labels", "brass, <oil>")];
    let labelled = change(&mut ada, &workspace, "", &[mill, clock], &labels)
        .await
        .text();
    assert!(labelled.contains("2 tasks were changed."));
    assert_eq!(
        labelled
            .matches("<span class=\"chip\">&#60;oil&#62;</span>")
            .count(),
        2
    );
    let removed = [("change", "labels_remove"), ("labels", "brass")];
    let removed = change(&mut ada, &workspace, "", &[mill], &removed).await.text();
    assert_eq!(removed.matches("<span class=\"chip\">brass</span>").count(), 1);
    for (keys, fields) in [
        (&[][..], [("change", "status"), ("status", "Done")]),
        (&[clock], [("change", "status"), ("status", "")]),
        (&[clock], [("change", "assignee"), ("assignee", "")]),
        (&[clock], [("change", "labels_add"), ("labels", " , ")]),
        (&[clock], [("change", "mood"), ("status", "Done")]),
    ] {
        let refused = change(&mut ada, &workspace, "", keys, &fields).await;
        assert_eq!(refused.status, 422, "{fields:?}");
        let text = refused.text();
        assert!(
            text.contains("id=\"outcome\" role=\"alert\""),
            "{fields:?}: {text}"
        );
    }
    let reloaded = ada.get(&format!("{workspace}/tasks/bulk?status=Done")).await;
    assert_eq!(
        reloaded.header("location"),
        format!("{workspace}/tasks?status=Done")
    );
}

/// The forms behind the button that takes a change back.
fn parts(page: &str) -> Vec<String> {
    let forms = page.split("name=\"part\" value=\"").skip(1);
    forms
        .map(|rest| rest.split('"').next().unwrap().replace("&#38;", "&"))
        .collect()
}

/// The rows of a page without what every change moves: versions and times.
fn rows(page: &str) -> String {
    let rows = page
        .split_once("<tbody")
        .unwrap()
        .1
        .split_once("</tbody>")
        .unwrap()
        .0;
    let mut parts = rows
        .split("data-version=\"")
        .flat_map(|part| part.split("datetime=\""));
    let mut kept = parts.next().unwrap().to_owned();
    for part in parts {
        kept.push_str(part.split_once('"').unwrap().1);
    }
    kept
}

#[tokio::test]
async fn a_change_of_many_is_taken_back_to_what_each_task_had() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server, &["Oil the mill", "Wind the clock"]).await;
    let page = ada.get(&format!("{workspace}/tasks")).await.text();
    let keys = [key(&page, "Oil the mill"), key(&page, "Wind the clock")];
    let [mill, clock] = [keys[0].as_str(), keys[1].as_str()];
    let high = [("change", "priority"), ("priority", "High")];
    change(&mut ada, &workspace, "", &[mill], &high).await;
    let brass = [("change", "labels_add"), ("labels", "brass")];
    change(&mut ada, &workspace, "", &[mill], &brass).await;
    let before = ada.get(&format!("{workspace}/tasks")).await.text();
    let nobody = "<option value=\"none\">Nobody</option><option value=\"";
    let me = before
        .rsplit_once(nobody)
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    for fields in [
        [("change", "priority"), ("priority", "Low")],
        [("change", "status"), ("status", "Done")],
        [("change", "labels_add"), ("labels", "brass,oil")],
        [("change", "labels_remove"), ("labels", "Brass")],
        [("change", "assignee"), ("assignee", &me)],
    ] {
        let done = change(&mut ada, &workspace, "", &[mill, clock], &fields)
            .await
            .text();
        let parts = parts(&done);
        assert!(!parts.is_empty(), "{fields:?}: {done}");
        let form: Vec<_> = parts.iter().map(|part| ("part", part.as_str())).collect();
        let undone = ada
            .post(&format!("{workspace}/tasks/bulk/undo"), &form)
            .await
            .text();
        assert_eq!(rows(&undone), rows(&before), "{fields:?}");
    }
    // What somebody changed meanwhile stays as they want it.
    let fields = [("change", "status"), ("status", "Done")];
    let done = change(&mut ada, &workspace, "", &[mill, clock], &fields)
        .await
        .text();
    let moved = [("value", "In Review")];
    let set = ada
        .post(&format!("{workspace}/task/{clock}/set/status"), &moved)
        .await;
    assert_eq!(set.status, 303, "{}", set.text());
    let parts_of_it = parts(&done);
    let form: Vec<_> = parts_of_it.iter().map(|part| ("part", part.as_str())).collect();
    let undo = format!("{workspace}/tasks/bulk/undo");
    let undone = ada.post(&undo, &form).await.text();
    assert!(
        undone.contains("1 task was changed.") && undone.contains("1 stays as it was:"),
        "{undone}"
    );
    // From Cancelled no way leads back to where work was under way.
    let fields = [("change", "status"), ("status", "Cancelled")];
    let done = change(&mut ada, &workspace, "", &[clock], &fields).await.text();
    assert!(done.contains("1 task was changed."), "{done}");
    assert!(parts(&done).is_empty(), "{done}");
    // All parts together are one change of many.
    let many = format!("change=status&status=Done{}", "&task=X".repeat(60));
    let refused = ada
        .post(&undo, &[("part", many.as_str()), ("part", many.as_str())])
        .await;
    assert_eq!(refused.status, 422);
    let nonsense = [("part", "change=mood&task=X")];
    let refused = ada.post(&format!("{workspace}/tasks/bulk/undo"), &nonsense).await;
    assert_eq!(refused.status, 422);
}

#[tokio::test]
async fn a_list_without_tasks_says_how_to_make_one() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server, &[]).await;
    let page = ada.get(&format!("{workspace}/tasks")).await.text();
    assert!(page.contains("There is no task yet."), "{page}");
}
