//! Three real servers and a worker over one database and one Redis: to people they are one, and any part of them may be killed.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]
#![cfg_attr(
    not(has_services),
    expect(
        dead_code,
        reason = "without the services the tests are ignored, and so are their helpers"
    )
)]

mod carry;
mod client;
mod listener;
mod load;
mod parts;
mod workers;

use std::time::{Duration, Instant};

use serde_json::json;

use client::Client;
use listener::Listener;
use load::Load;
use parts::Installation;

/// Longer than any lease: 6 seconds for a consumer's, 15 for a server's people.
const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(8);

/// How long a server looks for its database before it pauses and tries again.
const LONGER_THAN_A_TRY: Duration = Duration::from_secs(6);

/// How long a fault may take to pass before the next.
const CALM: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(
    not(has_services),
    ignore = "needs redis-server and a server for MongoDB; scripts/test installs both"
)]
async fn whatever_is_killed_or_paused_nothing_is_lost_doubled_or_out_of_order() {
    let mut installation = Installation::start(3).await;
    let ada = Client::register(&installation, "ada").await;
    let chat = ada.channel().await;
    let mut listeners = Vec::new();
    for server in 0..3 {
        listeners.push(Listener::start(&installation, server, &ada, &chat).await);
    }
    let load = Load::start(&installation, &ada, &chat);
    tokio::time::sleep(CALM).await;

    installation.kill_server(0);
    tokio::time::sleep(CALM).await;
    installation.start_server(0).await;

    installation.kill_worker();
    installation.start_worker();
    tokio::time::sleep(CALM).await;

    installation.redis.kill();
    tokio::time::sleep(CALM).await;
    installation.redis.restart().await;

    installation.pause_server(1);
    tokio::time::sleep(LONGER_THAN_A_LEASE).await;
    installation.resume_server(1);

    installation.database.kill();
    tokio::time::sleep(CALM).await;
    installation.database.restart().await;
    tokio::time::sleep(CALM).await;

    let done = load.stop().await;
    assert!(done.acknowledged.len() > 100, "{}", done.acknowledged.len());
    let stored = ada.contents(&chat).await;
    for content in &done.acknowledged {
        let times = stored.iter().filter(|found| *found == content).count();
        assert_eq!(times, 1, "{content} was acknowledged");
    }
    for content in &stored {
        assert!(done.tried.contains(content), "nobody posted {content}");
    }
    let mut once = stored.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), stored.len(), "something is stored twice");
    for (number, listener) in listeners.into_iter().enumerate() {
        let heard = listener.until(stored.last().unwrap()).await;
        let differs = heard
            .iter()
            .zip(&stored)
            .position(|(heard, stored)| heard != stored);
        let around = differs.map(|at| {
            let some = at.saturating_sub(2)..at + 3;
            (heard.get(some.clone()), stored.get(some))
        });
        assert_eq!(around, None, "listener {number} heard and there is");
        assert_eq!(heard.len(), stored.len(), "listener {number}");
    }
    installation.stop().await;
    let check = installation.run(&["check", "--json"]);
    assert!(check.status.success(), "{check:?}");
    let letters = installation.run(&["dead-letters", "list"]);
    assert_eq!(String::from_utf8_lossy(&letters.stdout), "", "{letters:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(
    not(has_services),
    ignore = "needs redis-server and a server for MongoDB; scripts/test installs both"
)]
async fn people_find_at_one_server_what_they_did_at_another() {
    let installation = Installation::start(2).await;
    let ada = Client::register(&installation, "ada").await;
    let mut sockets = [ada.connect(0).await.unwrap(), ada.connect(1).await.unwrap()];
    for number in 0..30 {
        let title = format!("Channel {number}");
        let made = ada
            .made_at(
                number % 2,
                &ada.chats(),
                &json!({"kind": "channel", "title": title}),
            )
            .await;
        let other = (number + 1) % 2;
        let chat = made["id"].as_str().unwrap();
        sockets[other].follow(chat).await.unwrap();
        let messages = format!("{}/{chat}/messages", ada.chats());
        let posted = ada
            .made_at(other, &messages, &json!({"content": "#task Find me"}))
            .await;
        let (status, found) = ada.get_at(number % 2, &messages).await;
        assert_eq!(status, 200, "{found}");
        assert_eq!(found["data"][0]["id"], posted["id"], "{found}");
        let (_, tasks) = ada
            .get_at(number % 2, &format!("{}/tasks?sort=-created_at", ada.workspace()))
            .await;
        assert_eq!(
            tasks["data"].as_array().map(Vec::len),
            Some(number + 1),
            "{tasks}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(
    not(has_services),
    ignore = "needs redis-server and a server for MongoDB; scripts/test installs both"
)]
async fn who_loses_a_right_or_is_deactivated_at_one_server_is_out_at_the_other_within_a_second() {
    let installation = Installation::start(2).await;
    let ada = Client::register(&installation, "ada").await;
    let (mut lost, mut ended) = (Vec::new(), Vec::new());
    for number in 0..5 {
        let bob = Client::register(&installation, &format!("bob{number}")).await;
        let members = format!("{}/members", ada.workspace());
        let member = json!({"user_id": bob.id(), "role": "member"});
        ada.made_at(0, &members, &member).await;
        let group = json!({"kind": "group", "title": "Us", "participant_ids": [bob.id()]});
        let group = ada.made_at(0, &ada.chats(), &group).await;
        let group = group["id"].as_str().unwrap();
        let mut connection = bob.connect(1).await.unwrap();
        connection.follow(group).await.unwrap();

        let begin = Instant::now();
        let path = format!("{}/{group}/participants/{}", ada.chats(), bob.id());
        let (status, answer) = ada.delete_at(0, &path).await;
        assert_eq!(status, 204, "{answer}");
        let frame = connection.until("unsubscribed").await.unwrap();
        assert_eq!(frame["chat_id"], group, "{frame}");
        lost.push(begin.elapsed());

        let begin = Instant::now();
        let path = format!("/api/v1/users/{}/actions/deactivate", bob.id());
        let (status, answer) = ada.post_at(0, &path, None, &json!({})).await.unwrap();
        assert_eq!(status, 200, "{answer}");
        assert_eq!(connection.close_code().await, Some(4001));
        ended.push(begin.elapsed());
        let (status, answer) = bob.get_at(1, "/api/v1/auth/me").await;
        assert_eq!(status, 401, "{answer}");
    }
    // The machine that runs the tests may be busy for a moment, but not at most of the tries.
    for mut times in [lost, ended] {
        times.sort_unstable();
        assert!(times[2] < Duration::from_secs(1), "{times:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(
    not(has_services),
    ignore = "needs redis-server and a server for MongoDB; scripts/test installs both"
)]
async fn a_server_that_starts_before_its_database_waits_for_it() {
    let mut installation = Installation::start(1).await;
    let ada = Client::register(&installation, "ada").await;
    installation.kill_server(0);
    installation.database.kill();
    installation.start_server(0).await;
    let mut waiting = installation.extra_server();
    tokio::time::sleep(LONGER_THAN_A_TRY).await;
    waiting.end().await;
    installation.database.restart().await;
    let chat = ada.channel().await;
    assert!(ada.contents(&chat).await.is_empty());
}
