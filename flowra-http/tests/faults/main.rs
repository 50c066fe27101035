//! What the real program does when it is killed, when the disk is full, when the file is not what it should be, and how `check` and `rebuild`
//! judge what is left.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod accounts;
mod commands_on_data;
mod disk;
mod files;
mod kill;
mod migrate;
mod operator;
mod process;
