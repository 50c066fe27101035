//! Who is connected where: a set of people for each node, which Redis drops when the node's lease is over.

use std::time::Duration;

use flowra_core::cluster::{NodeId, PresenceLedger};
use flowra_core::{BoxFuture, PortResult, UserId};
use redis::{Pipeline, Script};

use crate::node::RedisNode;

/// The set of all nodes that hold somebody.
const NODES: &str = "nodes";

/// How many people are asked for, or written, with one command; a script cannot take many more.
const CHUNK: usize = 1_000;

pub(crate) fn script() -> Script {
    Script::new(include_str!("find.lua"))
}

impl PresenceLedger for RedisNode {
    fn hold(&self, node: NodeId, users: Vec<UserId>, lease: Duration) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            let mut writes = redis::pipe();
            writes.atomic().del(self.holding(node)).ignore();
            self.write(writes, "redis.presence_ledger.hold", node, &users, &[], lease)
                .await
        })
    }

    fn change(
        &self,
        node: NodeId,
        came: Vec<UserId>,
        gone: Vec<UserId>,
        lease: Duration,
    ) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            let mut writes = redis::pipe();
            writes.atomic();
            self.write(writes, "redis.presence_ledger.change", node, &came, &gone, lease)
                .await
        })
    }

    fn held(&self, users: Vec<UserId>) -> BoxFuture<'_, PortResult<Vec<UserId>>> {
        const WHAT: &str = "redis.presence_ledger.held";
        Box::pin(async move {
            let mut held = Vec::new();
            for asked in users.chunks(CHUNK) {
                let mut connection = self.link.connection(WHAT)?;
                let mut call = self.find.key(self.options.key(NODES));
                call.arg(self.options.key("node:"));
                for user in asked {
                    call.arg(user.as_bytes());
                }
                let found: Vec<u64> = self.link.answer(WHAT, call.invoke_async(&mut connection)).await?;
                held.extend(
                    asked
                        .iter()
                        .zip(found)
                        .filter(|(_, nodes)| *nodes > 0)
                        .map(|(user, _)| *user),
                );
            }
            Ok(held)
        })
    }
}

impl RedisNode {
    fn holding(&self, node: NodeId) -> String {
        self.options.key(format_args!("node:{node}"))
    }

    async fn write(
        &self,
        mut writes: Pipeline,
        what: &'static str,
        node: NodeId,
        came: &[UserId],
        gone: &[UserId],
        lease: Duration,
    ) -> PortResult<()> {
        let mut connection = self.link.connection(what)?;
        let holding = self.holding(node);
        for (command, people) in [("SADD", came), ("SREM", gone)] {
            for people in people.chunks(CHUNK) {
                let write = writes.cmd(command).arg(&holding);
                for user in people {
                    write.arg(user.as_bytes());
                }
                write.ignore();
            }
        }
        let lease = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
        writes.cmd("PEXPIRE").arg(&holding).arg(lease).ignore();
        writes
            .cmd("SADD")
            .arg(self.options.key(NODES))
            .arg(node.to_string())
            .ignore();
        self.link.answer(what, writes.exec_async(&mut connection)).await
    }
}
