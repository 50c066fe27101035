//! The use cases, on the ports they need.

use std::sync::Arc;

use crate::app::Ports;

/// Chats, their people, pins and read marks.
#[derive(Clone)]
pub struct Chats {
    pub(super) ports: Arc<Ports>,
}

impl Chats {
    pub(crate) const fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }
}
