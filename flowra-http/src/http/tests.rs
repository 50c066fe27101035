//! The chain, the envelopes and the extraction, on routes made for the purpose.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use salvo::conn::tcp::TcpAcceptor;
use salvo::http::StatusCode;
use salvo::oapi::{ToParameters, ToSchema, endpoint};
use salvo::test::{ResponseExt, TestClient};
use salvo::{Depot, Response, Writer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::envelope::{Created, Data, NoContent, Page};
use super::extract::{Body, BodyOrForm, Path, Query};
use super::limit::{InProcessLimiter, RateLimits};
use super::ops::Readiness;
use super::*;
use flowra_core::App;

use crate::body::Renderer;
use crate::config::{Layers, Settings, Values};
use crate::feed::{self, Hub};

#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Task,
    Bug,
}

#[derive(Debug, Deserialize, Serialize, ToSchema)]
struct Thing {
    title: String,
    kind: Kind,
    size: Option<u32>,
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Debug, Deserialize, ToParameters)]
struct Paging {
    /// How many.
    limit: Option<u32>,
    kind: Option<Kind>,
}

#[endpoint]
async fn make(thing: Body<Thing>) -> Created<Thing> {
    Created::new(thing.0)
}

#[endpoint]
async fn change(thing: BodyOrForm<Thing>) -> Data<Thing> {
    Data(thing.0)
}

#[endpoint]
async fn list(paging: Query<Paging>) -> Result<Page<u32>, ApiError> {
    let limit = paging.0.limit.unwrap_or(2);
    let next_cursor = paging.0.kind.is_none().then(|| "next".to_owned());
    Ok(Page {
        items: (0..limit).collect(),
        next_cursor,
    })
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(try_from = "String")]
struct ThingId(u32);

impl TryFrom<String> for ThingId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self).map_err(|_| "must be a number")
    }
}

#[endpoint]
async fn remove(id: Path<ThingId>) -> NoContent {
    assert_ne!(id.0.0, 13, "the worst id");
    NoContent
}

struct Broken {
    is_needed: bool,
}

impl Readiness for Broken {
    fn name(&self) -> &'static str {
        "store"
    }

    fn is_needed(&self) -> bool {
        self.is_needed
    }

    fn check(&self) -> BoxFuture<'_, Result<(), String>> {
        async { Err("the disk is full".to_owned()) }.boxed()
    }
}

fn state(dependencies: Vec<Arc<dyn Readiness>>) -> Arc<ServerState> {
    let settings = Settings::read(&Values::gather(Layers::default()).unwrap()).unwrap();
    let hub = Hub::new(feed::Limits::default());
    let app = App::new(flowra_testkit::ports());
    Arc::new(ServerState {
        renderer: Renderer::new(Arc::clone(&app.ports)),
        app,
        hub,
        public_url: settings.address_for(settings.listen),
        limits: Arc::new(RateLimits::new(
            Arc::new(InProcessLimiter::default()),
            settings.limits,
        )),
        dependencies,
        settings,
    })
}

fn service() -> Service {
    let things = Router::with_path("things")
        .get(list)
        .post(make)
        .put(change)
        .push(Router::with_path("{id}").delete(remove));
    chained(&state(Vec::new()), Router::new().push(things))
}

async fn answer(mut response: Response) -> (u16, Value) {
    let status = response.status_code.unwrap_or(StatusCode::OK).as_u16();
    let text = response.take_string().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}")),
    )
}

fn refusal((status, json): (u16, Value)) -> (u16, String, String, String) {
    assert_eq!(json["success"], false, "{json}");
    assert!(!json["error"]["request_id"].as_str().unwrap().is_empty());
    let text = |key: &str| json["error"][key].as_str().unwrap_or_default().to_owned();
    (status, text("code"), text("field"), text("message"))
}

async fn post(body: &str) -> (u16, Value) {
    answer(
        TestClient::post("http://x/things")
            .raw_json(body)
            .send(&service())
            .await,
    )
    .await
}

