//! `post`: durable posts through REST by 64 people in 8 chats of one workspace.

use super::load::{Load, closed_loop};
use crate::bench::bench::Bench;
use crate::bench::error::Result;
use crate::bench::floor::FloorKind;
use crate::bench::report::Measure;
use crate::bench::seed::{Plan, World};
use crate::bench::wire::Request;

pub(super) const CLIENTS: usize = 64;
const CHATS: usize = 8;

/// What is posted: text like people's, with the characters that the tag grammar and the mentions stop at.
pub(super) const BODY: &str = r#"{"content":"The second build is green again, so the migration can go out after lunch.\n# Not a tag, and neither is #123, but both are read.\nTell me by 3 pm whether the numbers of last week hold."}"#;

pub(super) fn team() -> Plan {
    let each = CLIENTS / CHATS;
    Plan {
        name: "team",
        people: CLIENTS,
        chats: (0..CHATS).map(|chat| chat * each..(chat + 1) * each).collect(),
        messages: 0,
        tasks: 0,
    }
}

pub(super) fn requests(world: &World) -> Vec<Vec<u8>> {
    world
        .tokens
        .iter()
        .enumerate()
        .map(|(person, token)| {
            let chat = &world.chats[person * CHATS / CLIENTS];
            let path = format!("/api/v1/workspaces/{}/chats/{chat}/messages", world.workspace);
            Request::bytes("POST", &path, Some(token), Some(BODY))
        })
        .collect()
}

/// How often server and floor take turns, so that what else the machine does falls on both alike.
const TURNS: u32 = 5;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Measure>> {
    let plan = team();
    let live = bench.unless_floors_only(bench.serve_fresh(&plan)).await?;
    let requests = live
        .as_ref()
        .map(|(_, world)| requests(world))
        .unwrap_or_default();
    let bare = bench.floor(FloorKind::Insert)?;
    let rows = vec![Request::bytes("POST", "/rows", None, Some(BODY)); CLIENTS];
    let seconds = bench.seconds().div_ceil(TURNS.into());
    let (mut posts, mut floor) = (Load::default(), Load::default());
    for turn in 1..=TURNS {
        if let Some((server, _)) = &live {
            posts.add(
                turn,
                closed_loop(server.address(), &requests, 201, seconds).await?,
            );
        }
        floor.add(turn, closed_loop(bare.address(), &rows, 201, seconds).await?);
    }
    bare.stop().await?;
    let posts = match live {
        Some((server, _)) => {
            server.stop().await?;
            Some(posts)
        }
        None => None,
    };
    let (rate, p99, note) = match posts {
        Some(mut posts) => (
            Some(posts.per_second),
            Some(posts.times.percentile(0.99)),
            format!("median {:.2} ms", posts.times.median()),
        ),
        None => (None, None, String::new()),
    };
    Ok(vec![
        Measure::new("post", "durable posts through REST, 64 clients", rate, "req/s")
            .floor(floor.per_second)
            .at_least(15_000.0)
            .at_least_of_floor(0.4),
        Measure::new("post.p99", "99 of 100 of these posts answered within", p99, "ms")
            .floor(floor.times.percentile(0.99))
            .at_most(15.0)
            .note(note),
    ])
}
