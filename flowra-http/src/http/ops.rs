//! Routes for whoever runs the server: is it alive, and can it do its work.

use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use salvo::oapi::{ToSchema, endpoint};
use salvo::{Depot, Router};
use serde::Serialize;

use super::envelope::Data;
use super::{ApiError, ServerState};

/// How long a dependency may take to say that it works.
const PATIENCE: Duration = Duration::from_secs(2);

/// Something that the server uses, such as its store.
pub trait Readiness: Send + Sync + 'static {
    /// What it is called in `GET /ready`.
    fn name(&self) -> &'static str;

    /// Whether the server cannot do its work without it, rather than do it less well.
    fn is_needed(&self) -> bool;

    /// Tries it now. The reason of a failure is shown to anyone, so it holds no addresses and no secrets.
    fn check(&self) -> BoxFuture<'_, Result<(), String>>;
}

/// The server's state of life.
#[derive(Serialize, ToSchema)]
struct Health {
    /// Always `alive`: a server that is not does not answer.
    status: &'static str,
    /// The version that runs.
    version: &'static str,
}

/// What the server uses, all that it needs of it working.
#[derive(Serialize, ToSchema)]
struct Ready {
    /// `ready`, or `degraded` while something fails that the server can do without; otherwise the answer is an error.
    status: &'static str,
    /// The names of what was tried.
    dependencies: Vec<&'static str>,
    /// What fails, and how.
    degraded: Vec<String>,
}

/// `GET /health` and `GET /ready`.
pub(super) fn router() -> Router {
    Router::new()
        .push(Router::with_path("health").get(health))
        .push(Router::with_path("ready").get(ready))
}

/// Says that the server runs
///
/// Looks at nothing else, so that a broken dependency does not get the server restarted.
#[endpoint(tags("ops"))]
async fn health() -> Data<Health> {
    Data(Health {
        status: "alive",
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Says whether the server can do its work
///
/// Tries each dependency; 503 names those that fail and are needed.
#[endpoint(tags("ops"))]
async fn ready(depot: &mut Depot) -> Result<Data<Ready>, ApiError> {
    let dependencies = &ServerState::of(depot)?.dependencies;
    let checks = dependencies.iter().map(|dependency| async move {
        let outcome = match tokio::time::timeout(PATIENCE, dependency.check()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(format!("no answer within {} seconds", PATIENCE.as_secs())),
        };
        outcome.map_err(|reason| {
            let failure = format!("{}: {reason}", dependency.name());
            (dependency.is_needed(), failure)
        })
    });
    let (failures, degraded): (Vec<_>, Vec<_>) = join_all(checks)
        .await
        .into_iter()
        .filter_map(Result::err)
        .partition(|(is_needed, _)| *is_needed);
    let told = |failures: Vec<(bool, String)>| -> Vec<String> {
        failures.into_iter().map(|(_, failure)| failure).collect()
    };
    let failures = told(failures);
    if failures.is_empty() {
        Ok(Data(Ready {
            status: if degraded.is_empty() { "ready" } else { "degraded" },
            dependencies: dependencies.iter().map(|dependency| dependency.name()).collect(),
            degraded: told(degraded),
        }))
    } else {
        Err(ApiError::unavailable(format!(
            "not ready: {}",
            failures.join("; ")
        )))
    }
}
