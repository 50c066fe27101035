//! The conditions of a list, and what of a task they look at.

use flowra_core::task::{SortBy, SortKey, TaskFilter};
use flowra_core::time::Timestamp;
use flowra_core::{ChatId, WorkspaceId, text};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::board::Sight;
use crate::fault::Outcome;
use crate::sql::{self, Prepare, Statement};

/// What of a task filters and sorts look at.
pub(super) struct Facts {
    pub(super) no: i64,
    pub(super) id: [u8; 16],
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
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
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

    pub(super) fn key(&self, by: SortBy) -> SortKey {
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
pub(super) struct Wanted<'a> {
    pub(super) sight: &'a Sight,
    filter: &'a TaskFilter,
    /// The room of the chat; -1, which no chat has, when the workspace has no such chat.
    room: Option<i64>,
    label: Option<String>,
    words: Vec<String>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(
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

    pub(super) fn fits(&self, db: &Connection, task: &Facts) -> Outcome<bool> {
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
    pub(super) fn lookups(&self, workspace: WorkspaceId) -> Vec<(Statement, Vec<Value>)> {
        let filter = self.filter;
        let workspace = || Value::Blob(workspace.as_bytes().to_vec());
        let by_id = |statement, id: &[u8; 16]| (statement, vec![workspace(), Value::Blob(id.to_vec())]);
        let by_number = |statement, number: i64| (statement, vec![workspace(), Value::Integer(number)]);
        let mut lookups = Vec::new();
        lookups.extend(filter.assignee.map(|id| by_id(sql::FIND_ASSIGNEE, id.as_bytes())));
        lookups.extend(
            filter
                .is_unassigned
                .then(|| (sql::FIND_UNASSIGNED, vec![workspace()])),
        );
        lookups.extend(filter.reporter.map(|id| by_id(sql::FIND_REPORTER, id.as_bytes())));
        lookups.extend(filter.epic.map(|id| by_id(sql::FIND_EPIC, id.as_bytes())));
        lookups.extend(self.room.map(|room| (sql::FIND_ROOM, vec![Value::Integer(room)])));
        lookups.extend(
            filter
                .status
                .map(|status| by_number(sql::FIND_STATUS, status as i64)),
        );
        lookups.extend(
            filter
                .column
                .map(|column| by_number(sql::FIND_COLUMN, column as i64)),
        );
        lookups.extend(filter.kind.map(|kind| by_number(sql::FIND_KIND, kind as i64)));
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
