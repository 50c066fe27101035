//! The use cases, on the ports they need.

use std::sync::Arc;

use crate::app::Ports;

/// Workspaces, their members and invites.
#[derive(Clone)]
pub struct Workspaces {
    pub(super) ports: Arc<Ports>,
}

impl Workspaces {
    pub(crate) const fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }
}
