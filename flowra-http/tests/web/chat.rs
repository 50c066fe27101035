//! What people do in a chat, by the forms that its scripts post.

use crate::support::{Answer, TestServer};
use crate::visitor::Browser;

/// Posts as a page's script does.
async fn act(browser: &mut Browser, path: &str, form: &str, more: &[(&str, &str)]) -> Answer {
    let token = browser.csrf.clone();
    let mut headers = vec![
        ("content-type", "application/x-www-form-urlencoded"),
        ("hx-request", "true"),
        ("x-csrf-token", token.as_str()),
    ];
    headers.extend_from_slice(more);
    browser.send("POST", path, &headers, form).await
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap().1;
    rest.split_once(after).unwrap().0
}

/// Posts a message and answers its path.
async fn said(browser: &mut Browser, chat: &str, text: &str) -> String {
    let posted = act(
        browser,
        &format!("{chat}/messages"),
        &format!("content={text}"),
        &[],
    )
    .await;
    assert_eq!(posted.status, 200, "{}", posted.text());
    between(&posted.text(), "data-self=\"", "\"").to_owned()
}

/// Lets somebody into the workspace of this chat; they come in by an invite's link.
async fn invited(server: &TestServer, chat: &str, name: &str) -> Browser {
    let workspace = chat.split('/').nth(2).unwrap();
    let login = serde_json::json!({"username": "ada", "password": "correct horse battery"});
    let json = [("content-type", "application/json")];
    let token = server
        .send("POST", "/api/v1/auth/login", &json, &login.to_string())
        .await;
    let token = token.json()["data"]["access_token"].as_str().unwrap().to_owned();
    let token = format!("Bearer {token}");
    let headers = [json[0], ("authorization", token.as_str())];
    let path = format!("/api/v1/workspaces/{workspace}/invites");
    let invite = server.send("POST", &path, &headers, "{}").await.json();
    let link = invite["data"]["token"].as_str().unwrap().to_owned();
    let mut browser = Browser::new(server);
    browser.get("/register").await;
    let email = format!("{name}@example.org");
    let account = [
        ("username", name),
        ("display_name", name),
        ("email", &email),
        ("password", "correct horse battery"),
    ];
    assert_eq!(browser.post("/register", &account).await.status, 303);
    let path = format!("/invites/{link}");
    browser.get(&path).await;
    assert_eq!(browser.post(&path, &[]).await.status, 303);
    browser.get(chat).await;
    browser
}

#[tokio::test]
async fn a_message_is_edited_reacted_to_pinned_and_deleted() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let message = said(&mut ada, &chat, "first").await;
    let source = ada
        .send("GET", &format!("{message}/edit"), &[("hx-request", "true")], "")
        .await;
    assert!(source.text().contains(">first</textarea>"), "{}", source.text());
    let edited = act(&mut ada, &format!("{message}/edit"), "content=second", &[]).await;
    assert!(edited.text().contains("second") && edited.text().contains("(edited)"));
    let reactions = format!("{message}/reactions");
    let reacted = act(&mut ada, &reactions, "emoji=%F0%9F%91%8D&undo=false", &[]).await;
    assert!(
        reacted.text().contains("aria-pressed=\"true\""),
        "{}",
        reacted.text()
    );
    let undone = act(&mut ada, &reactions, "emoji=%F0%9F%91%8D&undo=true", &[]).await;
    assert!(!undone.text().contains("class=\"reaction\""), "{}", undone.text());
    assert_eq!(
        act(&mut ada, &format!("{message}/pin"), "pinned=true", &[])
            .await
            .status,
        200
    );
    let about = ada.get(&format!("{chat}/about")).await.text();
    assert!(
        about.contains("messages pins") && about.contains("second"),
        "{about}"
    );
    let deleted = act(&mut ada, &format!("{message}/delete"), "", &[]).await;
    assert!(deleted.text().contains("This message was deleted."));
    assert!(
        ada.get(&format!("{chat}/about"))
            .await
            .text()
            .contains("Nothing is pinned")
    );
}

#[tokio::test]
async fn nobody_edits_or_deletes_what_another_member_said() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let message = said(&mut ada, &chat, "mine").await;
    let mut bob = invited(&server, &chat, "bob").await;
    for (path, form) in [("edit", "content=theirs"), ("delete", "")] {
        let refused = act(&mut bob, &format!("{message}/{path}"), form, &[]).await;
        assert_eq!(refused.status, 403, "{path}");
    }
    assert!(ada.get(&chat).await.text().contains("<p>mine</p>"));
}

