//! Messages: posting, paging, threads, changes and reactions.

use serde_json::json;

use crate::world::{World, each, text};

#[tokio::test]
async fn a_message_has_the_body_of_the_contract_and_its_answer_what_its_tags_did() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let workspace = ada.workspace().await;
    ada.add(&workspace, &bob, "member").await;
    let chat = ada.chat(&workspace, "channel", &[]).await;
    let said = ada.say(&chat, "hello @bob").await;
    assert_eq!(
        said["author"],
        json!({"id": ada.id, "username": "ada", "display_name": "ADA"})
    );
    assert_eq!(
        (&said["kind"], &said["content"]),
        (&json!("user"), &json!("hello @bob"))
    );
    assert_eq!(said["reply_count"], 0);
    assert_eq!(
        (&said["attachments"], &said["reactions"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(each(&said["mentions"], "username"), ["bob"]);
    assert!(
        said.get("tags").is_none() && said.get("edited_at").is_none(),
        "{said}"
    );
    let path = format!("/messages/{}", text(&said["id"]));
    assert_eq!(ada.get(&path).await.data(200), said);

    let tagged = ada.say(&chat, "#task Fix it\n#priority Urgent").await;
    let tags = tagged["tags"].as_array().unwrap();
    assert_eq!((&tags[0]["tag"], &tags[0]["ok"]), (&json!("#task"), &json!(true)));
    assert!(
        tags[0]["task_key"].is_string() && tags[0]["task_id"].is_string(),
        "{tagged}"
    );
    assert_eq!(
        (&tags[1]["tag"], &tags[1]["ok"]),
        (&json!("#priority"), &json!(false))
    );
    for (field, body) in [
        ("content", json!({})),
        ("content", json!({"content": ""})),
        ("content", json!({"content": "x".repeat(10_001)})),
        ("parent_id", json!({"content": "a", "parent_id": "x"})),
        ("file_ids", json!({"content": "a", "file_ids": "x"})),
    ] {
        let answer = ada.post(&format!("{chat}/messages"), body).await;
        answer.refuses(400, "VALIDATION_ERROR", Some(field));
    }
    let unknown = json!({"content": "a", "parent_id": "01999999-0000-7000-8000-000000000000"});
    ada.post(&format!("{chat}/messages"), unknown)
        .await
        .refuses(404, "NOT_FOUND", Some("parent_id"));
}

#[tokio::test]
async fn pages_go_from_the_newest_back_and_around_a_message() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let chat = ada.chat(&workspace, "channel", &[]).await;
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(text(&ada.say(&chat, &number.to_string()).await["id"]));
    }
    let list = format!("{chat}/messages?limit=3");
    let page = async |more: String| {
        let (items, next) = ada.get(&format!("{list}{more}")).await.page();
        (each(&items, "content").concat(), next)
    };
    let (newest, next) = page(String::new()).await;
    assert_eq!(newest, "456");
    let (older, next) = page(format!("&cursor={}", next.unwrap())).await;
    assert_eq!(older, "123");
    let (oldest, next) = page(format!("&cursor={}", next.unwrap())).await;
    assert_eq!((oldest.as_str(), next), ("0", None));
    assert_eq!(page(format!("&before={}", ids[4])).await.0, "123");
    let (after, next) = page(format!("&after={}", ids[0])).await;
    assert_eq!(after, "123");
    let (more, next) = page(format!("&cursor={}", next.unwrap())).await;
    assert_eq!((more.as_str(), next), ("456", None));
    assert_eq!(page(format!("&around={}", ids[3])).await.0, "234");
    assert_eq!(page(format!("&before={}", ids[0])).await, (String::new(), None));
    let both = ada
        .get(&format!("{list}&before={}&after={}", ids[0], ids[1]))
        .await;
    assert_eq!(both.refusal().0, 400);
    ada.get(&format!("{list}&include=all"))
        .await
        .refuses(400, "VALIDATION_ERROR", Some("include"));
    let unknown = "01999999-0000-7000-8000-000000000000";
    assert_eq!(
        ada.get(&format!("{list}&around={unknown}")).await.refusal().0,
        404
    );
}

