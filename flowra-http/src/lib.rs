//! Flowra's server and its command.
//!
//! - [`config`] reads the settings, [`cli`] and [`command`] are what a person types.
//! - [`http`] is what a client sees of every request; [`api`] are the endpoints, [`body`] what they answer, [`feed`] and [`ws`] what comes
//!   live.
//! - [`worker`] runs the consumers of the log.
//! - [`web`] are the pages.
//! - [`operator`] carries out the commands of whoever operates the installation, in the running server if there is one.
//! - [`platform`] gives the core time, ids, secrets and password hashes.
//! - [`migrate`] carries an installation from one store to another.
//! - [`mod@bench`] measures all of it from outside.
//! - [`demo`] is a sample team to look around in.
//! - [`store`] is the store that the settings name, [`installation`] puts ports and use cases together; [`server`] binds the listeners, runs until told to stop, and then drains.
//!
//! This crate is where everything is put together: it alone knows which adapter stands behind which port.

pub mod api;
pub mod bench;
pub mod body;
pub mod cli;
pub mod command;
pub mod config;
pub mod demo;
pub mod feed;
pub mod http;
pub mod installation;
pub mod log;
pub mod migrate;
pub mod operator;
pub mod platform;
pub mod server;
pub mod store;
pub mod web;
pub mod worker;
pub mod ws;
