//! What tests of Flowra, and of applications and adapters built on it, stand on.
//!
//! - To test a use case or a rule of your own: take [`ports()`] (or [`Memory::seeded`] to set the clock) and `App::new`.
//! - To test an adapter: write a fixture and hand it to [`contract_tests!`]; every clause of every port becomes one test.
//! - To write a log by hand: [`build::World`] makes valid commits in two or three lines.
//! - To generate input: [`strategies`]. To see how a port was called: [`mocks`].
//!
//! It refuses to be part of a running server: its secrets are no secrets and its password hashes no hashes.

pub mod build;
pub mod contract;
pub mod memory;
pub mod mocks;
pub mod strategies;

pub use memory::Memory;

/// All ports of the core over a fresh memory. A test replaces single ones: `Ports { clock, ..flowra_testkit::ports() }`.
#[must_use]
pub fn ports() -> flowra_core::Ports {
    Memory::seeded(0).ports()
}
