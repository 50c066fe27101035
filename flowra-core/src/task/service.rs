//! The use cases, on the ports they need.

use std::sync::Arc;

use super::Numbers;
use crate::app::Ports;

/// Tasks, boards and lists.
#[derive(Clone)]
pub struct Tasks {
    pub(super) ports: Arc<Ports>,
    pub(super) numbers: Arc<Numbers>,
}

impl Tasks {
    pub(crate) fn new(ports: Arc<Ports>) -> Self {
        Self {
            ports,
            numbers: Arc::default(),
        }
    }

    /// The numbers handed out, for the other use case that makes tasks: posting a message with tags.
    pub(crate) fn numbers(&self) -> Arc<Numbers> {
        Arc::clone(&self.numbers)
    }
}
