//! Chats, their people, pins and actions.

use serde_json::{Value, json};

use crate::world::{World, each, text};

#[tokio::test]
async fn a_chat_is_made_changed_and_deleted_by_its_admin() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let workspace = ada.workspace().await;
    ada.add(&workspace, &bob, "member").await;
    let chats = format!("{workspace}/chats");
    let body =
        json!({"kind": "GROUP", "title": "Pistons", "topic": "up and down", "participant_ids": [bob.id]});
    let made = ada.post(&chats, body).await.data(201);
    assert_eq!(
        (&made["kind"], &made["title"]),
        (&json!("group"), &json!("Pistons"))
    );
    assert_eq!(
        (&made["topic"], &made["state"]),
        (&json!("up and down"), &json!("open"))
    );
    assert_eq!(
        (&made["created_by"], &made["version"]),
        (&json!(ada.id), &json!(1))
    );
    assert_eq!(
        (&made["unread_count"], &made["mention_count"]),
        (&json!(0), &json!(0))
    );
    let mut people = each(&made["participants"], "username");
    people.sort();
    assert_eq!(people, ["ada", "bob"]);
    let chat = format!("{chats}/{}", text(&made["id"]));
    assert_eq!(ada.get(&chat).await.data(200), made);

    let changed = ada.put(&chat, json!({"topic": "round"})).await.data(200);
    assert_eq!(
        (&changed["topic"], &changed["version"]),
        (&json!("round"), &json!(2))
    );
    ada.put_if(&chat, "\"1\"", json!({"title": "Late"}))
        .await
        .refuses(409, "CONCURRENT_MODIFICATION", None);
    ada.put_if(&chat, "1", json!({"title": "Late"}))
        .await
        .refuses(400, "VALIDATION_ERROR", Some("If-Match"));
    let timely = ada
        .put_if(&chat, "\"2\"", json!({"title": "Timely"}))
        .await
        .data(200);
    assert_eq!(timely["title"], "Timely");
    let stale = [("content-type", "application/json"), ("if-match", "\"2\"")];
    for (action, body) in [("rename", "{\"title\":\"Late\"}"), ("close", "")] {
        ada.send("POST", &format!("{chat}/actions/{action}"), &stale, body)
            .await
            .refuses(409, "CONCURRENT_MODIFICATION", None);
    }
    assert_eq!(ada.get(&chat).await.data(200)["title"], "Timely");
    bob.put(&chat, json!({"title": "Mine"}))
        .await
        .refuses(403, "NOT_CHAT_ADMIN", None);
    bob.delete(&chat).await.refuses(403, "NOT_CHAT_ADMIN", None);
    ada.delete(&chat).await.nothing();
    ada.get(&chat).await.refuses(404, "NOT_FOUND", None);
}

#[tokio::test]
async fn bad_chats_name_their_field() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    for (field, body) in [
        ("kind", json!({"title": "A"})),
        ("kind", json!({"kind": "party", "title": "A"})),
        ("title", json!({"kind": "group"})),
        ("title", json!({"kind": "group", "title": "x".repeat(201)})),
        (
            "topic",
            json!({"kind": "group", "title": "A", "topic": "x".repeat(501)}),
        ),
        (
            "participant_ids",
            json!({"kind": "direct", "participant_ids": []}),
        ),
        (
            "participant_ids",
            json!({"kind": "group", "title": "A", "participant_ids": "x"}),
        ),
        (
            "participant_ids[0]",
            json!({"kind": "group", "title": "A", "participant_ids": ["x"]}),
        ),
    ] {
        let answer = ada.post(&format!("{workspace}/chats"), body).await;
        answer.refuses(400, "VALIDATION_ERROR", Some(field));
    }
}

#[tokio::test]
async fn a_direct_chat_that_exists_is_answered_with_200() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let workspace = ada.workspace().await;
    ada.add(&workspace, &bob, "member").await;
    let chats = format!("{workspace}/chats");
    let made = ada
        .post(&chats, json!({"kind": "direct", "participant_ids": [bob.id]}))
        .await
        .data(201);
    assert!(made.get("title").is_none_or(Value::is_null), "{made}");
    let found = bob
        .post(&chats, json!({"kind": "direct", "participant_ids": [ada.id]}))
        .await
        .data(200);
    assert_eq!(found["id"], made["id"]);
    let direct = format!("{chats}/{}", text(&made["id"]));
    for answer in [
        ada.act(&format!("{direct}/leave")).await,
        ada.delete(&format!("{direct}/participants/{}", bob.id)).await,
    ] {
        answer.refuses(422, "INVALID_STATE", None);
    }
}

#[tokio::test]
async fn who_may_not_see_a_chat_does_not_find_it() {
    let world = World::start().await;
    let (ada, bob, gus) = (
        world.register("ada").await,
        world.register("bob").await,
        world.register("gus").await,
    );
    let workspace = ada.workspace().await;
    ada.add(&workspace, &bob, "member").await;
    ada.add(&workspace, &gus, "guest").await;
    let group = ada.chat(&workspace, "group", &[]).await;
    let channel = ada.chat(&workspace, "channel", &[]).await;
    bob.get(&group).await.refuses(404, "NOT_FOUND", None);
    bob.get(&format!("{group}/messages"))
        .await
        .refuses(404, "NOT_FOUND", None);
    bob.get(&format!("{channel}/messages")).await.page();
    gus.get(&channel).await.refuses(404, "NOT_FOUND", None);
    bob.post(&format!("{channel}/messages"), json!({"content": "hi"}))
        .await
        .refuses(403, "NOT_PARTICIPANT", None);
    bob.act(&format!("{group}/join"))
        .await
        .refuses(404, "NOT_FOUND", None);
    let joined = bob.act(&format!("{channel}/join")).await.data(200);
    assert_eq!(joined["participants"].as_array().unwrap().len(), 2);
    bob.act(&format!("{channel}/leave")).await.nothing();
}

