//! The palette and the sheet of keys, as a browser without scripts sees them and as the scripts ask for them.

use crate::support::{Answer, TestServer};
use crate::visitor::Browser;

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap().1;
    rest.split_once(after).unwrap().0
}

async fn ada(server: &TestServer) -> (Browser, String) {
    let mut ada = Browser::new(server);
    let chat = ada.begin("ada").await;
    let workspace = chat.split("/c/").next().unwrap().to_owned();
    (ada, workspace)
}

/// Lets somebody into the workspace by a link with this role.
async fn invited(server: &TestServer, ada: &mut Browser, workspace: &str, name: &str, role: &str) -> Browser {
    let people = format!("{workspace}/people");
    ada.get(&people).await;
    let invite = [("do", "invite"), ("role", role), ("max_uses", "1")];
    let made = ada.post(&people, &invite).await.text();
    let link = between(&made, "<input id=\"link\" value=\"", "\"");
    let link = format!("/invites/{}", link.rsplit('/').next().unwrap());
    let mut browser = Browser::new(server);
    browser.get("/register").await;
    let email = format!("{name}@example.org");
    let account = [
        ("username", name),
        ("display_name", name),
        ("email", email.as_str()),
        ("password", "correct horse battery"),
    ];
    assert_eq!(browser.post("/register", &account).await.status, 303);
    browser.get(&link).await;
    assert_eq!(browser.post(&link, &[]).await.status, 303);
    browser
}

async fn make(browser: &mut Browser, workspace: &str, kind: &str, title: &str) -> String {
    browser.get(&format!("{workspace}/chats?kind={kind}")).await;
    let form = [("kind", kind), ("title", title), ("topic", "")];
    let made = browser.post(&format!("{workspace}/chats"), &form).await;
    assert_eq!(made.status, 303, "{}", made.text());
    made.header("location").to_owned()
}

/// What the palette's script gets for what was typed.
async fn look(browser: &mut Browser, workspace: &str, typed: &str) -> String {
    let query = serde_urlencoded::to_string([("q", typed)]).unwrap();
    let headers = [("accept", "text/html"), ("hx-request", "true")];
    let answer: Answer = browser
        .send("GET", &format!("{workspace}/jump?{query}"), &headers, "")
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!answer.text().contains("<html"), "a part is enough");
    answer.text()
}

/// The names that are offered, from the top.
fn names(offer: &str) -> Vec<&str> {
    let names = offer.split("<span class=\"name\">").skip(1);
    names.map(|rest| rest.split('<').next().unwrap()).collect()
}

#[tokio::test]
async fn nothing_typed_offers_what_was_read_last_and_all_that_can_be_done() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server).await;
    let plans = make(&mut ada, &workspace, "channel", "plans").await;
    let mut bob = invited(&server, &mut ada, &workspace, "bob", "member").await;
    bob.get(&plans).await;
    assert_eq!(bob.post(&format!("{plans}/join"), &[]).await.status, 303);
    bob.get(&plans).await;
    let posted = bob
        .post(&format!("{plans}/messages"), &[("content", "for @ada")])
        .await;
    assert_eq!(posted.status, 303);
    let offer = look(&mut ada, &workspace, "").await;
    let unread = between(&offer, "<h2>Unread</h2>", "</section>");
    assert!(unread.contains(&plans) && unread.contains("@1"), "{offer}");
    let read = between(&offer, "<h2>Recent</h2>", "</section>");
    assert!(names(read).contains(&"general"), "{offer}");
    let actions = names(between(&offer, "<h2>Actions</h2>", "</section>"));
    for action in [
        "New task",
        "New channel",
        "New group",
        "New direct message",
        "Board",
        "Task list",
        "People and invites",
        "Workspace settings",
        "Keyboard shortcuts",
        "Theme: dark",
        "Theme: light",
        "Theme: system",
        "Sign out",
    ] {
        assert!(actions.contains(&action), "{action}: {actions:?}");
    }
    let open = plans.rsplit('/').next().unwrap();
    let headers = [("accept", "text/html"), ("hx-request", "true")];
    let path = format!("{workspace}/jump?q=&open={open}");
    let without = ada.send("GET", &path, &headers, "").await.text();
    assert!(!names(&without).contains(&"plans"), "{without}");
}

#[tokio::test]
async fn every_link_of_the_palette_leads_to_a_page() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server).await;
    let offer = look(&mut ada, &workspace, "").await;
    let links: Vec<_> = offer
        .split("<a href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().replace("&#38;", "&"))
        .collect();
    assert!(links.len() > 10, "{links:?}");
    for link in links {
        let path = link.split('#').next().unwrap();
        assert_eq!(ada.get(path).await.status, 200, "{link}");
    }
}

#[tokio::test]
async fn a_task_is_found_by_its_key_in_any_case_by_its_number_and_by_words() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server).await;
    let form = [("title", "Oil the mill"), ("column", "in-review")];
    assert_eq!(ada.post(&format!("{workspace}/tasks"), &form).await.status, 303);
    let offer = look(&mut ada, &workspace, "oil mi").await;
    assert_eq!(names(&offer), ["Oil the mill"]);
    assert!(offer.contains("stage is-in-review"), "{offer}");
    let key = between(&offer, "<small>", " ·").to_owned();
    let number = key.split('-').nth(1).unwrap();
    for typed in [key.to_lowercase(), number.to_owned(), format!("#{number}")] {
        let offer = look(&mut ada, &workspace, &typed).await;
        assert_eq!(names(&offer)[0], "Oil the mill", "{typed}");
        assert!(
            offer.contains(&format!("href=\"{workspace}/task/{key}\"")),
            "{offer}"
        );
    }
    let words = look(&mut ada, &workspace, "#oil").await;
    assert!(!words.contains("Oil the mill"), "that asks for chats: {words}");
}

