//! Walking a sort's index.

use flowra_core::task::{Priority, SortBy, SortKey, TaskSort};
use flowra_core::{TaskId, WorkspaceId};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::wanted::{Facts, Wanted};
use crate::fault::Outcome;
use crate::sql::{self, Prepare, Statement};

/// The statements that walk a sort's index: the equal keys from an id on, and the keys beyond.
const fn index(sort: TaskSort) -> (Statement, Statement) {
    match (sort.by, sort.descending) {
        (SortBy::CreatedAt, false) => (sql::WALK_CREATED_SAME_UP, sql::WALK_CREATED_UP),
        (SortBy::CreatedAt, true) => (sql::WALK_CREATED_SAME_DOWN, sql::WALK_CREATED_DOWN),
        (SortBy::UpdatedAt, false) => (sql::WALK_UPDATED_SAME_UP, sql::WALK_UPDATED_UP),
        (SortBy::UpdatedAt, true) => (sql::WALK_UPDATED_SAME_DOWN, sql::WALK_UPDATED_DOWN),
        (SortBy::DueDate, false) => (sql::WALK_DUE_SAME_UP, sql::WALK_DUE_UP),
        (SortBy::DueDate, true) => (sql::WALK_DUE_SAME_DOWN, sql::WALK_DUE_DOWN),
        // Each priority is one run of equal keys.
        (SortBy::Priority, false) => (sql::WALK_PRIORITY_SAME_UP, sql::WALK_PRIORITY_SAME_UP),
        (SortBy::Priority, true) => (sql::WALK_PRIORITY_SAME_DOWN, sql::WALK_PRIORITY_SAME_DOWN),
        (SortBy::Rank, false) => (sql::WALK_RANK_SAME_UP, sql::WALK_RANK_UP),
        (SortBy::Rank, true) => (sql::WALK_RANK_SAME_DOWN, sql::WALK_RANK_DOWN),
        (SortBy::Title, false) => (sql::WALK_TITLE_SAME_UP, sql::WALK_TITLE_UP),
        (SortBy::Title, true) => (sql::WALK_TITLE_SAME_DOWN, sql::WALK_TITLE_DOWN),
    }
}

/// Stands before every id in the direction of a sort.
fn before_ids(sort: TaskSort) -> Value {
    Value::Blob(if sort.descending {
        vec![u8::MAX; 17]
    } else {
        Vec::new()
    })
}

/// The priorities beyond a key, in the order of the sort. A key that is no number stands before all of them.
fn priorities(sort: TaskSort, beyond: &Value) -> Vec<i64> {
    let all = Priority::ALL.map(|priority| priority as i64);
    match beyond {
        Value::Integer(key) if sort.descending => all.into_iter().rev().filter(|one| one < key).collect(),
        Value::Integer(key) => all.into_iter().filter(|one| one > key).collect(),
        _ => all.into_iter().rev().collect(),
    }
}

/// A walk along a sort's index until enough rows fit.
pub(super) struct Walk<'a> {
    pub(super) db: &'a Connection,
    pub(super) wanted: &'a Wanted<'a>,
    /// So many are enough.
    pub(super) limit: usize,
    /// All others are passed over.
    pub(super) among: Option<Vec<i64>>,
    /// How many more tasks are looked at.
    pub(super) patience: usize,
    pub(super) found: Vec<i64>,
}

impl Walk<'_> {
    pub(super) fn run(
        &mut self,
        workspace: WorkspaceId,
        sort: TaskSort,
        after: Option<&(SortKey, TaskId)>,
    ) -> Outcome<()> {
        let ws = || Value::Blob(workspace.as_bytes().to_vec());
        let (same, beyond) = index(sort);
        let missing = match after {
            Some((SortKey::Missing, id)) => Value::Blob(id.as_bytes().to_vec()),
            _ => before_ids(sort),
        };
        let start = match after {
            Some((SortKey::Missing, _)) => None,
            Some((key, id)) => {
                let key = match key {
                    SortKey::Number(number) => Value::Integer(*number),
                    SortKey::Text(text) => Value::Text(text.clone()),
                    SortKey::Missing => Value::Null,
                };
                self.along(same, [ws(), key.clone(), Value::Blob(id.as_bytes().to_vec())])?;
                Some(key)
            }
            // Blobs stand behind numbers and texts; no title and no rank is empty.
            None if sort.descending => Some(Value::Blob(Vec::new())),
            None if matches!(sort.by, SortBy::Rank | SortBy::Title) => Some(Value::Text(String::new())),
            None => Some(Value::Integer(i64::MIN)),
        };
        if let Some(key) = start {
            if sort.by == SortBy::Priority {
                for priority in priorities(sort, &key) {
                    self.along(same, [ws(), Value::Integer(priority), before_ids(sort)])?;
                }
            } else {
                self.along(beyond, [ws(), key])?;
            }
        }
        if sort.by == SortBy::DueDate {
            let lacking = if sort.descending {
                sql::WALK_DUE_MISSING_DOWN
            } else {
                sql::WALK_DUE_MISSING_UP
            };
            self.along(lacking, [ws(), missing])?;
        }
        Ok(())
    }

    fn along<const N: usize>(&mut self, statement: Statement, with: [Value; N]) -> Outcome<()> {
        let mut select = self.db.statement(statement)?;
        let mut look = self.db.statement(sql::LIST_ONE)?;
        let mut rows = select.query(params_from_iter(with))?;
        while self.found.len() < self.limit
            && self.patience > 0
            && let Some(row) = rows.next()?
        {
            let no: i64 = row.get(0)?;
            if self
                .among
                .as_ref()
                .is_some_and(|rows| rows.binary_search(&no).is_err())
            {
                continue;
            }
            self.patience -= 1;
            let task = look.query_row([no], Facts::read)?;
            if self.wanted.fits(self.db, &task)? {
                self.found.push(no);
            }
        }
        Ok(())
    }
}
