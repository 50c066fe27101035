//! The people of a workspace, the ways in, and its settings, by the forms of their panels.

use flowra_core::user::{Register, Registration, Username};
use flowra_core::workspace::Role;
use flowra_core::{App, Caller, Id, Ports, WorkspaceId};
use flowra_http::feed::{Hub, Limits};
use flowra_http::server::Server;
use flowra_testkit::Memory;

use crate::support::{TestServer, read_settings};
use crate::visitor::Browser;

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap().1;
    rest.split_once(after).unwrap().0
}

/// A workspace of Ada's with Bob in it, who came by a link from its panel; both their browsers, and the workspace's path.
async fn team(server: &TestServer) -> (Browser, Browser, String) {
    let mut ada = Browser::new(server);
    let chat = ada.begin("ada").await;
    let workspace: String = chat.split("/c/").next().unwrap().to_owned();
    let people = format!("{workspace}/people");
    ada.get(&people).await;
    let made = ada
        .post(
            &people,
            &[("do", "invite"), ("role", "member"), ("max_uses", "1")],
        )
        .await
        .text();
    let link = between(&made, "<input id=\"link\" value=\"", "\"");
    let link = format!("/invites/{}", link.rsplit('/').next().unwrap());
    let mut bob = Browser::new(server);
    bob.get("/register").await;
    let account = [
        ("username", "bob"),
        ("display_name", "Bob"),
        ("email", "bob@example.org"),
        ("password", "correct horse battery"),
    ];
    assert_eq!(bob.post("/register", &account).await.status, 303);
    bob.get(&link).await;
    assert_eq!(bob.post(&link, &[]).await.status, 303);
    (ada, bob, workspace)
}

#[tokio::test]
async fn a_link_from_the_panel_lets_somebody_in_and_is_shown_only_once() {
    let server = TestServer::start(&[]).await;
    let (mut ada, mut bob, workspace) = team(&server).await;
    let page = ada.get(&format!("{workspace}/people")).await.text();
    assert!(page.contains("@bob · member"), "{page}");
    assert!(page.contains("used 1 of 1 times"), "{page}");
    assert!(!page.contains("id=\"link\""), "{page}");
    let seen = bob.get(&format!("{workspace}/people")).await.text();
    assert!(seen.contains("@ada · owner"), "{seen}");
    assert!(!seen.contains("Invite people"), "a member invites nobody: {seen}");
    let invite = between(&page, "name=\"invite\" value=\"", "\"").to_owned();
    let revoke = [("do", "revoke"), ("invite", invite.as_str())];
    let page = ada.post(&format!("{workspace}/people"), &revoke).await.text();
    assert!(!page.contains("used 1 of 1 times"), "{page}");
}

#[tokio::test]
async fn a_form_that_no_page_offers_invites_nobody_and_changes_no_role() {
    let server = TestServer::start(&[]).await;
    let (mut ada, _, workspace) = team(&server).await;
    let people = format!("{workspace}/people");
    ada.get(&people).await;
    for fields in [
        [("do", "invite"), ("role", "emperor"), ("max_uses", "1")],
        [("do", "invite"), ("role", "member"), ("max_uses", "one")],
    ] {
        let answer = ada.post(&people, &fields).await;
        assert_eq!(answer.status, 422, "{fields:?}");
        let page = answer.text();
        assert!(page.contains("class=\"complaint\""), "{page}");
        assert!(!page.contains("id=\"link\""), "{page}");
    }
}

