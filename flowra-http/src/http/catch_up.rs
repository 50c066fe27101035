//! Lets a server that shares its store with others know what they stored, before it answers.
//!
//! Somebody who was answered by one server may ask another next, and must find what they did. What one asks is shared by all that ask at the same time, so the
//! cost does not grow with the load.

use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use super::{ApiError, ServerState};

/// The step of the chain that takes in what is logged. It does nothing for a store of one process.
pub(crate) struct CatchUp;

#[async_trait]
impl Handler for CatchUp {
    async fn handle(&self, _: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let caught_up = match ServerState::of(depot) {
            Ok(state) if state.settings.storage.is_shared() => {
                state.app.ports.log.head().await.map(drop).map_err(ApiError::from)
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = caught_up {
            error.render(depot, res);
            ctrl.skip_rest();
        }
    }
}
