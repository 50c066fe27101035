//! Tasks and the board.

use serde_json::{Value, json};

use crate::world::{User, World, each, text};

#[tokio::test]
async fn a_task_has_the_body_of_the_contract_by_id_and_by_key() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let made = ada
        .task(
            &workspace,
            json!({
                "title": "Leak", "kind": "BUG", "description": "oil", "priority": "high", "severity": "major",
                "assignee_id": ada.id, "due_date": "2026-12-24", "labels": ["oil", "urgent"],
            }),
        )
        .await;
    let person = json!({"id": ada.id, "username": "ada", "display_name": "ADA"});
    for (field, value) in [
        ("kind", json!("bug")),
        ("title", json!("Leak")),
        ("description", json!("oil")),
        ("status", json!("New")),
        ("column", json!("To Do")),
        ("priority", json!("High")),
        ("severity", json!("Major")),
        ("assignee", person.clone()),
        ("reporter", person),
        ("due_date", json!("2026-12-24")),
        ("labels", json!(["oil", "urgent"])),
        ("version", json!(1)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    let by = async |name: &str| ada.get(&format!("{workspace}/tasks/{name}")).await.data(200);
    assert_eq!(by(&text(&made["id"])).await, made);
    assert_eq!(by(&text(&made["key"])).await, made);
    for (field, body) in [
        ("title", json!({})),
        ("title", json!({"title": ""})),
        ("kind", json!({"title": "A", "kind": "story"})),
        ("priority", json!({"title": "A", "priority": "Urgent"})),
        ("severity", json!({"title": "A", "severity": "Major"})),
        (
            "severity",
            json!({"title": "A", "kind": "bug", "severity": "bad"}),
        ),
        ("due_date", json!({"title": "A", "due_date": "tomorrow"})),
        ("labels", json!({"title": "A", "labels": "x"})),
        ("assignee_id", json!({"title": "A", "assignee_id": "x"})),
        ("epic_id", json!({"title": "A", "epic_id": made["id"]})),
    ] {
        let answer = ada.post(&format!("{workspace}/tasks"), body.clone()).await;
        let (status, code, named) = answer.refusal();
        assert_eq!(
            (status, code.as_str(), named.as_deref()),
            (400, "VALIDATION_ERROR", Some(field)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn each_field_has_a_route_and_null_clears() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let epic = ada.task(&workspace, json!({"title": "E", "kind": "epic"})).await;
    let bug = ada.task(&workspace, json!({"title": "B", "kind": "bug"})).await;
    let path = format!("{workspace}/tasks/{}", text(&bug["key"]));
    let put = async |route: &str, body: Value| ada.put(&format!("{path}/{route}"), body).await;
    assert_eq!(
        put("status", json!({"status": "fixed"})).await.data(200)["column"],
        "In Review"
    );
    assert_eq!(
        put("priority", json!({"priority": "CRITICAL"})).await.data(200)["priority"],
        "Critical"
    );
    for (route, field, value, shown) in [
        ("assignee", "assignee_id", json!(ada.id), "assignee"),
        ("severity", "severity", json!("Trivial"), "severity"),
        ("due-date", "due_date", json!("2026-12-24T10:00:00Z"), "due_date"),
        ("epic", "epic_id", epic["id"].clone(), "epic_id"),
    ] {
        let set = put(route, json!({ field: value })).await.data(200);
        assert!(!set[shown].is_null(), "{set}");
        let cleared = put(route, json!({ field: null })).await.data(200);
        assert!(cleared[shown].is_null(), "{cleared}");
        put(route, json!({}))
            .await
            .refuses(400, "VALIDATION_ERROR", Some(field));
        put(route, json!({ field: 7 }))
            .await
            .refuses(400, "VALIDATION_ERROR", Some(field));
        put(route, json!({ field: "?" }))
            .await
            .refuses(400, "VALIDATION_ERROR", Some(field));
    }
    assert_eq!(
        put("labels", json!({"labels": ["a", "b"]})).await.data(200)["labels"],
        json!(["a", "b"])
    );
    assert_eq!(
        put("labels", json!({"labels": null})).await.data(200)["labels"],
        json!([])
    );
    assert_eq!(
        put("priority", json!({"priority": "Urgent"}))
            .await
            .refusal()
            .2
            .as_deref(),
        Some("priority")
    );
    let changed = ada
        .put(&path, json!({"title": "Better", "description": "much"}))
        .await
        .data(200);
    assert_eq!(
        (&changed["title"], &changed["description"]),
        (&json!("Better"), &json!("much"))
    );
    put("status", json!({"status": "Done"}))
        .await
        .refuses(422, "INVALID_TRANSITION", Some("status"));
    put("status", json!({"status": "Cancelled"})).await.data(200);
    put("status", json!({"status": "Verified"}))
        .await
        .refuses(422, "INVALID_TRANSITION", Some("status"));
    let stale = ada
        .put_if(&format!("{path}/priority"), "\"1\"", json!({"priority": "Low"}))
        .await;
    stale.refuses(409, "CONCURRENT_MODIFICATION", None);
    ada.delete(&path).await.nothing();
    let gone = ada.get(&path).await.status;
    assert!([404, 410].contains(&gone), "{gone}");
}

#[tokio::test]
async fn a_rank_with_before_puts_a_task_directly_before_that_one() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let mut ids = Vec::new();
    for title in ["a", "b", "c"] {
        ids.push(text(&ada.task(&workspace, json!({"title": title})).await["id"]));
    }
    let order = async |column: &str| {
        let (cards, _) = ada.get(&format!("{workspace}/board/{column}")).await.page();
        each(&cards, "title").concat()
    };
    assert_eq!(order("To%20Do").await, "abc");
    let rank = |id: &str| format!("{workspace}/tasks/{id}/rank");
    ada.put(&rank(&ids[2]), json!({"before": ids[1]})).await.data(200);
    assert_eq!(order("to%20do").await, "acb");
    ada.put(&rank(&ids[0]), json!({"after": ids[1]})).await.data(200);
    assert_eq!(order("TO%20DO").await, "cba");
    let moved = ada.put(&rank(&ids[0]), json!({"column": "done"})).await.data(200);
    assert_eq!(
        (&moved["column"], &moved["status"]),
        (&json!("Done"), &json!("Done"))
    );
    let epic = ada.task(&workspace, json!({"title": "E", "kind": "epic"})).await;
    ada.put(&rank(&text(&epic["id"])), json!({"column": "In Review"}))
        .await
        .refuses(422, "INVALID_TRANSITION", Some("column"));
    ada.put(&rank(&ids[0]), json!({"column": "nowhere"}))
        .await
        .refuses(400, "VALIDATION_ERROR", Some("column"));
    ada.put(&rank(&ids[0]), json!({"before": "x"}))
        .await
        .refuses(400, "VALIDATION_ERROR", Some("before"));
}

#[tokio::test]
async fn filters_and_sorts_choose_and_order_the_tasks() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let chat = ada.chat(&workspace, "channel", &[]).await;
    let chat_id = chat.rsplit('/').next().unwrap();
    let epic = ada
        .task(&workspace, json!({"title": "Zeppelin", "kind": "epic"}))
        .await;
    let epic_id = text(&epic["id"]);
    world.memory.clock.advance_seconds(1);
    ada.task(&workspace, json!({"title": "Alpha", "priority": "Low", "due_date": "2026-01-01", "labels": ["x"], "epic_id": epic_id})).await;
    world.memory.clock.advance_seconds(1);
    ada.task(
        &workspace,
        json!({"title": "Beta", "kind": "bug", "severity": "Minor", "priority": "Critical",
        "due_date": "2026-02-01", "chat_id": chat_id, "assignee_id": ada.id}),
    )
    .await;
    let titles = async |query: &str| {
        let (items, _) = ada.get(&format!("{workspace}/tasks?{query}")).await.page();
        each(&items, "title")
            .iter()
            .map(|title| &title[..1])
            .collect::<String>()
    };
    for (query, wanted) in [
        ("", "ZAB"),
        ("kind=Bug", "B"),
        ("status=planned", "Z"),
        ("column=to%20do", "ZAB"),
        ("column=done", ""),
        ("priority=critical", "B"),
        ("severity=minor", "B"),
        ("label=x", "A"),
        ("text=alph", "A"),
        ("due_before=2026-01-15", "A"),
        ("due_after=2026-01-15", "B"),
        (&format!("epic={epic_id}"), "A"),
        (&format!("chat={chat_id}"), "B"),
        (&format!("assignee={}", ada.id), "B"),
        (&format!("reporter={}&kind=task", ada.id), "A"),
        ("sort=title", "ABZ"),
        ("sort=-title", "ZBA"),
        ("sort=created_at", "ZAB"),
        ("sort=-created_at", "BAZ"),
        ("sort=-priority", "BZA"),
        ("sort=rank", "ZAB"),
        ("sort=due_date&kind=bug", "B"),
        ("sort=-updated_at", "BAZ"),
    ] {
        assert_eq!(titles(query).await, wanted, "{query}");
    }
    for field in [
        "column",
        "status",
        "kind",
        "assignee",
        "reporter",
        "priority",
        "severity",
        "epic",
        "chat",
        "due_before",
        "due_after",
        "sort",
    ] {
        let answer = ada.get(&format!("{workspace}/tasks?{field}=%3F")).await;
        assert_eq!(answer.status, 400, "{field}");
        answer.refuses(400, "VALIDATION_ERROR", Some(field));
    }
    for sort in [
        "created_at",
        "-updated_at",
        "due_date",
        "-priority",
        "rank",
        "-title",
    ] {
        let (all, _) = ada.get(&format!("{workspace}/tasks?sort={sort}")).await.page();
        let (first, next) = ada
            .get(&format!("{workspace}/tasks?sort={sort}&limit=2"))
            .await
            .page();
        let rest = format!("{workspace}/tasks?sort={sort}&limit=2&cursor={}", next.unwrap());
        let (rest, _) = ada.get(&rest).await.page();
        assert_eq!(
            [each(&first, "id"), each(&rest, "id")].concat(),
            each(&all, "id"),
            "{sort}"
        );
    }
}

#[tokio::test]
async fn a_bulk_change_answers_one_result_a_task() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let one = ada.task(&workspace, json!({"title": "A"})).await;
    let two = ada.task(&workspace, json!({"title": "B", "kind": "bug"})).await;
    let bulk = async |body: Value| ada.post(&format!("{workspace}/tasks/bulk"), body).await;
    let ids = json!([one["id"], two["key"], "NONE-9"]);
    let results = bulk(json!({"task_ids": ids, "status": "In Review"}))
        .await
        .data(200);
    assert_eq!(results[0], json!({"task_id": one["id"], "ok": true}));
    assert_eq!(
        (&results[1]["ok"], &results[1]["error"]["code"]),
        (&json!(false), &json!("INVALID_TRANSITION"))
    );
    assert_eq!(
        (&results[2]["task_id"], &results[2]["error"]["code"]),
        (&json!("NONE-9"), &json!("NOT_FOUND"))
    );
    for body in [
        json!({"task_ids": ids, "assignee_id": ada.id}),
        json!({"task_ids": ids, "assignee_id": null}),
        json!({"task_ids": ids, "priority": "low"}),
        json!({"task_ids": ids, "labels_add": ["x"]}),
        json!({"task_ids": ids, "labels_remove": ["x"]}),
    ] {
        let results = bulk(body).await.data(200);
        assert_eq!(
            (&results[0]["ok"], &results[1]["ok"]),
            (&json!(true), &json!(true)),
            "{results}"
        );
    }
    bulk(json!({"task_ids": [], "priority": "low"}))
        .await
        .refuses(400, "VALIDATION_ERROR", Some("task_ids"));
    bulk(json!({"task_ids": ids, "priority": "?"}))
        .await
        .refuses(400, "VALIDATION_ERROR", Some("priority"));
    bulk(json!({"task_ids": ids}))
        .await
        .refuses(400, "VALIDATION_ERROR", None);
}

#[tokio::test]
async fn the_activity_of_a_task_is_paged_from_the_oldest() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let key = text(&ada.task(&workspace, json!({"title": "A"})).await["key"]);
    let path = format!("{workspace}/tasks/{key}");
    ada.put(&format!("{path}/priority"), json!({"priority": "High"}))
        .await
        .data(200);
    ada.put(&format!("{path}/status"), json!({"status": "Done"}))
        .await
        .data(200);
    let (first, next) = ada.get(&format!("{path}/activity?limit=2")).await.page();
    assert_eq!(each(&first, "event"), ["task.created", "task.priority_set"]);
    let (rest, _) = ada
        .get(&format!("{path}/activity?limit=2&cursor={}", next.unwrap()))
        .await
        .page();
    assert_eq!(each(&rest, "event"), ["task.status_changed"]);
    assert_eq!(rest[0]["actor"]["username"], "ada");
}