#[tokio::test]
async fn a_good_body_comes_back_in_the_envelope() {
    let (status, json) = post(r#"{"title":"a","kind":"bug","ignored":1}"#).await;
    assert_eq!(status, 201);
    assert_eq!(
        json,
        json!({"success": true, "data": {"title": "a", "kind": "bug", "size": null, "labels": []}})
    );
}

#[tokio::test]
async fn a_bad_body_is_400_and_names_the_field() {
    for (body, field, message) in [
        (
            "{\"title\":",
            "",
            "the body is not valid JSON: EOF while parsing a value at line 1 column 9",
        ),
        (
            "",
            "",
            "the body is not valid JSON: EOF while parsing a value at line 1 column 0",
        ),
        ("[]", "", "the body must be a JSON object, not a list"),
        ("7", "", "the body must be a JSON object"),
        (r#"{"kind":"bug"}"#, "title", "title is missing"),
        (
            r#"{"title":1,"kind":"bug"}"#,
            "title",
            "title is not valid: invalid type: integer `1`, expected a string",
        ),
        (
            r#"{"title":"a","kind":"bug","title":"b"}"#,
            "title",
            "title is given more than once",
        ),
        (
            r#"{"title":"a","kind":"story"}"#,
            "kind",
            "kind is not valid: unknown variant `story`, expected `task` or `bug`",
        ),
        (
            r#"{"title":"a","kind":"bug","labels":["b",2]}"#,
            "labels[1]",
            "labels[1] is not valid: invalid type: integer `2`, expected a string",
        ),
    ] {
        let got = refusal(post(body).await);
        assert_eq!((got.0, got.1.as_str()), (400, "VALIDATION_ERROR"), "{body}");
        assert_eq!((got.2.as_str(), got.3.as_str()), (field, message), "{body}");
    }
}

#[tokio::test]
async fn a_wrong_content_type_is_415() {
    let body = r#"{"title":"a","kind":"bug"}"#;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
    ] {
        let request = TestClient::post("http://x/things")
            .add_header("content-type", content_type, true)
            .body(body);
        let got = refusal(answer(request.send(&service()).await).await);
        assert_eq!(
            (got.0, got.1.as_str()),
            (415, "UNSUPPORTED_MEDIA_TYPE"),
            "{content_type}"
        );
    }
    let none = TestClient::post("http://x/things").body(body);
    assert_eq!(answer(none.send(&service()).await).await.0, 415);
    let charset = TestClient::post("http://x/things").add_header(
        "content-type",
        "Application/JSON; charset=utf-8",
        true,
    );
    assert_eq!(answer(charset.body(body).send(&service()).await).await.0, 201);
}

#[tokio::test]
async fn a_form_is_taken_where_the_handler_asks_for_one() {
    let put = |form: &'static str| TestClient::put("http://x/things").raw_form(form);
    let (status, json) = answer(put("title=a+b&kind=task&size=3").send(&service()).await).await;
    assert_eq!(
        (status, &json["data"]["title"], &json["data"]["size"]),
        (200, &json!("a b"), &json!(3))
    );
    let got = refusal(answer(put("title=a&kind=task&size=big").send(&service()).await).await);
    assert_eq!((got.0, got.2.as_str()), (400, "size"));
    let got = refusal(answer(put("title=a").send(&service()).await).await);
    assert_eq!((got.2.as_str(), got.3.as_str()), ("kind", "kind is missing"));
    let got = refusal(answer(put("title=a&kind=task&title=b").send(&service()).await).await);
    assert_eq!(
        (got.2.as_str(), got.3.as_str()),
        ("title", "title is given more than once")
    );
    let json = TestClient::put("http://x/things").raw_json(r#"{"title":"a","kind":"bug"}"#);
    assert_eq!(answer(json.send(&service()).await).await.0, 200);
}

#[tokio::test]
async fn a_page_says_whether_there_is_more() {
    let get = |query: &str| TestClient::get(format!("http://x/things{query}"));
    let (_, json) = answer(get("?limit=1").send(&service()).await).await;
    assert_eq!(
        json,
        json!({"success": true, "data": [0], "next_cursor": "next", "has_more": true})
    );
    let (_, json) = answer(get("?kind=bug").send(&service()).await).await;
    assert_eq!(json, json!({"success": true, "data": [0, 1], "has_more": false}));
    let got = refusal(answer(get("?limit=many").send(&service()).await).await);
    assert_eq!(
        (got.0, got.1.as_str(), got.2.as_str()),
        (400, "VALIDATION_ERROR", "limit")
    );
    let got = refusal(answer(get("?kind=story").send(&service()).await).await);
    assert_eq!((got.0, got.2.as_str()), (400, "kind"));
}

#[tokio::test]
async fn a_part_of_the_path_is_named_when_wrong() {
    let delete = |id: &str| TestClient::delete(format!("http://x/things/{id}"));
    let done = delete("7").send(&service()).await;
    assert_eq!(done.status_code, Some(StatusCode::NO_CONTENT));
    let got = refusal(answer(delete("seven").send(&service()).await).await);
    assert_eq!(
        (got.0, got.1.as_str(), got.2.as_str()),
        (400, "VALIDATION_ERROR", "id")
    );
}

#[tokio::test]
async fn a_panic_is_500_without_a_word_of_what_happened() {
    let request = TestClient::delete("http://x/things/13");
    let response = request.send(&service()).await;
    assert!(response.headers().contains_key("x-request-id"));
    assert!(response.headers().contains_key("content-security-policy"));
    let got = refusal(answer(response).await);
    assert_eq!((got.0, got.1.as_str()), (500, "INTERNAL"));
    assert!(!got.3.contains("worst"), "{}", got.3);
}

#[tokio::test]
async fn what_the_server_can_do_without_degrades_it_only() {
    let degraded = super::service(&state(vec![Arc::new(Broken { is_needed: false })]));
    let (status, body) = answer(TestClient::get("http://x/ready").send(&degraded).await).await;
    assert_eq!(
        (status, &body["data"]),
        (
            200,
            &json!({"status": "degraded", "dependencies": ["store"], "degraded": ["store: the disk is full"]})
        )
    );
}

#[tokio::test]
async fn readiness_names_what_fails() {
    let broken = super::service(&state(vec![Arc::new(Broken { is_needed: true })]));
    let got = refusal(answer(TestClient::get("http://x/ready").send(&broken).await).await);
    assert_eq!(
        (got.0, got.1.as_str(), got.3.as_str()),
        (503, "UNAVAILABLE", "not ready: store: the disk is full")
    );
    assert_eq!(
        TestClient::get("http://x/health").send(&broken).await.status_code,
        Some(StatusCode::OK)
    );
}

#[tokio::test]
async fn a_body_is_read_again_as_it_was() {
    #[salvo::handler]
    async fn twice(req: &mut salvo::Request, _depot: &mut Depot) -> Result<String, ApiError> {
        let first = bytes(req).await?;
        let second = bytes(req).await?;
        Ok((first == second && first.len() == 3).to_string())
    }
    let service = chained(&state(Vec::new()), Router::with_path("twice").post(twice));
    let mut response = TestClient::post("http://x/twice")
        .body("abc")
        .send(&service)
        .await;
    assert_eq!(response.take_string().await.unwrap(), "true");
}

/// Sends a body of `length` over TCP and gives the answer's status line and body.
async fn send_body(length: usize, chunked: bool) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TcpAcceptor::try_from(listener).unwrap();
    let server = tokio::spawn(salvo::Server::new(acceptor).try_serve(service()));
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let filler = "a".repeat(length - r#"{"title":"","kind":"bug"}"#.len());
    let body = format!(r#"{{"title":"{filler}","kind":"bug"}}"#);
    let framing = if chunked {
        "transfer-encoding: chunked".to_owned()
    } else {
        format!("content-length: {length}")
    };
    let head = format!(
        "POST /things HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n{framing}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    for part in body.as_bytes().chunks(50_000) {
        if chunked {
            stream
                .write_all(format!("{:x}\r\n", part.len()).as_bytes())
                .await
                .unwrap();
        }
        stream.write_all(part).await.unwrap();
        if chunked {
            stream.write_all(b"\r\n").await.unwrap();
        }
    }
    if chunked {
        stream.write_all(b"0\r\n\r\n").await.unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    server.abort();
    answer
}

#[tokio::test]
async fn a_body_of_the_largest_size_passes_and_one_byte_more_is_413() {
    for chunked in [false, true] {
        let largest = send_body(MAX_BODY, chunked).await;
        assert!(largest.starts_with("HTTP/1.1 201"), "{}", &largest[..200]);
        for length in [MAX_BODY + 1, 6 * MAX_BODY] {
            let refused = send_body(length, chunked).await;
            assert!(refused.starts_with("HTTP/1.1 413"), "{refused}");
            assert!(refused.contains(r#""code":"PAYLOAD_TOO_LARGE""#), "{refused}");
        }
    }
}
