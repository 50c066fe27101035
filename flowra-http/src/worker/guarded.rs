//! Keeps a panic of a consumer to the event that caused it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use flowra_core::BoxFuture;
use flowra_core::event::{Consumer, Entry, Failure};
use futures_util::FutureExt;

use crate::http::{metrics, panic_message};

/// Forwards to a consumer; a panic counts as a failure of the event, which is then tried again and set aside like any other.
pub(super) struct Guarded(Arc<dyn Consumer>);

/// A consumer panicked.
#[derive(Debug, thiserror::Error)]
#[error("the consumer panicked: {0}")]
struct Panicked(String);

impl Guarded {
    pub(super) fn new(consumer: Arc<dyn Consumer>) -> Self {
        Self(consumer)
    }
}

impl Consumer for Guarded {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn handle<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            // The consumer may panic before it has made its future as well.
            let handling = async { self.0.handle(entry).await };
            let handled = AssertUnwindSafe(handling).catch_unwind().await;
            let handled = handled
                .unwrap_or_else(|panic| Err(Panicked(panic_message(panic.as_ref()).to_owned()).into()));
            if handled.is_ok() {
                metrics::consumer_handled(self.name());
            }
            handled
        })
    }
}
