//! What presence promises.

use flowra_core::UserId;

use super::super::Sources;

pub(in crate::contract) async fn who_is_unknown_is_not_online(sources: Sources) {
    let strangers = vec![UserId::from_bytes([1; 16]), UserId::from_bytes([2; 16])];
    assert!(sources.presence.online(strangers).await.is_empty());
    assert!(sources.presence.online(Vec::new()).await.is_empty());
}
