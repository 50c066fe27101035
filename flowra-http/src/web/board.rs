//! The page of a board: the columns, more of each on scrolling, a line to add to each, and where a card is moved to.

use std::sync::Arc;

use askama::Template;
use flowra_core::page::{Limit, PageRequest};
use flowra_core::task::{Column, CreateTask, MoveTask, Rank, ShowBoard, ShowColumn, Task, TaskTarget};
use flowra_core::{TaskId, WorkspaceId};
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;

use super::card::{CardView, slug};
use super::page::Page;
use super::problem::Problem;
use super::reply::{Reply, wants_part};
use super::shell::Shell;
use super::task::{Named, version};
use super::visitor::Reader;
use crate::http::ApiError;
use crate::http::extract::{json_or_form_body, path, query};

/// How many cards of each column a page shows at first, and how many more at a time.
const CARDS: usize = 25;

pub(super) fn router() -> Router {
    let board = Router::with_path("board")
        .get(show)
        .push(Router::with_path("counts").get(counts))
        .push(Router::with_path("columns/{column}").get(more));
    Router::with_path("w/{workspace}")
        .push(board)
        .push(Router::with_path("tasks").post(add))
        .push(Router::with_path("task/{task}/move").post(move_card))
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    page: Page,
    shell: Shell,
    columns: Vec<ColumnView>,
}

struct ColumnView {
    name: &'static str,
    slug: String,
    count: u64,
    cards: Cards,
}

impl ColumnView {
    /// What is added here begins here; nothing begins as cancelled.
    fn takes_more(&self) -> bool {
        self.name != Column::Cancelled.as_str()
    }
}

/// Some cards of a column, and where the next ones begin.
#[derive(Template)]
#[template(path = "cards.html")]
struct Cards {
    workspace: WorkspaceId,
    slug: String,
    items: Vec<CardView>,
    next: Option<(Rank, TaskId)>,
}

/// How many tasks each column has.
#[derive(Template)]
#[template(path = "counts.html")]
struct Counts(Vec<(String, u64)>);

#[derive(Debug, Deserialize)]
struct MoreQuery {
    rank: Rank,
    id: TaskId,
}

#[derive(Debug, Deserialize)]
struct AddForm {
    title: String,
    column: String,
}

#[derive(Debug, Deserialize)]
struct MoveForm {
    column: Option<String>,
    before: Option<TaskId>,
    after: Option<TaskId>,
    version: Option<u64>,
}

fn limit(cards: usize) -> Result<Limit, Problem> {
    Limit::parse(cards).map_err(|_| Problem::internal())
}

fn column(slug_of: &str) -> Result<Column, Problem> {
    let found = Column::ALL
        .into_iter()
        .find(|column| slug(column.as_str()) == slug_of);
    found.ok_or_else(|| ApiError::not_found("there is no such column").into())
}

impl Cards {
    async fn new(
        reader: &Reader,
        workspace: WorkspaceId,
        column: Column,
        tasks: flowra_core::page::Page<Arc<Task>>,
    ) -> Result<Self, Problem> {
        let last = tasks.items.last().filter(|_| tasks.has_more);
        let next = last.map(|task| (task.rank.clone(), task.id));
        let bodies = reader.state.renderer.tasks(tasks.items).await?;
        Ok(Self {
            workspace,
            slug: slug(column.as_str()),
            items: bodies.into_iter().map(CardView::new).collect(),
            next,
        })
    }
}

/// The card of a task.
pub(super) async fn card(reader: &Reader, task: Arc<Task>) -> Result<Reply, Problem> {
    let mut bodies = reader.state.renderer.tasks(vec![task]).await?;
    let body = bodies.pop().ok_or_else(Problem::internal)?;
    Reply::page(&CardView::new(body))
}

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let shell = Shell::load(&reader, workspace, None).await?;
    let query = ShowBoard {
        workspace,
        limit: limit(CARDS)?,
    };
    let mut columns = Vec::with_capacity(Column::ALL.len());
    for shown in reader.state.app.tasks.board(&reader.caller, query).await? {
        columns.push(ColumnView {
            name: shown.column.as_str(),
            slug: slug(shown.column.as_str()),
            count: shown.count,
            cards: Cards::new(&reader, workspace, shown.column, shown.tasks).await?,
        });
    }
    Reply::page(&BoardPage {
        page: Page::with_forms(req, "Board", &reader.csrf),
        shell,
        columns,
    })
}

/// The numbers alone, for a page on which cards came and went.
#[handler]
async fn counts(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let query = ShowBoard {
        workspace: path(req, "workspace")?,
        limit: limit(1)?,
    };
    let columns = reader.state.app.tasks.board(&reader.caller, query).await?;
    let numbers = columns
        .iter()
        .map(|shown| (slug(shown.column.as_str()), shown.count));
    Reply::page(&Counts(numbers.collect()))
}

#[handler]
async fn more(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let column = column(&path::<String>(req, "column")?)?;
    let MoreQuery { rank, id } = query(req)?;
    let query = ShowColumn {
        workspace,
        column: column.as_str().to_owned(),
        page: PageRequest {
            limit: limit(CARDS)?,
            after: Some((rank, id)),
        },
    };
    let tasks = reader.state.app.tasks.column(&reader.caller, query).await?;
    Reply::page(&Cards::new(&reader, workspace, column, tasks).await?)
}

/// Makes a task at the top of a column.
#[handler]
async fn add(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let form: AddForm = json_or_form_body(req).await?;
    let column = column(&form.column)?;
    let tasks = &reader.state.app.tasks;
    let query = ShowColumn {
        workspace,
        column: column.as_str().to_owned(),
        page: PageRequest::first(limit(1)?),
    };
    let top = tasks.column(&reader.caller, query).await?.items.pop();
    let command = CreateTask {
        workspace,
        title: form.title,
        kind: None,
        description: None,
        priority: None,
        severity: None,
        assignee: None,
        due_date: None,
        labels: Vec::new(),
        epic: None,
        chat: None,
    };
    let made = tasks.create(&reader.caller, command).await?;
    let command = MoveTask {
        target: TaskTarget {
            workspace,
            task: made.id.to_string(),
            expected: None,
        },
        column: Some(column.as_str().to_owned()),
        before: top.map(|task| task.id),
        after: None,
    };
    let moved = tasks.move_task(&reader.caller, command).await?;
    if wants_part(req) {
        return card(&reader, moved).await;
    }
    Ok(Reply::to(format!("/w/{workspace}/board#t-{}", moved.id)))
}

/// Moves a card; a page with scripts gets it back as it stands now.
#[handler]
async fn move_card(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let named = Named::of(req)?;
    let form: MoveForm = json_or_form_body(req).await?;
    let to = form.column.as_deref().map(column).transpose()?;
    let command = MoveTask {
        target: named.target(version(form.version)),
        column: to.map(|column| column.as_str().to_owned()),
        before: form.before,
        after: form.after,
    };
    let moved = reader.state.app.tasks.move_task(&reader.caller, command).await?;
    if wants_part(req) {
        return card(&reader, moved).await;
    }
    Ok(Reply::to(named.address()))
}
