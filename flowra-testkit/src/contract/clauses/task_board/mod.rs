//! What the board promises.

mod columns;
mod lists;

pub(in crate::contract) use columns::*;
pub(in crate::contract) use lists::*;

use flowra_core::TaskId;
use flowra_core::task::{SortBy, TaskFilter, TaskScope, TaskSort};

use super::{Scene, Team, all, sorted};

/// What a filter leaves of a scope, by id.
async fn list(scene: &Scene, team: Team, scope: &TaskScope, filter: TaskFilter) -> Vec<TaskId> {
    let sort = TaskSort {
        by: SortBy::CreatedAt,
        descending: false,
    };
    let listed = scene
        .board
        .list(team.workspace, scope.clone(), filter, sort, all())
        .await
        .unwrap();
    sorted(listed.items.iter().map(|task| task.id))
}
