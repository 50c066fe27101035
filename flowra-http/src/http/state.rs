//! What every handler may need, shared by all requests of one server.

use std::sync::Arc;

use flowra_core::App;
use salvo::Depot;

use super::ApiError;
use super::limit::RateLimits;
use super::ops::Readiness;
use crate::body::Renderer;
use crate::config::Settings;
use crate::feed::Hub;

/// The parts of a running server that handlers reach through [`ServerState::of`].
pub struct ServerState {
    /// The settings the server was started with.
    pub settings: Settings,
    /// Scheme, host and port under which people reach the server, without a trailing slash.
    pub public_url: String,
    /// Every use case.
    pub app: App,
    /// What use cases answer, as bodies.
    pub renderer: Renderer,
    /// The live connections.
    pub hub: Arc<Hub>,
    /// How often a client may ask.
    pub limits: Arc<RateLimits>,
    /// What must work for the server to be of use.
    pub dependencies: Vec<Arc<dyn Readiness>>,
}

impl ServerState {
    /// The state of the server that handles the request of `depot`.
    ///
    /// # Errors
    /// An internal error when the request did not come through [`service`](super::service).
    pub fn of(depot: &Depot) -> Result<&Arc<Self>, ApiError> {
        depot.get_typed::<Arc<Self>>().map_err(|_| ApiError::internal())
    }

    /// Whether people reach the server through TLS, ended here or before.
    #[must_use]
    pub fn is_behind_tls(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}