#[tokio::test]
async fn replies_are_in_their_thread_and_only_there_unless_asked_for() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let chat = ada.chat(&workspace, "channel", &[]).await;
    let root = ada.say(&chat, "root").await;
    let root_id = text(&root["id"]);
    for content in ["a", "b", "c"] {
        let body = json!({"content": content, "parent_id": root_id});
        let reply = ada.post(&format!("{chat}/messages"), body).await.data(201);
        assert_eq!(reply["parent_id"], root["id"]);
    }
    let contents = async |path: &str| each(&ada.get(path).await.page().0, "content");
    assert_eq!(contents(&format!("{chat}/messages")).await, ["root"]);
    assert_eq!(
        contents(&format!("{chat}/messages?include=replies")).await,
        ["root", "a", "b", "c"]
    );
    let thread = format!("/messages/{root_id}/thread");
    assert_eq!(contents(&thread).await, ["a", "b", "c"]);
    let (first, next) = ada.get(&format!("{thread}?limit=2")).await.page();
    assert_eq!(each(&first, "content"), ["a", "b"]);
    assert_eq!(
        contents(&format!("{thread}?limit=2&cursor={}", next.unwrap())).await,
        ["c"]
    );
    assert_eq!(
        ada.get(&format!("/messages/{root_id}")).await.data(200)["reply_count"],
        3
    );
}

#[tokio::test]
async fn the_author_edits_and_deletes_and_admins_read_what_it_said() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let workspace = ada.workspace().await;
    ada.add(&workspace, &bob, "member").await;
    let chat = ada.chat(&workspace, "group", &[&bob]).await;
    let said = bob.say(&chat, "frist").await;
    let path = format!("/messages/{}", text(&said["id"]));
    ada.put(&path, json!({"content": "first"}))
        .await
        .refuses(403, "NOT_AUTHOR", None);
    let edited = bob
        .put_if(&path, "\"1\"", json!({"content": "first"}))
        .await
        .data(200);
    assert_eq!(
        (&edited["content"], &edited["version"]),
        (&json!("first"), &json!(2))
    );
    assert!(edited["edited_at"].is_string());
    bob.put_if(&path, "\"1\"", json!({"content": "late"}))
        .await
        .refuses(409, "CONCURRENT_MODIFICATION", None);
    let (history, _) = ada.get(&format!("{path}/history")).await.page();
    assert_eq!(each(&history, "content"), ["frist", "first"]);
    bob.get(&format!("{path}/history"))
        .await
        .refuses(403, "NOT_CHAT_ADMIN", None);

    ada.delete(&path).await.nothing();
    let gone = bob.get(&path).await.data(200);
    assert!(
        gone["deleted_at"].is_string() && gone.get("content").is_none(),
        "{gone}"
    );
    assert_eq!(bob.get(&format!("{chat}/messages")).await.page().0[0], gone);
    bob.put(&path, json!({"content": "back"}))
        .await
        .refuses(410, "DELETED", None);
    bob.post(&format!("{path}/reactions"), json!({"emoji": "🎉"}))
        .await
        .refuses(410, "DELETED", None);
}

#[tokio::test]
async fn reactions_count_each_person_once() {
    let world = World::start().await;
    let (ada, bob) = (world.register("ada").await, world.register("bob").await);
    let workspace = ada.workspace().await;
    ada.add(&workspace, &bob, "member").await;
    let chat = ada.chat(&workspace, "group", &[&bob]).await;
    let path = format!("/messages/{}", text(&ada.say(&chat, "done").await["id"]));
    let reactions = format!("{path}/reactions");
    ada.post(&reactions, json!({"emoji": "🎉"})).await.data(201);
    ada.post(&reactions, json!({"emoji": "🎉"})).await.data(201);
    let both = bob.post(&reactions, json!({"emoji": "🎉"})).await.data(201);
    assert_eq!(
        (&both["reactions"][0]["count"], &both["reactions"][0]["mine"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(each(&both["reactions"][0]["users"], "username").len(), 2);
    bob.delete(&format!("{reactions}?emoji=%F0%9F%8E%89"))
        .await
        .nothing();
    let seen = bob.get(&path).await.data(200);
    assert_eq!(
        (&seen["reactions"][0]["count"], &seen["reactions"][0]["mine"]),
        (&json!(1), &json!(false))
    );
    ada.post(&reactions, json!({"emoji": ""}))
        .await
        .refuses(400, "VALIDATION_ERROR", Some("emoji"));
    ada.delete(&reactions)
        .await
        .refuses(400, "VALIDATION_ERROR", Some("emoji"));
}
