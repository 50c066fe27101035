//! The OpenAPI document and the page that shows it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::TestServer;
use crate::world::{World, text};

/// Every operation of this version of the API, as method and path.
const OPERATIONS: &str = "
    get /health
    get /ready
    post /api/v1/auth/register
    post /api/v1/auth/login
    post /api/v1/auth/refresh
    post /api/v1/auth/logout
    get /api/v1/auth/me
    get put /api/v1/users/me
    get /api/v1/users/{user_id}
    post /api/v1/users/{user_id}/actions/deactivate
    post /api/v1/users/{user_id}/actions/reactivate
    get post /api/v1/users/me/tokens
    delete /api/v1/users/me/tokens/{token_id}
    get post /api/v1/workspaces
    get put delete /api/v1/workspaces/{workspace_id}
    get post /api/v1/workspaces/{workspace_id}/members
    delete /api/v1/workspaces/{workspace_id}/members/{user_id}
    put /api/v1/workspaces/{workspace_id}/members/{user_id}/role
    post /api/v1/workspaces/{workspace_id}/transfer
    get post /api/v1/workspaces/{workspace_id}/invites
    delete /api/v1/workspaces/{workspace_id}/invites/{invite_id}
    post /api/v1/invites/{token}/accept
    get post /api/v1/workspaces/{workspace_id}/chats
    get put delete /api/v1/workspaces/{workspace_id}/chats/{chat_id}
    post /api/v1/workspaces/{workspace_id}/chats/{chat_id}/participants
    put delete /api/v1/workspaces/{workspace_id}/chats/{chat_id}/participants/{user_id}
    post /api/v1/workspaces/{workspace_id}/chats/{chat_id}/join
    post /api/v1/workspaces/{workspace_id}/chats/{chat_id}/leave
    post /api/v1/workspaces/{workspace_id}/chats/{chat_id}/read
    post /api/v1/workspaces/{workspace_id}/chats/{chat_id}/mute
    get /api/v1/workspaces/{workspace_id}/chats/{chat_id}/presence
    get post delete /api/v1/workspaces/{workspace_id}/chats/{chat_id}/pins
    post /api/v1/workspaces/{workspace_id}/chats/{chat_id}/actions/rename
    post /api/v1/workspaces/{workspace_id}/chats/{chat_id}/actions/close
    post /api/v1/workspaces/{workspace_id}/chats/{chat_id}/actions/reopen
    get post /api/v1/workspaces/{workspace_id}/chats/{chat_id}/messages
    get put delete /api/v1/messages/{message_id}
    get /api/v1/messages/{message_id}/thread
    get /api/v1/messages/{message_id}/history
    post delete /api/v1/messages/{message_id}/reactions
    get post /api/v1/workspaces/{workspace_id}/tasks
    get put delete /api/v1/workspaces/{workspace_id}/tasks/{task_id}
    put /api/v1/workspaces/{workspace_id}/tasks/{task_id}/status
    put /api/v1/workspaces/{workspace_id}/tasks/{task_id}/assignee
    put /api/v1/workspaces/{workspace_id}/tasks/{task_id}/priority
    put /api/v1/workspaces/{workspace_id}/tasks/{task_id}/severity
    put /api/v1/workspaces/{workspace_id}/tasks/{task_id}/due-date
    put /api/v1/workspaces/{workspace_id}/tasks/{task_id}/labels
    put /api/v1/workspaces/{workspace_id}/tasks/{task_id}/epic
    put /api/v1/workspaces/{workspace_id}/tasks/{task_id}/rank
    get /api/v1/workspaces/{workspace_id}/tasks/{task_id}/activity
    post /api/v1/workspaces/{workspace_id}/tasks/{task_id}/comments
    post /api/v1/workspaces/{workspace_id}/tasks/bulk
    post /api/v1/workspaces/{workspace_id}/tasks/{task_id}/actions/status
    post /api/v1/workspaces/{workspace_id}/tasks/{task_id}/actions/priority
    post /api/v1/workspaces/{workspace_id}/tasks/{task_id}/actions/assignee
    post /api/v1/workspaces/{workspace_id}/tasks/{task_id}/actions/due-date
    get /api/v1/workspaces/{workspace_id}/board
    get /api/v1/workspaces/{workspace_id}/board/{column}
    get /api/v1/ws
";

/// The operations that need nobody to be known.
const PUBLIC: [&str; 5] = [
    "get /health",
    "get /ready",
    "post /api/v1/auth/register",
    "post /api/v1/auth/login",
    "post /api/v1/auth/refresh",
];

