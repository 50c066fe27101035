//! `latency`: from a post to another client's eyes, 500 posts a second by the clock, 1,000 people online in chats of 20.
//!
//! A post is timed from when it was due, not from when it was sent, so that a server that falls behind cannot hide it.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use super::audience::{Audience, Author, crowd, listen, listen_bare, open_all};
use crate::bench::bench::Bench;
use crate::bench::error::{Result, within};
use crate::bench::floor::FloorKind;
use crate::bench::report::Measure;
use crate::bench::stats::Samples;
use crate::bench::wire::Socket;

const PEOPLE: usize = 1_000;
const CHATS: usize = 50;
const EACH: usize = PEOPLE / CHATS;
const POSTS_PER_SECOND: u64 = 500;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Measure>> {
    let plan = crowd("online", PEOPLE, CHATS);
    let live = bench
        .unless_floors_only(async {
            let (server, world) = bench.serve_fresh(&plan).await?;
            let address = server.address();
            // Chat 0 has everybody; the ones of 20 follow.
            let sockets = open_all(0..PEOPLE, |person| {
                listen(address, &world, person, 1 + person / EACH)
            })
            .await?;
            let authors = (0..CHATS).map(|chat| Author::rest(address, &world, chat * EACH, 1 + chat));
            let outcome = run(bench, sockets, try_join_all(authors).await?).await?;
            server.stop().await?;
            Ok(outcome)
        })
        .await?;
    let event = live.as_ref().map(|(_, length)| *length);
    let mut floor = floor(bench, event).await?;
    let mut note = String::new();
    let p99 = live.map(|(mut times, _)| {
        note = format!(
            "median {:.2} ms, worst {:.1} ms of {}",
            times.median(),
            times.worst(),
            times.len()
        );
        times.percentile(0.99)
    });
    let work = "99 of 100 deliveries to others within, 500 posts/s, 1,000 online in chats of 20";
    Ok(vec![
        Measure::new("latency", work, p99, "ms")
            .floor(floor.percentile(0.99))
            .at_most(25.0)
            .note(note),
    ])
}

async fn floor(bench: &Bench, event: Option<usize>) -> Result<Samples> {
    let server = bench.floor(FloorKind::Broadcast)?;
    let address: SocketAddr = server.address();
    let group = |chat: usize| u16::try_from(chat).unwrap_or(u16::MAX);
    let sockets = open_all(0..PEOPLE, |person| listen_bare(address, group(person / EACH))).await?;
    let authors = (0..CHATS).map(|chat| Author::bare(address, group(chat), event));
    let (times, _) = run(bench, sockets, try_join_all(authors).await?).await?;
    server.stop().await?;
    Ok(times)
}

/// The times of all deliveries to others after a fifth of the posts, and the length of an event.
async fn run(bench: &Bench, sockets: Vec<Socket>, authors: Vec<Author>) -> Result<(Samples, usize)> {
    let uncounted = bench.seconds() * POSTS_PER_SECOND / 5;
    let posts = bench.seconds() * POSTS_PER_SECOND + uncounted;
    let begin = Instant::now() + Duration::from_millis(50);
    let times = Rc::new(RefCell::new(Samples::default()));
    let heard = Rc::clone(&times);
    let audience = Audience::gather(sockets, move |person, number| {
        // The first person of each chat is its author.
        if number >= uncounted && !person.is_multiple_of(EACH) {
            heard
                .borrow_mut()
                .add(due(begin, number, POSTS_PER_SECOND).elapsed());
        }
    });
    let posting = try_join_all(authors.into_iter().enumerate().map(async |(chat, mut author)| {
        for number in (chat as u64..posts).step_by(CHATS) {
            tokio::time::sleep_until(due(begin, number, POSTS_PER_SECOND).into()).await;
            author.post(number).await?;
        }
        Ok(())
    }));
    let all = async {
        posting.await?;
        audience.tally.wait_for(posts * EACH as u64).await
    };
    within(bench.seconds() * 2 + 30, "the posts by the clock", all).await?;
    Ok((times.take(), audience.tally.event_length()))
}

/// When this post is to be sent, of so many a second.
pub(super) fn due(begin: Instant, number: u64, per_second: u64) -> Instant {
    begin + Duration::from_micros(number * 1_000_000 / per_second)
}
