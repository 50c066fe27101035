//! Registering, signing in and out, profiles and personal access tokens.

use serde_json::json;

use crate::world::{User, World, account, each, text};

#[tokio::test]
async fn registering_answers_as_signing_in_does_and_the_first_account_is_the_system_admin() {
    let world = World::start().await;
    let nobody = world.nobody();
    let first = nobody.post("/auth/register", account("ada")).await.data(201);
    let again = nobody.post("/auth/login", account("ada")).await.data(200);
    for data in [&first, &again] {
        assert!(
            data["access_token"].is_string() && data["refresh_token"].is_string(),
            "{data}"
        );
        assert!(data["expires_in"].as_i64().unwrap() > 0, "{data}");
        assert_eq!(data["user"]["username"], "ada");
        assert_eq!(data["user"]["email"], "ada@example.org");
        assert_eq!(data["user"]["is_admin"], true);
        assert_eq!(data["user"]["is_active"], true);
    }
    let second = nobody.post("/auth/register", account("bob")).await.data(201);
    assert_eq!(second["user"]["is_admin"], false);
}

#[tokio::test]
async fn a_name_or_address_in_use_is_a_conflict_and_a_bad_value_names_its_field() {
    let world = World::start().await;
    let nobody = world.nobody();
    nobody.post("/auth/register", account("ada")).await.data(201);
    let mut other = account("ADA");
    other["email"] = json!("other@example.org");
    nobody
        .post("/auth/register", other)
        .await
        .refuses(409, "ALREADY_EXISTS", Some("username"));
    let mut other = account("bob");
    other["email"] = json!("ada@example.org");
    nobody
        .post("/auth/register", other)
        .await
        .refuses(409, "ALREADY_EXISTS", Some("email"));
    for (field, value) in [
        ("username", json!("no spaces")),
        ("username", json!("")),
        ("username", json!(7)),
        ("username", json!(null)),
        ("email", json!("nowhere")),
        ("display_name", json!("")),
        ("display_name", json!("x".repeat(101))),
        ("password", json!("short")),
    ] {
        let mut body = account("bob");
        body[field] = value.clone();
        let answer = nobody.post("/auth/register", body).await;
        assert_eq!(answer.status, 400, "{field} {value}");
        answer.refuses(400, "VALIDATION_ERROR", Some(field));
    }
    for field in ["username", "email", "display_name", "password"] {
        let mut body = account("bob");
        body.as_object_mut().unwrap().remove(field);
        nobody
            .post("/auth/register", body)
            .await
            .refuses(400, "VALIDATION_ERROR", Some(field));
    }
}

#[tokio::test]
async fn closed_registration_lets_in_the_first_person_only() {
    let world = World::with(&[("registration", "closed")]).await;
    world.register("ada").await;
    let answer = world.nobody().post("/auth/register", account("bob")).await;
    answer.refuses(403, "FORBIDDEN", None);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_refused_alike() {
    let world = World::start().await;
    world.register("ada").await;
    for body in [
        json!({"username": "ada", "password": "wrong horse battery"}),
        json!({"username": "nobody", "password": "correct horse battery"}),
    ] {
        world
            .nobody()
            .post("/auth/login", body)
            .await
            .refuses(401, "UNAUTHORIZED", None);
    }
    let form = "username=ADA&password=correct+horse+battery";
    world.nobody().form("/auth/login", form).await.data(200);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_second_use_ends_the_family() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    world.memory.clock.advance_seconds(7 * 24 * 3600);
    ada.get("/auth/me").await.refuses(401, "TOKEN_EXPIRED", None);
    let body = json!({"refresh_token": ada.refresh});
    let renewed = ada.post("/auth/refresh", body.clone()).await.data(200);
    let renewed = User::signed_in(world.address(), &renewed);
    assert_ne!(renewed.refresh, ada.refresh);
    renewed.get("/auth/me").await.data(200);
    world
        .nobody()
        .post("/auth/refresh", body)
        .await
        .refuses(401, "UNAUTHORIZED", None);
    renewed.get("/auth/me").await.refuses(401, "UNAUTHORIZED", None);
    let body = json!({"refresh_token": renewed.refresh});
    renewed
        .post("/auth/refresh", body)
        .await
        .refuses(401, "UNAUTHORIZED", None);
}

#[tokio::test]
async fn signing_out_ends_the_access_token_and_its_family_only() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let elsewhere = world.nobody().post("/auth/login", account("ada")).await.data(200);
    let elsewhere = User::signed_in(world.address(), &elsewhere);
    ada.act("/auth/logout").await.nothing();
    ada.get("/auth/me").await.refuses(401, "UNAUTHORIZED", None);
    let body = json!({"refresh_token": ada.refresh});
    ada.post("/auth/refresh", body)
        .await
        .refuses(401, "UNAUTHORIZED", None);
    elsewhere.get("/auth/me").await.data(200);
}

