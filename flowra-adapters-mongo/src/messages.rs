//! The port [`MessageStore`].
//!
//! Numbers have no holes, so every page is a range that is bounded at both ends, and it is told from numbers alone whether more follow.
//! Processes write their messages in no order: what stands behind a hole is not there yet.

use flowra_core::event::StreamId;
use flowra_core::message::{MessageStore, Placed, Range, Which};
use flowra_core::page::{Page, PageRequest};
use flowra_core::{BoxFuture, ChatId, MessageId, PortResult};
use mongodb::bson::{Document, doc};

use crate::cache::Stored;
use crate::fault::Outcome;
use crate::project::messages::root_place;
use crate::{MongoStore, codec, load, schema};

impl MessageStore for MongoStore {
    fn load(&self, id: MessageId) -> BoxFuture<'_, PortResult<Option<Placed>>> {
        Box::pin(async move {
            let stored = self.inner.shared.load(StreamId::Message(id)).await;
            let stored = stored.map_err(|fault| fault.into_failure("mongo.message_store.load"))?;
            Ok(stored.and_then(placed))
        })
    }

    fn load_many(&self, ids: Vec<MessageId>) -> BoxFuture<'_, PortResult<Vec<Placed>>> {
        Box::pin(async move {
            let streams = load::streams(ids, StreamId::Message);
            let stored = self.inner.shared.load_many(streams).await;
            let stored = stored.map_err(|fault| fault.into_failure("mongo.message_store.load_many"))?;
            Ok(stored.into_iter().filter_map(placed).collect())
        })
    }

    fn page(&self, chat: ChatId, which: Which, range: Range) -> BoxFuture<'_, PortResult<Page<Placed>>> {
        Box::pin(async move {
            self.page_of(chat, which, range)
                .await
                .map_err(|fault| fault.into_failure("mongo.message_store.page"))
        })
    }

    fn thread(&self, root: MessageId, page: PageRequest<u64>) -> BoxFuture<'_, PortResult<Page<Placed>>> {
        Box::pin(async move {
            self.replies_of(root, page)
                .await
                .map_err(|fault| fault.into_failure("mongo.message_store.thread"))
        })
    }

    fn newest(&self, chats: Vec<ChatId>) -> BoxFuture<'_, PortResult<Vec<Placed>>> {
        Box::pin(async move {
            self.newest_of(chats)
                .await
                .map_err(|fault| fault.into_failure("mongo.message_store.newest"))
        })
    }
}

impl MongoStore {
    async fn page_of(&self, chat: ChatId, which: Which, range: Range) -> Outcome<Page<Placed>> {
        // Before the barrier, so that all messages counted here are written behind it.
        let room = self.inner.shared.room(chat).await?;
        self.barrier().await;
        let last = match which {
            Which::Roots => room.roots,
            Which::All => room.last,
        };
        let back = |high: u64, limit: usize| (high.saturating_sub(limit as u64), high);
        let (low, high) = match range {
            Range::Newest(limit) => back(last, limit.get()),
            Range::Before(number, limit) => back(last.min(number.saturating_sub(1)), limit.get()),
            Range::After(number, limit) => (number, last.min(number.saturating_add(limit.get() as u64))),
        };
        let (filter, sort) = match which {
            Which::Roots => (
                doc! { "root_place": { "$gt": root_place(chat, low), "$lte": root_place(chat, high) } },
                doc! { "root_place": 1 },
            ),
            Which::All => (
                doc! {
                    "chat": codec::id(chat),
                    "number": { "$gt": codec::number(low), "$lte": codec::number(high) },
                },
                doc! { "chat": 1, "number": 1 },
            ),
        };
        let place = |message: &Placed| match which {
            Which::Roots => message.root_number,
            Which::All => message.number,
        };
        let messages = if low < high {
            self.messages(filter, sort).await?
        } else {
            Vec::new()
        };
        let mut next = low;
        let items: Vec<_> = messages
            .into_iter()
            .take_while(|message| {
                next += 1;
                place(message) == next
            })
            .collect();
        let has_more = match range {
            Range::Newest(_) | Range::Before(..) => low > 0,
            Range::After(..) => items.last().is_some_and(|message| place(message) < last),
        };
        Ok(Page { items, has_more })
    }

