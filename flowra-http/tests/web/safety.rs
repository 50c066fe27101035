//! What keeps a page's reader safe.

use crate::support::TestServer;
use crate::visitor::Browser;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn what_is_posted_without_the_token_or_from_elsewhere_changes_nothing() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let path = format!("{chat}/messages");
    let without = ada.send("POST", &path, &[FORM], "content=forged").await;
    let with = format!("content=forged&csrf={}", ada.csrf);
    let elsewhere = [FORM, ("origin", "https://evil.example")];
    let elsewhere = ada.send("POST", &path, &elsewhere, &with).await;
    let opaque = ada.send("POST", &path, &[FORM, ("origin", "null")], &with).await;
    let mut bob = Browser::new(&server);
    bob.get("/sign-in").await;
    let foreign = format!("content=forged&csrf={}", bob.csrf);
    let foreign = ada.send("POST", &path, &[FORM], &foreign).await;
    for refused in [without, elsewhere, opaque, foreign] {
        assert_eq!(refused.status, 403);
        assert!(refused.text().contains("reload it"), "{}", refused.text());
    }
    assert!(!ada.get(&chat).await.text().contains("forged"));
}

#[tokio::test]
async fn a_page_may_run_nothing_but_the_servers_own_files() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    for path in ["/register", "/no/such/page", &chat] {
        let page = ada.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!page.text().contains("<script>") && !page.text().contains("<style"));
        assert!(!page.text().contains(" style=") && !page.text().contains(" onclick="));
    }
}

#[tokio::test]
async fn hostile_messages_and_names_are_shown_as_text() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let chat = ada.begin("ada").await;
    let corpus = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](data:image/svg+xml;base64,AAAA)",
        "\"><svg onload=alert(1)>",
        "{{7*7}} ${7*7} <%= 7*7 %>",
        "\u{202e}txt.exe \u{200b}",
    ];
    for text in corpus {
        let posted = ada.post(&format!("{chat}/messages"), &[("content", text)]).await;
        assert_eq!(posted.status, 303, "{text}");
    }
    let page = ada.get(&chat).await.text();
    for bad in [
        "<script>alert",
        "<img src=x",
        "href=\"javascript",
        "href=\"data",
        "<svg onload",
    ] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)"));
}

#[tokio::test]
async fn the_sessions_cookie_is_out_of_the_reach_of_scripts_and_other_sites() {
    let server = TestServer::start(&[("public_url", "https://flowra.example.org")]).await;
    let mut ada = Browser::new(&server);
    ada.get("/register").await;
    let fields = [
        ("username", "ada"),
        ("display_name", "Ada"),
        ("email", "a@example.org"),
        ("password", "correct horse battery"),
    ];
    let answer = ada.post("/register", &fields).await;
    let cookies = answer.header("set-cookie");
    let cookie = cookies
        .lines()
        .find(|cookie| cookie.starts_with("flowra_session="))
        .unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[tokio::test]
async fn the_socket_opens_for_a_session_of_this_site_only() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let upgrade = [
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    assert_eq!(ada.send("GET", "/live", &upgrade, "").await.status, 401);
    ada.begin("ada").await;
    let mut elsewhere = upgrade.to_vec();
    elsewhere.push(("origin", "https://evil.example"));
    assert_eq!(ada.send("GET", "/live", &elsewhere, "").await.status, 403);
}

#[tokio::test]
async fn an_asset_is_kept_for_ever_and_comes_compressed_to_who_takes_it() {
    let server = TestServer::start(&[]).await;
    let url = flowra_http::web::assets::url("app.css");
    let plain = server.get(&url).await;
    assert_eq!(
        plain.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(plain.header("content-type"), "text/css; charset=utf-8");
    let small = server
        .send("GET", &url, &[("accept-encoding", "gzip, br")], "")
        .await;
    assert_eq!(small.header("content-encoding"), "br");
    assert!(small.body.len() < plain.body.len() / 2);
    assert_eq!(server.get("/assets/app.0000.css").await.status, 404);
}
