//! The store that worlds are planted in: the server's own.

use std::error::Error;
use std::path::Path;

use flowra_core::Ports;

use super::seed::{self, Plan, World};

/// Makes the file and writes the world of this plan into it. The file is free for a server when this returns.
pub(super) async fn plant(file: &Path, plan: &Plan) -> Result<World, Box<dyn Error + Send + Sync>> {
    let ports = open(file)?;
    seed::plant(&ports, plan).await
}

fn open(file: &Path) -> Result<Ports, Box<dyn Error + Send + Sync>> {
    Err(format!(
        "this build has no store for {}; --floors-only measures without one",
        file.display()
    )
    .into())
}
