//! The store that worlds are planted in: the server's own.

use flowra_core::event::CheckReport;
use std::error::Error;

use super::seed::{self, Plan, World};
use crate::config::Storage;
use crate::installation;
use crate::store::Store;

/// Makes the store that this names, as setting `storage` would, and writes the world of this plan into it. It is free for a server when this returns.
pub(super) async fn plant(storage: &str, plan: &Plan) -> Result<World, Box<dyn Error + Send + Sync>> {
    let store = Store::open(&Storage::parse(storage)?).await?;
    seed::plant(&installation::offline(&store).ports, plan).await
}

/// Whether everything that is stored there follows from its log.
pub(super) async fn check(storage: &str) -> Result<CheckReport, Box<dyn Error + Send + Sync>> {
    let store = Store::open_existing(&Storage::parse(storage)?).await?;
    Ok(store.check().await?)
}
