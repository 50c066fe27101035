//! Filtered and sorted lists of tasks.
//!
//! When one of the wanted conditions has few tasks, those are looked up and sorted; otherwise many tasks fit, and the index of the sort order
//! is walked from the page's beginning until the page is full.

use std::cmp::Reverse;
use std::collections::HashSet;

use flowra_core::page::PageRequest;
use flowra_core::task::{Priority, SortBy, SortKey, TaskFilter, TaskSort};
use flowra_core::time::Timestamp;
use flowra_core::{ChatId, TaskId, WorkspaceId, text};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use crate::board::Sight;
use crate::codec;
use crate::fault::Outcome;
use crate::sql::{self, Prepare, Statement};

/// Up to so many tasks are looked up and sorted; with more, a walk comes upon fitting ones soon.
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
    let wanted_rows = page.limit.get() + 1;
    match few(db, workspace, &wanted)? {
        Some(rows) => pick(db, rows, &wanted, sort, page.after.as_ref(), wanted_rows),
        None => walk(db, workspace, &wanted, sort, page.after.as_ref(), wanted_rows),
    }
}

/// What of a task filters and sorts look at.
struct Facts {
    no: i64,
    id: [u8; 16],
    kind: i64,
    status: i64,
    col: i64,
    room: i64,
    public: bool,
    assignee: Option<[u8; 16]>,
    reporter: [u8; 16],
    priority: i64,
    severity: Option<i64>,
    epic: Option<[u8; 16]>,
    due: Option<i64>,
    created: i64,
    updated: i64,
    rank: String,
    title: String,
}

impl Facts {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            no: row.get(0)?,
            id: row.get(1)?,
            kind: row.get(2)?,
            status: row.get(3)?,
            col: row.get(4)?,
            room: row.get(5)?,
            public: row.get(6)?,
            assignee: row.get(7)?,
            reporter: row.get(8)?,
            priority: row.get(9)?,
            severity: row.get(10)?,
            epic: row.get(11)?,
            due: row.get(12)?,
            created: row.get(13)?,
            updated: row.get(14)?,
            rank: row.get(15)?,
            title: row.get(16)?,
        })
    }

    fn key(&self, by: SortBy) -> SortKey {
        match by {
            SortBy::CreatedAt => SortKey::Number(self.created),
            SortBy::UpdatedAt => SortKey::Number(self.updated),
            SortBy::DueDate => self.due.map_or(SortKey::Missing, SortKey::Number),
            SortBy::Priority => SortKey::Number(self.priority),
            SortBy::Rank => SortKey::Text(self.rank.clone()),
            SortBy::Title => SortKey::Text(self.title.clone()),
        }
    }
}

/// The conditions, in the words of the rows.
struct Wanted<'a> {
    sight: &'a Sight,
    filter: &'a TaskFilter,
    /// The room of the chat; -1, which no chat has, when the workspace has no such chat.
    room: Option<i64>,
    label: Option<String>,
    words: Vec<String>,
}

impl<'a> Wanted<'a> {
    fn new(
        db: &Connection,
        workspace: WorkspaceId,
        sight: &'a Sight,
        filter: &'a TaskFilter,
    ) -> Outcome<Self> {
        let room = |chat: ChatId| {
            db.statement(sql::ROOM_OF_WORKSPACE)?
                .query_row([chat.as_bytes(), workspace.as_bytes()], |row| {
                    row.get::<_, i64>(0)
                })
                .optional()
        };
        Ok(Self {
            sight,
            filter,
            room: filter
                .chat
                .map(|chat| room(chat).map(|room| room.unwrap_or(-1)))
                .transpose()?,
            label: filter.label.as_ref().map(|label| label.as_str().to_lowercase()),
            words: filter.text.as_deref().map(text::words).unwrap_or_default(),
        })
    }

