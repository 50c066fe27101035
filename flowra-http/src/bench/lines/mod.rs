//! The lines of the benchmark, one file each: what is done, what its floor is, which goals it has.
//!
//! # To add a line
//! Write a file with a `measure` that answers its [`Measure`]s, and give it a variant of [`LineName`] and a line in [`LineName::measure`].

mod audience;
mod fanout;
mod idle;
mod latency;
mod load;
mod post;
mod reach;
mod read;
mod rebuild;
mod start;

use clap::ValueEnum;

use super::bench::Bench;
use super::error::Result;
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
        }
    }

    pub(super) async fn measure(self, bench: &Bench) -> Result<Vec<Measure>> {
        match self {
            Self::Post => post::measure(bench).await,
            Self::Fanout => fanout::measure(bench).await,
            Self::Reach => reach::measure(bench).await,
            Self::Latency => latency::measure(bench).await,
            Self::Idle => idle::measure(bench).await,
            Self::Board => read::measure(bench).await,
            Self::Rebuild => rebuild::measure(bench).await,
            Self::Start => start::measure(bench).await,
        }
    }
}
