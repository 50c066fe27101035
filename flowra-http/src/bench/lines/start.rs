//! `start`: from the start of the process to its first answer on a file of about 1 GB, and its memory while nothing happens.

use std::time::Duration;

use crate::bench::bench::Bench;
use crate::bench::child::Process;
use crate::bench::error::{Result, within};
use crate::bench::floor::FloorKind;
use crate::bench::report::Measure;
use crate::bench::stats::Samples;

/// How often a server is started; the first time warms the page cache and does not count.
const STARTS: usize = 6;

/// How long a started server rests before its memory is read.
const REST: Duration = Duration::from_secs(1);

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Measure>> {
    let live = bench
        .unless_floors_only(async {
            let (file, _) = bench.archive().await?;
            let bytes = std::fs::metadata(&file).map_or(0, |file| file.len());
            let (times, memory) = starts(|| Process::serve(&file)).await?;
            Ok((times, memory, bytes >> 20))
        })
        .await?;
    let (mut floor, floor_memory) = starts(|| bench.floor(FloorKind::Fixed)).await?;
    let (mut note, mut rest) = (String::new(), None);
    let median = live.map(|(mut times, memory, size)| {
        note = format!(
            "worst {:.1} ms of {}, file of {size} MiB",
            times.worst(),
            times.len()
        );
        rest = Some(memory);
        times.median()
    });
    Ok(vec![
        Measure::new("start", "start to first answer on an existing file", median, "ms")
            .floor(floor.median())
            .at_most(50.0)
            .note(note),
        Measure::new("memory", "memory at rest", rest, "MiB")
            .floor(floor_memory)
            .at_most(40.0),
    ])
}

/// The times to the first answer, and the memory of the last one at rest, in MiB.
async fn starts(start: impl Fn() -> Result<Process>) -> Result<(Samples, f64)> {
    let (mut times, mut memory) = (Samples::default(), 0.0);
    for round in 0..STARTS {
        let server = start()?;
        within(30, "the first answer", server.answers()).await?;
        if round > 0 {
            times.add(server.started().elapsed());
        }
        if round + 1 == STARTS {
            tokio::time::sleep(REST).await;
            memory = mebibytes(server.resident()?);
        }
        server.stop().await?;
    }
    Ok((times, memory))
}

#[expect(clippy::cast_precision_loss, reason = "memory sizes are far below 2^52")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
