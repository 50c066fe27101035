//! The store that worlds are planted in: the server's own.

use std::error::Error;
use std::path::Path;

use super::seed::{self, Plan, World};
use crate::config::Storage;
use crate::installation;
use crate::store::Store;

/// Makes the file and writes the world of this plan into it. The file is free for a server when this returns.
pub(super) async fn plant(file: &Path, plan: &Plan) -> Result<World, Box<dyn Error + Send + Sync>> {
    let store = Store::open(&Storage::Sqlite(file.to_owned())).await?;
    seed::plant(&installation::offline(&store).ports, plan).await
}
