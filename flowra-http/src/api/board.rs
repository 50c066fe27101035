//! The board of a workspace.

use flowra_core::task::{Column, ShowBoard, ShowColumn, Task};
use flowra_core::workspace::Workspace;
use salvo::oapi::{ToParameters, endpoint};
use salvo::{Router, Writer};
use serde::Deserialize;

use super::caller::Asker;
use super::cursor::{Paging, encode};
use super::params::At;
use super::words;
use crate::body::{BoardBody, ColumnBody, TaskBody};
use crate::http::ApiError;
use crate::http::envelope::{Data, Page};
use crate::http::extract::{Path, Query};

/// The routes below a workspace.
pub(super) fn router() -> Router {
    Router::with_path("board")
        .get(board)
        .push(Router::with_path("{column}").get(cards))
}

/// How much of each column is wanted.
#[derive(Debug, Deserialize, ToParameters)]
#[salvo(parameters(default_parameter_in = Query))]
struct BoardQuery {
    /// How many cards of each column: 1 to 100, 50 when left out.
    limit: Option<usize>,
}

/// Cursors of one column are not taken for those of another.
fn list_of(column: Column) -> String {
    format!("board {column}")
}

fn cursor(column: Column, last: &Task) -> String {
    encode(&list_of(column), &(&last.rank, last.id))
}

/// Shows the columns with their counts and first cards
#[endpoint(tags("board"), status_codes(200))]
async fn board(
    asker: Asker,
    workspace_id: At<Workspace>,
    query: Query<BoardQuery>,
) -> Result<Data<BoardBody>, ApiError> {
    let limit = Paging {
        limit: query.0.limit,
        cursor: None,
    }
    .limit()?;
    let shown = asker
        .state
        .app
        .tasks
        .board(
            &asker.caller,
            ShowBoard {
                workspace: workspace_id.0,
                limit,
            },
        )
        .await?;
    // All cards are rendered together, so that their people are looked up once.
    let lengths: Vec<usize> = shown.iter().map(|column| column.tasks.items.len()).collect();
    let mut cursors = Vec::with_capacity(shown.len());
    let mut all = Vec::with_capacity(lengths.iter().sum());
    for column in &shown {
        let last = column.tasks.items.last().filter(|_| column.tasks.has_more);
        cursors.push(last.map(|last| cursor(column.column, last)));
        all.extend(column.tasks.items.iter().cloned());
    }
    let mut bodies = asker.state.renderer.tasks(all).await?.into_iter();
    let columns = shown
        .iter()
        .zip(lengths)
        .zip(cursors)
        .map(|((column, length), next_cursor)| ColumnBody {
            name: column.column.as_str(),
            count: column.count,
            tasks: bodies.by_ref().take(length).collect(),
            next_cursor,
        });
    Ok(Data(BoardBody {
        columns: columns.collect(),
    }))
}

/// Lists the cards of a column
#[endpoint(tags("board"), status_codes(200))]
async fn cards(
    asker: Asker,
    workspace_id: At<Workspace>,
    column: Path<String>,
    paging: Query<Paging>,
) -> Result<Page<TaskBody>, ApiError> {
    let which: Column = words::read("column", &column.0)?;
    let page = paging.0.request(&list_of(which))?;
    let query = ShowColumn {
        workspace: workspace_id.0,
        column: column.0,
        page,
    };
    let page = asker.state.app.tasks.column(&asker.caller, query).await?;
    let next_cursor = page
        .items
        .last()
        .filter(|_| page.has_more)
        .map(|last| cursor(which, last));
    Ok(Page {
        items: asker.state.renderer.tasks(page.items).await?,
        next_cursor,
    })
}
