//! What forms do with what they were not made for, and what becomes of what was typed when it is refused.

use crate::support::TestServer;
use crate::visitor::Browser;

/// Ada with a workspace, and Bob in it; both browsers, the workspace's path and its first chat's.
async fn team(server: &TestServer) -> (Browser, Browser, String, String) {
    let mut ada = Browser::new(server);
    let chat = ada.begin("ada").await;
    let workspace = chat.split("/c/").next().unwrap().to_owned();
    let people = format!("{workspace}/people");
    let invite = [("do", "invite"), ("role", "member"), ("max_uses", "1")];
    let made = ada.post(&people, &invite).await.text();
    let link = between(&made, "<input id=\"link\" value=\"", "\"").to_owned();
    let link = format!("/invites/{}", link.rsplit('/').next().unwrap());
    let mut bob = Browser::new(server);
    bob.get("/register").await;
    let account = [
        ("username", "bob"),
        ("display_name", "Bob"),
        ("email", "bob@example.org"),
        ("password", "correct horse battery"),
    ];
    assert_eq!(bob.post("/register", &account).await.status, 303);
    bob.get(&link).await;
    assert_eq!(bob.post(&link, &[]).await.status, 303);
    bob.get(&chat).await;
    (ada, bob, workspace, chat)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap().1;
    rest.split_once(after).unwrap().0
}

#[tokio::test]
async fn signing_in_leads_back_to_the_whole_address_and_never_to_a_part_of_a_page() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let workspace = chat.split("/c/").next().unwrap();
    let mut stranger = Browser::new(&server);
    let filtered = format!("{workspace}/tasks?assignee=me&status=Done");
    let turned = stranger.get(&filtered).await;
    let next: String = form_urlencoded::byte_serialize(filtered.as_bytes()).collect();
    assert_eq!(turned.header("location"), format!("/sign-in?next={next}"));
    let sidebar = format!("{workspace}/sidebar");
    let shown = format!("http://flowra.example{filtered}");
    let part = [("hx-request", "true"), ("hx-current-url", shown.as_str())];
    let turned = stranger.send("GET", &sidebar, &part, "").await;
    assert_eq!(turned.header("hx-redirect"), format!("/sign-in?next={next}"));
    let turned = stranger.send("GET", &sidebar, &part[..1], "").await;
    assert_eq!(turned.header("hx-redirect"), "/sign-in?next=%2F");
}

#[tokio::test]
async fn a_made_up_invite_is_told_before_anybody_registers_for_it() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    ada.begin("ada").await;
    let mut stranger = Browser::new(&server);
    for link in ["/invites/bogus", "/invites/..%2Fw%2F1%2Ftask%2FENG-1%2Fdelete"] {
        for visitor in [&mut ada, &mut stranger] {
            let page = visitor.get(link).await;
            assert_eq!(page.status, 404);
            assert!(!page.text().contains("<form"), "{}", page.text());
        }
    }
}

#[tokio::test]
async fn what_a_form_does_not_offer_is_refused_rather_than_taken_for_the_widest() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let workspace = chat.split("/c/").next().unwrap().to_owned();
    for kind in [
        &[("title", "secret")][..],
        &[("title", "secret"), ("kind", "groups")],
    ] {
        let refused = ada.post(&format!("{workspace}/chats"), kind).await;
        assert_eq!(refused.status, 400, "{}", refused.text());
    }
    let directory = ada.get(&format!("{workspace}/channels")).await.text();
    assert!(!directory.contains("secret"), "{directory}");
    ada.get("/settings").await;
    for days in [&[][..], &[("days", "4000")]] {
        let fields = [
            &[("do", "token"), ("name", "script"), ("scope", "read")][..],
            days,
        ]
        .concat();
        let refused = ada.post("/settings", &fields).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(
            refused
                .text()
                .contains("Choose how long the token is to be good.")
        );
    }
}

