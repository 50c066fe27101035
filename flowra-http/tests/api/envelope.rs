//! What holds for every route: envelopes, pages, malformed requests.

use serde_json::json;

use crate::world::{World, each, text};

const UNKNOWN: &str = "01999999-0000-7000-8000-000000000000";

#[tokio::test]
async fn a_limit_out_of_range_and_a_bad_cursor_name_their_field_on_every_list() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let chat = ada.chat(&workspace, "channel", &[]).await;
    let message = text(&ada.say(&chat, "hello").await["id"]);
    let task = text(&ada.task(&workspace, json!({"title": "A"})).await["id"]);
    for list in [
        "/users/me/tokens".to_owned(),
        "/workspaces".to_owned(),
        format!("{workspace}/members"),
        format!("{workspace}/invites"),
        format!("{workspace}/chats"),
        format!("{chat}/messages"),
        format!("{chat}/pins"),
        format!("{chat}/presence"),
        format!("/messages/{message}/thread"),
        format!("/messages/{message}/history"),
        format!("{workspace}/tasks"),
        format!("{workspace}/tasks/{task}/activity"),
        format!("{workspace}/board/Backlog"),
    ] {
        for limit in ["0", "101", "abc", "-1", ""] {
            let answer = ada.get(&format!("{list}?limit={limit}")).await;
            assert_eq!(answer.status, 400, "{list} limit={limit}");
            answer.refuses(400, "VALIDATION_ERROR", Some("limit"));
        }
        for cursor in ["nonsense", "AAAA", "%FF", ""] {
            let answer = ada.get(&format!("{list}?cursor={cursor}")).await;
            assert_eq!(answer.status, 400, "{list} cursor={cursor}");
            answer.refuses(400, "VALIDATION_ERROR", Some("cursor"));
        }
        for limit in ["1", "100"] {
            ada.get(&format!("{list}?limit={limit}")).await.page();
        }
    }
    let board = ada.get(&format!("{workspace}/board?limit=0")).await;
    board.refuses(400, "VALIDATION_ERROR", Some("limit"));
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_and_end_without_a_cursor() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    for number in 0..5 {
        ada.chat(&workspace, "channel", &[]).await;
        ada.post("/workspaces", json!({"name": format!("W{number}")}))
            .await
            .data(201);
        ada.post("/users/me/tokens", json!({"name": "t", "scopes": ["read"]}))
            .await
            .data(201);
        ada.post(&format!("{workspace}/invites"), json!({}))
            .await
            .data(201);
        ada.task(&workspace, json!({"title": format!("T{number}")})).await;
        let user = world.register(&format!("user{number}")).await;
        ada.add(&workspace, &user, "member").await;
    }
    for (list, id) in [
        ("/users/me/tokens".to_owned(), "id"),
        ("/workspaces".to_owned(), "id"),
        (format!("{workspace}/members"), "user_id"),
        (format!("{workspace}/invites"), "id"),
        (format!("{workspace}/chats"), "id"),
        (format!("{workspace}/tasks"), "id"),
        (format!("{workspace}/board/to%20do"), "id"),
    ] {
        let (all, none) = ada.get(&list).await.page();
        assert_eq!(none, None);
        let mut found = Vec::new();
        let mut path = format!("{list}?limit=2");
        loop {
            let (items, next) = ada.get(&path).await.page();
            found.extend(each(&items, id));
            let Some(next) = next else { break };
            assert_eq!(items.as_array().unwrap().len(), 2);
            path = format!("{list}?limit=2&cursor={next}");
        }
        assert!(found.len() >= 5, "{list}: {found:?}");
        assert_eq!(found, each(&all, id), "{list}");
    }
}