#[tokio::test]
async fn the_board_has_every_column_with_its_count_and_goes_on_by_column() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    for number in 0..3 {
        ada.task(&workspace, json!({"title": number.to_string()})).await;
    }
    let board = ada.get(&format!("{workspace}/board?limit=2")).await.data(200);
    let columns = &board["columns"];
    let names = [
        "Backlog",
        "To Do",
        "In Progress",
        "In Review",
        "Done",
        "Cancelled",
    ];
    assert_eq!(each(columns, "name"), names);
    assert_eq!(
        (&columns[1]["count"], &columns[0]["count"]),
        (&json!(3), &json!(0))
    );
    assert_eq!(each(&columns[1]["tasks"], "title"), ["0", "1"]);
    assert!(columns[0].get("next_cursor").is_none());
    let cursor = text(&columns[1]["next_cursor"]);
    let (rest, end) = ada
        .get(&format!("{workspace}/board/To%20Do?cursor={cursor}"))
        .await
        .page();
    assert_eq!((each(&rest, "title"), end), (vec!["2".to_owned()], None));
    let other = ada.get(&format!("{workspace}/board/Done?cursor={cursor}")).await;
    other.refuses(400, "VALIDATION_ERROR", Some("cursor"));
}

#[tokio::test]
async fn actions_take_json_and_forms_and_tell_the_page() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let key = text(&ada.task(&workspace, json!({"title": "A"})).await["key"]);
    let path = format!("{workspace}/tasks/{key}");
    let shown = async |ada: &User| ada.get(&path).await.data(200);
    let assignee = format!("assignee_id={}", ada.id);
    for (action, form, body, field, value) in [
        (
            "status",
            "status=in+progress",
            json!({"status": "Done"}),
            "status",
            json!("Done"),
        ),
        (
            "priority",
            "priority=low",
            json!({"priority": "High"}),
            "priority",
            json!("High"),
        ),
        (
            "due-date",
            "due_date=2026-12-24",
            json!({"due_date": null}),
            "due_date",
            Value::Null,
        ),
        (
            "assignee",
            &assignee,
            json!({"assignee_id": null}),
            "assignee",
            Value::Null,
        ),
    ] {
        let route = format!("{path}/actions/{action}");
        for answer in [ada.form(&route, form).await, ada.post(&route, body).await] {
            answer.nothing();
            assert_eq!(answer.header("hx-trigger"), "taskUpdated", "{action}");
        }
        assert_eq!(shown(&ada).await[field], value, "{action}");
        let named = form.split('=').next().unwrap();
        ada.form(&route, &format!("{named}=%3F")).await.refusal();
        ada.form(&route, "")
            .await
            .refuses(400, "VALIDATION_ERROR", Some(named));
        ada.post(&route, json!({}))
            .await
            .refuses(400, "VALIDATION_ERROR", Some(named));
    }
    ada.form(&format!("{path}/actions/due-date"), "due_date=2026-12-24")
        .await
        .nothing();
    ada.form(&format!("{path}/actions/due-date"), "due_date=")
        .await
        .nothing();
    assert!(shown(&ada).await["due_date"].is_null());
}

