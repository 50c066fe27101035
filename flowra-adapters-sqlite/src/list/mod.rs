//! Filtered and sorted lists of tasks.
//!
//! When one of the wanted conditions has few tasks, those are looked up and sorted. Otherwise much may fit, and the index of the sort order is
//! walked from the page's beginning. Where that meets too little that fits, such as old tasks that are still to do, each condition's index first
//! says which tasks have it, and the walk passes over all others without looking at them.
//!
//! So no page reads more tasks than a few thousand and those it shows; the entries of indexes that it passes over are as many as the workspace's tasks at
//! worst, a few milliseconds for 100,000.

mod place;
mod walk;
mod wanted;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use flowra_core::page::PageRequest;
use flowra_core::task::{SortKey, TaskFilter, TaskSort};
use flowra_core::{TaskId, WorkspaceId};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use crate::board::Sight;
use crate::codec;
use crate::fault::Outcome;
use crate::sql::{self, Prepare, Statement};
use place::Place;
use walk::Walk;
use wanted::{Facts, Wanted};

/// So many tasks are looked at, whether they fit, before a page is made in another way.
const FEW: usize = 2000;

/// The rows of one task more than the page has.
pub(crate) fn page(
    db: &Connection,
    workspace: WorkspaceId,
    sight: &Sight,
    filter: &TaskFilter,
    sort: TaskSort,
    page: &PageRequest<(SortKey, TaskId)>,
) -> Outcome<Vec<i64>> {
    let wanted = Wanted::new(db, workspace, sight, filter)?;
    let (after, limit) = (page.after.as_ref(), page.limit.get() + 1);
    if let Some(rows) = few(db, workspace, &wanted)? {
        return pick(db, rows, &wanted, sort, after, limit);
    }
    let mut walk = Walk {
        db,
        wanted: &wanted,
        limit,
        among: None,
        patience: FEW,
        found: Vec::with_capacity(limit),
    };
    walk.run(workspace, sort, after)?;
    if walk.patience == 0 && walk.found.len() < limit {
        walk = Walk {
            among: Some(candidates(db, workspace, &wanted)?),
            patience: usize::MAX,
            found: Vec::with_capacity(limit),
            ..walk
        };
        walk.run(workspace, sort, after)?;
    }
    Ok(walk.found)
}

/// The rows of the first condition that few tasks fulfil.
fn few(db: &Connection, workspace: WorkspaceId, wanted: &Wanted<'_>) -> Outcome<Option<Vec<i64>>> {
    if !wanted.sight.public {
        return guests_tasks(db, wanted.sight);
    }
    for (statement, with) in wanted.lookups(workspace) {
        let rows = look_up(db, statement, with, FEW + 1)?;
        if rows.len() <= FEW {
            return Ok(Some(rows));
        }
    }
    Ok(None)
}

/// The rows that fulfil a condition, in their order and each once, of `most` entries of its index.
fn look_up(db: &Connection, statement: Statement, mut with: Vec<Value>, most: usize) -> Outcome<Vec<i64>> {
    with.push(Value::Integer(i64::try_from(most).unwrap_or(i64::MAX)));
    let mut rows = db
        .statement(statement)?
        .query_map(params_from_iter(with), |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    rows.sort_unstable();
    rows.dedup();
    Ok(rows)
}

/// The rows that fulfil every condition that has an index, and that somebody sees, in their order.
fn candidates(db: &Connection, workspace: WorkspaceId, wanted: &Wanted<'_>) -> Outcome<Vec<i64>> {
    let mut rows = Vec::new();
    if wanted.sight.public {
        let workspace = Value::Blob(workspace.as_bytes().to_vec());
        rows = look_up(db, sql::FIND_PUBLIC, vec![workspace], usize::MAX)?;
    }
    for room in &wanted.sight.rooms {
        rows.extend(look_up(
            db,
            sql::FIND_ROOM,
            vec![Value::Integer(*room)],
            usize::MAX,
        )?);
    }
    rows.sort_unstable();
    for (statement, with) in wanted.lookups(workspace) {
        let fitting = look_up(db, statement, with, usize::MAX)?;
        rows.retain(|row| fitting.binary_search(row).is_ok());
    }
    Ok(rows)
}

/// The rows that a guest sees, if they are few.
fn guests_tasks(db: &Connection, sight: &Sight) -> Outcome<Option<Vec<i64>>> {
    let mut rows = Vec::new();
    let mut select = db.statement(sql::FIND_ROOM)?;
    for room in &sight.rooms {
        let left = (FEW + 1).saturating_sub(rows.len());
        for row in select.query_map(params![room, codec::number(left as u64)], |row| row.get(0))? {
            rows.push(row?);
        }
        if rows.len() > FEW {
            return Ok(None);
        }
    }
    Ok(Some(rows))
}

/// Of few rows, those that fit and stand after the key, in order.
fn pick(
    db: &Connection,
    rows: Vec<i64>,
    wanted: &Wanted<'_>,
    sort: TaskSort,
    after: Option<&(SortKey, TaskId)>,
    limit: usize,
) -> Outcome<Vec<i64>> {
    let mut select = db.statement(sql::LIST_ONE)?;
    let mut fitting = Vec::new();
    let start = after.map(|(key, id)| Place::new(key.clone(), *id.as_bytes(), sort));
    for no in rows.into_iter().collect::<HashSet<_>>() {
        let Some(task) = select.query_row([no], Facts::read).optional()? else {
            continue;
        };
        if wanted.fits(db, &task)? {
            let place = Place::new(task.key(sort.by), task.id, sort);
            if start.as_ref().is_none_or(|start| place > *start) {
                fitting.push((place, task.no));
            }
        }
    }
    fitting.sort_unstable();
    fitting.truncate(limit);
    Ok(fitting.into_iter().map(|(_, no)| no).collect())
}
