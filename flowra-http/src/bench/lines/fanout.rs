//! `fanout`: one chat to 1,000 WebSockets, with as many posts under way as the sockets can take in.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use super::audience::{Audience, Author, Tally, crowd, listen, listen_bare, open_all};
use crate::bench::bench::Bench;
use crate::bench::error::{Result, within};
use crate::bench::floor::FloorKind;
use crate::bench::report::Measure;
use crate::bench::stats::per_second;
use crate::bench::wire::Socket;

const PEOPLE: usize = 1_000;
const AUTHORS: usize = 8;

/// How many posts may be under way to the audience: enough to keep everybody busy, too few for anybody's queue to overflow.
const WINDOW: u64 = 24;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Measure>> {
    let plan = crowd("crowd", PEOPLE, 0);
    let live = bench
        .unless_floors_only(async {
            let (server, world) = bench.serve_fresh(&plan).await?;
            let address = server.address();
            let sockets = open_all(0..PEOPLE, |person| listen(address, &world, person, 0)).await?;
            let authors = (0..AUTHORS).map(|author| Author::rest(address, &world, author, 0));
            let outcome = run(bench, sockets, try_join_all(authors).await?).await?;
            server.stop().await?;
            Ok(outcome)
        })
        .await?;
    let event = live.as_ref().map(|(_, length)| *length);
    let floor = floor(bench, event).await?;
    Ok(vec![
        Measure::new(
            "fanout",
            "events to 1,000 WebSockets of one chat",
            live.map(|(rate, _)| rate),
            "deliveries/s",
        )
        .floor(floor)
        .at_least(150_000.0)
        .at_least_of_floor(0.5)
        .note(event.map_or_else(String::new, |length| format!("{length} bytes each"))),
    ])
}

async fn floor(bench: &Bench, event: Option<usize>) -> Result<f64> {
    let server = bench.floor(FloorKind::Broadcast)?;
    let address: SocketAddr = server.address();
    let sockets = open_all(0..PEOPLE, |_| listen_bare(address, 0)).await?;
    let (rate, _) = run(bench, sockets, vec![Author::bare(address, 0, event).await?]).await?;
    server.stop().await?;
    Ok(rate)
}

/// Lets the authors post and counts for the bench's seconds: deliveries a second and the length of an event.
async fn run(bench: &Bench, sockets: Vec<Socket>, authors: Vec<Author>) -> Result<(f64, usize)> {
    let listeners = sockets.len() as u64;
    let audience = Audience::gather(sockets, |_, _| {});
    let counted = Duration::from_secs(bench.seconds());
    let from = Instant::now() + counted / 5;
    let until = from + counted;
    let next = std::cell::Cell::new(0);
    let posting = try_join_all(
        authors
            .into_iter()
            .map(|author| keep_posting(author, &next, listeners, &audience.tally, until)),
    );
    let tally = Rc::clone(&audience.tally);
    let counting = async {
        tokio::time::sleep_until(from.into()).await;
        let (begun, before) = (Instant::now(), tally.frames());
        tokio::time::sleep_until(until.into()).await;
        Ok(per_second(tally.frames() - before, begun.elapsed()))
    };
    let both = async { tokio::try_join!(counting, posting) };
    let (rate, _) = within(bench.seconds() * 2 + 30, "the fan-out", both).await?;
    Ok((rate, audience.tally.event_length()))
}

async fn keep_posting(
    mut author: Author,
    next: &std::cell::Cell<u64>,
    listeners: u64,
    tally: &Tally,
    until: Instant,
) -> Result<()> {
    while Instant::now() < until {
        let number = next.get();
        next.set(number + 1);
        // The audience has to have heard all but the newest posts before there is another.
        tally
            .wait_for((number + 1).saturating_sub(WINDOW) * listeners)
            .await?;
        author.post(number).await?;
    }
    Ok(())
}
