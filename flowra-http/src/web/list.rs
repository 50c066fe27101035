//! The page that lists tasks in rows: filtered, sorted and paged by its address, and where many are changed at once.

use askama::Template;
use flowra_core::event::Version;
use flowra_core::page::{Limit, PageRequest};
use flowra_core::task::{
    BulkChange, BulkResult, FindTask, ListTasks, Priority, SortKey, Status, TaskQuery, TaskRefusal, TaskSort,
};
use flowra_core::{Error, TaskId, WorkspaceId};
use salvo::http::StatusCode;
use salvo::{Request, Router, Writer, handler};
use serde::Deserialize;

use super::card::CardView;
use super::filter::{Filter, FilterBar, is_untidy};
use super::page::Page;
use super::problem::{Complaint, Problem};
use super::reply::{Reply, wants_part};
use super::shell::Shell;
use super::undo::Undo;
use super::visitor::Reader;
use crate::api::cursor::{decode, encode};
use crate::body::TaskBody;
use crate::http::ApiError;
use crate::http::extract::{json_or_form_body, path, query};

/// How many rows a page has, and how many more come at a time.
const ROWS: usize = 50;
/// The newest first: who looks at a list without asking for an order looks for what came in.
const ORDER: &str = "-created_at";

pub(super) fn router() -> Router {
    let tasks = Router::with_path("tasks")
        .get(show)
        .push(Router::with_path("rows").get(more))
        .push(Router::with_path("bulk").get(back).post(bulk))
        .push(Router::with_path("bulk/undo").get(back).post(take_back));
    Router::with_path("w/{workspace}")
        .push(tasks)
        .push(Router::with_path("task/{task}/row").get(show_row))
}

#[derive(Debug, Default, Deserialize)]
struct ListQuery {
    #[serde(flatten)]
    filter: Filter,
    sort: Option<String>,
    cursor: Option<String>,
}

impl ListQuery {
    fn sort(&self) -> &str {
        let given = self.sort.as_deref().filter(|sort| !sort.trim().is_empty());
        given.unwrap_or(ORDER)
    }

    /// The part of an address that lists the same from the beginning.
    fn address(&self) -> String {
        let sort = self.sort.as_deref().filter(|sort| !sort.trim().is_empty());
        self.filter.query(sort.map(|sort| ("sort", sort)).as_slice())
    }
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    page: Page,
    shell: Shell,
    bar: FilterBar,
    /// What the address says, to be said again by what is posted.
    address: String,
    /// The conditions alone, which a board has too.
    conditions: String,
    heads: Vec<Head>,
    rows: Rows,
    /// The list goes on from another page.
    is_later: bool,
    is_filtered: bool,
    outcome: Option<Outcome>,
    complaint: Complaint,
}

/// The head of a column.
struct Head {
    label: &'static str,
    class: &'static str,
    /// The address of the list by this column, the other way round when it is by this column now; none when it cannot be.
    sorted: Option<String>,
    /// `ascending` or `descending` when the list is by this column.
    order: &'static str,
}

/// Some rows, and where the next ones begin.
#[derive(Template)]
#[template(path = "rows.html")]
struct Rows {
    workspace: WorkspaceId,
    items: Vec<RowView>,
    /// The address of the next ones, without its path.
    next: Option<String>,
}

/// A task as a row.
#[derive(Template)]
#[template(path = "row.html")]
struct RowView(CardView);

/// What became of a change of many.
struct Outcome {
    done: usize,
    /// Each that stayed as it was, with the reason.
    failed: Vec<(String, String)>,
    /// What takes it back.
    undo: Vec<String>,
}

impl From<Vec<BulkResult>> for Outcome {
    fn from(results: Vec<BulkResult>) -> Self {
        let all = results.len();
        let failed: Vec<_> = results
            .into_iter()
            .filter_map(|result| {
                let why = ApiError::from(result.result.err()?);
                Some((result.task, Complaint::from(&why).message))
            })
            .collect();
        Self {
            done: all - failed.len(),
            failed,
            undo: Vec::new(),
        }
    }
}

/// The columns: what stands in the head of each, its class, and by what the list is sorted when the head is chosen for the first time.
const COLUMNS: [(&str, &str, Option<&str>); 9] = [
    ("Key", "key", Some("-created_at")),
    ("Title", "name", Some("title")),
    ("Kind", "kind", None),
    ("Status", "status", None),
    ("Priority", "prio", Some("-priority")),
    ("Assignee", "who", None),
    ("Due", "due", Some("due_date")),
    ("Labels", "labels", None),
    ("Updated", "updated", Some("-updated_at")),
];