#[tokio::test]
async fn people_lead_to_the_direct_chat_which_is_made_when_there_is_none() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server).await;
    let mut guest = invited(&server, &mut ada, &workspace, "gus", "guest").await;
    invited(&server, &mut ada, &workspace, "bob", "member").await;
    let offer = look(&mut ada, &workspace, "@BO").await;
    assert_eq!(names(&offer), ["bob"]);
    let user = between(&offer, "name=\"user\" value=\"", "\"").to_owned();
    let form = [("kind", "direct"), ("user", user.as_str())];
    let made = ada.post(&format!("{workspace}/chats"), &form).await;
    let chat = made.header("location").to_owned();
    let offer = look(&mut ada, &workspace, "bob").await;
    assert!(offer.contains(&format!("href=\"{chat}\"")), "{offer}");
    assert_eq!(names(&offer), ["bob"], "once, as a person");
    assert!(
        names(&look(&mut ada, &workspace, "@ada").await).is_empty(),
        "not oneself"
    );

    let offer = look(&mut guest, &workspace, "b").await;
    assert!(!names(&offer).contains(&"bob"), "guests make no chats: {offer}");
    assert!(!look(&mut guest, &workspace, "").await.contains("New channel"));
}

#[tokio::test]
async fn nobody_is_offered_what_they_may_not_see() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server).await;
    let mut bob = invited(&server, &mut ada, &workspace, "bob", "member").await;
    let secret = make(&mut bob, &workspace, "group", "secret surprise").await;
    let posted = bob
        .post(&format!("{secret}/messages"), &[("content", "#task Secret cake")])
        .await;
    assert_eq!(posted.status, 303);
    let seen = look(&mut bob, &workspace, "secret").await;
    assert_eq!(names(&seen), ["secret surprise", "Secret cake"]);
    let hidden = look(&mut ada, &workspace, "secret").await;
    assert!(
        names(&hidden).is_empty(),
        "the owner does not read this group: {hidden}"
    );
    assert!(hidden.contains("Nothing here is called “secret”."), "{hidden}");
    let key = between(&seen, "<small>", " ·").to_owned();
    let key_only = look(&mut ada, &workspace, &key).await;
    assert!(!key_only.contains("Secret cake"), "{key_only}");

    ada.get("/workspaces/new").await;
    let other = ada.post("/workspaces/new", &[("name", "Looms")]).await;
    let other = other.header("location").split("/c/").next().unwrap().to_owned();
    let elsewhere = look(&mut ada, &other, "invite the").await;
    assert_eq!(elsewhere.matches("/task/").count(), 1, "{elsewhere}");
    assert!(!elsewhere.contains(&workspace), "{elsewhere}");
    let stranger = bob.get(&format!("{other}/jump?q=general")).await;
    assert_eq!(stranger.status, 404);
}

#[tokio::test]
async fn hostile_names_and_words_are_shown_as_text() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server).await;
    let hostile = "\"><img src=x onerror=alert(1)>";
    make(&mut ada, &workspace, "channel", hostile).await;
    let form = [("title", hostile), ("column", "to-do")];
    assert_eq!(ada.post(&format!("{workspace}/tasks"), &form).await.status, 303);
    for typed in [
        "onerror",
        hostile,
        "</p><script>alert(1)</script>",
        "' or 1=1 --",
        "%",
        "\u{0}",
        "-- *",
    ] {
        let offer = look(&mut ada, &workspace, typed).await;
        assert!(
            !offer.contains("<img") && !offer.contains("<script"),
            "{typed}: {offer}"
        );
        let query = serde_urlencoded::to_string([("q", typed)]).unwrap();
        let page = ada.get(&format!("{workspace}/jump?{query}")).await.text();
        assert!(
            !page.contains("<img src=x") && !page.contains("<script>alert"),
            "{typed}: {page}"
        );
    }
    let offer = look(&mut ada, &workspace, "onerror").await;
    assert_eq!(names(&offer).len(), 2, "{offer}");
    let long = "x".repeat(3000);
    assert!(
        look(&mut ada, &workspace, &long).await.len() < 3000,
        "the rest of it is left out"
    );
}

#[tokio::test]
async fn without_scripts_the_palette_is_a_page_with_a_form() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server).await;
    let shell = ada.get(&format!("{workspace}/board")).await.text();
    assert!(shell.contains(&format!("href=\"{workspace}/jump\"")), "{shell}");
    let page = ada.get(&format!("{workspace}/jump?q=gener")).await.text();
    assert!(page.contains("<h1 id=\"dialog-title\">Jump to</h1>"), "{page}");
    assert!(page.contains("name=\"q\" value=\"gener\""), "{page}");
    let found = between(&page, "jump-found", "</main>");
    assert!(found.contains(&format!("href=\"{workspace}/c/")), "{found}");
    assert_eq!(ada.post("/theme", &[("theme", "dark")]).await.status, 303);
    let mut stranger = Browser::new(&server);
    let refused = stranger.get(&format!("{workspace}/jump")).await;
    assert!(refused.header("location").starts_with("/sign-in?next="));
}

#[tokio::test]
async fn the_keys_are_a_page_too() {
    let server = TestServer::start(&[]).await;
    let (mut ada, workspace) = ada(&server).await;
    let page = ada.get(&format!("{workspace}/keys")).await.text();
    assert!(
        page.contains("<html") && page.contains("Reply in a thread"),
        "{page}"
    );
    let shell = ada.get(&format!("{workspace}/tasks")).await.text();
    assert!(
        shell.contains(&format!("href=\"{workspace}/keys\" data-dialog")),
        "{shell}"
    );
}
