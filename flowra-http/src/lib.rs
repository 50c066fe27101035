//! Flowra's server and its command.
//!
//! - [`config`] reads the settings, [`cli`] and [`command`] are what a person types.
//! - [`http`] is what a client sees; its docs say how to add an endpoint.
//! - [`bench`] measures all of it from outside.
//! - [`server`] binds the listeners, runs until told to stop, and then drains.
//!
//! This crate is where everything is put together: it alone knows which adapter stands behind which port.

pub mod bench;
pub mod cli;
pub mod command;
pub mod config;
pub mod http;
pub mod log;
pub mod server;
