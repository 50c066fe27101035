//! `flowra migrate` from MongoDB to a file and back, cut off on the way.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::client::Client;
use crate::load::Load;
use crate::parts::Installation;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(
    not(has_services),
    ignore = "needs redis-server and a server for MongoDB; scripts/test installs both"
)]
async fn everything_goes_from_mongodb_to_a_file_and_back_though_the_way_is_cut_off() {
    let mut installation = Installation::start(1).await;
    let ada = Client::register(&installation, "ada").await;
    let chat = ada.channel().await;
    let load = Load::start(&installation, &ada, &chat);
    tokio::time::sleep(Duration::from_secs(4)).await;
    load.stop().await;
    installation.stop().await;

    let folder = TempDir::new().unwrap();
    let file = format!("sqlite:{}", folder.path().join("flowra.db").display());
    let (first, second) = (installation.storage("flowra"), installation.storage("second"));
    let there = carry(&installation, &first, &file).await;
    let back = carry(&installation, &file, &second).await;
    for report in [&there, &back] {
        let number = |field: &str| report[field].as_u64().unwrap();
        assert!(number("events") > 100, "{report}");
        assert_eq!(number("found") + number("carried"), number("events"), "{report}");
    }
    for digest in ["events", "documents", "log_sha256", "documents_sha256"] {
        assert_eq!(there[digest], back[digest], "{digest}");
    }
    for storage in [&first, &file, &second] {
        let check = installation.run(&["check", "--storage", storage]);
        assert!(check.status.success(), "{check:?}");
    }
}

/// Begins to carry everything over, kills that, and does it again; answers the report.
async fn carry(installation: &Installation, from: &str, to: &str) -> Value {
    let arguments = ["migrate", "--json", "--from", from, "--to", to];
    let mut cut = installation.flowra(&arguments);
    let mut cut = cut.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    cut.kill().unwrap();
    cut.wait().unwrap();
    let carried = installation.run(&arguments);
    assert!(carried.status.success(), "{carried:?}");
    serde_json::from_slice(&carried.stdout).unwrap()
}
