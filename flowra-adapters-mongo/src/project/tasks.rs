//! The fields by which tasks are found.
//!
//! Numbers, texts and times lie beside the JSON as boards and lists order and filter by them. `listed` says whether boards and lists show the
//! task at all: it is not deleted, and neither is its chat. `public` says whether all members see it.

use std::collections::HashMap;

use flowra_core::chat::ChatKind;
use flowra_core::event::StreamId;
use flowra_core::task::Task;
use flowra_core::{ChatId, text};
use mongodb::bson::{Bson, Document, doc};

use crate::fault::Outcome;
use crate::pending::{Key, Late, Value};
use crate::{Shared, codec, load};

/// What tasks need to know of their chats.
pub(crate) struct Chats(HashMap<ChatId, Facts>);

#[derive(Clone, Copy)]
struct Facts {
    is_public: bool,
    is_deleted: bool,
}

impl Chats {
    /// The chats of all pending tasks, in one read at most.
    pub(crate) async fn of(shared: &Shared, pending: &[(Key, Late)]) -> Outcome<Self> {
        let chats = pending.iter().filter_map(|(_, late)| match &late.value {
            Value::Document(stored) => match &stored.document {
                flowra_core::event::Document::Task(task) => task.chat,
                _ => None,
            },
            _ => None,
        });
        let streams = load::streams(chats.collect(), StreamId::Chat);
        let stored = shared.load_many(streams).await?;
        let facts = stored.into_iter().filter_map(load::chat).map(|chat| {
            let facts = Facts {
                is_public: chat.kind == ChatKind::Channel,
                is_deleted: chat.is_deleted,
            };
            (chat.id, facts)
        });
        Ok(Self(facts.collect()))
    }
}

/// The chats among what is pending that are deleted: their tasks leave boards and lists.
///
/// Every process sees to that for itself once it has taken in the deletion, so that a task which it wrote without knowing of it leaves, too.
pub(crate) fn deleted_chats(pending: &[(Key, Late)]) -> Vec<Bson> {
    let chats = pending.iter().filter_map(|(_, late)| match &late.value {
        Value::Document(stored) => match &stored.document {
            flowra_core::event::Document::Chat(chat) if chat.is_deleted => Some(codec::id(chat.id)),
            _ => None,
        },
        _ => None,
    });
    chats.collect()
}

/// The update that takes the tasks of these chats off boards and lists.
pub(crate) fn unlist(chats: Vec<Bson>) -> Document {
    doc! {
        "q": { "chat": { "$in": chats }, "listed": true },
        "u": { "$set": { "listed": false } },
        "multi": true,
    }
}

pub(super) fn row(task: &Task, chats: &Chats) -> Document {
    let chat = task.chat.and_then(|chat| chats.0.get(&chat));
    let mut words = text::words(task.title.as_str());
    words.extend(text::words(task.description.as_str()));
    words.sort_unstable();
    words.dedup();
    let labels = task.labels.as_slice().iter();
    let labels: Vec<_> = labels.map(|label| label.as_str().to_lowercase()).collect();
    doc! {
        "workspace": codec::id(task.workspace_id),
        "number": codec::number(task.key.number),
        "deleted": task.is_deleted,
        "listed": !task.is_deleted && !chat.is_some_and(|chat| chat.is_deleted),
        "public": task.chat.is_none() || chat.is_some_and(|chat| chat.is_public),
        "kind": task.kind as i32,
        "status": task.status as i32,
        "col": task.status.column() as i32,
        "rank": task.rank.as_str(),
        "title": task.title.as_str().to_lowercase(),
        "priority": task.priority as i32,
        "severity": task.severity.map(|severity| severity as i32),
        "assignee": task.assignee.map(codec::id),
        "reporter": codec::id(task.reporter),
        "epic": task.epic.map(codec::id),
        "chat": task.chat.map(codec::id),
        "message": task.message.map(codec::id),
        "due": task.due.map(|due| due.instant().millis()),
        "created": task.created_at.millis(),
        "updated": task.updated_at.millis(),
        "labels": labels,
        "words": words,
    }
}
