//! The port [`TaskStore`].

use std::sync::Arc;

use flowra_core::event::StreamId;
use flowra_core::task::{Task, TaskStore};
use flowra_core::{BoxFuture, ChatId, MessageId, PortResult, TaskId, WorkspaceId};
use mongodb::bson::{Document, doc};

use crate::fault::Outcome;
use crate::{MongoStore, codec, load, schema};

impl TaskStore for MongoStore {
    fn load(&self, id: TaskId) -> BoxFuture<'_, PortResult<Option<Arc<Task>>>> {
        Box::pin(async move {
            let stored = self.inner.shared.load(StreamId::Task(id)).await;
            let stored = stored.map_err(|fault| fault.into_failure("mongo.task_store.load"))?;
            Ok(stored.and_then(load::task))
        })
    }

    fn load_many(&self, ids: Vec<TaskId>) -> BoxFuture<'_, PortResult<Vec<Arc<Task>>>> {
        Box::pin(async move {
            let streams = load::streams(ids, StreamId::Task);
            let stored = self.inner.shared.load_many(streams).await;
            let stored = stored.map_err(|fault| fault.into_failure("mongo.task_store.load_many"))?;
            Ok(stored.into_iter().filter_map(load::task).collect())
        })
    }

    fn find_by_number(
        &self,
        workspace: WorkspaceId,
        number: u64,
    ) -> BoxFuture<'_, PortResult<Option<TaskId>>> {
        Box::pin(async move {
            let wanted = doc! { "workspace": codec::id(workspace), "number": codec::number(number) };
            self.newest_task(wanted, doc! { "workspace": -1, "number": -1 })
                .await
                .map_err(|fault| fault.into_failure("mongo.task_store.find_by_number"))
        })
    }

    fn last_number(&self, workspace: WorkspaceId) -> BoxFuture<'_, PortResult<u64>> {
        Box::pin(async move {
            let board = self.numbered_board(workspace).await;
            let board = board.map_err(|fault| fault.into_failure("mongo.task_store.last_number"))?;
            Ok(board.last_number())
        })
    }

    fn newest_of_message(&self, message: MessageId) -> BoxFuture<'_, PortResult<Option<TaskId>>> {
        Box::pin(async move {
            let wanted = doc! { "message": codec::id(message), "deleted": false };
            self.newest_task(wanted, doc! { "message": -1, "number": -1 })
                .await
                .map_err(|fault| fault.into_failure("mongo.task_store.newest_of_message"))
        })
    }

    fn newest_of_chat(&self, chat: ChatId) -> BoxFuture<'_, PortResult<Option<TaskId>>> {
        Box::pin(async move {
            let wanted = doc! { "chat": codec::id(chat), "deleted": false };
            self.newest_task(wanted, doc! { "chat": -1, "number": -1 })
                .await
                .map_err(|fault| fault.into_failure("mongo.task_store.newest_of_chat"))
        })
    }
}

impl MongoStore {
    async fn newest_task(&self, wanted: Document, newest_first: Document) -> Outcome<Option<TaskId>> {
        self.barrier().await;
        let row = self
            .collection(schema::TASKS)
            .find_one(wanted)
            .sort(newest_first)
            .projection(doc! { "_id": 1 })
            .await?;
        row.map(|row| codec::read_id(&row, "_id")).transpose()
    }
}
