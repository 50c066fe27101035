//! What is measured, and the page that shows it to Prometheus.
//!
//! Without [`install`] every measurement is thrown away at the cost of one atomic read.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flowra_core::event::Observation;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use salvo::http::header::CONTENT_TYPE;
use salvo::http::{HeaderValue, Method, ResBody};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router, async_trait};

use super::ops;

const REQUESTS: &str = "flowra_http_requests_total";
const DURATION: &str = "flowra_http_request_duration_seconds";
const SOCKETS: &str = "flowra_websocket_connections";
const CONSUMER_HELD: &str = "flowra_consumer_held";
const CONSUMER_LAG: &str = "flowra_consumer_lag_events";
const CONSUMER_EVENTS: &str = "flowra_consumer_events_total";
const CONSUMER_FAILURES: &str = "flowra_consumer_failures_total";
const CONSUMER_DEAD_LETTERS: &str = "flowra_consumer_dead_letters_total";
const CONSUMER_REPLAYS: &str = "flowra_consumer_replays_total";

/// Upper bounds of the duration histogram, in seconds.
const BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// How often the recorder folds what it has gathered, so that memory does not grow while nobody looks.
const UPKEEP: Duration = Duration::from_secs(5);

static MEASURING: AtomicBool = AtomicBool::new(false);

/// Starts measuring for the whole process; calling it again gives the same page.
///
/// # Errors
/// When something else in the process measures already.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    static INSTALLED: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = INSTALLED.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), BUCKETS)?
        .install_recorder()?;
    metrics::describe_counter!(REQUESTS, "requests answered, by method, route and status");
    metrics::describe_histogram!(
        DURATION,
        metrics::Unit::Seconds,
        "time to the answer's first byte"
    );
    metrics::describe_gauge!(SOCKETS, "open WebSocket connections");
    metrics::gauge!(SOCKETS).set(0.0);
    metrics::describe_gauge!(
        CONSUMER_HELD,
        "1 while this process runs the consumer, 0 while another does"
    );
    metrics::describe_gauge!(
        CONSUMER_LAG,
        "events that the consumer has not handled; 0 where another process runs it"
    );
    metrics::describe_counter!(CONSUMER_EVENTS, "events that the consumer handled");
    metrics::describe_counter!(CONSUMER_FAILURES, "attempts to handle an event that failed");
    metrics::describe_counter!(
        CONSUMER_DEAD_LETTERS,
        "events that were set aside as dead letters"
    );
    metrics::describe_counter!(CONSUMER_REPLAYS, "dead letters that were handled after all");
    MEASURING.store(true, Ordering::Relaxed);
    Ok(INSTALLED.get_or_init(|| handle).clone())
}

/// Folds measurements for as long as it is polled.
pub async fn keep_up(handle: PrometheusHandle) {
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        handle.run_upkeep();
    }
}

/// `GET /metrics` in Prometheus' text format, and `GET /health` for a process that has no other listener.
#[must_use]
pub fn router(handle: PrometheusHandle) -> Router {
    Router::new()
        .push(Router::with_path("metrics").get(Exposition(handle)))
        .push(ops::alive())
}

/// Counts a request and its duration under its route's pattern.
pub(super) fn request_answered(method: &Method, route: &str, status: u16, took: Duration) {
    if !MEASURING.load(Ordering::Relaxed) {
        return;
    }
    let method = known_method(method);
    metrics::counter!(REQUESTS, "method" => method, "route" => route.to_owned(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!(DURATION, "method" => method, "route" => route.to_owned()).record(took.as_secs_f64());
}

/// Shows a consumer that has done nothing yet.
pub(crate) fn consumer_begins(consumer: &'static str) {
    metrics::gauge!(CONSUMER_HELD, "consumer" => consumer).set(0.0);
    metrics::gauge!(CONSUMER_LAG, "consumer" => consumer).set(0.0);
    for counter in [
        CONSUMER_EVENTS,
        CONSUMER_FAILURES,
        CONSUMER_DEAD_LETTERS,
        CONSUMER_REPLAYS,
    ] {
        metrics::counter!(counter, "consumer" => consumer).absolute(0);
    }
}

/// Counts an event that a consumer handled.
pub(crate) fn consumer_handled(consumer: &'static str) {
    metrics::counter!(CONSUMER_EVENTS, "consumer" => consumer).increment(1);
}

/// Measures what a runner tells.
pub(crate) fn consumer_told(consumer: &'static str, observation: &Observation<'_>) {
    match observation {
        Observation::Holding(_) => metrics::gauge!(CONSUMER_HELD, "consumer" => consumer).set(1.0),
        Observation::Lost => {
            metrics::gauge!(CONSUMER_HELD, "consumer" => consumer).set(0.0);
            metrics::gauge!(CONSUMER_LAG, "consumer" => consumer).set(0.0);
        }
        Observation::Lag(events) => {
            let events = u32::try_from(*events).unwrap_or(u32::MAX);
            metrics::gauge!(CONSUMER_LAG, "consumer" => consumer).set(events);
        }
        Observation::Failed { .. } => {
            metrics::counter!(CONSUMER_FAILURES, "consumer" => consumer).increment(1);
        }
        Observation::SetAside(_) => {
            metrics::counter!(CONSUMER_DEAD_LETTERS, "consumer" => consumer).increment(1);
        }
        Observation::Replayed(_) => metrics::counter!(CONSUMER_REPLAYS, "consumer" => consumer).increment(1),
        Observation::Interrupted(_) => {}
    }
}

/// An open WebSocket connection, counted until it is dropped.
#[derive(Debug)]
pub struct OpenSocket(());

impl OpenSocket {
    /// Counts one more.
    #[must_use]
    pub fn count() -> Self {
        metrics::gauge!(SOCKETS).increment(1.0);
        Self(())
    }
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        metrics::gauge!(SOCKETS).decrement(1.0);
    }
}

/// The method as a label; clients may invent methods, and must not invent time series with them.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

struct Exposition(PrometheusHandle);

#[async_trait]
impl Handler for Exposition {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        res.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; version=0.0.4"),
        );
        res.body(ResBody::Once(self.0.render().into()));
    }
}