fn heads(query: &ListQuery) -> Vec<Head> {
    let now = TaskSort::parse(query.sort()).ok();
    let head = |(label, class, first): (&'static str, &'static str, Option<&'static str>)| {
        let first = first.and_then(|first| TaskSort::parse(first).ok());
        let is_now = first.map(|sort| sort.by) == now.map(|sort| sort.by);
        let order = match now.filter(|_| is_now) {
            Some(TaskSort { descending: true, .. }) => "descending",
            Some(_) => "ascending",
            None => "",
        };
        let wanted = match (first, now.filter(|_| is_now)) {
            (Some(first), Some(now)) => Some(TaskSort {
                descending: !now.descending,
                ..first
            }),
            (first, _) => first,
        };
        let address = |sort: TaskSort| query.filter.query(&[("sort", &sort.to_string())]);
        Head {
            label,
            class,
            sorted: wanted.map(address),
            order,
        }
    };
    COLUMNS.into_iter().map(head).collect()
}

impl Rows {
    fn none(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            items: Vec::new(),
            next: None,
        }
    }

    /// The rows that an address asks for; the inner error is the core's, to be shown at the form.
    async fn load(
        reader: &Reader,
        workspace: WorkspaceId,
        query: &ListQuery,
    ) -> Result<Result<Self, Error>, Problem> {
        let sort = match TaskSort::parse(query.sort()) {
            Ok(sort) => sort,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        // A cursor goes on in the order in which it was given.
        let name = format!("rows {sort}");
        let after = query.cursor.as_deref();
        let after: Option<(SortKey, TaskId)> = after.map(|text| decode(&name, text)).transpose()?;
        let command = ListTasks {
            workspace,
            filter: query.filter.conditions(reader),
            sort,
            page: PageRequest {
                limit: Limit::parse(ROWS).map_err(|_| Problem::internal())?,
                after,
            },
        };
        let page = match reader.state.app.tasks.list(&reader.caller, command).await {
            Ok(page) => page,
            Err(error) => return Ok(Err(error)),
        };
        let last = page.items.last().filter(|_| page.has_more);
        let cursor = last.map(|last| encode(&name, &sort.key(last)));
        let next = cursor.map(|cursor| {
            let sort = sort.to_string();
            query.filter.query(&[("sort", &sort), ("cursor", &cursor)])
        });
        let bodies = reader.state.renderer.tasks(page.items).await?;
        Ok(Ok(Self {
            workspace,
            items: bodies.into_iter().map(RowView::new).collect(),
            next,
        }))
    }
}

impl RowView {
    fn new(task: TaskBody) -> Self {
        Self(CardView::new(task))
    }
}

/// The page that an address asks for, with what came of a change.
async fn answer(
    req: &Request,
    reader: &Reader,
    workspace: WorkspaceId,
    query: ListQuery,
    came: Result<Option<Outcome>, Complaint>,
) -> Result<Reply, Problem> {
    let shell = Shell::load(reader, workspace, None).await?;
    let mut status = StatusCode::OK;
    let mut wrong = Complaint::default();
    let rows = match Rows::load(reader, workspace, &query).await? {
        Ok(rows) => rows,
        Err(error) => {
            status = StatusCode::UNPROCESSABLE_ENTITY;
            wrong = Complaint::about(error)?;
            Rows::none(workspace)
        }
    };
    let (outcome, complaint) = match came {
        Ok(outcome) => (outcome, Complaint::default()),
        Err(complaint) => {
            status = StatusCode::UNPROCESSABLE_ENTITY;
            (None, complaint)
        }
    };
    let page = ListPage {
        page: Page::with_forms(req, "Tasks", &reader.csrf),
        shell,
        address: query.address(),
        conditions: query.filter.query(&[]),
        heads: heads(&query),
        rows,
        is_later: query.cursor.is_some(),
        is_filtered: !query.filter.is_empty(),
        outcome,
        complaint,
        bar: FilterBar::load(reader, workspace, "tasks", query.filter, wrong)
            .await?
            .sorted(query.sort),
    };
    Ok(Reply::Html(status, page.render()?))
}

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let query: ListQuery = query(req)?;
    if is_untidy(req) && !wants_part(req) {
        return Ok(Reply::to(format!("/w/{workspace}/tasks{}", query.address())));
    }
    answer(req, &reader, workspace, query, Ok(None)).await
}

/// Rows alone, for a page that has the first ones or shows those of a while ago.
#[handler]
async fn more(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let rows = Rows::load(&reader, workspace, &query(req)?).await??;
    Reply::page(&rows)
}

/// One row alone, for a list in which it is no longer right.
#[handler]
async fn show_row(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let query = FindTask {
        workspace: path(req, "workspace")?,
        task: path(req, "task")?,
    };
    let task = reader.state.app.tasks.find(&reader.caller, query).await?;
    let mut bodies = reader.state.renderer.tasks(vec![task]).await?;
    Reply::page(&RowView::new(bodies.pop().ok_or_else(Problem::internal)?))
}

