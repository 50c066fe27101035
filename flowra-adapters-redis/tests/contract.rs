//! The ports between servers keep their contract on a real Redis.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "the faults are injected by another test")]
mod support;

use flowra_testkit::cluster_contract_tests;

cluster_contract_tests!(
    #[cfg_attr(
        not(has_redis),
        ignore = "needs Redis: install redis-server or set FLOWRA_TEST_REDIS"
    )]
    redis,
    support::two_nodes
);