#[tokio::test]
async fn participants_are_added_promoted_and_removed() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let workspace = ada.workspace().await;
    ada.add(&workspace, &bob, "member").await;
    let chat = ada.chat(&workspace, "group", &[]).await;
    let added = ada
        .post(&format!("{chat}/participants"), json!({"user_id": bob.id}))
        .await
        .data(201);
    assert_eq!(added["participants"].as_array().unwrap().len(), 2);
    let one = format!("{chat}/participants/{}", bob.id);
    let promoted = ada.put(&one, json!({"role": "admin"})).await.data(200);
    let role = promoted["participants"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["user_id"] == json!(bob.id));
    assert_eq!(role.unwrap()["role"], "admin");
    ada.put(&one, json!({"role": "owner"}))
        .await
        .refuses(400, "VALIDATION_ERROR", Some("role"));
    ada.put(&one, json!({"role": "member"})).await.data(200);
    ada.act(&format!("{chat}/leave"))
        .await
        .refuses(422, "INVALID_STATE", None);
    ada.delete(&one).await.nothing();
}

#[tokio::test]
async fn unread_counts_follow_the_read_mark() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let workspace = ada.workspace().await;
    ada.add(&workspace, &bob, "member").await;
    let chat = ada.chat(&workspace, "group", &[&bob]).await;
    let first = ada.say(&chat, "one").await;
    ada.say(&chat, "two @bob").await;
    let counts = async |user: &crate::world::User| {
        let body = user.get(&chat).await.data(200);
        (
            body["unread_count"].as_u64().unwrap(),
            body["mention_count"].as_u64().unwrap(),
        )
    };
    assert_eq!(counts(&bob).await, (2, 1));
    assert_eq!(counts(&ada).await, (0, 0));
    bob.post(&format!("{chat}/read"), json!({"message_id": first["id"]}))
        .await
        .nothing();
    assert_eq!(counts(&bob).await, (1, 1));
    bob.say(&chat, "three").await;
    assert_eq!(counts(&bob).await, (0, 0));
    let last = bob.get(&chat).await.data(200)["last_message"]["content"].clone();
    assert_eq!(last, "three");
    let unknown = json!({"message_id": "01999999-0000-7000-8000-000000000000"});
    bob.post(&format!("{chat}/read"), unknown)
        .await
        .refuses(404, "NOT_FOUND", Some("message_id"));
    bob.post(&format!("{chat}/mute"), json!({"muted": true}))
        .await
        .nothing();
    bob.post(&format!("{chat}/mute"), json!({"muted": "yes"}))
        .await
        .refuses(400, "VALIDATION_ERROR", Some("muted"));
    assert_eq!(bob.get(&format!("{chat}/presence")).await.page().0, json!([]));
}

#[tokio::test]
async fn pins_are_listed_newest_first_and_paged() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let chat = ada.chat(&workspace, "channel", &[]).await;
    let pins = format!("{chat}/pins");
    for content in ["one", "two", "three"] {
        let said = ada.say(&chat, content).await;
        ada.post(&pins, json!({"message_id": said["id"]})).await.nothing();
    }
    let (first, next) = ada.get(&format!("{pins}?limit=2")).await.page();
    assert_eq!(each(&first, "content"), ["three", "two"]);
    let (rest, end) = ada
        .get(&format!("{pins}?limit=2&cursor={}", next.unwrap()))
        .await
        .page();
    assert_eq!((each(&rest, "content"), end), (vec!["one".to_owned()], None));
    let one = text(&rest[0]["id"]);
    ada.delete(&format!("{pins}?message_id={one}")).await.nothing();
    assert_eq!(each(&ada.get(&pins).await.page().0, "content"), ["three", "two"]);
}

#[tokio::test]
async fn actions_take_json_and_forms_and_tell_the_page() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let chat = ada.chat(&workspace, "channel", &[]).await;
    let state = async || ada.get(&chat).await.data(200);
    for answer in [
        ada.post(&format!("{chat}/actions/rename"), json!({"title": "Valves"}))
            .await,
        ada.form(&format!("{chat}/actions/rename"), "title=Cam+shafts")
            .await,
        ada.act(&format!("{chat}/actions/close")).await,
    ] {
        answer.nothing();
        assert_eq!(answer.header("hx-trigger"), "chatUpdated");
    }
    assert_eq!(
        (&state().await["title"], &state().await["state"]),
        (&json!("Cam shafts"), &json!("closed"))
    );
    ada.post(&format!("{chat}/messages"), json!({"content": "hi"}))
        .await
        .refuses(422, "INVALID_STATE", None);
    ada.form(&format!("{chat}/actions/reopen"), "").await.nothing();
    assert_eq!(state().await["state"], "open");
    ada.form(&format!("{chat}/actions/rename"), "")
        .await
        .refuses(400, "VALIDATION_ERROR", Some("title"));
    ada.form(&format!("{chat}/actions/rename"), "title=")
        .await
        .refuses(400, "VALIDATION_ERROR", Some("title"));
}
