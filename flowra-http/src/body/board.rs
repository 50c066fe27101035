//! A board.

use flowra_core::task::Column;
use salvo::oapi::ToSchema;
use serde::Serialize;

use super::{TaskBody, WordOf};

/// The tasks of a workspace in columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BoardBody {
    /// All columns, from Backlog to Cancelled.
    pub columns: Vec<ColumnBody>,
}

/// One column of a board, as far as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ColumnBody {
    /// What it is called.
    #[salvo(schema(value_type = WordOf<Column>))]
    pub name: &'static str,
    /// How many tasks stand in it, shown here or not.
    pub count: u64,
    /// The first of them.
    pub tasks: Vec<TaskBody>,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