#[tokio::test]
async fn a_chat_of_another_workspace_shows_no_task_in_a_list() {
    let world = World::start().await;
    let (ada, eve) = (world.register("ada").await, world.register("eve").await);
    let (hers, others) = (ada.workspace().await, eve.workspace().await);
    let channel = ada.chat(&hers, "channel", &[]).await;
    let id = channel.rsplit('/').next().unwrap();
    ada.task(&hers, json!({"title": "Top secret", "chat_id": id}))
        .await;
    let (seen, _) = eve.get(&format!("{others}/tasks?chat={id}")).await.page();
    assert_eq!(seen, json!([]));
    let (seen, _) = ada.get(&format!("{hers}/tasks?chat={id}")).await.page();
    assert_eq!(seen[0]["title"], "Top secret");
}

#[tokio::test]
async fn a_comment_begins_a_thread_and_the_next_one_stands_in_it() {
    let world = World::start().await;
    let ada = world.register("ada").await;
    let workspace = ada.workspace().await;
    let channel = json!({"kind": "channel", "title": "general"});
    let channel = ada.post(&format!("{workspace}/chats"), channel).await.data(201);
    let chat_id = text(&channel["id"]);
    let task = ada.task(&workspace, json!({"title": "Oil the mill"})).await;
    assert_eq!(task["message_id"], Value::Null);
    let comments = format!("{workspace}/tasks/{}/comments", text(&task["key"]));
    let homeless = ada.post(&comments, json!({"content": "where?"})).await;
    assert_eq!(
        homeless.refusal(),
        (400, "VALIDATION_ERROR".to_owned(), Some("chat_id".to_owned()))
    );
    let first = json!({"content": "#priority High", "chat_id": chat_id});
    let first = ada.post(&comments, first).await.data(201);
    assert_eq!(first["tags"][0]["ok"], true, "{first}");
    let by_form = ada.form(&comments, "content=by+form").await.data(201);
    assert_eq!(by_form["parent_id"], first["parent_id"]);
    let now = ada
        .get(&format!("{workspace}/tasks/{}", text(&task["key"])))
        .await
        .data(200);
    assert_eq!(
        (&now["message_id"], &now["priority"]),
        (&first["parent_id"], &json!("High"))
    );
    let thread = format!("/messages/{}/thread", text(&first["parent_id"]));
    let said = each(&ada.get(&thread).await.data(200), "content");
    assert!(said.contains(&"by form".to_owned()), "{said:?}");
    let activity = ada
        .get(&format!("{workspace}/tasks/{}/activity", text(&task["key"])))
        .await;
    assert!(
        activity.text().contains("task.thread_begun"),
        "{}",
        activity.text()
    );
}