#[tokio::test]
async fn who_does_not_say_who_they_are_is_asked_to() {
    let world = World::start().await;
    for token in ["", "nonsense"] {
        let answer = world.nobody().by(token).get("/users/me").await;
        answer.refuses(401, "UNAUTHORIZED", None);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn a_profile_is_private_to_its_person_and_to_system_admins() {
    let world = World::start().await;
    let (admin, bob, eve) = (
        world.register("ada").await,
        world.register("bob").await,
        world.register("eve").await,
    );
    let mine = bob.get("/users/me").await.data(200);
    assert_eq!(mine, bob.get("/auth/me").await.data(200));
    assert_eq!(mine["email"], "bob@example.org");
    let path = format!("/users/{}", bob.id);
    assert_eq!(admin.get(&path).await.data(200), mine);
    let seen = eve.get(&path).await.data(200);
    assert_eq!(
        seen,
        json!({"id": bob.id, "username": "bob", "display_name": "BOB", "is_active": true})
    );
    let unknown = "/users/01999999-0000-7000-8000-000000000000";
    eve.get(unknown).await.refuses(404, "NOT_FOUND", None);
    eve.get("/users/17")
        .await
        .refuses(400, "VALIDATION_ERROR", Some("user_id"));
    let changed = bob
        .put("/users/me", json!({"display_name": "Bobby"}))
        .await
        .data(200);
    assert_eq!(
        (&changed["display_name"], &changed["email"]),
        (&json!("Bobby"), &mine["email"])
    );
    let taken = bob.put("/users/me", json!({"email": "ada@example.org"})).await;
    taken.refuses(409, "ALREADY_EXISTS", Some("email"));
    let empty = bob.put("/users/me", json!({"display_name": ""})).await;
    empty.refuses(400, "VALIDATION_ERROR", Some("display_name"));
}

#[tokio::test]
async fn a_token_is_shown_once_and_does_only_what_its_scopes_say() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let make = async |scopes: serde_json::Value| {
        let made = ada
            .post("/users/me/tokens", json!({"name": "ci", "scopes": scopes}))
            .await
            .data(201);
        assert_eq!((&made["name"], &made["scopes"]), (&json!("ci"), &scopes));
        assert!(made["created_at"].is_string());
        (text(&made["id"]), ada.by(&text(&made["token"])))
    };
    let (reader_id, reader) = make(json!(["read"])).await;
    let (_, writer) = make(json!(["read", "write"])).await;
    let (listed, _) = ada.get("/users/me/tokens").await.page();
    assert_eq!(each(&listed, "name"), ["ci", "ci"]);
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .all(|token| token.get("token").is_none()),
        "{listed}"
    );

    reader.get("/workspaces").await.data(200);
    reader
        .post("/workspaces", json!({"name": "A"}))
        .await
        .refuses(403, "FORBIDDEN", None);
    let workspace = writer.post("/workspaces", json!({"name": "A"})).await.data(201);
    let workspace = format!("/workspaces/{}", text(&workspace["id"]));
    let (_, admin) = make(json!(["admin"])).await;
    let renamed = json!({"name": "B"});
    for (answer, admins) in [
        (
            writer.put(&workspace, renamed.clone()).await,
            admin.put(&workspace, renamed).await,
        ),
        (
            writer.post(&format!("{workspace}/invites"), json!({})).await,
            admin.post(&format!("{workspace}/invites"), json!({})).await,
        ),
        (writer.delete(&workspace).await, admin.get(&workspace).await),
    ] {
        answer.refuses(403, "FORBIDDEN", None);
        assert!((200..300).contains(&admins.status), "{}", admins.text());
    }
    writer.get(&format!("{workspace}/members")).await.page();
    let more = json!({"name": "more", "scopes": ["read"]});
    writer
        .post("/users/me/tokens", more)
        .await
        .refuses(403, "FORBIDDEN", None);

    ada.delete(&format!("/users/me/tokens/{reader_id}"))
        .await
        .nothing();
    reader.get("/workspaces").await.refuses(401, "UNAUTHORIZED", None);
    ada.delete(&format!("/users/me/tokens/{reader_id}"))
        .await
        .refuses(404, "NOT_FOUND", None);
}

#[tokio::test]
async fn a_token_ends_when_it_says_and_cannot_be_made_wrong() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    for (field, body) in [
        ("name", json!({"name": "", "scopes": ["read"]})),
        ("scopes", json!({"name": "ci", "scopes": []})),
        ("scopes", json!({"name": "ci", "scopes": ["root"]})),
        ("scopes", json!({"name": "ci"})),
        ("scopes[0]", json!({"name": "ci", "scopes": [1]})),
        (
            "expires_at",
            json!({"name": "ci", "scopes": ["read"], "expires_at": "tomorrow"}),
        ),
        (
            "expires_at",
            json!({"name": "ci", "scopes": ["read"], "expires_at": "1999-01-01T00:00:00Z"}),
        ),
    ] {
        ada.post("/users/me/tokens", body)
            .await
            .refuses(400, "VALIDATION_ERROR", Some(field));
    }
    let at = "2099-01-01T00:00:00Z";
    let made = ada
        .post(
            "/users/me/tokens",
            json!({"name": "ci", "scopes": ["read"], "expires_at": at}),
        )
        .await
        .data(201);
    assert!(
        text(&made["expires_at"]).starts_with("2099-01-01T00:00:00"),
        "{made}"
    );
    let ci = ada.by(&text(&made["token"]));
    ci.get("/users/me").await.data(200);
    world
        .memory
        .clock
        .set(flowra_core::time::Timestamp::parse("2099-01-02T00:00:00Z").unwrap());
    assert_eq!(ci.get("/users/me").await.refusal().0, 401);
}