async fn document() -> Value {
    let world = World::start().await;
    let answer = world.nobody().get("/openapi.json").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    answer.json()
}

/// Each operation of the document, with its name as in [`OPERATIONS`].
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = ["get", "put", "post", "delete"];
    let all = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap();
        item.iter()
            .filter(|(key, _)| methods.contains(&key.as_str()))
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    all.collect()
}

fn parameter<'a>(operation: &'a Value, name: &str) -> &'a Value {
    let parameters = operation["parameters"].as_array().unwrap();
    let found = parameters.iter().find(|parameter| parameter["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is not described: {operation}"))
}

fn schema<'a>(document: &'a Value, name: &str) -> &'a Value {
    let found = &document["components"]["schemas"][name];
    assert!(found.is_object(), "{name} is not described");
    found
}

#[tokio::test]
async fn the_document_has_every_operation_and_no_other() {
    let document = document().await;
    assert!(
        text(&document["openapi"]).starts_with("3.1"),
        "{}",
        document["openapi"]
    );
    let found: BTreeSet<String> = operations(&document).into_iter().map(|(name, _)| name).collect();
    let mut wanted = BTreeSet::new();
    for line in OPERATIONS.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (path, methods) = words.split_last().unwrap();
        wanted.extend(methods.iter().map(|method| format!("{method} {path}")));
    }
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn every_operation_says_what_it_does_and_how_it_fails() {
    let document = document().await;
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        assert!(text(&operation["summary"]).len() > 5, "{name}");
        assert!(
            operation["tags"].as_array().is_some_and(|tags| !tags.is_empty()),
            "{name}"
        );
        assert!(
            ids.insert(text(&operation["operationId"])),
            "{name} shares its id"
        );
        if !name.ends_with("/health") && !name.ends_with("/ready") {
            let failure = &operation["responses"]["default"]["content"]["application/json"]["schema"];
            assert_eq!(failure["$ref"], "#/components/schemas/Error", "{name}");
        }
    }
}

#[tokio::test]
async fn every_operation_describes_its_success() {
    let document = document().await;
    for (name, operation) in operations(&document) {
        let responses = operation["responses"].as_object().unwrap();
        let successes: Vec<_> = responses
            .iter()
            .filter(|(status, _)| status.starts_with('2'))
            .collect();
        if name.ends_with("/ws") {
            assert!(responses.contains_key("101"), "{name}");
            continue;
        }
        assert!(!successes.is_empty(), "{name}");
        for (status, answer) in successes {
            if status == "204" {
                assert!(answer.get("content").is_none(), "{name}");
                continue;
            }
            let schema = &answer["content"]["application/json"]["schema"];
            assert!(
                schema["properties"]["data"].is_object(),
                "{name} {status}: {answer}"
            );
        }
    }
}

#[tokio::test]
async fn the_statuses_are_those_that_are_answered() {
    let document = document().await;
    let successes = |method: &str, path: &str| -> Vec<String> {
        let responses = document["paths"][path][method]["responses"].as_object().unwrap();
        responses
            .keys()
            .filter(|status| status.starts_with('2'))
            .cloned()
            .collect()
    };
    assert_eq!(successes("post", "/api/v1/auth/register"), ["201"]);
    assert_eq!(successes("post", "/api/v1/auth/login"), ["200"]);
    let chats = "/api/v1/workspaces/{workspace_id}/chats";
    assert_eq!(successes("post", chats), ["200", "201"]);
    assert_eq!(successes("get", chats), ["200"]);
    assert_eq!(successes("delete", "/api/v1/messages/{message_id}"), ["204"]);
    assert_eq!(
        successes("post", "/api/v1/workspaces/{workspace_id}/tasks"),
        ["201"]
    );
}

#[tokio::test]
async fn every_operation_but_the_public_ones_needs_the_bearer_scheme_which_is_declared() {
    let document = document().await;
    let scheme = &document["components"]["securitySchemes"]["bearer"];
    assert_eq!(
        (&scheme["type"], &scheme["scheme"]),
        (&"http".into(), &"bearer".into())
    );
    for (name, operation) in operations(&document) {
        let needs = operation["security"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one.get("bearer").is_some()));
        assert_eq!(needs, !PUBLIC.contains(&name.as_str()), "{name}");
    }
}

#[tokio::test]
async fn every_part_of_a_path_is_described() {
    let document = document().await;
    for (name, operation) in operations(&document) {
        let parts = name.split(['{', '}']).skip(1).step_by(2);
        for part in parts {
            let parameter = parameter(operation, part);
            assert_eq!(
                (&parameter["in"], &parameter["required"]),
                (&"path".into(), &true.into()),
                "{name}"
            );
            assert_eq!(parameter["schema"]["type"], "string", "{name}");
        }
    }
}