    fn fits(&self, db: &Connection, task: &Facts) -> Outcome<bool> {
        fn is<T: PartialEq>(wanted: Option<T>, has: &T) -> bool {
            wanted.is_none_or(|wanted| wanted == *has)
        }
        let filter = self.filter;
        let fits = self.sight.has(task.room, task.public)
            && is(filter.column.map(|column| column as i64), &task.col)
            && is(filter.status.map(|status| status as i64), &task.status)
            && is(filter.kind.map(|kind| kind as i64), &task.kind)
            && is(filter.priority.map(|priority| priority as i64), &task.priority)
            && is(filter.reporter.map(|user| *user.as_bytes()), &task.reporter)
            && is(self.room, &task.room)
            && (filter.severity.is_none()
                || filter.severity.map(|severity| severity as i64) == task.severity)
            && (filter.assignee.is_none() || filter.assignee.map(|user| *user.as_bytes()) == task.assignee)
            && (!filter.is_unassigned || task.assignee.is_none())
            && (filter.epic.is_none() || filter.epic.map(|epic| *epic.as_bytes()) == task.epic)
            && filter
                .due_before
                .is_none_or(|time| task.due.is_some_and(|due| due < time.millis()))
            && filter
                .due_after
                .is_none_or(|time| task.due.is_some_and(|due| due > time.millis()));
        if !fits {
            return Ok(false);
        }
        if let Some(label) = &self.label
            && !db
                .statement(sql::LABEL_OF_TASK)?
                .exists(params![task.no, label])?
        {
            return Ok(false);
        }
        for word in &self.words {
            if !db
                .statement(sql::WORD_OF_TASK)?
                .exists(params![task.no, word, beyond(word)])?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The conditions that have an index of their own, with what they are looked up by.
    fn lookups(&self, workspace: WorkspaceId) -> Vec<(Statement, Vec<Value>)> {
        let filter = self.filter;
        let workspace = || Value::Blob(workspace.as_bytes().to_vec());
        let by_id = |statement, id: &[u8; 16]| (statement, vec![workspace(), Value::Blob(id.to_vec())]);
        let by_number = |statement, number: i64| (statement, vec![workspace(), Value::Integer(number)]);
        let column = filter
            .column
            .or_else(|| filter.status.map(flowra_core::task::Status::column));
        let mut lookups = Vec::new();
        lookups.extend(filter.assignee.map(|id| by_id(sql::FIND_ASSIGNEE, id.as_bytes())));
        lookups.extend(filter.reporter.map(|id| by_id(sql::FIND_REPORTER, id.as_bytes())));
        lookups.extend(filter.epic.map(|id| by_id(sql::FIND_EPIC, id.as_bytes())));
        lookups.extend(self.room.map(|room| (sql::FIND_ROOM, vec![Value::Integer(room)])));
        lookups.extend(column.map(|column| by_number(sql::FIND_COLUMN, column as i64)));
        lookups.extend(
            filter
                .kind
                .map(|kind| kind as i64)
                .filter(|kind| *kind > 0)
                .map(|kind| by_number(sql::FIND_KIND, kind)),
        );
        lookups.extend(
            filter
                .severity
                .map(|severity| by_number(sql::FIND_SEVERITY, severity as i64)),
        );
        lookups.extend(
            filter
                .priority
                .map(|priority| by_number(sql::FIND_PRIORITY, priority as i64)),
        );
        if filter.due_after.is_some() || filter.due_before.is_some() {
            let low = filter.due_after.map_or(i64::MIN, Timestamp::millis);
            let high = filter.due_before.map_or(i64::MAX, Timestamp::millis);
            let range = vec![workspace(), Value::Integer(low), Value::Integer(high)];
            lookups.push((sql::FIND_DUE, range));
        }
        lookups.extend(
            self.label
                .clone()
                .map(|label| (sql::FIND_LABEL, vec![workspace(), Value::Text(label)])),
        );
        lookups.extend(self.words.iter().map(|word| {
            let range = vec![workspace(), Value::Text(word.clone()), Value::Text(beyond(word))];
            (sql::FIND_WORD, range)
        }));
        lookups
    }
}

/// Stands behind every word that begins with this one.
fn beyond(word: &str) -> String {
    format!("{word}{}", char::MAX)
}

/// The rows of the first condition that few tasks fulfil.
fn few(db: &Connection, workspace: WorkspaceId, wanted: &Wanted<'_>) -> Outcome<Option<Vec<i64>>> {
    if !wanted.sight.public {
        return guests_tasks(db, wanted.sight);
    }
    for (statement, mut with) in wanted.lookups(workspace) {
        with.push(Value::Integer(codec::number(FEW as u64 + 1)));
        let mut rows = db
            .statement(statement)?
            .query_map(params_from_iter(with), |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<i64>>>()?;
        if rows.len() <= FEW {
            rows.sort_unstable();
            rows.dedup();
            return Ok(Some(rows));
        }
    }
    Ok(None)
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

/// A place in a sorted list; smaller ones stand before.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Up(SortKey, [u8; 16]),
    Down(Reverse<SortKey>, Reverse<[u8; 16]>),
    /// Without a value: behind the others in either direction.
    MissingUp([u8; 16]),
    MissingDown(Reverse<[u8; 16]>),
}

impl Place {
    fn new(key: SortKey, id: [u8; 16], sort: TaskSort) -> Self {
        match (key, sort.descending) {
            (SortKey::Missing, false) => Self::MissingUp(id),
            (SortKey::Missing, true) => Self::MissingDown(Reverse(id)),
            (key, false) => Self::Up(key, id),
            (key, true) => Self::Down(Reverse(key), Reverse(id)),
        }
    }
}

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

/// Walks the sort's index until enough rows fit.
fn walk(
    db: &Connection,
    workspace: WorkspaceId,
    wanted: &Wanted<'_>,
    sort: TaskSort,
    after: Option<&(SortKey, TaskId)>,
    limit: usize,
) -> Outcome<Vec<i64>> {
    let mut walk = Walk {
        db,
        wanted,
        limit,
        found: Vec::with_capacity(limit),
    };
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
            walk.along(same, [ws(), key.clone(), Value::Blob(id.as_bytes().to_vec())])?;
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
                walk.along(same, [ws(), Value::Integer(priority), before_ids(sort)])?;
            }
        } else {
            walk.along(beyond, [ws(), key])?;
        }
    }
    if sort.by == SortBy::DueDate {
        let lacking = if sort.descending {
            sql::WALK_DUE_MISSING_DOWN
        } else {
            sql::WALK_DUE_MISSING_UP
        };
        walk.along(lacking, [ws(), missing])?;
    }
    Ok(walk.found)
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

struct Walk<'a> {
    db: &'a Connection,
    wanted: &'a Wanted<'a>,
    limit: usize,
    found: Vec<i64>,
}

impl Walk<'_> {
    fn along<const N: usize>(&mut self, statement: Statement, with: [Value; N]) -> Outcome<()> {
        if self.found.len() >= self.limit {
            return Ok(());
        }
        let mut select = self.db.statement(statement)?;
        let mut rows = select.query(params_from_iter(with))?;
        while let Some(row) = rows.next()? {
            let task = Facts::read(row)?;
            if self.wanted.fits(self.db, &task)? {
                self.found.push(task.no);
                if self.found.len() >= self.limit {
                    break;
                }
            }
        }
        Ok(())
    }
}
