//! A person's own account by the forms of its page.

use crate::support::TestServer;
use crate::visitor::Browser;

const PASSWORD: &str = "correct horse battery";

/// A browser in which somebody is signed in, besides others of theirs.
async fn signed_in(server: &TestServer, name: &str, password: &str) -> Browser {
    let mut browser = Browser::new(server);
    browser.get("/sign-in").await;
    let answer = browser
        .post("/sign-in", &[("username", name), ("password", password)])
        .await;
    assert_eq!(answer.status, 303);
    browser
}

#[tokio::test]
async fn a_profile_is_saved_and_what_is_wrong_stands_at_its_field() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    ada.begin("ada").await;
    let page = ada.get("/settings").await.text();
    assert!(page.contains("ada@example.org"), "{page}");
    let named = [
        ("do", "profile"),
        ("display_name", "Ada <Lovelace>"),
        ("email", "ada@example.org"),
    ];
    let page = ada.post("/settings", &named).await.text();
    assert!(page.contains("Your profile is saved."), "{page}");
    assert!(page.contains("value=\"Ada &#60;Lovelace&#62;\""), "{page}");
    let wrong = ada
        .post(
            "/settings",
            &[("do", "profile"), ("display_name", "Ada"), ("email", "nowhere")],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("value=\"nowhere\""), "what was typed stays");
    let stale = [("do", "profile"), ("display_name", "Late"), ("version", "1")];
    assert_eq!(ada.post("/settings", &stale).await.status, 422);
    assert!(!ada.get("/settings").await.text().contains("value=\"Late\""));
}

#[tokio::test]
async fn another_password_needs_the_old_one_and_signs_other_devices_out() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    ada.begin("ada").await;
    let mut elsewhere = signed_in(&server, "ada", PASSWORD).await;
    ada.get("/settings").await;
    let wrong = [
        ("do", "password"),
        ("old", "guess"),
        ("password", "battery staple"),
    ];
    let refused = ada.post("/settings", &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("This is not your password"),
        "{}",
        refused.text()
    );
    assert_eq!(elsewhere.get("/settings").await.status, 200);
    let right = [
        ("do", "password"),
        ("old", PASSWORD),
        ("password", "battery staple"),
    ];
    let page = ada.post("/settings", &right).await.text();
    assert!(page.contains("Your password is changed"), "{page}");
    assert_eq!(ada.get("/settings").await.status, 200, "this device stays");
    assert_eq!(elsewhere.get("/settings").await.status, 303);
    signed_in(&server, "ada", "battery staple").await;
}

#[tokio::test]
async fn tries_of_the_old_password_are_limited_as_tries_to_sign_in_are() {
    let server = TestServer::start(&[("limits.logins_per_minute", "3")]).await;
    let mut ada = Browser::new(&server);
    ada.begin("ada").await;
    ada.get("/settings").await;
    let mut last = String::new();
    for _ in 0..4 {
        let guess = [
            ("do", "password"),
            ("old", "guess"),
            ("password", "battery staple"),
        ];
        last = ada.post("/settings", &guess).await.text();
    }
    assert!(!last.contains("This is not your password"), "{last}");
}

#[tokio::test]
async fn devices_are_signed_out_one_by_one_or_all_others_at_once() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    ada.begin("ada").await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(signed_in(&server, "ada", PASSWORD).await);
    }
    let page = ada.get("/settings").await.text();
    assert_eq!(page.matches("name=\"session\"").count(), 3, "{page}");
    let newest = page.split("name=\"session\" value=\"").nth(1).unwrap();
    let newest = newest.split('"').next().unwrap().to_owned();
    ada.post("/settings", &[("do", "end"), ("session", &newest)])
        .await;
    assert_eq!(others[2].get("/settings").await.status, 303);
    assert_eq!(others[0].get("/settings").await.status, 200);
    let mut bob = Browser::new(&server);
    bob.begin("bob").await;
    let page = ada.get("/settings").await.text();
    let another = page.split("name=\"session\" value=\"").nth(1).unwrap();
    let another = another.split('"').next().unwrap().to_owned();
    bob.get("/settings").await;
    bob.post("/settings", &[("do", "end"), ("session", &another)])
        .await;
    assert_eq!(others[1].get("/settings").await.status, 200, "not Bob's to end");
    ada.post("/settings", &[("do", "end-others")]).await;
    assert_eq!(others[0].get("/settings").await.status, 303);
    assert_eq!(ada.get("/settings").await.status, 200);
}

#[tokio::test]
async fn a_token_is_shown_once_works_and_ends_by_being_revoked() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    ada.begin("ada").await;
    ada.get("/settings").await;
    let wanted = [
        ("do", "token"),
        ("name", "deploy bot"),
        ("scope", "write"),
        ("days", "30"),
    ];
    let page = ada.post("/settings", &wanted).await.text();
    let token = page.split("id=\"made\" value=\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let mut program = Browser::new(&server);
    let headers = [("authorization", bearer.as_str())];
    let me = |program: Browser| async move {
        let mut program = program;
        program.send("GET", "/api/v1/users/me", &headers, "").await.status
    };
    assert_eq!(me(program.clone()).await, 200);
    let page = ada.get("/settings").await.text();
    assert!(!page.contains(&token), "never again");
    assert!(
        page.contains("deploy bot") && page.contains("read and write"),
        "{page}"
    );
    let id = page.split("name=\"token\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    for _ in 0..2 {
        let revoked = ada.post("/settings", &[("do", "revoke"), ("token", &id)]).await;
        assert!(revoked.text().contains("The token is revoked."));
    }
    assert_eq!(me(program.clone()).await, 401);
    program.cookies.clear();
    let nameless = ada.post("/settings", &[("do", "token"), ("name", " ")]).await;
    assert_eq!(nameless.status, 422);
}
