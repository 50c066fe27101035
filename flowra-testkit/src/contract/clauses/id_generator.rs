//! What the generator of ids promises.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::super::Sources;

pub(in crate::contract) async fn ids_never_repeat(sources: Sources) {
    let mut makers = JoinSet::new();
    for _ in 0..4 {
        let ids = Arc::clone(&sources.ids);
        makers.spawn(async move { (0..10_000).map(|_| ids.next()).collect::<Vec<_>>() });
    }
    let made = makers.join_all().await.concat();
    let different: HashSet<_> = made.iter().collect();
    assert_eq!(different.len(), made.len());
}
