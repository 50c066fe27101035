//! One installation of Flowra: its store, its servers, its use cases.
//!
//! The composition root, with [`store`](crate::store): they alone know which adapter stands behind which port.

use std::sync::Arc;

use flowra_adapters_redis::{BadRedisUrl, RedisNode, RedisOptions};
use flowra_core::chat::Presence;
use flowra_core::cluster::{NodeId, RateLimiter};
use flowra_core::{App, BoxFuture, Ports, UserId};
use uuid::Uuid;

use crate::feed::Cluster;
use crate::store::Store;

/// This server's end of the Redis that the settings name, and its place among the servers there. `alone` counts while Redis is away.
///
/// # Errors
/// A URL that cannot be used at all; a Redis that is away is none.
pub fn join(
    options: &RedisOptions,
    alone: Arc<dyn RateLimiter>,
) -> Result<(Arc<RedisNode>, Arc<Cluster>), BadRedisUrl> {
    let id = NodeId::from_bytes(*Uuid::now_v7().as_bytes());
    let node = Arc::new(RedisNode::open(options.clone(), id, alone)?);
    let cluster = Cluster::new(id, Arc::clone(&node) as _, Arc::clone(&node) as _);
    Ok((node, cluster))
}

/// The ports of a command that runs without a server: nobody is online.
#[must_use]
pub fn unattended(store: &Store) -> Ports {
    store.ports(Arc::new(NobodyOnline))
}

/// The use cases for a command that runs without a server.
#[must_use]
pub fn offline(store: &Store) -> App {
    App::new(unattended(store))
}

/// The id of a request that no client sent.
#[must_use]
pub fn own_request() -> flowra_core::RequestId {
    flowra_core::RequestId::from_bytes(*Uuid::now_v7().as_bytes())
}

struct NobodyOnline;

impl Presence for NobodyOnline {
    fn online(&self, _users: Vec<UserId>) -> BoxFuture<'_, Vec<UserId>> {
        Box::pin(std::future::ready(Vec::new()))
    }
}
