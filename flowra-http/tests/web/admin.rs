//! The administration of accounts by the forms of its page.

use crate::support::TestServer;
use crate::visitor::Browser;

/// Ada, who administers as the first account does, and Bob, who does not, with his id.
async fn installation(server: &TestServer) -> (Browser, Browser, String) {
    let (mut ada, mut bob) = (Browser::new(server), Browser::new(server));
    ada.begin("ada").await;
    bob.begin("bob").await;
    let page = ada.get("/admin?from=bob").await.text();
    let id = page.split("name=\"user\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    (ada, bob, id)
}

#[tokio::test]
async fn only_administrators_see_the_accounts() {
    let server = TestServer::start(&[]).await;
    let (mut ada, mut bob, id) = installation(&server).await;
    let page = ada.get("/admin").await.text();
    assert!(page.contains("@ada") && page.contains("@bob"), "{page}");
    assert!(!page.contains("FlowraBot"), "nobody administers the bot: {page}");
    let refused = bob.get("/admin").await;
    assert_eq!(refused.status, 403);
    assert!(!refused.text().contains("ada@example.org"));
    bob.get("/settings").await;
    let taken = bob.post("/admin", &[("do", "promote"), ("user", &id)]).await;
    assert_eq!(taken.status, 403);
    let mut stranger = Browser::new(&server);
    assert_eq!(stranger.get("/admin").await.status, 303);
}

#[tokio::test]
async fn an_account_is_deactivated_after_a_question_and_let_in_again() {
    let server = TestServer::start(&[]).await;
    let (mut ada, mut bob, id) = installation(&server).await;
    let user = ("user", id.as_str());
    let asked = ada.post("/admin", &[("do", "deactivate"), user]).await.text();
    assert!(asked.contains("Deactivate bob?"), "{asked}");
    assert_eq!(bob.get("/settings").await.status, 200, "nothing was done yet");
    let sure = [("do", "deactivate"), user, ("sure", "yes")];
    let page = ada.post("/admin", &sure).await.text();
    assert!(page.contains("bob is deactivated."), "{page}");
    assert_eq!(bob.get("/settings").await.status, 303);
    let page = ada.post("/admin", &[("do", "reactivate"), user]).await.text();
    assert!(page.contains("bob can sign in again."), "{page}");
}

#[tokio::test]
async fn somebody_is_added_with_a_password_that_is_shown_once_and_gets_another() {
    let server = TestServer::start(&[("registration", "closed")]).await;
    let mut ada = Browser::new(&server);
    ada.begin("ada").await;
    let page = ada.get("/admin").await.text();
    assert!(page.contains("Only administrators make accounts"), "{page}");
    let cleo = [
        ("do", "add"),
        ("username", "cleo"),
        ("display_name", "Cleo"),
        ("email", "cleo@example.org"),
    ];
    let page = ada.post("/admin", &cleo).await.text();
    let shown = |page: &str| {
        let rest = page.split("id=\"made\" value=\"").nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let first = shown(&page);
    let sign_in = |password: String| {
        let mut browser = Browser::new(&server);
        async move {
            browser.get("/sign-in").await;
            let form = [("username", "cleo"), ("password", password.as_str())];
            browser.post("/sign-in", &form).await.status
        }
    };
    assert_eq!(sign_in(first.clone()).await, 303);
    let again = ada.post("/admin", &cleo).await;
    assert_eq!(again.status, 422);
    assert!(again.text().contains("value=\"cleo\""), "what was typed stays");
    let page = ada.get("/admin?from=cleo").await.text();
    let id = page.split("name=\"user\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    let reset = [("do", "reset"), ("user", id.as_str()), ("sure", "yes")];
    let second = shown(&ada.post("/admin", &reset).await.text());
    assert_eq!(sign_in(first).await, 422);
    assert_eq!(sign_in(second).await, 303);
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let server = TestServer::start(&[]).await;
    let (mut ada, mut bob, id) = installation(&server).await;
    let page = ada.get("/admin").await.text();
    let adas = page.split("name=\"user\" value=\"").nth(1).unwrap();
    let adas = adas.split('"').next().unwrap().to_owned();
    let demote = [("do", "demote"), ("user", adas.as_str())];
    let refused = ada.post("/admin", &demote).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    ada.post("/admin", &[("do", "promote"), ("user", &id)]).await;
    assert_eq!(bob.get("/admin").await.status, 200);
    assert_eq!(
        ada.post("/admin", &demote).await.status,
        403,
        "what is shown next is no longer hers"
    );
    assert_eq!(ada.get("/admin").await.status, 403);
}
