//! The port [`ReadMarks`].
//!
//! Marks that people set are written at once; those that authors move by posting follow from the log. Both only go forward.

use std::collections::{HashMap, HashSet};

use flowra_core::chat::{ReadMarks, Standing};
use flowra_core::event::StreamId;
use flowra_core::{BoxFuture, ChatId, MessageId, PortResult, UserId};
use mongodb::bson::{Document, doc};

use crate::fault::{Outcome, is_duplicate};
use crate::pending::{Key, Mark, Value};
use crate::{MongoStore, codec, load, project, schema};

/// So many ranges are counted by one read; each is a branch of its own in the server's plan.
const RANGES: usize = 500;

impl ReadMarks for MongoStore {
    fn mark(&self, user: UserId, chat: ChatId, message: MessageId) -> BoxFuture<'_, PortResult<bool>> {
        Box::pin(async move {
            self.move_mark(user, chat, message)
                .await
                .map_err(|fault| fault.into_failure("mongo.read_marks.mark"))
        })
    }

    fn mute(&self, user: UserId, chat: ChatId, muted: bool) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(async move {
            let query = doc! { "_id": project::mark_id(user, chat) };
            let muted = self.set(query, doc! { "$set": { "muted": muted } }).await;
            muted.map_err(|fault| fault.into_failure("mongo.read_marks.mute"))
        })
    }

    fn standings(&self, user: UserId, chats: Vec<ChatId>) -> BoxFuture<'_, PortResult<Vec<Standing>>> {
        Box::pin(async move {
            let pairs = chats.into_iter().map(|chat| (user, chat)).collect();
            self.standings_at(pairs)
                .await
                .map_err(|fault| fault.into_failure("mongo.read_marks.standings"))
        })
    }

    fn standings_of(&self, chat: ChatId, users: Vec<UserId>) -> BoxFuture<'_, PortResult<Vec<Standing>>> {
        Box::pin(async move {
            let pairs = users.into_iter().map(|user| (user, chat)).collect();
            self.standings_at(pairs)
                .await
                .map_err(|fault| fault.into_failure("mongo.read_marks.standings_of"))
        })
    }
}

/// What is stored of how far somebody came.
#[derive(Default)]
struct Marked {
    number: u64,
    roots: u64,
    last_read: Option<MessageId>,
    is_muted: bool,
}

impl Marked {
    /// Moves forward; what is further already stays.
    fn move_to(&mut self, mark: Mark) {
        if mark.number > self.number {
            self.number = mark.number;
            self.roots = mark.root_number;
            self.last_read = Some(mark.message);
        }
    }
}

impl MongoStore {
    fn pending_marks(&self, pairs: &[(UserId, ChatId)]) -> Vec<((UserId, ChatId), Mark)> {
        let pending = &self.inner.shared.pending;
        let mark = |pair: &(UserId, ChatId)| match pending.get(&Key::Mark(pair.0, pair.1)) {
            Some(Value::Mark(mark)) => Some((*pair, mark)),
            _ => None,
        };
        pairs.iter().filter_map(mark).collect()
    }

    async fn move_mark(&self, user: UserId, chat: ChatId, message: MessageId) -> Outcome<bool> {
        let Some(stored) = self.inner.shared.load(StreamId::Message(message)).await? else {
            return Ok(false);
        };
        let place = stored.place;
        let (Some(place), Some(posted)) = (place, load::message(stored)) else {
            return Ok(false);
        };
        if posted.chat_id != chat {
            return Ok(false);
        }
        let mark = Mark {
            number: place.number,
            root_number: place.root_number,
            message,
        };
        let (query, change) = project::mark(user, chat, mark);
        // When it stands there or further already, that is a duplicate key.
        self.set(query, change).await.map(|()| true)
    }

    /// Changes a mark's row, or makes it. A duplicate key may come of another process that made the row just then, so that is tried once more; the
    /// second time it says that the query's condition does not hold.
    async fn set(&self, query: Document, change: Document) -> Outcome<()> {
        let marks = self.durable(schema::MARKS);
        let set = || marks.update_one(query.clone(), change.clone()).upsert(true);
        match set().await {
            Err(error) if is_duplicate(&error) => match set().await {
                Err(error) if !is_duplicate(&error) => Err(error.into()),
                _ => Ok(()),
            },
            set => Ok(set.map(drop)?),
        }
    }

