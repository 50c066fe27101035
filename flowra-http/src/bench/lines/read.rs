//! `board`: the board of 100,000 tasks, and the newest page of a chat of 1,000,000 messages, each beside the same of 1,000.

use super::load::{Load, closed_loop};
use crate::bench::bench::Bench;
use crate::bench::child::Process;
use crate::bench::error::Result;
use crate::bench::floor::FloorKind;
use crate::bench::report::Measure;
use crate::bench::seed::World;
use crate::bench::wire::Request;

/// As many as there are cores to answer them.
const CLIENTS: usize = 2;

/// Lengths of answers like the server's own, for runs of the floors alone, in bytes.
const USUAL_BOARD: usize = 150_000;
const USUAL_PAGE: usize = 30_000;

/// How much slower, in the median, the large one may be to pass for as quick as the small one on a machine with good and bad seconds.
const FLAT: f64 = 1.5;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Measure>> {
    let live = bench
        .unless_floors_only(async {
            let small = read(bench, bench.serve_small().await?).await?;
            Ok((small, read(bench, bench.serve_archive().await?).await?))
        })
        .await?;
    let (small, large) = live.unzip();
    let mut small = small.into_iter().flatten();
    let mut large = large.into_iter().flatten();
    let server = bench.floor(FloorKind::Fixed)?;
    let mut measures = Vec::new();
    for (line, work, usual, flat, flat_work) in [
        (
            "board",
            "99 of 100 boards of 100,000 tasks within",
            USUAL_BOARD,
            "board.flat",
            "board of 100,000 tasks against one of 1,000, medians",
        ),
        (
            "newest",
            "99 of 100 newest pages of 1,000,000 messages within",
            USUAL_PAGE,
            "newest.flat",
            "newest page of 1,000,000 messages against one of 1,000, medians",
        ),
    ] {
        let (mut p99, mut length, mut note) = (None, usual, String::new());
        let small = small.next().map(|mut load| load.times.median());
        let mut growth = None;
        if let Some(mut load) = large.next() {
            growth = small.map(|small| (small, load.times.median() / small));
            p99 = Some(load.times.percentile(0.99));
            length = load.answer;
            note = format!(
                "{:.0}/s, {length} bytes, median {:.2} ms",
                load.per_second,
                load.times.median()
            );
        }
        let requests = vec![Request::bytes("GET", &format!("/bytes/{length}"), None, None); CLIENTS];
        let mut floor = closed_loop(server.address(), &requests, 200, bench.seconds()).await?;
        measures.push(
            Measure::new(line, work, p99, "ms")
                .floor(floor.times.percentile(0.99))
                .at_most(if bench.shared().is_some() { 10.0 } else { 5.0 })
                .note(note),
        );
        if let Some((small, growth)) = growth {
            let growth = Measure::new(flat, flat_work, Some(growth), "times").at_most(FLAT);
            measures.push(growth.note(format!("of 1,000: median {small:.2} ms")));
        }
    }
    server.stop().await?;
    Ok(measures)
}

/// Asks for the board, then for the newest page, for as long as the run lasts each.
async fn read(bench: &Bench, (server, world): (Process, World)) -> Result<Vec<Load>> {
    let workspace = &world.workspace;
    let token = world.tokens.first().map(String::as_str);
    let chat = world.chats.first().map_or("", String::as_str);
    let board = format!("/api/v1/workspaces/{workspace}/board");
    let page = format!("/api/v1/workspaces/{workspace}/chats/{chat}/messages");
    let mut loads = Vec::new();
    for path in [board, page] {
        let requests = vec![Request::bytes("GET", &path, token, None); CLIENTS];
        loads.push(closed_loop(server.address(), &requests, 200, bench.seconds()).await?);
    }
    server.stop().await?;
    Ok(loads)
}
