//! The page of a board: the columns, more of each on scrolling, a line to add to each, and where a card is moved to.

use std::sync::Arc;

use askama::Template;
use flowra_core::page::{Limit, PageRequest};
use flowra_core::task::{
    Column, CreateTask, ListTasks, MoveTask, Rank, ShowBoard, ShowColumn, SortBy, SortKey, Task, TaskSort,
};
use flowra_core::{Error, TaskId, WorkspaceId};
use salvo::http::StatusCode;
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;
use uuid::Uuid;

use super::card::{CardView, slug};
use super::filter::{Filter, FilterBar, is_untidy};
use super::page::Page;
use super::problem::{Complaint, Problem};
use super::reply::{Reply, wants_part};
use super::shell::Shell;
use super::task::{Named, version};
use super::visitor::Reader;
use crate::http::ApiError;
use crate::http::extract::{json_or_form_body, path, query};

/// Some tasks of a column, in its order.
type Tasks = flowra_core::page::Page<Arc<Task>>;

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
    bar: FilterBar,
    /// The conditions, which a list has too.
    conditions: String,
    columns: Vec<ColumnView>,
}

struct ColumnView {
    name: &'static str,
    slug: String,
    count: String,
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
    /// The address of the next ones, without its path.
    next: Option<String>,
}

/// How many tasks each column has.
#[derive(Template)]
#[template(path = "counts.html")]
struct Counts(Vec<(String, String)>);

#[derive(Debug, Deserialize)]
struct MoreQuery {
    #[serde(flatten)]
    filter: Filter,
    rank: Rank,
    id: TaskId,
}

#[derive(Debug, Deserialize)]
struct AddForm {
    key: Option<Uuid>,
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
        filter: &Filter,
        tasks: Tasks,
    ) -> Result<Self, Problem> {
        let last = tasks.items.last().filter(|_| tasks.has_more);
        let next =
            last.map(|task| filter.query(&[("rank", task.rank.as_str()), ("id", &task.id.to_string())]));
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

/// The cards of a column that the filter finds, in the column's order; the inner error is the core's, to be shown at the form.
async fn found(
    reader: &Reader,
    workspace: WorkspaceId,
    column: Column,
    filter: &Filter,
    after: Option<(Rank, TaskId)>,
) -> Result<Result<Tasks, Error>, Problem> {
    let mut conditions = filter.conditions(reader);
    conditions.column = Some(column.as_str().to_owned());
    let query = ListTasks {
        workspace,
        filter: conditions,
        sort: TaskSort {
            by: SortBy::Rank,
            descending: false,
        },
        page: PageRequest {
            limit: limit(CARDS)?,
            after: after.map(|(rank, id)| (SortKey::Text(rank.as_str().to_owned()), id)),
        },
    };
    Ok(reader.state.app.tasks.list(&reader.caller, query).await)
}

/// How many cards a column has of which only these were looked for.
fn at_least(tasks: &Tasks) -> String {
    format!("{}{}", tasks.items.len(), if tasks.has_more { "+" } else { "" })
}

/// The columns with how many cards each has and the first of them, of a whole board at most `cards`; the inner error as with [`found`].
async fn columns(
    reader: &Reader,
    workspace: WorkspaceId,
    filter: &Filter,
    cards: usize,
) -> Result<Result<Vec<(Column, String, Tasks)>, Error>, Problem> {
    if filter.is_empty() {
        let query = ShowBoard {
            workspace,
            limit: limit(cards)?,
        };
        let shown = reader.state.app.tasks.board(&reader.caller, query).await?;
        let columns = shown
            .into_iter()
            .map(|shown| (shown.column, shown.count.to_string(), shown.tasks));
        return Ok(Ok(columns.collect()));
    }
    let mut columns = Vec::with_capacity(Column::ALL.len());
    for column in Column::ALL {
        match found(reader, workspace, column, filter, None).await? {
            Ok(tasks) => columns.push((column, at_least(&tasks), tasks)),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(columns))
}

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let filter: Filter = query(req)?;
    let conditions = filter.query(&[]);
    if is_untidy(req) && !wants_part(req) {
        return Ok(Reply::to(format!("/w/{workspace}/board{conditions}")));
    }
    let shell = Shell::load(&reader, workspace, None).await?;
    let (shown, complaint) = match columns(&reader, workspace, &filter, CARDS).await? {
        Ok(shown) => (shown, None),
        Err(error) => (Vec::new(), Some(Complaint::about(error)?)),
    };
    let status = if complaint.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let mut columns = Vec::with_capacity(shown.len());
    for (column, count, tasks) in shown {
        columns.push(ColumnView {
            name: column.as_str(),
            slug: slug(column.as_str()),
            count,
            cards: Cards::new(&reader, workspace, column, &filter, tasks).await?,
        });
    }
    let page = BoardPage {
        page: Page::with_forms(req, "Board", &reader.csrf),
        shell,
        bar: FilterBar::load(&reader, workspace, "board", filter, complaint.unwrap_or_default()).await?,
        conditions,
        columns,
    };
    Ok(Reply::Html(status, page.render()?))
}

/// The numbers alone, for a page on which cards came and went.
#[handler]
async fn counts(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let columns = columns(&reader, workspace, &query(req)?, 1).await??;
    let numbers = columns
        .into_iter()
        .map(|(column, count, _)| (slug(column.as_str()), count));
    Reply::page(&Counts(numbers.collect()))
}

#[handler]
async fn more(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let column = column(&path::<String>(req, "column")?)?;
    let MoreQuery { filter, rank, id } = query(req)?;
    let after = Some((rank, id));
    let tasks = if filter.is_empty() {
        let query = ShowColumn {
            workspace,
            column: column.as_str().to_owned(),
            page: PageRequest {
                limit: limit(CARDS)?,
                after,
            },
        };
        reader.state.app.tasks.column(&reader.caller, query).await?
    } else {
        found(&reader, workspace, column, &filter, after).await??
    };
    Reply::page(&Cards::new(&reader, workspace, column, &filter, tasks).await?)
}

/// Makes a task at the top of a column.
#[handler]
async fn add(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let form: AddForm = json_or_form_body(req).await?;
    let caller = reader.once(form.key, &["task", &workspace.to_string(), &form.title]);
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
        column: Some(column(&form.column)?.as_str().to_owned()),
    };
    let made = reader.state.app.tasks.create(&caller, command).await?;
    if wants_part(req) {
        return card(&reader, made).await;
    }
    Ok(Reply::to(format!("/w/{workspace}/board#t-{}", made.id)))
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
