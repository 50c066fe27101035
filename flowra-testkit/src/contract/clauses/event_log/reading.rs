//! That the log gives back what was written, in pieces and from anywhere, and wakes who waits for more.

use std::sync::Arc;
use std::time::Duration;

use flowra_core::event::{Document, Position, Recorded, StreamId, Version};
use flowra_core::user::UserEvent;

use super::super::Scene;

/// Longer than any log keeps at hand in these tests.
const OLD: usize = 400;

pub(in crate::contract) async fn an_event_reads_as_it_was_written(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let mut commit = scene.world.change(
        StreamId::User(ada),
        ada,
        [UserEvent::Deactivated, UserEvent::Reactivated],
    );
    commit.cause = Some(Position::new(1));
    scene.store(commit.clone()).await;

    let read = scene.recorded().await;
    for (number, event) in (0..).zip(&commit.appends[0].events) {
        let expected = Recorded {
            position: Position::new(number + 2),
            stream: StreamId::User(ada),
            version: Version::new(number + 2),
            actor: ada,
            time: commit.time,
            request: commit.request,
            cause: commit.cause,
            event: event.clone(),
        };
        assert!(read.contains(&expected), "{expected:?} is not in {read:?}");
    }
    assert_eq!(read[0].cause, None);
}

pub(in crate::contract) async fn an_event_reads_the_same_when_it_is_old(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let mut fresh = Vec::new();
    for number in 0..OLD {
        let is_admin = number % 2 == 0;
        let position = scene
            .change(StreamId::User(ada), ada, UserEvent::AdminChanged { is_admin })
            .await;
        let before = Position::new(position.get() - 1);
        let entries = scene.log.read(before, 9).await.unwrap();
        fresh.extend(entries.iter().map(|entry| Recorded::clone(&entry.recorded)));
    }
    assert_eq!(scene.recorded().await[1..], fresh);
    let stream = scene.log.stream(StreamId::User(ada), Version::new(1), OLD).await;
    assert_eq!(stream.unwrap(), fresh);
}

pub(in crate::contract) async fn a_document_at_hand_is_that_of_its_append(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let twice = scene.world.change(
        StreamId::User(ada),
        ada,
        [UserEvent::Deactivated, UserEvent::Reactivated],
    );
    let after = twice.appends[0].document.clone();
    scene.store(twice).await;
    scene
        .change(StreamId::User(ada), ada, UserEvent::Deactivated)
        .await;
    let entries = scene.log.read(Position::new(1), 2).await.unwrap();
    for entry in entries {
        assert!(entry.document.is_none_or(|document: Document| document == after));
    }
}

pub(in crate::contract) async fn reads_go_on_where_the_last_one_ended(mut scene: Scene) {
    assert!(scene.log.read(Position::START, 10).await.unwrap().is_empty());
    scene.team().await;
    let whole = scene.recorded().await;
    for limit in 1..=whole.len() {
        let mut read = Vec::new();
        loop {
            let after = read
                .last()
                .map_or(Position::START, |last: &Recorded| last.position);
            let entries = scene.log.read(after, limit).await.unwrap();
            if entries.is_empty() {
                break;
            }
            assert!(entries.len() <= limit);
            read.extend(entries.iter().map(|entry| Recorded::clone(&entry.recorded)));
        }
        assert_eq!(read, whole, "in pieces of {limit}");
    }
}

pub(in crate::contract) async fn a_stream_is_read_from_any_version(mut scene: Scene) {
    let team = scene.team().await;
    let stream = StreamId::User(team.ada);
    for is_admin in [true, false, true] {
        scene
            .change(stream, team.ada, UserEvent::AdminChanged { is_admin })
            .await;
        scene.message(team.chat, team.bob, &[]).await;
    }
    let whole: Vec<_> = scene.recorded().await;
    let own: Vec<_> = whole.into_iter().filter(|one| one.stream == stream).collect();
    assert_eq!(own.len(), 4);
    for (number, _) in (0..).zip(&own) {
        let from = usize::try_from(number).unwrap();
        let rest = scene.log.stream(stream, Version::new(number), 99).await.unwrap();
        assert_eq!(rest, own[from..]);
        let one = scene.log.stream(stream, Version::new(number), 1).await.unwrap();
        assert_eq!(one, own[from..=from]);
    }
    let nobody = StreamId::User(scene.world.id());
    assert!(
        scene
            .log
            .stream(nobody, Version::NONE, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(in crate::contract) async fn waiting_ends_with_the_next_event(mut scene: Scene) {
    scene.user("ada").await;
    let head = scene.log.head().await.unwrap();
    let log = Arc::clone(&scene.log);
    let mut waiting = tokio::spawn(async move { log.wait_past(head).await.unwrap() });
    let early = tokio::time::timeout(Duration::from_millis(50), &mut waiting).await;
    assert!(
        early.is_err(),
        "nothing happened, and yet the wait is over: {early:?}"
    );
    let bob = scene.user("bob").await;
    let woken = waiting.await.unwrap();
    assert!(woken > head);
    let entries = scene.log.read(head, 1).await.unwrap();
    assert_eq!(entries[0].recorded.stream, StreamId::User(bob));
}

pub(in crate::contract) async fn waiting_for_the_past_ends_at_once(mut scene: Scene) {
    scene.team().await;
    let head = scene.log.head().await.unwrap();
    assert_eq!(scene.log.wait_past(Position::START).await.unwrap(), head);
    let before = Position::new(head.get() - 1);
    assert_eq!(scene.log.wait_past(before).await.unwrap(), head);
}