/// Where a change of many was posted there is nothing to look at; a browser that reloads it is taken to the list.
#[handler]
async fn back(req: &mut Request) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let query: ListQuery = query(req)?;
    Ok(Reply::to(format!("/w/{workspace}/tasks{}", query.address())))
}

/// The change that a form asks for: its button says which of its fields counts.
fn change(form: &[(String, String)]) -> Result<BulkChange, ApiError> {
    let value = |name: &str| {
        let found = form.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let tasks = form.iter().filter(|(field, _)| field == "task");
    let versions = form.iter().filter(|(field, _)| field == "version");
    let version = |(_, version): &(String, String)| {
        let version = version.parse().map(Version::new);
        version.map_err(|_| ApiError::validation("version must be a number").with_field("version"))
    };
    let mut command = BulkChange {
        tasks: tasks.map(|(_, task)| task.clone()).collect(),
        expected: versions.map(version).collect::<Result<_, _>>()?,
        ..BulkChange::default()
    };
    let labels = || {
        let labels = value("labels").split(',').map(str::trim);
        let labels = labels.filter(|label| !label.is_empty());
        labels.map(str::to_owned).collect::<Vec<_>>()
    };
    let unchosen = |field: &str, rule| ApiError::validation(rule).with_field(field.to_owned());
    match value("change") {
        "status" => command.status = Some(value("status").to_owned()),
        "priority" => command.priority = Some(value("priority").to_owned()),
        "assignee" => {
            let chosen = value("assignee");
            let rule = "assignee must be chosen from the list";
            let person = || chosen.parse().map_err(|_| unchosen("assignee", rule));
            command.assignee = Some(if chosen == TaskQuery::NOBODY {
                None
            } else {
                Some(person()?)
            });
        }
        "labels_add" | "labels_remove" if labels().is_empty() => {
            return Err(unchosen(
                "labels",
                "labels must be written, with commas between them",
            ));
        }
        "labels_add" => command.labels_add = Some(labels()),
        "labels_remove" => command.labels_remove = Some(labels()),
        _ => return Err(unchosen("change", "the button must say what is to be changed")),
    }
    Ok(command)
}

/// Changes many tasks, and shows what came of it above the list.
#[handler]
async fn bulk(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let query: ListQuery = query(req)?;
    let form: Vec<(String, String)> = json_or_form_body(req).await?;
    let tasks = &reader.state.app.tasks;
    let came = match change(&form) {
        Ok(change) => {
            let undo = Undo::of(&reader, workspace, &change).await;
            match tasks.bulk(&reader.caller, workspace, change).await {
                Ok(results) => {
                    let done = |result: &'_ BulkResult| {
                        Some((result.task.clone(), result.result.as_ref().ok().cloned()?))
                    };
                    let done: Vec<_> = results.iter().filter_map(done).collect();
                    let done = done.iter().map(|(name, task)| (name.as_str(), &**task));
                    let undo = undo.forms(&done.collect());
                    Ok(Some(Outcome {
                        undo,
                        ..Outcome::from(results)
                    }))
                }
                Err(error) => Err(Complaint::about(error)?),
            }
        }
        Err(error) => Err(Complaint::from(&error)),
    };
    answer(req, &reader, workspace, query, came).await
}

/// Takes a change of many back, by the forms that came with it.
#[handler]
async fn take_back(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace: WorkspaceId = path(req, "workspace")?;
    let query: ListQuery = query(req)?;
    let form: Vec<(String, String)> = json_or_form_body(req).await?;
    let parts = form.iter().filter(|(field, _)| field == "part");
    let parts: Vec<Vec<(String, String)>> = parts
        .map(|(_, part)| form_urlencoded::parse(part.as_bytes()).into_owned().collect())
        .collect();
    let count = |part: &Vec<(String, String)>| part.iter().filter(|(field, _)| field == "task").count();
    // All parts together are one change of many.
    if parts.len() > BulkChange::MAX || parts.iter().map(count).sum::<usize>() > BulkChange::MAX {
        let max = BulkChange::MAX;
        let complaint = Complaint::about(TaskRefusal::BulkSize { max }.into())?;
        return answer(req, &reader, workspace, query, Err(complaint)).await;
    }
    let mut results = Vec::new();
    for form in parts {
        let tasks = &reader.state.app.tasks;
        match change(&form) {
            Ok(change) => match tasks.bulk(&reader.caller, workspace, change).await {
                Ok(part) => results.extend(part),
                Err(error) => {
                    let complaint = Complaint::about(error)?;
                    return answer(req, &reader, workspace, query, Err(complaint)).await;
                }
            },
            Err(error) => {
                let complaint = Complaint::from(&error);
                return answer(req, &reader, workspace, query, Err(complaint)).await;
            }
        }
    }
    let outcome = Outcome::from(results);
    answer(req, &reader, workspace, query, Ok(Some(outcome))).await
}
