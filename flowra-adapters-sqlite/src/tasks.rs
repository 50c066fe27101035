//! The port [`TaskStore`].

use std::sync::Arc;

use flowra_core::task::{Task, TaskStore};
use flowra_core::{BoxFuture, ChatId, MessageId, PortResult, TaskId, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::SqliteStore;
use crate::cache::{Found, fill};
use crate::codec;
use crate::fault::Outcome;
use crate::readers::each_once;
use crate::sql::{self, Prepare};

impl TaskStore for SqliteStore {
    fn load(&self, id: TaskId) -> BoxFuture<'_, PortResult<Option<Arc<Task>>>> {
        Box::pin(async move {
            let place = match self.inner.shared.caches.tasks.find(&id) {
                Found::Here(task) => return Ok(Some(task)),
                Found::Missing(place) => place,
            };
            let read = move |db: &Connection| by_id(db, id);
            let task = self.inner.readers.read("sqlite.task_store.load", read).await?;
            if let Some(task) = &task {
                fill(place, task);
            }
            Ok(task)
        })
    }

    fn load_many(&self, ids: Vec<TaskId>) -> BoxFuture<'_, PortResult<Vec<Arc<Task>>>> {
        Box::pin(async move {
            let (mut tasks, mut missing) = (Vec::with_capacity(ids.len()), Vec::new());
            for id in each_once(ids) {
                match self.inner.shared.caches.tasks.get(&id) {
                    Some(task) => tasks.push(task),
                    None => missing.push(id),
                }
            }
            if !missing.is_empty() {
                let read = move |db: &Connection| {
                    missing
                        .into_iter()
                        .filter_map(|id| by_id(db, id).transpose())
                        .collect::<Outcome<Vec<_>>>()
                };
                let what = "sqlite.task_store.load_many";
                tasks.extend(self.inner.readers.read(what, read).await?);
            }
            Ok(tasks)
        })
    }

    fn find_by_number(
        &self,
        workspace: WorkspaceId,
        number: u64,
    ) -> BoxFuture<'_, PortResult<Option<TaskId>>> {
        let what = "sqlite.task_store.find_by_number";
        Box::pin(self.inner.readers.read(what, move |db| {
            Ok(db
                .statement(sql::TASK_BY_NUMBER)?
                .query_row(params![workspace.as_bytes(), codec::number(number)], |row| {
                    codec::id(row, 0)
                })
                .optional()?)
        }))
    }

    fn last_number(&self, workspace: WorkspaceId) -> BoxFuture<'_, PortResult<u64>> {
        let what = "sqlite.task_store.last_number";
        Box::pin(self.inner.readers.read(what, move |db| {
            let number = db
                .statement(sql::TASK_LAST_NUMBER)?
                .query_row([workspace.as_bytes()], |row| row.get::<_, Option<i64>>(0))?;
            Ok(number.map_or(0, |number| u64::try_from(number).unwrap_or(0)))
        }))
    }

    fn newest_of_message(&self, message: MessageId) -> BoxFuture<'_, PortResult<Option<TaskId>>> {
        let what = "sqlite.task_store.newest_of_message";
        Box::pin(self.inner.readers.read(what, move |db| {
            Ok(db
                .statement(sql::TASK_OF_MESSAGE)?
                .query_row([message.as_bytes()], |row| codec::id(row, 0))
                .optional()?)
        }))
    }

    fn newest_of_chat(&self, chat: ChatId) -> BoxFuture<'_, PortResult<Option<TaskId>>> {
        let what = "sqlite.task_store.newest_of_chat";
        Box::pin(self.inner.readers.read(what, move |db| {
            let room: Option<i64> = db
                .statement(sql::ROOM)?
                .query_row([chat.as_bytes()], |row| row.get(0))
                .optional()?;
            let Some(room) = room else {
                return Ok(None);
            };
            Ok(db
                .statement(sql::TASK_OF_ROOM)?
                .query_row([room], |row| codec::id(row, 0))
                .optional()?)
        }))
    }
}

/// Reads it from the file.
pub(crate) fn by_id(db: &Connection, id: TaskId) -> Outcome<Option<Arc<Task>>> {
    let json: Option<String> = db
        .statement(sql::TASK)?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    json.map(|json| codec::decode(&json, || format!("task {id}")).map(Arc::new))
        .transpose()
}

/// The task in this row.
pub(crate) fn by_row(db: &Connection, no: i64) -> Outcome<Arc<Task>> {
    let json: String = db
        .statement(sql::TASK_BY_ROW)?
        .query_row([no], |row| row.get(0))?;
    codec::decode(&json, || format!("task in row {no}")).map(Arc::new)
}
