//! Deleting, removing and revoking once more.

use serde_json::json;

use crate::world::{User, World, text};

const NEVER: &str = "00000000-0000-7000-8000-000000000000";

/// Deletes something twice with the version that was there at first.
async fn twice(user: &User, path: &str, version: &str) {
    for time in ["the first time", "again"] {
        let answer = user.send("DELETE", path, &[("if-match", version)], "").await;
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (204, ""),
            "{path} {time}"
        );
    }
}

#[tokio::test]
async fn what_is_removed_may_be_removed_again_and_what_never_was_is_not_found() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let workspace = ada.workspace().await;
    ada.add(&workspace, &bob, "member").await;
    let chat = ada.chat(&workspace, "channel", &[&bob]).await;
    let message = format!("/messages/{}", text(&ada.say(&chat, "slip").await["id"]));
    let task = ada.task(&workspace, json!({"title": "Weave"})).await;
    let task = format!("{workspace}/tasks/{}", text(&task["key"]));
    let invite = ada
        .post(&format!("{workspace}/invites"), json!({}))
        .await
        .data(201);
    let invite = format!("{workspace}/invites/{}", text(&invite["id"]));

    twice(&ada, &message, "\"1\"").await;
    twice(&ada, &task, "\"1\"").await;
    ada.get(&task).await.refuses(410, "DELETED", None);
    bob.delete(&task).await.refuses(410, "DELETED", None);
    twice(&ada, &invite, "*").await;
    twice(&ada, &format!("{chat}/participants/{}", bob.id), "*").await;
    twice(&ada, &chat, "\"2\"").await;
    ada.get(&chat).await.refuses(404, "NOT_FOUND", None);
    bob.delete(&chat).await.refuses(404, "NOT_FOUND", None);
    twice(&ada, &format!("{workspace}/members/{}", bob.id), "*").await;

    for (path, field) in [
        (format!("/messages/{NEVER}"), None),
        (format!("{workspace}/tasks/{NEVER}"), None),
        (format!("{workspace}/invites/{NEVER}"), None),
        (format!("{workspace}/chats/{NEVER}"), None),
        (format!("{workspace}/members/{NEVER}"), Some("user_id")),
        (format!("/workspaces/{NEVER}"), None),
    ] {
        ada.delete(&path).await.refuses(404, "NOT_FOUND", field);
    }
    twice(&ada, &workspace, "*").await;
    ada.get(&workspace).await.refuses(404, "NOT_FOUND", None);
}

#[tokio::test]
async fn of_a_revoked_token_nothing_is_left_to_be_revoked_again() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let body = json!({"name": "loom", "scopes": ["read"]});
    let token = ada.post("/users/me/tokens", body).await.data(201);
    let path = format!("/users/me/tokens/{}", text(&token["id"]));
    ada.delete(&path).await.nothing();
    let again = ada.delete(&path).await;
    again.refuses(404, "NOT_FOUND", None);
    assert_eq!(
        again.json()["error"]["message"],
        "you have no such personal token"
    );
}
