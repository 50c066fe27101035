//! The load generator's own wire: as little work a byte as possible, because its processor time is taken from the server's.
//!
//! Speaks just as much HTTP/1.1 and WebSocket as the server under test answers with, and refuses the rest by name.

mod frames;
mod http;
mod socket;

pub(super) use frames::{Frames, TEXT, frame};
pub(super) use http::{Connection, Request, find};
pub(super) use socket::{Heard, Socket};
