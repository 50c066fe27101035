//! The rows of tasks: what boards and lists order and filter by, labels, words, and the counts of columns.

use flowra_core::chat::ChatKind;
use flowra_core::event::Event;
use flowra_core::task::{Task, TaskEvent};
use flowra_core::{Id, WorkspaceId, text};
use rusqlite::{Connection, OptionalExtension, params};

use super::Change;
use crate::codec;
use crate::fault::Outcome;
use crate::sql::{self, Prepare};

/// Where a task is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Standing {
    col: i64,
    room: i64,
    public: bool,
    listed: bool,
}

pub(super) fn write(db: &Connection, task: &Task, room: i64, change: &Change<'_>) -> Outcome<()> {
    let before = db
        .statement(sql::TASK_STANDING)?
        .query_row([task.id.as_bytes()], |row| {
            let standing = Standing {
                col: row.get(1)?,
                room: row.get(2)?,
                public: row.get(3)?,
                listed: row.get(4)?,
            };
            Ok((row.get::<_, i64>(0)?, standing))
        })
        .optional()?;
    let chat = match task.chat {
        None => None,
        Some(chat) => db
            .statement(sql::CHAT_FACTS)?
            .query_row([chat.as_bytes()], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?))
            })
            .optional()?,
    };
    let after = Standing {
        col: task.status.column() as i64,
        room,
        public: task.chat.is_none()
            || chat.is_some_and(|(kind, _)| kind == codec::chat_kind(ChatKind::Channel)),
        listed: !task.is_deleted && !chat.is_some_and(|(_, deleted)| deleted),
    };
    let no = match before {
        Some((no, _)) => {
            update(db, no, task, after, change.json)?;
            no
        }
        None => insert(db, task, after, change.json)?,
    };
    if before.map(|(_, standing)| standing) != Some(after) {
        if let Some((_, before)) = before {
            count(db, task.workspace_id, before, -1)?;
        }
        count(db, task.workspace_id, after, 1)?;
    }
    write_labels(db, no, task, change)?;
    write_words(db, no, task, change)
}

fn insert(db: &Connection, task: &Task, standing: Standing, json: &str) -> Outcome<i64> {
    let no = db.statement(sql::TASK_INSERT)?.insert(params![
        task.id.as_bytes(),
        task.workspace_id.as_bytes(),
        codec::number(task.key.number),
        task.kind as i64,
        task.status as i64,
        standing.col,
        standing.room,
        standing.public,
        task.is_deleted,
        standing.listed,
        task.rank.as_str(),
        task.assignee.as_ref().map(Id::as_bytes),
        task.reporter.as_bytes(),
        task.priority as i64,
        task.severity.map(|severity| severity as i64),
        task.epic.as_ref().map(Id::as_bytes),
        task.message.as_ref().map(Id::as_bytes),
        task.due.map(|due| due.instant().millis()),
        task.created_at.millis(),
        task.updated_at.millis(),
        task.title.as_str().to_lowercase(),
        json
    ])?;
    Ok(no)
}

fn update(db: &Connection, no: i64, task: &Task, standing: Standing, json: &str) -> Outcome<()> {
    db.statement(sql::TASK_UPDATE)?.execute(params![
        no,
        task.status as i64,
        standing.col,
        task.is_deleted,
        standing.listed,
        task.rank.as_str(),
        task.assignee.as_ref().map(Id::as_bytes),
        task.priority as i64,
        task.severity.map(|severity| severity as i64),
        task.epic.as_ref().map(Id::as_bytes),
        task.due.map(|due| due.instant().millis()),
        task.updated_at.millis(),
        task.title.as_str().to_lowercase(),
        json,
        task.message.as_ref().map(Id::as_bytes)
    ])?;
    Ok(())
}

/// The tasks of a deleted chat leave boards and lists.
pub(super) fn unlist(db: &Connection, room: i64) -> Outcome<()> {
    let listed = db
        .statement(sql::TASKS_LISTED_OF_ROOM)?
        .query_map([room], |row| {
            let standing = Standing {
                col: row.get(2)?,
                room,
                public: row.get(3)?,
                listed: true,
            };
            Ok((row.get::<_, i64>(0)?, codec::id(row, 1)?, standing))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for (no, workspace, standing) in listed {
        db.statement(sql::TASK_UNLIST)?.execute([no])?;
        count(db, workspace, standing, -1)?;
    }
    Ok(())
}

/// Counts a task in or out, for everybody when it is public and for its room; columns without tasks have no row.
fn count(db: &Connection, workspace: WorkspaceId, standing: Standing, by: i64) -> Outcome<()> {
    if !standing.listed {
        return Ok(());
    }
    let everybody = standing.public.then_some(0);
    let room = (standing.room != 0).then_some(standing.room);
    for room in everybody.into_iter().chain(room) {
        db.statement(sql::TASK_COUNT_ADD)?
            .execute(params![workspace.as_bytes(), room, standing.col, by])?;
        if by < 0 {
            db.statement(sql::TASK_COUNT_CLEAR)?.execute(params![
                workspace.as_bytes(),
                room,
                standing.col
            ])?;
        }
    }
    Ok(())
}

fn write_labels(db: &Connection, no: i64, task: &Task, change: &Change<'_>) -> Outcome<()> {
    let relabelled = |event: &&Event| matches!(event, Event::Task(TaskEvent::LabelsChanged { .. }));
    if !change.is_new {
        if !change.events.iter().any(relabelled) {
            return Ok(());
        }
        db.statement(sql::LABELS_DELETE)?.execute([no])?;
    }
    for label in task.labels.as_slice() {
        db.statement(sql::LABEL_INSERT)?.execute(params![
            task.workspace_id.as_bytes(),
            label.as_str().to_lowercase(),
            no
        ])?;
    }
    Ok(())
}

fn write_words(db: &Connection, no: i64, task: &Task, change: &Change<'_>) -> Outcome<()> {
    let reworded = |event: &&Event| {
        matches!(
            event,
            Event::Task(TaskEvent::Renamed { .. } | TaskEvent::Described { .. })
        )
    };
    if !change.is_new {
        if !change.events.iter().any(reworded) {
            return Ok(());
        }
        db.statement(sql::WORDS_DELETE)?.execute([no])?;
    }
    let mut insert = db.statement(sql::WORD_INSERT)?;
    for source in [task.title.as_str(), task.description.as_str()] {
        for word in text::words(source) {
            insert.execute(params![task.workspace_id.as_bytes(), word, no])?;
        }
    }
    Ok(())
}
