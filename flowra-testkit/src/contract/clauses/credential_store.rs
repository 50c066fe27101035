//! What the store of passwords promises.

use super::Scene;

pub(in crate::contract) async fn a_password_hash_is_kept_and_replaced(mut scene: Scene) {
    let (ada, bob) = (scene.user("ada").await, scene.user("bob").await);
    assert_eq!(scene.credentials.password_hash(ada).await.unwrap(), None);
    for hash in ["$argon2id$first", "$argon2id$second"] {
        scene
            .credentials
            .set_password_hash(ada, hash.to_owned())
            .await
            .unwrap();
        let kept = scene.credentials.password_hash(ada).await.unwrap();
        assert_eq!(kept.as_deref(), Some(hash));
    }
    assert_eq!(scene.credentials.password_hash(bob).await.unwrap(), None);
}

pub(in crate::contract) async fn a_removed_password_hash_is_gone(mut scene: Scene) {
    let (ada, bob) = (scene.user("ada").await, scene.user("bob").await);
    for user in [ada, bob] {
        let hash = "$argon2id$first".to_owned();
        scene.credentials.set_password_hash(user, hash).await.unwrap();
    }
    for _ in 0..2 {
        scene.credentials.remove_password_hash(ada).await.unwrap();
        assert_eq!(scene.credentials.password_hash(ada).await.unwrap(), None);
    }
    assert!(scene.credentials.password_hash(bob).await.unwrap().is_some());
}
