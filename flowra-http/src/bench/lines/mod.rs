//! The lines of the benchmark, one file each: what is done, what its floor is, which goals it has.
//!
//! # To add a line
//! Write a file with a `measure` that answers its [`Measure`]s, and give it a variant of [`LineName`] and a line in [`LineName::measure`].

mod audience;
mod fanout;
mod idle;
mod latency;
mod load;
mod many;
mod post;
mod reach;
mod read;
mod rebuild;
mod start;

use clap::ValueEnum;

use super::bench::Bench;
use super::error::{BenchError, Result};
use super::report::Measure;

/// A part of the benchmark that can be run by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LineName {
    /// Durable posts through REST.
    Post,
    /// One chat to 1,000 WebSockets.
    Fanout,
    /// One post to 10,000 WebSockets.
    Reach,
    /// From a post to another client's eyes.
    Latency,
    /// Memory of idle WebSockets.
    Idle,
    /// Board and newest messages of large workspaces.
    Board,
    /// Documents made anew from the log.
    Rebuild,
    /// Start on a large file, and memory at rest.
    Start,
    /// Durable posts of one client; with --storage.
    One,
    /// Durable posts through two servers; with --storage.
    Two,
    /// From a post at one server to eyes at another; with --storage.
    Across,
    /// Durable posts while Redis is gone; with --storage.
    Gone,
}

impl LineName {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Fanout => "fanout",
            Self::Reach => "reach",
            Self::Latency => "latency",
            Self::Idle => "idle",
            Self::Board => "board",
            Self::Rebuild => "rebuild",
            Self::Start => "start",
            Self::One => "one",
            Self::Two => "two",
            Self::Across => "across",
            Self::Gone => "gone",
        }
    }

    /// Whether it is measured over a database that servers share, or over a file.
    pub(super) const fn is_measured(self, is_shared: bool) -> bool {
        match self {
            Self::Post | Self::Board => true,
            Self::One | Self::Two | Self::Across | Self::Gone => is_shared,
            Self::Fanout | Self::Reach | Self::Latency | Self::Idle | Self::Rebuild | Self::Start => {
                !is_shared
            }
        }
    }

    pub(super) async fn measure(self, bench: &Bench) -> Result<Vec<Measure>> {
        match (self, bench.shared()) {
            (Self::Post, Some(shared)) => many::post(bench, shared).await,
            (Self::One, Some(shared)) => many::one(bench, shared).await,
            (Self::Two, Some(shared)) => many::two(bench, shared).await,
            (Self::Across, Some(shared)) => many::across(bench, shared).await,
            (Self::Gone, Some(shared)) => many::gone(bench, shared).await,
            (Self::Board, _) => read::measure(bench).await,
            (Self::Post, None) => post::measure(bench).await,
            (Self::Fanout, None) => fanout::measure(bench).await,
            (Self::Reach, None) => reach::measure(bench).await,
            (Self::Latency, None) => latency::measure(bench).await,
            (Self::Idle, None) => idle::measure(bench).await,
            (Self::Rebuild, None) => rebuild::measure(bench).await,
            (Self::Start, None) => start::measure(bench).await,
            (line, Some(_)) => Err(BenchError::Unexpected(format!(
                "{} is measured without --storage",
                line.name()
            ))),
            (line, None) => Err(BenchError::Unexpected(format!(
                "{} is measured with --storage mongodb://…",
                line.name()
            ))),
        }
    }
}
