//! Closed-loop load: each client sends its next request as soon as the answer to its last one is there.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use crate::bench::error::{Result, within};
use crate::bench::stats::{Samples, per_second};
use crate::bench::wire::Connection;

/// What the clients saw together while it was counted.
#[derive(Default)]
pub(super) struct Load {
    pub(super) per_second: f64,
    pub(super) times: Samples,
    /// The length of the last answer's body, in bytes.
    pub(super) answer: usize,
}

impl Load {
    /// Adds the `turn`th of several runs of the same length, counted from 1.
    pub(super) fn add(&mut self, turn: u32, other: Self) {
        self.per_second += (other.per_second - self.per_second) / f64::from(turn);
        self.times.append(other.times);
        self.answer = other.answer;
    }
}

/// Runs one client for each of these requests, first a fifth of the time uncounted, then for `seconds` counted.
///
/// # Errors
/// An answer of another status than `status`; a connection that breaks.
pub(super) async fn closed_loop(
    address: SocketAddr,
    requests: &[Vec<u8>],
    status: u16,
    seconds: u64,
) -> Result<Load> {
    let counted = Duration::from_secs(seconds);
    let from = Instant::now() + counted / 5;
    let until = from + counted;
    let clients = requests
        .iter()
        .map(|request| client(address, request, status, from, until));
    let seen = within(seconds * 2 + 30, "a run of requests", try_join_all(clients)).await?;
    let (mut times, mut answer) = (Samples::default(), 0);
    for (of_one, length) in seen {
        times.append(of_one);
        answer = length;
    }
    Ok(Load {
        per_second: per_second(times.len() as u64, counted),
        times,
        answer,
    })
}

async fn client(
    address: SocketAddr,
    request: &[u8],
    status: u16,
    from: Instant,
    until: Instant,
) -> Result<(Samples, usize)> {
    let mut connection = Connection::open(address).await?;
    let (mut times, mut length) = (Samples::default(), 0);
    loop {
        let sent = Instant::now();
        if sent >= until {
            return Ok((times, length));
        }
        let answer = connection.send(request).await?;
        answer.expect(status, "a request under load")?;
        length = answer.body.len();
        let now = Instant::now();
        if sent >= from && now <= until {
            times.add(now - sent);
        }
    }
}
