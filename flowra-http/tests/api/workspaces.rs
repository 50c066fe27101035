//! Workspaces, members and invites.

use serde_json::json;

use crate::world::{User, World, each, text};

#[tokio::test]
async fn a_workspace_is_made_changed_and_deleted_by_its_owner() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let body = json!({"name": "Engines", "description": "of all kinds"});
    let made = ada.post("/workspaces", body).await.data(201);
    assert_eq!(
        (&made["name"], &made["description"]),
        (&json!("Engines"), &json!("of all kinds"))
    );
    assert_eq!(
        (&made["owner_id"], &made["my_role"]),
        (&json!(ada.id), &json!("owner"))
    );
    assert_eq!(made["member_count"], 1);
    assert!(text(&made["created_at"]).ends_with('Z') && text(&made["updated_at"]).ends_with('Z'));
    let path = format!("/workspaces/{}", text(&made["id"]));
    assert_eq!(ada.get(&path).await.data(200), made);
    let changed = ada.put(&path, json!({"name": "Motors"})).await.data(200);
    assert_eq!(
        (&changed["name"], &changed["description"]),
        (&json!("Motors"), &json!("of all kinds"))
    );
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(101))),
        ("description", json!("x".repeat(501))),
    ] {
        let mut body = json!({"name": "A"});
        body[field] = value;
        ada.put(&path, body.clone())
            .await
            .refuses(400, "VALIDATION_ERROR", Some(field));
        ada.post("/workspaces", body)
            .await
            .refuses(400, "VALIDATION_ERROR", Some(field));
    }
    ada.delete(&path).await.nothing();
    ada.get(&path).await.refuses(404, "NOT_FOUND", None);
    assert_eq!(ada.get("/workspaces").await.page().0, json!([]));
}

#[tokio::test]
async fn members_come_and_go_with_the_roles_that_admins_give() {
    let world = World::start().await;
    let (ada, bob, eve) = (
        world.register("ada").await,
        world.register("bob").await,
        world.register("eve").await,
    );
    let workspace = ada.workspace().await;
    let members = format!("{workspace}/members");
    let added = ada.post(&members, json!({"user_id": bob.id})).await.data(201);
    assert_eq!(
        (&added["user_id"], &added["username"]),
        (&json!(bob.id), &json!("bob"))
    );
    assert_eq!(
        (&added["display_name"], &added["role"]),
        (&json!("BOB"), &json!("member"))
    );
    assert!(added["joined_at"].is_string());
    ada.post(&members, json!({"user_id": bob.id, "role": "king"}))
        .await
        .refuses(400, "VALIDATION_ERROR", Some("role"));
    ada.post(&members, json!({"user_id": "x"}))
        .await
        .refuses(400, "VALIDATION_ERROR", Some("user_id"));
    bob.post(&members, json!({"user_id": eve.id}))
        .await
        .refuses(403, "FORBIDDEN", None);

    let role = format!("{members}/{}/role", bob.id);
    bob.put(&role, json!({"role": "admin"}))
        .await
        .refuses(403, "FORBIDDEN", None);
    let changed = ada.put(&role, json!({"role": "ADMIN"})).await.data(200);
    assert_eq!(changed["role"], "admin");
    ada.put(&role, json!({"role": "owner"}))
        .await
        .refuses(400, "VALIDATION_ERROR", Some("role"));
    bob.add(&workspace, &eve, "guest").await;
    let (listed, _) = ada.get(&members).await.page();
    let mut names = each(&listed, "username");
    names.sort();
    assert_eq!(names, ["ada", "bob", "eve"]);

    ada.delete(&format!("{members}/{}", ada.id))
        .await
        .refuses(422, "INVALID_STATE", None);
    eve.delete(&format!("{members}/{}", eve.id)).await.nothing();
    eve.get(&workspace).await.refuses(404, "NOT_FOUND", None);
}

#[tokio::test]
async fn only_the_owner_hands_the_ownership_on() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let workspace = ada.workspace().await;
    let transfer = format!("{workspace}/transfer");
    ada.post(&transfer, json!({"user_id": bob.id}))
        .await
        .refuses(404, "NOT_FOUND", Some("user_id"));
    ada.add(&workspace, &bob, "admin").await;
    bob.post(&transfer, json!({"user_id": bob.id}))
        .await
        .refuses(403, "FORBIDDEN", None);
    let moved = ada.post(&transfer, json!({"user_id": bob.id})).await.data(200);
    assert_eq!(
        (&moved["owner_id"], &moved["my_role"]),
        (&json!(bob.id), &json!("admin"))
    );
}

#[tokio::test]
async fn an_invite_lets_in_as_many_as_it_says_and_is_then_gone() {
    let world = World::start().await;
    let (ada, bob, eve) = (
        world.register("ada").await,
        world.register("bob").await,
        world.register("eve").await,
    );
    let workspace = ada.workspace().await;
    let invites = format!("{workspace}/invites");
    let made = ada
        .post(&invites, json!({"max_uses": 1, "role": "guest"}))
        .await
        .data(201);
    assert_eq!(
        (&made["max_uses"], &made["uses"], &made["role"]),
        (&json!(1), &json!(0), &json!("guest"))
    );
    let token = text(&made["token"]);
    assert!(text(&made["url"]).ends_with(&token), "{made}");
    let (listed, _) = ada.get(&invites).await.page();
    assert_eq!(listed[0]["id"], made["id"]);
    assert!(
        listed[0].get("token").is_none() && listed[0].get("url").is_none(),
        "{listed}"
    );
    bob.get(&invites).await.refuses(404, "NOT_FOUND", None);

    let joined = bob.act(&format!("/invites/{token}/accept")).await.data(200);
    assert_eq!(
        (&joined["my_role"], &joined["member_count"]),
        (&json!("guest"), &json!(2))
    );
    eve.act(&format!("/invites/{token}/accept"))
        .await
        .refuses(410, "EXPIRED", None);
    eve.act("/invites/unknown/accept")
        .await
        .refuses(404, "NOT_FOUND", None);

    let revoked = ada.post(&invites, json!({})).await.data(201);
    ada.delete(&format!("{invites}/{}", text(&revoked["id"])))
        .await
        .nothing();
    eve.act(&format!("/invites/{}/accept", text(&revoked["token"])))
        .await
        .refuses(410, "EXPIRED", None);
    let late = ada.post(&invites, json!({})).await.data(201);
    world.memory.clock.advance_seconds(8 * 24 * 3600);
    let again = json!({"username": "eve", "password": "correct horse battery"});
    let again = world.nobody().post("/auth/login", again).await.data(200);
    let eve = eve.by(&text(&again["access_token"]));
    eve.act(&format!("/invites/{}/accept", text(&late["token"])))
        .await
        .refuses(410, "EXPIRED", None);
}

#[tokio::test]
async fn sixty_four_requests_that_change_one_thing_at_once_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let server = flowra_http::server::Server::bind(crate::support::read_settings(&folder, &[]))
        .await
        .unwrap()
        .start();
    let ada = User::register(server.address(), "ada").await;
    let workspace = ada.workspace().await;
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..64 {
        let (ada, workspace) = (ada.clone(), workspace.clone());
        writers.spawn(async move {
            ada.put(&workspace, json!({"name": format!("name {number}")}))
                .await
        });
    }
    for answer in writers.join_all().await {
        answer.data(200);
    }
}
