//! Whatever a request is wrong in, the answer is the envelope with a code and the field, and never 500.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod support;

use serde_json::json;
use support::{Answer, TestServer};

const JSON: &str = "application/json";
const UNKNOWN: &str = "01900000-0000-7000-8000-000000000000";

/// A server with a person, their workspace, a channel in it and a task.
struct World {
    server: TestServer,
    authorization: String,
    workspace: String,
    chat: String,
    task: String,
}

impl World {
    async fn new() -> Self {
        let mut world = Self {
            server: TestServer::start(&[]).await,
            authorization: String::new(),
            workspace: String::new(),
            chat: String::new(),
            task: String::new(),
        };
        let ada = json!({"username": "ada", "email": "ada@example.org", "display_name": "Ada",
            "password": "correct horse battery"});
        let ada = world
            .ask("POST", "/api/v1/auth/register", JSON, &ada.to_string())
            .await;
        world.authorization = format!("Bearer {}", ada.json()["data"]["access_token"].as_str().unwrap());
        world.workspace = world.made("/api/v1/workspaces", r#"{"name":"Works"}"#).await;
        let workspace = format!("/api/v1/workspaces/{}", world.workspace);
        let channel = r#"{"kind":"channel","title":"General"}"#;
        world.chat = world.made(&format!("{workspace}/chats"), channel).await;
        world.task = world
            .made(&format!("{workspace}/tasks"), r#"{"title":"Feed"}"#)
            .await;
        world
    }

    async fn made(&self, path: &str, body: &str) -> String {
        let answer = self.ask("POST", path, JSON, body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["data"]["id"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, method: &str, path: &str, content_type: &str, body: &str) -> Answer {
        let mut headers = vec![("authorization", self.authorization.as_str())];
        if !content_type.is_empty() {
            headers.push(("content-type", content_type));
        }
        self.server.send(method, path, &headers, body).await
    }

    /// The path of a case, with the ids that this world has.
    fn path(&self, path: &str) -> String {
        let path = path
            .replace("{w}", &format!("workspaces/{}", self.workspace))
            .replace("{c}", &format!("chats/{}", self.chat))
            .replace("{t}", &format!("tasks/{}", self.task));
        format!("/api/v1/{path}")
    }

    /// Sends every case and gathers those that were answered otherwise.
    async fn assert_refused(&self, content_type: &str, cases: &[Case<'_>]) {
        let mut wrong = Vec::new();
        for (method, path, body, status, code, field) in cases {
            let answer = self.ask(method, &self.path(path), content_type, body).await;
            let expected = (*status, (*code).to_owned(), field.map(str::to_owned));
            if answer.status < 400 {
                wrong.push(format!("{method} {path} {body:.60}: accepted: {}", answer.text()));
                continue;
            }
            let found = answer.refusal();
            if found != expected {
                wrong.push(format!(
                    "{method} {path} {body:.60}: {found:?} and not {expected:?}"
                ));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(self.server.get("/health").await.status, 200);
    }
}

/// Method, path, body; status, code and field.
type Case<'a> = (&'a str, &'a str, &'a str, u16, &'a str, Option<&'a str>);

const BAD: &str = "VALIDATION_ERROR";

/// A case of 400 that names a field.
fn bad<'a>(method: &'a str, path: &'a str, body: &'a str, field: &'a str) -> Case<'a> {
    (method, path, body, 400, BAD, Some(field))
}

#[tokio::test]
async fn a_body_that_is_no_json_or_of_another_shape_is_400() {
    let world = World::new().await;
    let deep = "[".repeat(100_000);
    let cases: &[Case<'_>] = &[
        ("POST", "workspaces", "{", 400, BAD, None),
        ("POST", "workspaces", "[\"Works\"]", 400, BAD, None),
        ("POST", "workspaces", "null", 400, BAD, None),
        ("POST", "workspaces", "\"name\"", 400, BAD, None),
        ("POST", "workspaces", "{\"name\":\"a\"} and more", 400, BAD, None),
        ("POST", "workspaces", &deep, 400, BAD, None),
        ("POST", "{w}/{c}/messages", "", 400, BAD, None),
        (
            "POST",
            "{w}/{c}/messages",
            "{\"content\":\"\\ud800\"}",
            400,
            BAD,
            None,
        ),
        ("POST", "auth/login", "{\"username\":\"ada\"", 400, BAD, None),
        bad("POST", "{w}/tasks", r#"{"title":"a","title":"b"}"#, "title"),
    ];
    world.assert_refused(JSON, cases).await;
}

#[tokio::test]
async fn a_field_that_is_missing_or_of_another_type_is_400_and_named() {
    let world = World::new().await;
    let long = "x".repeat(10_001);
    let long = format!("{{\"content\":\"{long}\"}}");
    let cases: &[Case<'_>] = &[
        bad("POST", "workspaces", "{}", "name"),
        bad("POST", "workspaces", r#"{"name":7}"#, "name"),
        bad("POST", "workspaces", r#"{"name":null}"#, "name"),
        bad("POST", "workspaces", r#"{"name":""}"#, "name"),
        bad("POST", "auth/login", r#"{"username":"ada"}"#, "password"),
        bad(
            "POST",
            "auth/login",
            r#"{"username":{},"password":"x"}"#,
            "username",
        ),
        bad("POST", "{w}/{c}/messages", r#"{"content":["a"]}"#, "content"),
        bad("POST", "{w}/{c}/messages", r#"{"content":""}"#, "content"),
        bad("POST", "{w}/{c}/messages", &long, "content"),
        bad(
            "POST",
            "{w}/{c}/messages",
            r#"{"content":"a","parent_id":"b"}"#,
            "parent_id",
        ),
        bad(
            "POST",
            "{w}/{c}/messages",
            r#"{"content":"a","file_ids":["b"]}"#,
            "file_ids[0]",
        ),
        bad("POST", "{w}/tasks", r#"{"title":"a","labels":"b"}"#, "labels"),
        bad(
            "POST",
            "{w}/tasks",
            r#"{"title":"a","labels":["b",3]}"#,
            "labels[1]",
        ),
        bad(
            "POST",
            "{w}/tasks",
            r#"{"title":"a","assignee_id":7}"#,
            "assignee_id",
        ),
        bad("PUT", "{w}/{t}/assignee", "{}", "assignee_id"),
        bad("PUT", "{w}/{t}/labels", r#"{"labels":"urgent"}"#, "labels"),
        bad(
            "POST",
            "{w}/tasks/bulk",
            r#"{"task_ids":"a","status":"Done"}"#,
            "task_ids",
        ),
        bad("POST", "{w}/{c}/mute", r#"{"muted":"yes"}"#, "muted"),
        bad("POST", "{w}/{c}/read", r#"{"message_id":"latest"}"#, "message_id"),
    ];
    world.assert_refused(JSON, cases).await;
}

#[tokio::test]
async fn a_word_that_is_none_of_those_allowed_is_400_and_named() {
    let world = World::new().await;
    let cases: &[Case<'_>] = &[
        bad("POST", "{w}/chats", r#"{"kind":"party","title":"a"}"#, "kind"),
        bad("POST", "{w}/tasks", r#"{"title":"a","kind":"chore"}"#, "kind"),
        bad(
            "POST",
            "{w}/tasks",
            r#"{"title":"a","priority":"Dire"}"#,
            "priority",
        ),
        bad(
            "POST",
            "{w}/tasks",
            r#"{"title":"a","due_date":"soon"}"#,
            "due_date",
        ),
        bad("PUT", "{w}/{t}/status", r#"{"status":"Perhaps"}"#, "status"),
        bad("PUT", "{w}/{t}/priority", r#"{"priority":"Dire"}"#, "priority"),
        bad(
            "PUT",
            "{w}/{t}/due-date",
            r#"{"due_date":"2026-02-30"}"#,
            "due_date",
        ),
        bad("PUT", "{w}/{t}/rank", r#"{"column":"Nowhere"}"#, "column"),
        bad(
            "POST",
            "{w}/members",
            r#"{"user_id":"me","role":"member"}"#,
            "user_id",
        ),
        bad("POST", "{w}/invites", r#"{"role":"king"}"#, "role"),
        bad("GET", "{w}/tasks?status=Perhaps", "", "status"),
        bad("GET", "{w}/tasks?kind=chore", "", "kind"),
        bad("GET", "{w}/tasks?sort=colour", "", "sort"),
        bad("GET", "{w}/tasks?due_before=soon", "", "due_before"),
        bad("GET", "{w}/tasks?assignee=me", "", "assignee"),
        bad("GET", "{w}/{c}/messages?include=all", "", "include"),
    ];
    world.assert_refused(JSON, cases).await;
}

#[tokio::test]
async fn an_id_in_a_body_that_names_nothing_of_use_is_refused_by_its_own_field() {
    let world = World::new().await;
    let [before, after, user, group] = [
        r#"{"before":"{u}"}"#,
        r#"{"after":"{u}"}"#,
        r#"{"user_id":"{u}"}"#,
        r#"{"kind":"group","title":"a","participant_ids":["{u}"]}"#,
    ]
    .map(|body| body.replace("{u}", UNKNOWN));
    let cases: &[Case<'_>] = &[
        bad("PUT", "{w}/{t}/rank", &before, "before"),
        bad("PUT", "{w}/{t}/rank", &after, "after"),
        bad("POST", "{w}/{c}/participants", &user, "user_id"),
        bad("POST", "{w}/chats", &group, "participant_ids"),
    ];
    world.assert_refused(JSON, cases).await;
}

#[tokio::test]
async fn a_bad_id_is_400_and_an_unknown_one_404() {
    let world = World::new().await;
    let unknown = |path: &str| path.replace("{u}", UNKNOWN);
    let [before, after, around] =
        ["before", "after", "around"].map(|anchor| unknown(&format!("{{w}}/{{c}}/messages?{anchor}={{u}}")));
    let (workspace, chat, message, task) = (
        unknown("workspaces/{u}"),
        unknown("{w}/chats/{u}"),
        unknown("messages/{u}"),
        unknown("{w}/tasks/{u}"),
    );
    let cases: &[Case<'_>] = &[
        bad("GET", "workspaces/1", "", "workspace_id"),
        bad("GET", "workspaces/..%2f..%2fetc", "", "workspace_id"),
        bad("GET", "workspaces/1/chats", "", "workspace_id"),
        bad("GET", "{w}/chats/general", "", "chat_id"),
        bad("GET", "{w}/chats/general/messages", "", "chat_id"),
        bad("GET", "messages/%00", "", "message_id"),
        bad("GET", "users/ada", "", "user_id"),
        bad("GET", "{w}/tasks/feed", "", "task_id"),
        ("GET", &workspace, "", 404, "NOT_FOUND", None),
        ("GET", &chat, "", 404, "NOT_FOUND", None),
        ("GET", &message, "", 404, "NOT_FOUND", None),
        ("GET", &task, "", 404, "NOT_FOUND", None),
        ("GET", "{w}/tasks/TASK-999999", "", 404, "NOT_FOUND", None),
        ("GET", &before, "", 404, "NOT_FOUND", Some("before")),
        ("GET", &after, "", 404, "NOT_FOUND", Some("after")),
        ("GET", &around, "", 404, "NOT_FOUND", Some("around")),
    ];
    world.assert_refused(JSON, cases).await;
}

#[tokio::test]
async fn a_bad_cursor_or_limit_is_400_and_named() {
    let world = World::new().await;
    let lists = [
        "workspaces",
        "{w}/chats",
        "{w}/members",
        "{w}/{c}/messages",
        "{w}/tasks",
        "{w}/board/To%20Do",
    ];
    // Base64 of `["chats",7]` and of `["messages",[false,"x"]]`: well made, and for no list here.
    let cursors = ["!", "AAAA", "WyJjaGF0cyIsN10", "WyJtZXNzYWdlcyIsW2ZhbHNlLCJ4Il1d"];
    let limits = ["0", "101", "-1", "ten", "99999999999999999999", "1.5", ""];
    let cursors = lists
        .iter()
        .flat_map(|list| cursors.map(|cursor| (format!("{list}?cursor={cursor}"), "cursor")));
    let limits = lists
        .iter()
        .flat_map(|list| limits.map(|limit| (format!("{list}?limit={limit}"), "limit")));
    let paths: Vec<_> = cursors.chain(limits).collect();
    let cases: Vec<Case<'_>> = paths
        .iter()
        .map(|(path, field)| ("GET", path.as_str(), "", 400, BAD, Some(*field)))
        .collect();
    world.assert_refused(JSON, &cases).await;
    let anchors: &[Case<'_>] = &[
        bad("GET", "{w}/{c}/messages?before=1", "", "before"),
        bad("GET", "{w}/{c}/messages?around=%ff", "", "around"),
        bad("GET", "{w}/tasks?kind=bug&kind=task", "", "kind"),
    ];
    world.assert_refused(JSON, anchors).await;
}

#[tokio::test]
async fn a_wrong_method_content_type_or_size_has_its_status_in_the_envelope() {
    let world = World::new().await;
    let methods: &[Case<'_>] = &[
        ("PATCH", "workspaces", "{}", 405, "METHOD_NOT_ALLOWED", None),
        ("DELETE", "{w}/{c}/messages", "", 405, "METHOD_NOT_ALLOWED", None),
        ("GET", "auth/login", "", 405, "METHOD_NOT_ALLOWED", None),
        ("PUT", "{w}/board", "{}", 405, "METHOD_NOT_ALLOWED", None),
        ("GET", "nowhere", "", 404, "NOT_FOUND", None),
    ];
    world.assert_refused(JSON, methods).await;
    let types: &[Case<'_>] = &[
        (
            "POST",
            "workspaces",
            "name=a",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            None,
        ),
        (
            "POST",
            "{w}/{c}/messages",
            "<a/>",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            None,
        ),
        (
            "PUT",
            "{w}/{t}/status",
            "Done",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            None,
        ),
    ];
    for content_type in ["text/plain", "", "multipart/form-data; boundary=x", "json"] {
        world.assert_refused(content_type, types).await;
    }
    let huge = format!(r#"{{"content":"{}"}}"#, "x".repeat(2 << 20));
    let huge = world
        .ask("POST", &world.path("{w}/{c}/messages"), JSON, &huge)
        .await;
    assert_eq!(huge.refusal(), (413, "PAYLOAD_TOO_LARGE".to_owned(), None));
}

#[tokio::test]
async fn a_bad_header_is_refused_and_named() {
    let world = World::new().await;
    let ask = async |path: &str, method: &str, headers: &[(&str, &str)], body: &str| {
        let mut all = vec![
            ("authorization", world.authorization.as_str()),
            ("content-type", JSON),
        ];
        all.extend(headers);
        let path = world.path(path);
        world.server.send(method, &path, &all, body).await.refusal()
    };
    let long = "k".repeat(256);
    for key in ["", "clé", &long] {
        let refused = ask(
            "{w}/{c}/messages",
            "POST",
            &[("idempotency-key", key)],
            r#"{"content":"a"}"#,
        )
        .await;
        let expected = (400, BAD.to_owned(), Some("Idempotency-Key".to_owned()));
        assert_eq!(refused, expected, "{key:?}");
    }
    for version in [
        "",
        "1",
        "\"one\"",
        "\"-1\"",
        "W/\"1\"",
        "\"99999999999999999999\"",
    ] {
        let refused = ask("{w}/{t}", "PUT", &[("if-match", version)], r#"{"title":"b"}"#).await;
        let expected = (400, BAD.to_owned(), Some("If-Match".to_owned()));
        assert_eq!(refused, expected, "{version:?}");
    }
    for token in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Basic YTpi",
        "Bearer \u{e9}",
    ] {
        let headers = [("authorization", token)];
        let answer = world.server.send("GET", "/api/v1/auth/me", &headers, "").await;
        let (status, code, _) = answer.refusal();
        assert_eq!((status, code.as_str()), (401, "UNAUTHORIZED"), "{token:?}");
    }
}

#[tokio::test]
async fn a_query_number_that_is_none_is_told_what_it_must_be() {
    let world = World::new().await;
    for limit in ["ten", "-1", ""] {
        let path = format!("/api/v1/workspaces?limit={limit}");
        let answer = world.ask("GET", &path, "", "").await;
        assert_eq!(answer.status, 400, "{limit}");
        assert!(
            answer
                .text()
                .contains("limit is not valid: it must be a whole number"),
            "{}",
            answer.text()
        );
    }
}
