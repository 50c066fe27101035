//! `GET /api/v1/ws`: the live feed over a WebSocket.
//!
//! - [`LiveSocket`] is the handler: it lets the client in, by the bearer token in the header or the first frame.
//! - `session` is one connection's life: it reads commands, and sends what its queue holds.
//! - `socket` moves frames, `command` reads them.
//!
//! Responsible for the protocol on the wire. It refuses to know who hears what (that is the [`feed`](crate::feed)) and what makes a token good.

mod authenticator;
mod command;
mod handler;
mod session;
mod socket;

pub use authenticator::{Authenticator, Identity};
pub use handler::{LiveSocket, Options};
