//! Tells the tests whether there is a server for them.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(has_mongodb)");
    println!("cargo::rustc-check-cfg=cfg(has_server_program)");
    for variable in [
        "FLOWRA_TEST_MONGODB",
        "FLOWRA_TEST_CACHE",
        "FLOWRA_REQUIRE_SERVERS",
        "CI",
    ] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let cache = env::var_os("FLOWRA_TEST_CACHE").map(PathBuf::from);
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/flowra-test"));
    let program = cache.or(home).map(|cache| cache.join("bin/secantusd-rs"));
    if let Some(program) = &program {
        println!("cargo::rerun-if-changed={}", program.display());
    }
    let is_installed = program.is_some_and(|program| program.exists());
    let is_here = is_installed || env::var_os("FLOWRA_TEST_MONGODB").is_some();
    // Where servers are demanded the tests run without one, and fail.
    let is_demanded = env::var_os("CI").is_some() || env::var_os("FLOWRA_REQUIRE_SERVERS").is_some();
    if is_here || is_demanded {
        println!("cargo::rustc-cfg=has_mongodb");
    }
    if is_installed || is_demanded {
        println!("cargo::rustc-cfg=has_server_program");
    }
}