#[tokio::test]
async fn malformed_bodies_are_refused_in_the_envelope() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let json = [("content-type", "application/json; charset=utf-8")];
    for body in ["", "{", "nonsense", "{\"name\":\"A\"} more"] {
        let answer = ada.send("POST", "/workspaces", &json, body).await;
        answer.refuses(400, "VALIDATION_ERROR", None);
    }
    for body in ["[]", "7", "null", "\"text\""] {
        assert_eq!(
            ada.send("POST", "/workspaces", &json, body).await.refusal().0,
            400,
            "{body}"
        );
    }
    let answer = ada.send("POST", "/workspaces", &json, r#"{"name":7}"#).await;
    answer.refuses(400, "VALIDATION_ERROR", Some("name"));
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "nonsense"] {
        let headers = [("content-type", content_type)];
        let answer = ada.send("POST", "/workspaces", &headers, r#"{"name":"A"}"#).await;
        answer.refuses(415, "UNSUPPORTED_MEDIA_TYPE", None);
    }
    ada.send("POST", "/workspaces", &[], r#"{"name":"A"}"#)
        .await
        .refuses(415, "UNSUPPORTED_MEDIA_TYPE", None);
    let large = format!(r#"{{"name":"{}"}}"#, "x".repeat(1024 * 1024));
    ada.send("POST", "/workspaces", &json, &large)
        .await
        .refuses(413, "PAYLOAD_TOO_LARGE", None);
    let keyed = [json[0], ("idempotency-key", "k")];
    ada.send("POST", "/workspaces", &keyed, &large)
        .await
        .refuses(413, "PAYLOAD_TOO_LARGE", None);
}

#[tokio::test]
async fn unknown_fields_and_unknown_parameters_are_ignored() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    ada.post("/workspaces", json!({"name": "A", "colour": "red"}))
        .await
        .data(201);
    ada.get("/workspaces?colour=red").await.page();
}

#[tokio::test]
async fn a_malformed_id_names_its_part_of_the_path() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let chat = ada.chat(&workspace, "channel", &[]).await;
    for (path, field) in [
        ("/workspaces/17".to_owned(), "workspace_id"),
        (format!("{workspace}0"), "workspace_id"),
        ("/workspaces/x/chats".to_owned(), "workspace_id"),
        (format!("{workspace}/chats/x"), "chat_id"),
        (format!("{workspace}/chats/x/messages"), "chat_id"),
        (format!("{workspace}/tasks/nonsense"), "task_id"),
        (format!("{chat}/messages?before=x"), "before"),
        (format!("{chat}/messages?around="), "around"),
        ("/messages/x".to_owned(), "message_id"),
        ("/messages/x/thread".to_owned(), "message_id"),
        (format!("{workspace}/board/nowhere"), "column"),
    ] {
        let answer = ada.get(&path).await;
        assert_eq!(answer.status, 400, "{path}");
        answer.refuses(400, "VALIDATION_ERROR", Some(field));
    }
    for path in [
        format!("{workspace}/invites/x"),
        format!("{workspace}/members/x"),
        format!("{chat}/participants/x"),
        "/users/me/tokens/x".to_owned(),
        format!("{chat}/pins?message_id=x"),
        format!("{chat}/pins"),
    ] {
        let (status, code, field) = ada.delete(&path).await.refusal();
        assert_eq!((status, code.as_str()), (400, "VALIDATION_ERROR"), "{path}");
        assert!(field.is_some(), "{path}");
    }
}

#[tokio::test]
async fn an_id_that_names_nothing_is_not_found() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    for path in [
        format!("/workspaces/{UNKNOWN}"),
        format!("/workspaces/{UNKNOWN}/chats"),
        format!("/workspaces/{UNKNOWN}/tasks"),
        format!("/workspaces/{UNKNOWN}/board"),
        format!("/workspaces/{UNKNOWN}/members"),
        format!("{workspace}/chats/{UNKNOWN}"),
        format!("{workspace}/chats/{UNKNOWN}/messages"),
        format!("{workspace}/tasks/{UNKNOWN}"),
        format!("{workspace}/tasks/NONE-1"),
        format!("/messages/{UNKNOWN}"),
        format!("/messages/{UNKNOWN}/thread"),
        "/nowhere".to_owned(),
        "/workspaces/".to_owned() + "a/b/c/d",
    ] {
        let answer = ada.get(&path).await;
        assert_eq!(answer.status, 404, "{path} {}", answer.text());
        assert_eq!(answer.refusal().1, "NOT_FOUND", "{path}");
    }
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right_with_and_without_a_token() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    for (method, path, allowed) in [
        ("DELETE", "/workspaces".to_owned(), vec!["GET", "POST"]),
        ("POST", workspace.clone(), vec!["GET", "PUT", "DELETE"]),
        ("PATCH", workspace.clone(), vec!["GET", "PUT", "DELETE"]),
        ("GET", "/auth/login".to_owned(), vec!["POST"]),
        ("PUT", format!("{workspace}/tasks"), vec!["GET", "POST"]),
    ] {
        let answer = ada.send(method, &path, &[], "").await;
        answer.refuses(405, "METHOD_NOT_ALLOWED", None);
        let said = answer.header("allow");
        for allowed in allowed {
            assert!(said.contains(allowed), "{method} {path}: {said}");
        }
    }
}

#[tokio::test]
async fn head_answers_as_get_does_without_a_body() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let got = ada.get(&workspace).await;
    let head = ada.send("HEAD", &workspace, &[], "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), got.header("content-type"));
    let missing = ada.send("HEAD", &format!("/workspaces/{UNKNOWN}"), &[], "").await;
    assert_eq!((missing.status, missing.body.len()), (404, 0));
}

#[tokio::test]
async fn a_stranger_finds_nothing_in_a_workspace() {
    let world = World::start().await;
    let (ada, eve) = (world.register("ada").await, world.register("eve").await);
    let workspace = ada.workspace().await;
    let chat = ada.chat(&workspace, "channel", &[]).await;
    let message = text(&ada.say(&chat, "hello").await["id"]);
    let key = text(&ada.task(&workspace, json!({"title": "A"})).await["key"]);
    for path in [
        workspace.clone(),
        format!("{workspace}/members"),
        format!("{workspace}/invites"),
        format!("{workspace}/chats"),
        chat.clone(),
        format!("{chat}/messages"),
        format!("{chat}/pins"),
        format!("{chat}/presence"),
        format!("/messages/{message}"),
        format!("/messages/{message}/thread"),
        format!("/messages/{message}/history"),
        format!("{workspace}/tasks"),
        format!("{workspace}/tasks/{key}"),
        format!("{workspace}/tasks/{key}/activity"),
        format!("{workspace}/board"),
        format!("{workspace}/board/Backlog"),
    ] {
        let answer = eve.get(&path).await;
        assert_eq!(answer.status, 404, "{path} {}", answer.text());
    }
}
