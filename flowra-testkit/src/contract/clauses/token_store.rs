//! What the store of personal access tokens promises.

use flowra_core::UserId;
use flowra_core::user::{Scopes, Token, TokenName};

use super::{Scene, digest, paged, sorted};
use crate::build::text;

pub(in crate::contract) async fn a_token_is_found_by_its_digest_until_it_is_revoked(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let token = added(&scene, ada, 1).await;
    let other = added(&scene, ada, 2).await;
    let found = scene.tokens.by_digest(token.digest).await.unwrap();
    assert_eq!(found.as_deref(), Some(&token));
    assert!(scene.tokens.revoke(ada, token.id).await.unwrap());
    assert_eq!(scene.tokens.by_digest(token.digest).await.unwrap(), None);
    assert!(!scene.tokens.revoke(ada, token.id).await.unwrap());
    let found = scene.tokens.by_digest(other.digest).await.unwrap();
    assert_eq!(found.as_deref(), Some(&other));
}

pub(in crate::contract) async fn a_token_is_revoked_by_its_owner_only(mut scene: Scene) {
    let (ada, bob) = (scene.user("ada").await, scene.user("bob").await);
    let token = added(&scene, ada, 1).await;
    assert!(!scene.tokens.revoke(bob, token.id).await.unwrap());
    assert!(scene.tokens.by_digest(token.digest).await.unwrap().is_some());
}

pub(in crate::contract) async fn a_token_id_is_taken_once(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let first = added(&scene, ada, 1).await;
    let second = Token {
        digest: digest(2),
        ..first.clone()
    };
    let there = scene.tokens.add(second.clone()).await.unwrap();
    assert_eq!(there.as_deref(), Some(&first));
    assert_eq!(scene.tokens.by_digest(second.digest).await.unwrap(), None);
    assert!(scene.tokens.revoke(ada, first.id).await.unwrap());
    assert_eq!(scene.tokens.add(second.clone()).await.unwrap(), None);
    assert!(scene.tokens.by_digest(second.digest).await.unwrap().is_some());
}

pub(in crate::contract) async fn tokens_page_by_id(mut scene: Scene) {
    let (ada, bob) = (scene.user("ada").await, scene.user("bob").await);
    let mut expected = Vec::new();
    for byte in 1..=5 {
        expected.push(added(&scene, ada, byte).await.id);
    }
    added(&scene, bob, 9).await;
    let tokens = paged(
        async |page| scene.tokens.of_user(ada, page).await.unwrap(),
        |token| token.id,
    )
    .await;
    let ids: Vec<_> = tokens.iter().map(|token| token.id).collect();
    assert_eq!(ids, sorted(expected));
}

pub(in crate::contract) async fn using_a_token_changes_nothing_else(mut scene: Scene) {
    let ada = scene.user("ada").await;
    let token = added(&scene, ada, 1).await;
    let at = scene.world.now().plus_seconds(3_600);
    scene.tokens.used(token.id, at).await.unwrap();
    scene.tokens.used(scene.world.id(), at).await.unwrap();
    let found = scene.tokens.by_digest(token.digest).await.unwrap().unwrap();
    // The note may come late, so there may be none yet.
    assert!(found.last_used_at.is_none_or(|noted| noted <= at));
    let unchanged = Token {
        last_used_at: found.last_used_at,
        ..token
    };
    assert_eq!(*found, unchanged);
}

async fn added(scene: &Scene, user: UserId, byte: u8) -> Token {
    let token = Token {
        id: scene.world.id(),
        user,
        name: text(&format!("token {byte}"), TokenName::parse),
        scopes: Scopes {
            read: true,
            write: byte > 1,
            admin: false,
        },
        digest: digest(byte),
        created_at: scene.world.now(),
        request: None,
        last_used_at: None,
        expires_at: (byte == 1).then(|| scene.world.now().plus_seconds(60)),
    };
    scene.tokens.add(token.clone()).await.unwrap();
    token
}
