//! The server as a client sees it, over TCP.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use flowra_core::Ports;
use flowra_core::event::EventLog;
use flowra_http::feed::{Hub, Limits};
use flowra_http::server::{Server, ServerError};
use flowra_testkit::Memory;
use flowra_testkit::memory::DamagedLog;
use support::{TestServer, read_settings, send};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn health_and_readiness_answer_in_the_envelope() {
    let server = TestServer::start(&[]).await;
    let health = server.get("/health").await;
    assert_eq!(health.status, 200);
    assert_eq!(
        health.text(),
        format!(
            r#"{{"success":true,"data":{{"status":"alive","version":"{}"}}}}"#,
            env!("CARGO_PKG_VERSION")
        )
    );
    assert_eq!(health.header("content-type"), "application/json");
    let ready = server.get("/ready").await;
    assert_eq!(
        (ready.status, &ready.json()["data"]["status"]),
        (200, &"ready".into())
    );
}

#[tokio::test]
async fn an_unknown_route_is_404_in_the_envelope() {
    let server = TestServer::start(&[]).await;
    for path in ["/nowhere", "/api/v1/nowhere", "/health/more", "/%ff"] {
        let answer = server.get(path).await;
        assert_eq!(answer.refusal(), (404, "NOT_FOUND".to_owned(), None), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_and_says_what_is_allowed() {
    let server = TestServer::start(&[]).await;
    let answer = server.send("DELETE", "/health", &[], "").await;
    assert_eq!(answer.refusal(), (405, "METHOD_NOT_ALLOWED".to_owned(), None));
    assert_eq!(answer.header("allow"), "GET, HEAD");
}

#[tokio::test]
async fn a_request_id_is_echoed_when_well_formed_and_made_otherwise() {
    let server = TestServer::start(&[]).await;
    let ask = async |id: &str| {
        let answer = server.send("GET", "/health", &[("x-request-id", id)], "").await;
        answer.header("x-request-id").to_owned()
    };
    assert_eq!(ask("trace-01.A_z").await, "trace-01.A_z");
    for malformed in ["with space", "quote\"", "ä", &"x".repeat(65)] {
        let made = ask(malformed).await;
        assert_eq!(
            uuid::Uuid::parse_str(&made).unwrap().get_version_num(),
            7,
            "{malformed}"
        );
    }
    let (first, second) = (server.get("/health").await, server.get("/health").await);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = TestServer::start(&[]).await;
    for path in ["/health", "/docs", "/nowhere"] {
        let answer = server.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("strict-transport-security"), "");
    }
}

#[tokio::test]
async fn behind_tls_browsers_are_told_to_stay_there() {
    let server = TestServer::start(&[("public_url", "https://chat.example.org")]).await;
    assert_eq!(
        server.get("/health").await.header("strict-transport-security"),
        "max-age=31536000"
    );
}

#[tokio::test]
async fn other_sites_may_call_only_when_listed() {
    let preflight = [
        ("origin", "https://app.example.org"),
        ("access-control-request-method", "POST"),
    ];
    let closed = TestServer::start(&[]).await;
    let answer = closed.send("OPTIONS", "/health", &preflight, "").await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (405, "")
    );

    let open = TestServer::start(&[("cors", "https://app.example.org")]).await;
    let answer = open.send("OPTIONS", "/health", &preflight, "").await;
    assert_eq!(answer.status, 204);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://app.example.org"
    );
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
    assert!(
        answer
            .header("access-control-allow-headers")
            .contains("idempotency-key")
    );
    let stranger = open
        .send("GET", "/health", &[("origin", "https://evil.example")], "")
        .await;
    assert_eq!(
        (stranger.status, stranger.header("access-control-allow-origin")),
        (200, "")
    );
}

#[tokio::test]
async fn requests_beyond_the_limit_are_refused_with_the_time_to_wait() {
    let server = TestServer::start(&[("limits.requests_per_minute", "2")]).await;
    for left in ["1", "0"] {
        let answer = server.get("/api/v1/openapi.json").await;
        assert_eq!((answer.status, answer.header("ratelimit-remaining")), (200, left));
        assert_eq!(answer.header("ratelimit-limit"), "2");
    }
    let refused = server.get("/api/v1/openapi.json").await;
    assert_eq!(refused.refusal(), (429, "RATE_LIMIT_EXCEEDED".to_owned(), None));
    let seconds = |name: &str| refused.header(name).parse::<u64>().unwrap();
    assert!((1..=30).contains(&seconds("retry-after")), "{refused:?}");
    assert!((30..=60).contains(&seconds("ratelimit-reset")), "{refused:?}");
    assert_eq!(server.get("/health").await.status, 200, "probes are not limited");
}

