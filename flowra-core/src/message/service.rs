//! The use cases, on the ports they need.

use std::sync::Arc;

use crate::app::Ports;

/// Messages, threads and reactions.
#[derive(Clone)]
pub struct Messages {
    pub(super) ports: Arc<Ports>,
}

impl Messages {
    pub(crate) const fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }
}
