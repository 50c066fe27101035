//! What a server does over a database that many share: posts of many and of one, through one server and two, with Redis and without.
//!
//! The floor of posts is bare inserts into the same database, as durable: for many posters in batches of 100 documents, one batch after the other, for
//! one poster one document after the other.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use super::audience::{Audience, Author, crowd, listen, open_all};
use super::latency::due;
use super::load::{Load, closed_loop};
use super::post::{CLIENTS, requests, team};
use crate::bench::bench::Bench;
use crate::bench::error::{BenchError, Result, within};
use crate::bench::report::Measure;
use crate::bench::shared::{Shared, bare_document, bytes_of_one};
use crate::bench::stats::{Samples, per_second};

/// How often what is compared takes turns, so that what else the machine does falls on both alike.
const TURNS: u32 = 5;

/// Documents of one bare insert.
const BATCH: usize = 100;

/// Posts a second that are to be seen at the other server, and how many see them.
const SEEN_PER_SECOND: u64 = 200;
const LISTENERS: usize = 20;

/// Nobody listens there: what a server sees whose Redis is gone.
const NO_REDIS: &str = "redis://127.0.0.1:1";

pub(super) async fn post(bench: &Bench, shared: &Shared) -> Result<Vec<Measure>> {
    let Turns {
        mut load,
        floor,
        bytes,
    } = in_turns(bench, shared, CLIENTS, BATCH).await?;
    let p99 = load.times.percentile(0.99);
    Ok(vec![
        Measure::new(
            "post",
            "durable posts through REST, 64 clients, one server",
            Some(load.per_second),
            "req/s",
        )
        .floor(floor)
        .at_least(7_500.0)
        .at_least_of_floor(0.25)
        .note(format!(
            "floor: bare inserts of {bytes} bytes in batches of {BATCH}"
        )),
        Measure::new(
            "post.p99",
            "99 of 100 of these posts answered within",
            Some(p99),
            "ms",
        )
        .at_most(40.0)
        .note(format!("median {:.2} ms", load.times.median())),
    ])
}

pub(super) async fn one(bench: &Bench, shared: &Shared) -> Result<Vec<Measure>> {
    let Turns {
        mut load,
        floor,
        bytes,
    } = in_turns(bench, shared, 1, 1).await?;
    Ok(vec![
        Measure::new(
            "one",
            "durable posts of one client",
            Some(load.per_second),
            "req/s",
        )
        .floor(floor)
        .at_least_of_floor(0.6)
        .note(format!(
            "floor: one bare insert of {bytes} bytes at a time; median {:.2} ms",
            load.times.median()
        )),
    ])
}

pub(super) async fn two(bench: &Bench, shared: &Shared) -> Result<Vec<Measure>> {
    let plan = team();
    let (address, world) = shared.plant(&plan).await?;
    let requests = requests(&world);
    let (mut through_one, mut through_two) = (Load::default(), Load::default());
    let servers = [
        bench.serve_shared(&address, shared.redis.as_deref())?,
        bench.serve_shared(&address, shared.redis.as_deref())?,
    ];
    let seconds = bench.seconds().div_ceil(TURNS.into());
    for turn in 1..=TURNS {
        through_one.add(
            turn,
            closed_loop(servers[0].address(), &requests, 201, seconds).await?,
        );
        let (some, others) = requests.split_at(CLIENTS / 2);
        let both = [
            closed_loop(servers[0].address(), some, 201, seconds),
            closed_loop(servers[1].address(), others, 201, seconds),
        ];
        let mut sum = Load::default();
        for half in try_join_all(both).await? {
            sum.per_second += half.per_second;
            sum.times.append(half.times);
        }
        through_two.add(turn, sum);
    }
    for server in servers {
        server.stop().await?;
    }
    let report = crate::bench::store::check(&address)
        .await
        .map_err(BenchError::Data)?;
    let note = report.difference.map_or_else(
        || {
            format!(
                "floor: the same through one; {} events without a hole",
                report.events
            )
        },
        |difference| format!("DAMAGED: {difference}"),
    );
    Ok(vec![
        Measure::new(
            "two",
            "durable posts, 64 clients at two servers",
            Some(through_two.per_second),
            "req/s",
        )
        .floor(through_one.per_second)
        .at_least_of_floor(1.0)
        .note(note),
    ])
}

