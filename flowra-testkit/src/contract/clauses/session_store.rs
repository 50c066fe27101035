//! What the store of sessions promises.

use std::sync::Arc;

use flowra_core::UserId;
use flowra_core::page::{Limit, PageRequest};
use flowra_core::user::Session;
use tokio::task::JoinSet;

use super::{Scene, digest};

pub(in crate::contract) async fn a_session_is_found_by_either_token(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let session = begun(&scene, ada, 1).await;
    let other = begun(&scene, ada, 3).await;
    let by_access = scene.sessions.by_access(session.access).await.unwrap();
    assert_eq!(by_access.as_deref(), Some(&session));
    let by_refresh = scene.sessions.by_refresh(session.refresh).await.unwrap();
    assert_eq!(by_refresh.as_deref(), Some(&session));
    let by_access = scene.sessions.by_access(other.access).await.unwrap();
    assert_eq!(by_access.as_deref(), Some(&other));
    assert_eq!(scene.sessions.by_access(session.refresh).await.unwrap(), None);
    assert_eq!(scene.sessions.by_refresh(session.access).await.unwrap(), None);
    assert_eq!(scene.sessions.by_access(digest(99)).await.unwrap(), None);
}

pub(in crate::contract) async fn a_refresh_token_rotates_once(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let session = begun(&scene, ada, 1).await;
    let mut rotations = JoinSet::new();
    for number in 0..16 {
        let renewed = with_tokens(&session, 10 + 2 * number);
        let sessions = Arc::clone(&scene.sessions);
        let used = session.refresh;
        rotations.spawn(async move {
            let won = sessions.rotate(used, renewed.clone()).await.unwrap();
            won.then_some(renewed)
        });
    }
    let winners: Vec<_> = rotations.join_all().await.into_iter().flatten().collect();
    let [winner] = &winners[..] else {
        panic!("one rotation wins, and not {winners:?}");
    };
    let found = scene.sessions.by_access(winner.access).await.unwrap();
    assert_eq!(found.as_deref(), Some(winner));
    let again = with_tokens(&session, 90);
    assert!(!scene.sessions.rotate(session.refresh, again).await.unwrap());
}

pub(in crate::contract) async fn a_used_refresh_token_is_remembered(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let first = begun(&scene, ada, 1).await;
    let (second, third) = (with_tokens(&first, 3), with_tokens(&first, 5));
    assert!(
        scene
            .sessions
            .rotate(first.refresh, second.clone())
            .await
            .unwrap()
    );
    assert!(
        scene
            .sessions
            .rotate(second.refresh, third.clone())
            .await
            .unwrap()
    );
    for used in [first.refresh, second.refresh, third.refresh] {
        let found = scene.sessions.by_refresh(used).await.unwrap();
        assert_eq!(
            found.as_deref(),
            Some(&third),
            "a used token leads to the session as it is now"
        );
    }
}

pub(in crate::contract) async fn a_rotated_access_token_is_over(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let session = begun(&scene, ada, 1).await;
    let renewed = with_tokens(&session, 3);
    assert!(
        scene
            .sessions
            .rotate(session.refresh, renewed.clone())
            .await
            .unwrap()
    );
    assert_eq!(scene.sessions.by_access(session.access).await.unwrap(), None);
    let found = scene.sessions.by_access(renewed.access).await.unwrap();
    assert_eq!(found.as_deref(), Some(&renewed));
}

pub(in crate::contract) async fn an_ended_session_is_over(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let session = begun(&scene, ada, 1).await;
    let kept = begun(&scene, ada, 3).await;
    scene.sessions.end(session.id).await.unwrap();
    scene.sessions.end(session.id).await.unwrap();
    assert_eq!(scene.sessions.by_access(session.access).await.unwrap(), None);
    assert_eq!(scene.sessions.by_refresh(session.refresh).await.unwrap(), None);
    let late = with_tokens(&session, 9);
    assert!(!scene.sessions.rotate(session.refresh, late).await.unwrap());
    assert!(scene.sessions.by_access(kept.access).await.unwrap().is_some());
}

pub(in crate::contract) async fn ending_all_sessions_ends_one_persons_only(mut scene: Scene) {
    let (ada, bob) = (scene.user("ada").await, scene.user("bob").await);
    let adas = [begun(&scene, ada, 1).await, begun(&scene, ada, 3).await];
    let bobs = begun(&scene, bob, 5).await;
    scene.sessions.end_all(ada).await.unwrap();
    for session in adas {
        assert_eq!(scene.sessions.by_access(session.access).await.unwrap(), None);
        assert_eq!(scene.sessions.by_refresh(session.refresh).await.unwrap(), None);
    }
    assert!(scene.sessions.by_access(bobs.access).await.unwrap().is_some());
}

pub(in crate::contract) async fn a_persons_sessions_are_listed_newest_first(mut scene: Scene) {
    let (ada, bob) = (scene.user("ada").await, scene.user("bob").await);
    let mut adas = Vec::new();
    for byte in [1, 3, 5] {
        adas.insert(0, begun(&scene, ada, byte).await);
    }
    begun(&scene, bob, 7).await;
    let limit = Limit::parse(2).unwrap();
    let mut page = PageRequest::first(limit);
    let first = scene.sessions.of_user(ada, page.clone()).await.unwrap();
    assert!(first.has_more);
    page.after = first.items.last().map(|last| last.id);
    let rest = scene.sessions.of_user(ada, page).await.unwrap();
    assert!(!rest.has_more);
    let listed: Vec<_> = first
        .items
        .iter()
        .chain(&rest.items)
        .map(|one| (**one).clone())
        .collect();
    assert_eq!(listed, adas);
    scene.sessions.end(adas[1].id).await.unwrap();
    let left = scene
        .sessions
        .of_user(ada, PageRequest::first(limit))
        .await
        .unwrap();
    let left: Vec<_> = left.items.iter().map(|one| one.id).collect();
    assert_eq!(left, [adas[0].id, adas[2].id]);
}

/// A session that was stored, with the tokens `byte` and `byte + 1`.
async fn begun(scene: &Scene, user: UserId, byte: u8) -> Session {
    let now = scene.world.now();
    let session = Session {
        id: scene.world.id(),
        user,
        access: digest(byte),
        access_expires_at: now.plus_seconds(900),
        refresh: digest(byte + 1),
        refresh_expires_at: now.plus_seconds(86_400),
        renewal: None,
        client: None,
        created_at: now,
    };
    scene.sessions.begin(session.clone()).await.unwrap();
    session
}

fn with_tokens(session: &Session, byte: u8) -> Session {
    Session {
        access: digest(byte),
        refresh: digest(byte + 1),
        access_expires_at: session.access_expires_at.plus_seconds(900),
        ..session.clone()
    }
}
