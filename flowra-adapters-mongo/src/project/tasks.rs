//! The fields by which tasks are found.

use flowra_core::task::Task;
use mongodb::bson::{Document, doc};

use crate::codec;
use crate::fault::Outcome;

pub(super) fn row(task: &Task) -> Outcome<Document> {
    Ok(doc! {
        "workspace": codec::id(task.workspace_id),
        "number": codec::number(task.key.number),
        "deleted": task.is_deleted,
    })
}
