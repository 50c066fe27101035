//! The ports of consumers of the log: how far each is, what it could not handle, and who runs it.

mod checkpoints;
mod leases;
mod letters;
