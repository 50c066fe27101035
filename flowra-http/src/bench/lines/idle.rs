//! `idle`: what an authenticated WebSocket costs while nothing happens on it.

use std::time::Duration;

use super::audience::{crowd, listen_bare, open_all};
use crate::bench::bench::Bench;
use crate::bench::child::Process;
use crate::bench::error::Result;
use crate::bench::floor::FloorKind;
use crate::bench::machine::allow_connections;
use crate::bench::report::Measure;
use crate::bench::wire::Socket;

/// Opened before it is measured, so that what a server makes once is not counted for each connection.
const FIRST: usize = 200;

/// Opened while it is measured.
const COUNTED: usize = 4_000;

/// How long memory may settle.
const SETTLE: Duration = Duration::from_millis(500);

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Measure>> {
    let people = allow_connections(FIRST + COUNTED);
    let plan = crowd("idle", FIRST + COUNTED, 0);
    let live = bench
        .unless_floors_only(async {
            let (server, world) = bench.serve_fresh(&plan).await?;
            let address = server.address();
            let cost = each(&server, people, |person| {
                Socket::open(address, &world.tokens[person])
            })
            .await?;
            server.stop().await?;
            Ok(cost)
        })
        .await?;
    let server = bench.floor(FloorKind::Broadcast)?;
    let address = server.address();
    let floor = each(&server, people, |_| listen_bare(address, 0)).await?;
    server.stop().await?;
    Ok(vec![
        Measure::new("idle", "memory of an idle authenticated WebSocket", live, "B")
            .floor(floor)
            .at_most(6.0 * 1024.0)
            .note(format!("over {} connections", people - FIRST.min(people))),
    ])
}

/// The bytes of memory that each of the connections behind the first ones takes.
#[expect(clippy::cast_precision_loss, reason = "memory sizes are far below 2^52")]
async fn each<F>(server: &Process, people: usize, open: impl Fn(usize) -> F) -> Result<f64>
where
    F: Future<Output = Result<Socket>>,
{
    let first = open_all(0..FIRST.min(people), &open).await?;
    tokio::time::sleep(SETTLE).await;
    let before = server.resident()?;
    let rest = open_all(first.len()..people, &open).await?;
    tokio::time::sleep(SETTLE).await;
    let after = server.resident()?;
    Ok(after.saturating_sub(before) as f64 / rest.len().max(1) as f64)
}
