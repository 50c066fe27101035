//! `reach`: one post to the 10,000 people of its chat, until the last of them has it.

use std::time::Instant;

use super::audience::{Audience, Author, crowd, listen, listen_bare, open_all};
use crate::bench::bench::Bench;
use crate::bench::error::{Result, within};
use crate::bench::floor::FloorKind;
use crate::bench::machine::allow_connections;
use crate::bench::report::Measure;
use crate::bench::stats::Samples;
use crate::bench::wire::Socket;

const PEOPLE: usize = 10_000;

/// How often it is done; the first time does not count.
const ROUNDS: u64 = 8;

/// How long a round may take, in seconds.
const PATIENCE: u64 = 30;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Measure>> {
    let people = allow_connections(PEOPLE);
    let plan = crowd("multitude", PEOPLE, 0);
    let live = bench
        .unless_floors_only(async {
            let (server, world) = bench.serve_fresh(&plan).await?;
            let address = server.address();
            let sockets = open_all(0..people, |person| listen(address, &world, person, 0)).await?;
            let author = Author::rest(address, &world, 0, 0).await?;
            let outcome = run(sockets, author).await?;
            server.stop().await?;
            Ok(outcome)
        })
        .await?;
    let server = bench.floor(FloorKind::Broadcast)?;
    let address = server.address();
    let sockets = open_all(0..people, |_| listen_bare(address, 0)).await?;
    let event = live.as_ref().map(|(_, length)| *length);
    let (mut floor, _) = run(sockets, Author::bare(address, 0, event).await?).await?;
    server.stop().await?;
    let mut note = String::new();
    let median = live.map(|(mut times, _)| {
        note = format!("worst {:.1} ms of {}", times.worst(), times.len());
        times.median()
    });
    if people < PEOPLE {
        note = format!(
            "only {people} connections: raise the hard limit of open files to measure {PEOPLE}; {note}"
        );
    }
    Ok(vec![
        Measure::new(
            "reach",
            "one post until the last of 10,000 members' sockets has it",
            median,
            "ms",
        )
        .floor(floor.median())
        .at_most(100.0)
        .note(note),
    ])
}

/// The times of the rounds, and the length of an event.
async fn run(sockets: Vec<Socket>, mut author: Author) -> Result<(Samples, usize)> {
    let listeners = sockets.len() as u64;
    let audience = Audience::gather(sockets, |_, _| {});
    let mut times = Samples::default();
    for round in 0..ROUNDS {
        let posted = Instant::now();
        let all = async {
            author.post(round).await?;
            audience.tally.wait_for((round + 1) * listeners).await
        };
        within(PATIENCE, "one post to everybody", all).await?;
        if round > 0 {
            times.add(posted.elapsed());
        }
    }
    Ok((times, audience.tally.event_length()))
}
