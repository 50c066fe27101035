//! How consumers get on, told to the log and the metrics.

use std::error::Error;

use flowra_core::event::{ConsumerObserver, Observation};

use crate::http::metrics;

pub(super) struct Observer;

impl ConsumerObserver for Observer {
    fn observe(&self, consumer: &'static str, observation: Observation<'_>) {
        metrics::consumer_told(consumer, &observation);
        match observation {
            Observation::Holding(fence) => tracing::info!(consumer, %fence, "this process runs the consumer"),
            Observation::Lost => tracing::warn!(consumer, "this process runs the consumer no more"),
            Observation::Lag(_) => {}
            Observation::Failed {
                position,
                attempt,
                failure,
            } => tracing::warn!(
                consumer,
                position = position.get(),
                attempt,
                error = failure.as_ref() as &dyn Error,
                "an event could not be handled"
            ),
            Observation::SetAside(position) => tracing::error!(
                consumer,
                position = position.get(),
                "an event is a dead letter now; see `flowra dead-letters`"
            ),
            Observation::Replayed(position) => {
                tracing::info!(consumer, position = position.get(), "a dead letter was handled");
            }
            Observation::Interrupted(failure) => tracing::warn!(
                consumer,
                error = failure as &dyn Error,
                "the store lets the consumer down; it tries again"
            ),
        }
    }
}