#[tokio::test]
async fn a_thread_has_a_page_and_a_link_leads_to_the_message() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let root = said(&mut ada, &chat, "a root").await;
    let root_id = root.rsplit('/').next().unwrap().to_owned();
    let posted = ada
        .post(
            &format!("{chat}/messages"),
            &[("content", "an answer"), ("parent", &root_id)],
        )
        .await;
    let thread = format!("{chat}/t/{root_id}");
    assert_eq!(posted.header("location"), format!("{thread}#thread-end"));
    let page = ada.get(&thread).await.text();
    assert!(page.contains("an answer") && page.contains("1 reply"), "{page}");
    assert!(!ada.get(&chat).await.text().contains("an answer"));
    let to = ada.get(&root).await;
    assert_eq!(to.header("location"), format!("{chat}?at={root_id}#m-{root_id}"));
    let reply = between(&page, "data-parent=", "data-at").to_owned();
    let reply = between(&reply, "data-self=\"", "\"");
    let to = ada.get(reply).await;
    assert!(to.header("location").starts_with(&format!("{thread}#m-")));
}

#[tokio::test]
async fn the_same_message_sent_twice_with_its_key_stands_once() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let key = [("idempotency-key", "3f2a")];
    let path = format!("{chat}/messages");
    let first = act(&mut ada, &path, "content=only+once", &key).await;
    let again = act(&mut ada, &path, "content=only+once", &key).await;
    assert_eq!((first.status, first.text()), (again.status, again.text()));
    assert_eq!(ada.get(&chat).await.text().matches("only once").count(), 1);
    let other = act(&mut ada, &path, "content=something+else", &key).await;
    assert_eq!(other.status, 422, "{}", other.text());
}

#[tokio::test]
async fn a_chat_opens_with_a_line_above_the_first_unread_message() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let mut bob = invited(&server, &chat, "bob").await;
    said(&mut bob, &chat, "bob+was+here").await;
    for n in 0..60 {
        said(&mut ada, &chat, &format!("news+{n}.")).await;
    }
    let page = bob.get(&chat).await.text();
    let (read, unread) = page.split_once("id=\"unread\"").unwrap();
    assert!(
        read.contains("bob was here") && !read.contains("news 0."),
        "{page}"
    );
    assert!(unread.contains("news 0."));
    assert!(unread.contains("Newer messages"), "the newest are a page away");
    let latest = bob.get(&format!("{chat}?latest=1")).await.text();
    assert!(latest.contains("news 59.") && !latest.contains("Newer messages"));
}

#[tokio::test]
async fn an_invite_leads_into_general_and_other_channels_are_read_before_they_are_joined() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let workspace = chat.split("/c/").next().unwrap().to_owned();
    let chats = format!("{workspace}/chats");
    let made = ada
        .post(&chats, &[("kind", "channel"), ("title", "random")])
        .await;
    let random = made.header("location").to_owned();
    said(&mut ada, &random, "open+to+all").await;
    let untitled = ada.post(&chats, &[("kind", "channel"), ("title", "")]).await;
    assert_eq!(untitled.status, 422);

    let mut bob = invited(&server, &chat, "bob").await;
    assert!(bob.get(&chat).await.text().contains("id=\"main-composer\""));
    let browse = bob.get(&format!("{workspace}/channels")).await.text();
    assert!(browse.contains("# random"), "{browse}");
    let page = bob.get(&random).await.text();
    assert!(
        page.contains("open to all") && page.contains("Join channel"),
        "{page}"
    );
    assert!(!page.contains("id=\"main-composer\""));
    bob.post(&format!("{random}/join"), &[]).await;
    assert!(bob.get(&random).await.text().contains("id=\"main-composer\""));
    bob.post(&format!("{random}/leave"), &[]).await;
    assert!(bob.get(&random).await.text().contains("Join channel"));
}

#[tokio::test]
async fn who_manages_a_chat_renames_closes_and_reopens_it_and_others_do_not() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let about = format!("{chat}/about");
    let fields = [("do", "update"), ("title", "plans"), ("topic", "what next")];
    assert_eq!(ada.post(&about, &fields).await.status, 200);
    let page = ada.get(&chat).await.text();
    assert!(page.contains("plans") && page.contains("what next"), "{page}");
    ada.post(&about, &[("do", "close")]).await;
    assert!(ada.get(&chat).await.text().contains("This chat is closed."));
    ada.post(&about, &[("do", "reopen")]).await;
    let muted = ada.post(&about, &[("do", "mute")]).await.text();
    assert!(muted.contains("value=\"unmute\""), "{muted}");
    let mut bob = invited(&server, &chat, "bob").await;
    let workspace = chat.split("/c/").next().unwrap();
    bob.get(workspace).await;
    assert_eq!(bob.post(&about, &[("do", "close")]).await.status, 403);
}