#[tokio::test]
async fn every_operation_that_takes_a_body_describes_it() {
    let document = document().await;
    let silent = [
        "/logout",
        "/accept",
        "/join",
        "/leave",
        "/actions/close",
        "/actions/reopen",
        "/actions/deactivate",
        "/actions/reactivate",
    ];
    for (name, operation) in operations(&document) {
        let takes = (name.starts_with("post ") || name.starts_with("put "))
            && !silent.iter().any(|end| name.ends_with(end));
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(schema.is_object(), takes, "{name}");
        if name.contains("/tasks/{task_id}/actions/") || name.ends_with("/actions/rename") {
            let content = &operation["requestBody"]["content"];
            assert!(
                content["application/x-www-form-urlencoded"]["schema"].is_object(),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn every_post_of_somebody_known_takes_an_idempotency_key() {
    let document = document().await;
    for (name, operation) in operations(&document)
        .into_iter()
        .filter(|(name, _)| name.starts_with("post "))
    {
        let parameter = parameter(operation, "Idempotency-Key");
        assert_eq!(
            (&parameter["in"], &parameter["required"]),
            (&"header".into(), &false.into()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").map(text));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document().await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for reference in found {
        let target = document.pointer(reference.strip_prefix('#').unwrap());
        assert!(target.is_some(), "{reference}");
    }
}

#[tokio::test]
async fn the_words_of_closed_sets_are_listed() {
    let document = document().await;
    let words = |name: &str, field: &str| {
        let property = &schema(&document, name)["properties"][field];
        let parts = property["allOf"]
            .as_array()
            .map_or(std::slice::from_ref(property), Vec::as_slice);
        let listed = parts.iter().find_map(|part| part.get("enum"));
        listed
            .unwrap_or_else(|| panic!("{name}.{field} lists no words: {property}"))
            .clone()
    };
    let priorities = serde_json::json!(["Low", "Medium", "High", "Critical"]);
    let severities = serde_json::json!(["Critical", "Major", "Minor", "Trivial"]);
    let columns = serde_json::json!([
        "Backlog",
        "To Do",
        "In Progress",
        "In Review",
        "Done",
        "Cancelled"
    ]);
    assert_eq!(
        words("TaskBody", "kind"),
        serde_json::json!(["task", "bug", "epic"])
    );
    assert_eq!(words("TaskBody", "priority"), priorities);
    assert_eq!(words("TaskBody", "severity"), severities);
    assert_eq!(words("TaskBody", "column"), columns);
    assert_eq!(words("TaskBody", "status").as_array().unwrap().len(), 12);
    assert_eq!(
        words("ChatBody", "kind"),
        serde_json::json!(["direct", "group", "channel"])
    );
    assert_eq!(words("ChatBody", "state"), serde_json::json!(["open", "closed"]));
    assert_eq!(
        words("ParticipantBody", "role"),
        serde_json::json!(["admin", "member"])
    );
    assert_eq!(
        words("MemberBody", "role"),
        serde_json::json!(["owner", "admin", "member", "guest"])
    );
    assert_eq!(
        words("MessageBody", "kind"),
        serde_json::json!(["user", "bot", "system"])
    );
    assert_eq!(words("ColumnBody", "name"), columns);
    assert_eq!(words("CreateTaskRequest", "priority"), priorities);
    assert_eq!(words("CreateTaskRequest", "severity"), severities);
    assert_eq!(words("RankRequest", "column"), columns);
    let tasks = &document["paths"]["/api/v1/workspaces/{workspace_id}/tasks"]["get"];
    assert_eq!(parameter(tasks, "column")["schema"]["enum"], columns);
    assert_eq!(parameter(tasks, "priority")["schema"]["enum"], priorities);
}

#[tokio::test]
async fn the_page_at_docs_shows_the_document_with_nothing_from_elsewhere() {
    let server = TestServer::start(&[]).await;
    let page = server.get("/docs").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(!page.text().contains("://"), "{}", page.text());
    for (file, content_type) in [
        ("/docs/docs.js", "text/javascript; charset=utf-8"),
        ("/docs/docs.css", "text/css; charset=utf-8"),
    ] {
        assert!(page.text().contains(file), "{file} is not used");
        let answer = server.get(file).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, content_type)
        );
        assert!(!answer.text().contains("://"), "{file}");
    }
    assert!(
        server
            .get("/docs/docs.js")
            .await
            .text()
            .contains("/api/v1/openapi.json")
    );
}