pub(super) async fn gone(bench: &Bench, shared: &Shared) -> Result<Vec<Measure>> {
    let (address, world) = shared.plant(&team()).await?;
    let requests = requests(&world);
    let mut rates = Vec::new();
    for redis in [shared.redis.as_deref(), Some(NO_REDIS)] {
        let server = bench.serve_shared(&address, redis)?;
        rates.push(closed_loop(server.address(), &requests, 201, bench.seconds()).await?);
        server.stop().await?;
    }
    let [with, without] = rates.as_slice() else {
        return Err(BenchError::Unexpected("two runs gave no two rates".to_owned()));
    };
    Ok(vec![
        Measure::new(
            "gone",
            "durable posts while Redis is gone, 64 clients",
            Some(without.per_second),
            "req/s",
        )
        .floor(with.per_second)
        .at_least_of_floor(0.5)
        .note("floor: the same with Redis"),
    ])
}

pub(super) async fn across(bench: &Bench, shared: &Shared) -> Result<Vec<Measure>> {
    let plan = crowd("across", LISTENERS + 1, 0);
    let (address, world) = shared.plant(&plan).await?;
    let here = bench.serve_shared(&address, shared.redis.as_deref())?;
    let there = bench.serve_shared(&address, shared.redis.as_deref())?;
    let mut author = Author::rest(here.address(), &world, 0, 0).await?;
    let sockets = open_all(1..LISTENERS + 1, |person| {
        listen(there.address(), &world, person, 0)
    })
    .await?;
    let posts = bench.seconds() * SEEN_PER_SECOND;
    let begin = Instant::now() + Duration::from_millis(50);
    let times = std::rc::Rc::new(std::cell::RefCell::new(Samples::default()));
    let heard = std::rc::Rc::clone(&times);
    let audience = Audience::gather(sockets, move |_, number| {
        heard
            .borrow_mut()
            .add(due(begin, number, SEEN_PER_SECOND).elapsed());
    });
    let all = async {
        for number in 0..posts {
            tokio::time::sleep_until(due(begin, number, SEEN_PER_SECOND).into()).await;
            author.post(number).await?;
        }
        audience.tally.wait_for(posts * LISTENERS as u64).await
    };
    within(bench.seconds() * 3 + 30, "the posts by the clock", all).await?;
    here.stop().await?;
    there.stop().await?;
    let mut times = times.take();
    Ok(vec![
        Measure::new(
            "across",
            "99 of 100 posts seen at the other server within, 200 posts/s",
            Some(times.percentile(0.99)),
            "ms",
        )
        .at_most(40.0)
        .note(format!(
            "median {:.2} ms, worst {:.1} ms of {}",
            times.median(),
            times.worst(),
            times.len()
        )),
    ])
}

/// What server and floor did.
struct Turns {
    load: Load,
    /// Documents a second.
    floor: f64,
    /// Of a document.
    bytes: usize,
}

/// Posts by so many clients, and bare inserts of so many documents at once, in turns.
async fn in_turns(bench: &Bench, shared: &Shared, clients: usize, batch: usize) -> Result<Turns> {
    let (address, world) = shared.plant(&team()).await?;
    let server = bench.serve_shared(&address, shared.redis.as_deref())?;
    let requests = requests(&world);
    let collection = shared.bare().await?;
    let seconds = bench.seconds().div_ceil(TURNS.into());
    let (mut load, mut bytes) = (Load::default(), 0);
    let (mut documents, mut time) = (0, Duration::ZERO);
    for turn in 1..=TURNS {
        let posts = closed_loop(server.address(), &requests[..clients], 201, seconds).await?;
        load.add(turn, posts);
        if turn == 1 {
            bytes = bytes_of_one(&address).await?;
        }
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(seconds) {
            let inserted = collection.insert_many(vec![bare_document(bytes); batch]).await;
            inserted.map_err(|error| BenchError::Data(error.into()))?;
            documents += batch as u64;
        }
        time += begin.elapsed();
    }
    server.stop().await?;
    Ok(Turns {
        load,
        floor: per_second(documents, time),
        bytes,
    })
}