    async fn replies_of(&self, root: MessageId, page: PageRequest<u64>) -> Outcome<Page<Placed>> {
        self.barrier().await;
        let after = match page.after {
            None => 0,
            Some(number) => self.reply_no(root, number).await?,
        };
        let most = after.saturating_add(page.limit.get() as u64 + 1);
        let range = doc! { "$gt": codec::number(after), "$lte": codec::number(most) };
        let filter = doc! { "parent": codec::id(root), "reply_no": range };
        let sort = doc! { "parent": 1, "reply_no": 1 };
        let messages = self.collection(schema::MESSAGES);
        let rows = self.listed(messages.find(filter).sort(sort)).await?;
        let mut replies = Vec::with_capacity(rows.len());
        for (row, next) in rows.iter().zip(after + 1..) {
            if codec::natural(row, "reply_no") != next {
                break;
            }
            replies.extend(self.message(row)?);
        }
        Ok(Page::from_one_too_many(replies, page.limit))
    }

    /// How many replies of a thread stand up to this number of its chat.
    async fn reply_no(&self, root: MessageId, number: u64) -> Outcome<u64> {
        let Some(root) = self
            .inner
            .shared
            .load(StreamId::Message(root))
            .await?
            .and_then(placed)
        else {
            return Ok(0);
        };
        // Who turns pages asks with the number of a reply.
        let at = doc! { "chat": codec::id(root.message.chat_id), "number": codec::number(number) };
        if let Some(reply) = self.collection(schema::MESSAGES).find_one(at).await?
            && codec::read_id(&reply, "parent").is_ok_and(|parent: MessageId| parent == root.message.id)
        {
            return Ok(codec::natural(&reply, "reply_no"));
        }
        // Any other number lies between two replies, whose numbers rise.
        let (mut low, mut high) = (0, root.replies);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            let at = doc! { "parent": codec::id(root.message.id), "reply_no": codec::number(middle) };
            let reply = self.collection(schema::MESSAGES).find_one(at).await?;
            if reply.is_some_and(|reply| codec::natural(&reply, "number") <= number) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Ok(low)
    }

    async fn newest_of(&self, chats: Vec<ChatId>) -> Outcome<Vec<Placed>> {
        let rooms = self.inner.shared.rooms(chats).await?;
        self.barrier().await;
        let newest: Vec<_> = rooms
            .into_iter()
            .filter(|(_, room)| room.roots > 0)
            .map(|(chat, room)| root_place(chat, room.roots))
            .collect();
        if newest.is_empty() {
            return Ok(Vec::new());
        }
        let filter = doc! { "root_place": { "$in": newest } };
        self.messages(filter, doc! { "root_place": 1 }).await
    }

    async fn messages(&self, filter: Document, sort: Document) -> Outcome<Vec<Placed>> {
        let messages = self.collection(schema::MESSAGES);
        let rows = self.listed(messages.find(filter).sort(sort)).await?;
        let messages = rows.iter().map(|row| self.message(row));
        messages.filter_map(Outcome::transpose).collect()
    }

    /// The message of a row; as it is in memory when it was changed since the row was written.
    fn message(&self, row: &Document) -> Outcome<Option<Placed>> {
        let stream = StreamId::Message(codec::read_id(row, "_id")?);
        Ok(match self.inner.shared.cache.get(stream) {
            Some(stored) => placed(stored),
            None => load::from_row(stream, row)?.and_then(placed),
        })
    }
}

fn placed(stored: Stored) -> Option<Placed> {
    let place = stored.place?;
    let message = load::message(stored)?;
    Some(Placed {
        number: place.number,
        root_number: place.root_number,
        replies: if message.parent.is_none() {
            place.replies
        } else {
            0
        },
        message,
    })
}
