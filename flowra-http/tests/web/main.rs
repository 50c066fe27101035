//! The pages over real TCP: who gets in, who is kept out, and what a browser is told.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows test functions, and not what they share"
)]

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

mod account;
mod admin;
mod chat;
mod forms;
mod jump;
mod list;
mod live;
mod people;
mod safety;
mod tasks;
mod visitor;

use visitor::Browser;

#[tokio::test]
async fn the_first_visitor_makes_the_account_the_workspace_and_finds_a_tag_at_work() {
    let server = support::TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    assert_eq!(ada.get("/").await.header("location"), "/register");
    assert!(
        ada.get("/register")
            .await
            .text()
            .contains("Create the first account")
    );
    let chat = ada.begin("ada").await;
    let page = ada.get(&chat).await.text();
    assert!(page.contains("Welcome to Flowra."), "{page}");
    assert!(page.contains("<span class=\"tag\">#task</span>"), "{page}");
    assert!(page.contains("1 reply"), "the bot answers to the tag: {page}");
    assert!(ada.get("/").await.header("location").starts_with("/w/"));
}

#[tokio::test]
async fn a_message_posted_by_a_form_stands_in_the_chat() {
    let server = support::TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let posted = ada
        .post(&format!("{chat}/messages"), &[("content", "by a *form*")])
        .await;
    assert_eq!(posted.status, 303);
    assert!(ada.get(&chat).await.text().contains("by a <em>form</em>"));
    let refused = ada.post(&format!("{chat}/messages"), &[("content", " ")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("role=\"alert\">"), "{}", refused.text());
}

#[tokio::test]
async fn wrong_credentials_are_told_at_the_form_and_the_password_is_not_sent_back() {
    let server = support::TestServer::start(&[]).await;
    Browser::new(&server).begin("ada").await;
    let mut bob = Browser::new(&server);
    bob.get("/sign-in").await;
    let wrong = bob
        .post("/sign-in", &[("username", "ada"), ("password", "not this one")])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Username or password is wrong."));
    assert!(!wrong.text().contains("not this one"));
    let right = [
        ("username", "ada"),
        ("password", "correct horse battery"),
        ("next", "//evil.example"),
    ];
    let entered = bob.post("/sign-in", &right).await;
    assert_eq!((entered.status, entered.header("location")), (303, "/"));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_only_its_cookie() {
    let server = support::TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let mut thief = ada.clone();
    ada.post("/sign-out", &[]).await;
    let after = thief.get(&chat).await;
    assert_eq!(after.status, 303);
    assert!(after.header("location").starts_with("/sign-in?next="));
}
