//! What the log promises.

mod commits;
mod keys;
mod reading;

pub(in crate::contract) use commits::*;
pub(in crate::contract) use keys::*;
pub(in crate::contract) use reading::*;
