//! The use cases, on the ports they need.

use std::sync::Arc;

use crate::app::Ports;
use crate::task::Numbers;

/// Messages, threads and reactions.
#[derive(Clone)]
pub struct Messages {
    pub(super) ports: Arc<Ports>,
    pub(super) numbers: Arc<Numbers>,
}

impl Messages {
    pub(crate) const fn new(ports: Arc<Ports>, numbers: Arc<Numbers>) -> Self {
        Self { ports, numbers }
    }
}
