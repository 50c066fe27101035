//! Finds out whether there is a Redis to test against; without one the tests show as ignored, except where they must not be.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(has_redis)");
    for variable in ["FLOWRA_TEST_REDIS", "FLOWRA_REQUIRE_SERVERS", "CI", "PATH"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let is_required = |variable: &str| env::var_os(variable).is_some_and(|value| !value.is_empty());
    let is_installed = || {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path).any(|folder| Path::new(&folder).join("redis-server").is_file())
    };
    if ["FLOWRA_TEST_REDIS", "FLOWRA_REQUIRE_SERVERS", "CI"]
        .into_iter()
        .any(is_required)
        || is_installed()
    {
        println!("cargo::rustc-cfg=has_redis");
    }
}