#[tokio::test]
async fn a_large_answer_is_compressed_for_who_asks() {
    let server = TestServer::start(&[]).await;
    let plain = server.get("/docs/docs.js").await;
    assert_eq!(plain.header("content-encoding"), "");
    let packed = server
        .send("GET", "/docs/docs.js", &[("accept-encoding", "gzip")], "")
        .await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < plain.body.len());
}

#[tokio::test]
async fn the_document_describes_the_routes_by_the_types_of_their_handlers() {
    let server = TestServer::start(&[]).await;
    let document = server.get("/api/v1/openapi.json").await.json();
    assert!(
        document["openapi"].as_str().unwrap().starts_with("3.1."),
        "{document}"
    );
    assert_eq!(document["info"]["title"], "Flowra");
    for path in ["/health", "/ready"] {
        let operation = &document["paths"][path]["get"];
        assert_eq!(operation["tags"][0], "ops", "{document}");
        assert!(!operation["summary"].as_str().unwrap().is_empty());
    }
    let ready = &document["paths"]["/ready"]["get"]["responses"];
    let data = &ready["200"]["content"]["application/json"]["schema"]["properties"]["data"]["$ref"];
    let name = data.as_str().unwrap().trim_start_matches("#/components/schemas/");
    assert_eq!(
        name, "Ready",
        "schemas are named as in the code, without their modules"
    );
    let schema = &document["components"]["schemas"][name];
    assert_eq!(
        schema["properties"]["dependencies"]["type"], "array",
        "{document}"
    );
    let failure = &ready["default"]["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(failure, "#/components/schemas/Error", "{document}");
    assert!(document["components"]["schemas"]["Error"].is_object());
}

#[tokio::test]
async fn the_docs_page_loads_only_files_of_this_server_and_has_nothing_inline() {
    let server = TestServer::start(&[]).await;
    let page = server.get("/docs").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let html = page.text();
    let loaded: Vec<&str> = html
        .split(['"'])
        .zip(html.split(['"']).skip(1))
        .filter(|(before, _)| before.ends_with("src=") || before.ends_with("href="))
        .map(|(_, address)| address)
        .collect();
    assert!(loaded.len() >= 3, "{loaded:?}");
    for address in loaded {
        assert_eq!(server.get(address).await.status, 200, "{address}");
    }
    for inline in ["<style", "style=", "onclick", "onload", "javascript:", "://"] {
        assert!(!html.contains(inline), "{inline}");
    }
    assert_eq!(
        html.matches("<script").count(),
        html.matches("<script src=").count()
    );
    let script = server.get("/docs/docs.js").await.text();
    for forbidden in ["://", "innerHTML", "eval("] {
        assert!(!script.contains(forbidden), "{forbidden}");
    }
}

#[tokio::test]
async fn metrics_have_a_listener_of_their_own() {
    let server = TestServer::start(&[("metrics", "127.0.0.1:0")]).await;
    assert_eq!(server.get("/metrics").await.status, 404);
    server.get("/health").await;
    server.get("/somewhere-private").await;
    let address = server.running.metrics_address().unwrap();
    assert_eq!(send(address, "GET", "/health", &[], "").await.status, 200);
    let page = send(address, "GET", "/metrics", &[], "").await;
    assert_eq!(page.status, 200);
    let text = page.text();
    let counted = |line: &str| {
        text.lines()
            .any(|found| found.starts_with(line) && !found.ends_with(" 0"))
    };
    assert!(
        counted(r#"flowra_http_requests_total{method="GET",route="/health",status="200"}"#),
        "{text}"
    );
    assert!(
        counted(r#"flowra_http_requests_total{method="GET",route="unmatched",status="404"}"#),
        "{text}"
    );
    assert!(
        counted(r#"flowra_http_request_duration_seconds_bucket{method="GET",route="/health",le="+Inf"}"#),
        "{text}"
    );
    assert!(text.contains("flowra_websocket_connections"), "{text}");
    assert!(!text.contains("somewhere-private"), "{text}");
    let api_on_metrics = send(address, "GET", "/ready", &[], "").await;
    assert_eq!(api_on_metrics.status, 404);
}

#[tokio::test]
async fn stopping_takes_nothing_new_and_ends_idle_connections() {
    let server = TestServer::start(&[]).await;
    let address = server.running.address();
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut some = [0; 64];
    assert!(idle.read(&mut some).await.unwrap() > 0);
    tokio::time::timeout(Duration::from_secs(5), server.running.stop())
        .await
        .unwrap()
        .unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_named_with_its_setting() {
    let first = TestServer::start(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let address = first.running.address().to_string();
    let taken = Server::bind(read_settings(&folder, &[("listen", &address)]))
        .await
        .err()
        .unwrap();
    assert_eq!(
        taken.to_string(),
        format!("cannot listen on {address}; free it or set `listen` to another address")
    );
    let taken = Server::bind(read_settings(&folder, &[("metrics", &address)]))
        .await
        .err()
        .unwrap();
    assert!(taken.to_string().contains("set `metrics`"), "{taken}");
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_made_is_named_with_its_setting() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let storage = format!("sqlite:{}/inside/flowra.db", file.display());
    let error = Server::bind(read_settings(&folder, &[("storage", &storage)]))
        .await
        .err()
        .unwrap();
    assert_eq!(error.to_string(), "cannot open the data of setting `storage`");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    let expected = format!("cannot make the folder {}/inside", file.display());
    assert!(cause.starts_with(&expected), "{cause}");
}

#[tokio::test]
async fn the_greeting_says_where_to_go_where_the_data_are_and_what_to_do_first() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::bind(read_settings(&folder, &[])).await.unwrap();
    let greeting = server.greeting();
    assert!(
        greeting.contains(&format!("http://{}", server.address())),
        "{greeting}"
    );
    assert!(
        greeting.contains(&folder.path().join("flowra.db").display().to_string()),
        "{greeting}"
    );
    assert!(
        greeting.contains("create an account") && greeting.contains("system admin"),
        "{greeting}"
    );
}

#[tokio::test]
async fn a_redis_that_is_away_degrades_the_server_and_fails_no_request() {
    // Nobody listens on a port that was just given back.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let redis = format!("redis://:secret@{closed}");
    let server = TestServer::start(&[("redis", &redis), ("limits.requests_per_minute", "3")]).await;
    let ready = server.get("/ready").await;
    let data = &ready.json()["data"];
    assert_eq!((ready.status, &data["status"]), (200, &"degraded".into()));
    assert_eq!(data["dependencies"], serde_json::json!(["sqlite", "redis"]));
    assert!(!ready.text().contains("secret"), "{}", ready.text());
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(server.get("/api/v1/auth/me").await.status);
    }
    assert_eq!(
        statuses,
        [401, 401, 401, 429, 429],
        "the server counts for itself"
    );
}

/// Tries to sign in once from each of these claimed addresses, where one attempt a minute is allowed; answers the statuses.
async fn sign_in_from(proxies: &str, addresses: [&str; 3]) -> Vec<u16> {
    let server = TestServer::start(&[("limits.logins_per_minute", "1"), ("proxies", proxies)]).await;
    let mut statuses = Vec::new();
    for (number, address) in addresses.iter().enumerate() {
        let headers = [
            ("content-type", "application/json"),
            ("x-forwarded-for", *address),
        ];
        let body = format!(r#"{{"username":"person{number}","password":"wrong password"}}"#);
        let answer = server.send("POST", "/api/v1/auth/login", &headers, &body).await;
        statuses.push(answer.status);
    }
    statuses
}

#[tokio::test]
async fn a_proxy_that_is_named_says_who_asks_and_nobody_else_does() {
    let addresses = ["203.0.113.1", "203.0.113.2", "203.0.113.1"];
    assert_eq!(sign_in_from("127.0.0.0/8", addresses).await, [401, 401, 429]);
    assert_eq!(sign_in_from("", addresses).await, [401, 429, 429]);
}

#[tokio::test]
async fn a_server_whose_live_feed_dies_stops_and_says_so() {
    let memory = Memory::seeded(1);
    let log = Arc::new(DamagedLog::of(memory.ports().log));
    let hub = Hub::new(Limits::default());
    let ports = Ports {
        log: log.clone(),
        presence: hub.clone(),
        ..memory.ports()
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = read_settings(&folder, &[]);
    let server = Server::over(settings, hub, ports, Vec::new()).await.unwrap();
    let address = server.address();
    let running = tokio::spawn(server.run(std::future::pending()));
    log.trap(log.head().await.unwrap().next());
    let ada = r#"{"username":"ada","email":"ada@example.org","display_name":"Ada","password":"correct horse battery"}"#;
    let made = send(
        address,
        "POST",
        "/api/v1/auth/register",
        &[("content-type", "application/json")],
        ada,
    )
    .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let stopped = tokio::time::timeout(Duration::from_secs(20), running).await;
    let error = stopped.unwrap().unwrap().unwrap_err();
    assert!(matches!(error, ServerError::Feed(_)), "{error}");
}