    /// Where each of these people stands in the chat beside them, in their order.
    async fn standings_at(&self, pairs: Vec<(UserId, ChatId)>) -> Outcome<Vec<Standing>> {
        let mut chats: Vec<_> = pairs.iter().map(|(_, chat)| *chat).collect();
        chats.dedup();
        let rooms: HashMap<_, _> = self.inner.shared.rooms(chats).await?.into_iter().collect();
        self.barrier().await;
        // What is pending is looked at before what is stored, so that a mark which is written meanwhile is seen in the one place or the other.
        let pending = self.pending_marks(&pairs);
        let mut marks = self.marks(&pairs).await?;
        for (pair, mark) in pending {
            marks.entry(pair).or_default().move_to(mark);
        }
        let mut ranges = Vec::new();
        for (user, chat) in &pairs {
            let last = rooms.get(chat).map_or(0, |room| room.last);
            let read = marks.get(&(*user, *chat)).map_or(0, |mark| mark.number);
            if read < last {
                ranges.push(doc! {
                    "mentions": codec::id(*user),
                    "chat": codec::id(*chat),
                    "number": { "$gt": codec::number(read), "$lte": codec::number(last) },
                });
            }
        }
        let mentions = self.mentions(&pairs, &marks, ranges).await?;
        let standing = |pair: (UserId, ChatId)| {
            let mark = marks.remove(&pair).unwrap_or_default();
            let all = rooms.get(&pair.1).map_or(0, |room| room.roots);
            Standing {
                unread: all.saturating_sub(mark.roots),
                mentions: mentions.get(&pair).copied().unwrap_or(0),
                is_muted: mark.is_muted,
                last_read: mark.last_read,
            }
        };
        Ok(pairs.into_iter().map(standing).collect())
    }

    async fn marks(&self, pairs: &[(UserId, ChatId)]) -> Outcome<HashMap<(UserId, ChatId), Marked>> {
        let ids: Vec<_> = pairs
            .iter()
            .map(|(user, chat)| project::mark_id(*user, *chat))
            .collect();
        let filter = doc! { "_id": { "$in": ids } };
        let mut marks = HashMap::new();
        for row in self.rows(schema::MARKS, filter, Document::new()).await? {
            let pair = project::mark_of(&row)?;
            let last_read = match row.get("message") {
                Some(_) => Some(codec::read_id(&row, "message")?),
                None => None,
            };
            marks.insert(
                pair,
                Marked {
                    number: codec::natural(&row, "number"),
                    roots: codec::natural(&row, "root_number"),
                    last_read,
                    is_muted: row.get_bool("muted").unwrap_or(false),
                },
            );
        }
        Ok(marks)
    }

    /// How often these people are mentioned within these ranges, of which each begins at the mark of one.
    async fn mentions(
        &self,
        pairs: &[(UserId, ChatId)],
        marks: &HashMap<(UserId, ChatId), Marked>,
        ranges: Vec<Document>,
    ) -> Outcome<HashMap<(UserId, ChatId), u64>> {
        let mut mentions: HashMap<_, u64> = pairs.iter().map(|pair| (*pair, 0)).collect();
        let mut seen = HashSet::new();
        for ranges in ranges.chunks(RANGES) {
            let filter = match ranges {
                [range] => range.clone(),
                ranges => doc! { "$or": ranges },
            };
            let mut rows = self
                .collection(schema::MESSAGES)
                .find(filter)
                .projection(doc! { "_id": 0, "chat": 1, "number": 1, "mentions": 1 })
                .await?;
            while rows.advance().await? {
                let row = rows.deserialize_current()?;
                let chat: ChatId = codec::read_id(&row, "chat")?;
                let number = codec::natural(&row, "number");
                // A message that mentions several people may stand in the answers to several reads.
                if !seen.insert((chat, number)) {
                    continue;
                }
                let mentioned = row.get_array("mentions").map_or(&[][..], Vec::as_slice);
                for user in mentioned {
                    let pair = (codec::to_id(user, "mentions")?, chat);
                    let read = marks.get(&pair).map_or(0, |mark| mark.number);
                    if let Some(count) = mentions.get_mut(&pair)
                        && number > read
                    {
                        *count += 1;
                    }
                }
            }
        }
        Ok(mentions)
    }
}
