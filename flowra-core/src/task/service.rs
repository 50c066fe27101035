//! The use cases, on the ports they need.

use std::sync::Arc;

use crate::app::Ports;

/// Tasks, boards and lists.
#[derive(Clone)]
pub struct Tasks {
    pub(super) ports: Arc<Ports>,
}

impl Tasks {
    pub(crate) const fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }
}
