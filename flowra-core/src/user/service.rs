//! The use cases, on the ports they need.

use std::sync::Arc;

use crate::app::Ports;

/// Accounts, sign-in and personal tokens.
#[derive(Clone)]
pub struct Accounts {
    pub(super) ports: Arc<Ports>,
}

impl Accounts {
    pub(crate) const fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }
}
