//! `Idempotency-Key`: one effect, one answer.

use flowra_http::server::Server;
use serde_json::{Value, json};

use crate::support::read_settings;
use crate::world::{User, World, account, text};

#[tokio::test]
async fn the_same_key_and_body_get_the_same_bytes_and_act_once() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let chat = ada.chat(&workspace, "channel", &[]).await;
    let key = text(&ada.task(&workspace, json!({"title": "A"})).await["key"]);
    for (path, body) in [
        ("/workspaces".to_owned(), json!({"name": "A"})),
        (
            "/users/me/tokens".to_owned(),
            json!({"name": "ci", "scopes": ["read"]}),
        ),
        (format!("{workspace}/invites"), json!({})),
        (
            format!("{workspace}/chats"),
            json!({"kind": "channel", "title": "A"}),
        ),
        (format!("{chat}/messages"), json!({"content": "#task B\nhello"})),
        (format!("{workspace}/tasks"), json!({"title": "A"})),
        (
            format!("{workspace}/tasks/{key}/actions/status"),
            json!({"status": "Done"}),
        ),
        (format!("{chat}/actions/rename"), json!({"title": "B"})),
    ] {
        let first = ada.post_with_key(&path, &path, body.clone()).await;
        let log = world.memory.log_as_json_lines();
        let again = ada.post_with_key(&path, &path, body).await;
        assert!([201, 204].contains(&first.status), "{path} {}", first.text());
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{path}");
        assert_eq!(again.header("hx-trigger"), first.header("hx-trigger"), "{path}");
        assert_eq!(world.memory.log_as_json_lines(), log, "{path}");
    }
}

#[tokio::test]
async fn a_token_without_the_scope_is_not_told_what_one_with_it_was_answered() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let scopes = json!({"name": "ci", "scopes": ["read", "write"]});
    let made = ada
        .post_with_key("/users/me/tokens", "k", scopes.clone())
        .await
        .data(201);
    let writer = ada.by(&text(&made["token"]));
    writer
        .post_with_key("/users/me/tokens", "k", scopes)
        .await
        .refuses(403, "FORBIDDEN", None);
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    ada.post_with_key("/workspaces", "k", json!({"name": "A"}))
        .await
        .data(201);
    let other = ada.post_with_key("/workspaces", "k", json!({"name": "B"})).await;
    other.refuses(422, "INVALID_STATE", Some("Idempotency-Key"));
    let bob = world.register("bob").await;
    bob.post_with_key("/workspaces", "k", json!({"name": "B"}))
        .await
        .data(201);
    let long = "x".repeat(256);
    let answer = ada
        .post_with_key("/workspaces", &long, json!({"name": "A"}))
        .await;
    answer.refuses(400, "VALIDATION_ERROR", Some("Idempotency-Key"));
}

#[tokio::test]
async fn many_at_once_with_one_key_have_one_effect_and_equal_answers() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let chat = ada.chat(&workspace, "channel", &[]).await;
    let messages = format!("{chat}/messages");
    let posts = (0..8).map(|_| {
        let (ada, messages) = (ada.clone(), messages.clone());
        tokio::spawn(async move {
            ada.post_with_key(&messages, "k", json!({"content": "once"}))
                .await
        })
    });
    let mut bodies = Vec::new();
    for post in posts.collect::<Vec<_>>() {
        let answer = post.await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    assert_eq!(ada.get(&messages).await.page().0.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn registering_and_refreshing_again_with_the_same_key_answer_as_the_first_time() {
    let world = World::start().await;
    let nobody = world.nobody();
    let first = nobody.post_with_key("/auth/register", "r", account("ada")).await;
    let again = nobody.post_with_key("/auth/register", "r", account("ada")).await;
    assert_eq!(again.data(201), first.data(201));
    let body = json!({"refresh_token": first.data(201)["refresh_token"]});
    let renewed = nobody
        .post_with_key("/auth/refresh", "f", body.clone())
        .await
        .data(200);
    let again = nobody.post_with_key("/auth/refresh", "f", body).await.data(200);
    assert_eq!(again, renewed);
    let ada = User::signed_in(world.address(), &renewed);
    ada.get("/auth/me").await.data(200);
}

#[tokio::test]
async fn a_refused_request_may_be_repeated_with_its_key_once_it_is_right() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let workspace = ada.workspace().await;
    let tasks = format!("{workspace}/tasks");
    bob.post_with_key(&tasks, "k", json!({"title": "A"}))
        .await
        .refuses(404, "NOT_FOUND", None);
    ada.add(&workspace, &bob, "member").await;
    bob.post_with_key(&tasks, "k", json!({"title": "A"}))
        .await
        .data(201);
}

#[tokio::test]
async fn a_key_is_remembered_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let start = async || Server::bind(read_settings(&folder, &[])).await.unwrap().start();
    let first = start().await;
    let ada = User::register(first.address(), "ada").await;
    let workspace = ada.workspace().await;
    let chat = ada.chat(&workspace, "channel", &[]).await;
    let key = text(&ada.task(&workspace, json!({"title": "A"})).await["key"]);
    let requests: [(String, Value); 6] = [
        ("/workspaces".to_owned(), json!({"name": "A"})),
        (
            format!("{workspace}/chats"),
            json!({"kind": "channel", "title": "A"}),
        ),
        (
            format!("{chat}/messages"),
            json!({"content": "#task B\n#priority Urgent\nhello"}),
        ),
        (format!("{workspace}/tasks"), json!({"title": "A"})),
        (
            format!("{workspace}/tasks/{key}/actions/status"),
            json!({"status": "Done"}),
        ),
        (
            format!("{workspace}/tasks/bulk"),
            json!({"task_ids": [key], "priority": "High"}),
        ),
    ];
    let mut answers = Vec::new();
    for (path, body) in &requests {
        answers.push(ada.post_with_key(path, path, body.clone()).await);
    }
    let (tasks, _) = ada.get(&format!("{workspace}/tasks")).await.page();
    let (messages, _) = ada.get(&format!("{chat}/messages?include=replies")).await.page();
    first.stop().await.unwrap();

    let second = start().await;
    let ada = User {
        address: second.address(),
        ..ada
    };
    for ((path, body), answer) in requests.iter().zip(answers) {
        let again = ada.post_with_key(path, path, body.clone()).await;
        assert_eq!(
            (again.status, again.text()),
            (answer.status, answer.text()),
            "{path}"
        );
        if !body["name"].is_null() {
            let other = ada.post_with_key(path, path, json!({"name": "other"})).await;
            other.refuses(422, "INVALID_STATE", Some("Idempotency-Key"));
        }
    }
    assert_eq!(ada.get(&format!("{workspace}/tasks")).await.page().0, tasks);
    assert_eq!(
        ada.get(&format!("{chat}/messages?include=replies"))
            .await
            .page()
            .0,
        messages
    );
}