/// Lets so many clerks in.
async fn join(memory: &Memory, workspace: WorkspaceId, count: usize) {
    let app = App::new(memory.ports());
    let request = || Id::from_bytes(app.ports.ids.next());
    let name = Username::parse("ada").unwrap();
    let ada = app.ports.users.find_by_username(vec![name]).await.unwrap()[0].id;
    for number in 0..count {
        let clerk = Register {
            username: format!("clerk{number:03}"),
            email: format!("clerk{number}@example.org"),
            display_name: format!("Clerk {number:03}"),
            password: "correct horse battery".to_owned(),
        };
        let clerk = app
            .accounts
            .register(request(), Registration::Open, clerk)
            .await
            .unwrap()
            .id;
        let by_ada = Caller::new(ada, request());
        app.workspaces
            .add_member(&by_ada, workspace, clerk, Role::Member)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn of_many_people_some_are_shown_and_all_are_found_by_name() {
    let (folder, memory, hub) = (
        tempfile::tempdir().unwrap(),
        Memory::seeded(1),
        Hub::new(Limits::default()),
    );
    let ports = Ports {
        presence: hub.clone(),
        ..memory.ports()
    };
    let settings = read_settings(&folder, &[]);
    let server = Server::over(settings, hub, ports, Vec::new())
        .await
        .unwrap()
        .start();
    let mut ada = Browser::at(server.address());
    let chat = ada.begin("ada").await;
    let workspace = chat.split("/c/").next().unwrap();
    let people = format!("{workspace}/people");
    let page = ada.get(&people).await.text();
    assert!(!page.contains("role=\"search\""), "one is shown: {page}");
    join(
        &memory,
        workspace.strip_prefix("/w/").unwrap().parse().unwrap(),
        230,
    )
    .await;
    let page = ada.get(&people).await.text();
    assert!(page.contains("31 more people: find them by name."), "{page}");
    assert_eq!(page.matches("<span class=\"dot\"").count(), 200);
    let found = ada.get(&format!("{people}?find=Clerk229")).await.text();
    assert_eq!(found.matches("<span class=\"dot\"").count(), 1, "{found}");
    let user = between(&found, "name=\"user\" value=\"", "\"").to_owned();
    let fields = [
        ("do", "role"),
        ("user", user.as_str()),
        ("role", "guest"),
        ("find", "clerk229"),
    ];
    let changed = ada.post(&people, &fields).await.text();
    assert!(changed.contains("@clerk229 · guest"), "{changed}");
    let nobody = ada.get(&format!("{people}?find=zz")).await.text();
    assert!(nobody.contains("Nobody here is called “zz”."), "{nobody}");
}

#[tokio::test]
async fn roles_change_and_who_is_removed_is_asked_about_first() {
    let server = TestServer::start(&[]).await;
    let (mut ada, mut bob, workspace) = team(&server).await;
    let people = format!("{workspace}/people");
    let page = ada.get(&people).await.text();
    let row = page.split("@bob").nth(1).unwrap();
    let id = between(row, "name=\"user\" value=\"", "\"").to_owned();
    let user = ("user", id.as_str());
    let page = ada
        .post(&people, &[("do", "role"), user, ("role", "admin")])
        .await
        .text();
    assert!(page.contains("@bob · admin"), "{page}");

    let asked = ada.post(&people, &[("do", "remove"), user]).await.text();
    assert!(asked.contains("Remove Bob from Engines?"), "{asked}");
    assert_eq!(bob.get(&people).await.status, 200, "nothing was done yet");
    let sure = [("do", "remove"), user, ("sure", "yes")];
    let page = ada.post(&people, &sure).await.text();
    assert!(!page.contains("@bob"), "{page}");
    assert_eq!(bob.get(&people).await.status, 404);
}

#[tokio::test]
async fn the_owner_hands_over_and_leaves() {
    let server = TestServer::start(&[]).await;
    let (mut ada, mut bob, workspace) = team(&server).await;
    let people = format!("{workspace}/people");
    let page = ada.get(&people).await.text();
    assert!(!page.contains("Leave Engines"), "the owner stays: {page}");
    let row = page.split("@bob").nth(1).unwrap();
    let id = between(row, "name=\"user\" value=\"", "\"").to_owned();
    let user = ("user", id.as_str());
    let asked = ada.post(&people, &[("do", "transfer"), user]).await.text();
    assert!(asked.contains("Make Bob the owner of Engines?"), "{asked}");
    let sure = [("do", "transfer"), user, ("sure", "yes")];
    let page = ada.post(&people, &sure).await.text();
    assert!(page.contains("@bob · owner"), "{page}");
    let asked = ada.post(&people, &[("do", "leave")]).await.text();
    assert!(asked.contains("Leave Engines?"), "{asked}");
    let left = ada.post(&people, &[("do", "leave"), ("sure", "yes")]).await;
    assert_eq!(left.header("location"), "/");
    assert_eq!(ada.get(&people).await.status, 404);
    assert!(bob.get(&people).await.text().contains("@bob · owner"));
}

#[tokio::test]
async fn a_workspace_is_renamed_by_who_manages_it_and_not_over_a_change_of_somebody_else() {
    let server = TestServer::start(&[]).await;
    let (mut ada, mut bob, workspace) = team(&server).await;
    let settings = format!("{workspace}/settings");
    let page = ada.get(&settings).await.text();
    assert_eq!(between(&page, "name=\"was_name\" value=\"", "\""), "Engines");
    let renaming = [
        ("do", "update"),
        ("was_name", "Engines"),
        ("was_description", ""),
        ("name", "Difference Engines"),
        ("description", "Counting by steam"),
    ];
    let page = ada.post(&settings, &renaming).await.text();
    assert!(page.contains("Saved."), "{page}");
    let seen = bob.get(&settings).await.text();
    assert!(seen.contains("Settings of Difference Engines"), "{seen}");
    assert!(seen.contains("Counting by steam"), "{seen}");
    assert!(
        !seen.contains("name=\"name\""),
        "a member changes nothing: {seen}"
    );
    let stale = |name, description| {
        [
            ("do", "update"),
            ("was_name", "Engines"),
            ("was_description", ""),
            ("name", name),
            ("description", description),
        ]
    };
    let both = ada.post(&settings, &stale("Looms", "")).await;
    assert_eq!(both.status, 422, "{}", both.text());
    let both = both.text();
    assert!(both.contains("to: Difference Engines."), "{both}");
    assert!(
        both.contains("value=\"Looms\"") && both.contains("name=\"was_name\" value=\"Difference Engines\""),
        "{both}"
    );
    let untouched = ada.post(&settings, &stale("Engines", "")).await;
    assert_eq!(untouched.status, 200);
    let seen = bob.get(&settings).await.text();
    assert!(
        seen.contains("Settings of Difference Engines") && seen.contains("Counting by steam"),
        "{seen}"
    );
    let nameless = [("do", "update"), ("name", " "), ("description", "")];
    let refused = ada.post(&settings, &nameless).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
}

#[tokio::test]
async fn a_workspace_is_deleted_by_its_owner_who_types_its_name() {
    let server = TestServer::start(&[]).await;
    let (mut ada, mut bob, workspace) = team(&server).await;
    let settings = format!("{workspace}/settings");
    ada.get(&settings).await;
    let refused = ada
        .post(&settings, &[("do", "delete"), ("typed", "Engine")])
        .await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Type Engines to delete it."));
    bob.get(&settings).await;
    let typed = [("do", "delete"), ("typed", "Engines")];
    assert_eq!(bob.post(&settings, &typed).await.status, 403);
    assert_eq!(ada.post(&settings, &typed).await.header("location"), "/");
    assert_eq!(bob.get(&settings).await.status, 404);
}