#[tokio::test]
async fn where_registration_is_closed_nobody_is_shown_a_form_for_it() {
    let server = TestServer::start(&[("registration", "closed")]).await;
    let mut first = Browser::new(&server);
    assert!(
        first.get("/register").await.text().contains("<form"),
        "the first account"
    );
    first.begin("ada").await;
    let mut stranger = Browser::new(&server);
    let page = stranger.get("/register").await.text();
    assert!(
        !page.contains("<form") && page.contains("ask one to make yours"),
        "{page}"
    );
    for path in ["/sign-in", "/invites/none"] {
        let page = stranger.get(path).await.text();
        assert!(!page.contains("Create an account"), "{path}: {page}");
    }
}

#[tokio::test]
async fn who_asks_too_often_with_a_browser_is_told_by_a_page() {
    let server = TestServer::start(&[("limits.requests_per_minute", "1")]).await;
    let mut ada = Browser::new(&server);
    let mut last = ada.get("/sign-in").await;
    for _ in 0..5 {
        last = ada.get("/sign-in").await;
    }
    assert_eq!(last.status, 429);
    assert!(last.text().contains("A little slower, please"), "{}", last.text());
    assert!(!last.header("retry-after").is_empty());
}

#[tokio::test]
async fn a_message_that_is_refused_is_given_back_with_the_reason() {
    let server = TestServer::start(&[]).await;
    let (mut ada, mut bob, workspace, chat) = team(&server).await;
    ada.get(&chat).await;
    ada.post(&format!("{chat}/about"), &[("do", "close")]).await;
    let text = "a thousand words";
    let refused = bob.post(&format!("{chat}/messages"), &[("content", text)]).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let page = refused.text();
    assert!(
        page.contains(">a thousand words</textarea>") && page.contains("role=\"alert\""),
        "{page}"
    );
    assert!(bob.get(&format!("{workspace}/board")).await.status == 200);
}

#[tokio::test]
async fn a_comment_that_is_refused_stays_in_its_form_which_only_those_see_who_may_comment() {
    let server = TestServer::start(&[]).await;
    let (mut ada, mut bob, workspace, chat) = team(&server).await;
    ada.get(&chat).await;
    ada.post(&format!("{chat}/messages"), &[("content", "#task Oil the mill")])
        .await;
    let task = format!("{workspace}/task/ENGI-1");
    let page = ada.get(&task).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let long = "word ".repeat(2_500);
    let refused = ada.post(&format!("{task}/comments"), &[("content", &long)]).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains(long.trim_end()),
        "what was typed is there"
    );
    let title = "t".repeat(300);
    let refused = ada.post(&format!("{task}/set/title"), &[("value", &title)]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains(&format!("value=\"{title}\"")));
    assert!(bob.get(&task).await.text().contains("id=\"task-comment\""));
    assert_eq!(bob.post(&format!("{chat}/leave"), &[]).await.status, 303);
    let page = bob.get(&task).await.text();
    assert!(!page.contains("id=\"task-comment\""), "{page}");
    assert!(page.contains("Comments are for who takes part in"), "{page}");
}

#[tokio::test]
async fn lines_of_a_form_count_as_one_character_each() {
    let server = TestServer::start(&[]).await;
    let (mut ada, _, workspace, chat) = team(&server).await;
    ada.get(&chat).await;
    ada.post(&format!("{chat}/messages"), &[("content", "#task Oil the mill")])
        .await;
    let task = format!("{workspace}/task/ENGI-1");
    ada.get(&task).await;
    // 5,000 characters as a person counts them.
    let text = format!("{}{}", "\r\n".repeat(100), "a".repeat(4_900));
    let saved = ada
        .post(&format!("{task}/set/description"), &[("value", &text)])
        .await;
    assert_eq!(saved.status, 303, "{}", saved.text());
}

