//! Lets a server that shares its store with others know what they stored, before it answers.
//!
//! Somebody who was answered by one server may ask another next, and must find what they did. What one asks is shared by all that ask at the same time, so the
//! cost does not grow with the load.

use flowra_core::Error;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use super::{ApiError, ServerState};
use crate::web::problem;

/// The step of the chain that takes in what is logged. It does nothing for a store of one process.
pub(crate) struct CatchUp;

#[async_trait]
impl Handler for CatchUp {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let caught_up = match ServerState::of(depot) {
            Ok(state) => catch_up(state).await.map_err(ApiError::from),
            Err(error) => Err(error),
        };
        if let Err(error) = caught_up {
            problem::render(error, req, depot, res);
            ctrl.skip_rest();
        }
    }
}

async fn catch_up(state: &ServerState) -> Result<(), Error> {
    if state.settings.storage.is_shared() {
        state.app.ports.log.head().await?;
    }
    Ok(())
}

/// Does what was asked for without asking first what others stored, and once more, with that, when it is refused.
///
/// What goes in needs no question: the log itself refuses a commit that rests on something old, and the use case decides again. Only a refusal may come
/// of not knowing.
pub(crate) async fn before_catching_up<T, F>(state: &ServerState, act: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    match act().await {
        Err(Error::Refused(_)) if state.settings.storage.is_shared() => {
            catch_up(state).await?;
            act().await
        }
        done => done,
    }
}