#[tokio::test]
async fn who_has_left_is_still_shown_as_whom_a_task_is_given_to() {
    let server = TestServer::start(&[]).await;
    let (mut ada, mut bob, workspace, _) = team(&server).await;
    let task = format!("{workspace}/task/ENGI-1");
    let page = ada.get(&task).await.text();
    let before_bob = page.split_once(">Bob</option>").unwrap().0;
    let id = before_bob
        .rsplit_once("value=\"")
        .unwrap()
        .1
        .trim_end_matches('"');
    let given = ada.post(&format!("{task}/set/assignee"), &[("value", id)]).await;
    assert_eq!(given.status, 303, "{}", given.text());
    let page = ada.get(&task).await.text();
    assert!(page.contains("selected>Bob</option>"), "{page}");
    bob.get(&format!("{workspace}/people")).await;
    let left = bob
        .post(
            &format!("{workspace}/people"),
            &[("do", "leave"), ("sure", "yes")],
        )
        .await;
    assert_eq!(left.status, 303, "{}", left.text());
    let page = ada.get(&task).await.text();
    assert!(page.contains("selected>Bob (no member)</option>"), "{page}");
}

#[tokio::test]
async fn a_topic_that_somebody_else_set_meanwhile_outlives_a_new_name() {
    let server = TestServer::start(&[]).await;
    let (mut ada, _, _, chat) = team(&server).await;
    let about = format!("{chat}/about");
    let page = ada.get(&about).await.text();
    let was = between(&page, "name=\"was_topic\" value=\"", "\"").to_owned();
    let form = |title, topic| {
        [
            ("do", "update"),
            ("was_title", "general"),
            ("was_topic", was.as_str()),
            ("title", title),
            ("topic", topic),
        ]
    };
    assert_eq!(ada.post(&about, &form("general", "looms")).await.status, 200);
    assert_eq!(ada.post(&about, &form("hall", &was)).await.status, 200);
    let page = ada.get(&about).await.text();
    assert!(
        page.contains("value=\"hall\"") && page.contains("value=\"looms\""),
        "{page}"
    );
    let both = ada.post(&about, &form("general", "gears")).await;
    assert_eq!(both.status, 422);
    assert!(
        both.text().contains("to: looms.") && both.text().contains("value=\"gears\""),
        "{}",
        both.text()
    );
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_done_once() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let key_in = |page: &str| between(page, "name=\"key\" value=\"", "\"").to_owned();

    let key = key_in(&ada.get("/workspaces/new").await.text());
    let form = [("name", "Second"), ("key", key.as_str())];
    let made = ada.post("/workspaces/new", &form).await;
    let again = ada.post("/workspaces/new", &form).await;
    assert_eq!((made.status, again.status), (303, 303));
    assert_eq!(made.header("location"), again.header("location"));
    let other = ada
        .post("/workspaces/new", &[("name", "Third"), ("key", &key)])
        .await;
    assert_ne!(
        made.header("location"),
        other.header("location"),
        "gone back to, and changed"
    );
    let second = ada.get(made.header("location")).await.text();
    assert_eq!(second.matches("Welcome to Flowra.").count(), 1);

    let key = key_in(&ada.get(&chat).await.text());
    for content in ["pressed twice", "pressed twice", "another thing"] {
        let form = [("content", content), ("key", key.as_str())];
        assert_eq!(ada.post(&format!("{chat}/messages"), &form).await.status, 303);
    }
    let page = ada.get(&chat).await.text();
    assert_eq!(page.matches("pressed twice").count(), 1);
    assert_eq!(page.matches("another thing").count(), 1);

    let board = format!("{}/board", chat.split("/c/").next().unwrap());
    let key = key_in(&ada.get(&board).await.text());
    let form = [("title", "Added once"), ("column", "done"), ("key", key.as_str())];
    for _ in 0..2 {
        assert_eq!(
            ada.post(&board.replace("board", "tasks"), &form).await.status,
            303
        );
    }
    assert_eq!(ada.get(&board).await.text().matches(">Added once<").count(), 1);
}
