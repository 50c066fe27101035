//! Coming back: what a connection missed, in order and once, and then what comes live, without a hole between.
//!
//! 1. The connection is suspended: nothing comes live any more. What came until then is known by position and topic.
//! 2. The log is read in pages from the client's cursor on, and what the client may hear of and has not heard is sent, as fast as it takes it.
//! 3. When the rest is short, the connection follows its topics and is woken, at one stroke with the hub's position.
//! 4. The rest up to that position is sent, then `resumed`. Live frames waited in the queue meanwhile and come next.

use std::collections::HashMap;
use std::sync::Arc;

use flowra_core::event::{Audience, Document, Entry, Position, Reach, StreamId, Topic};
use flowra_core::message::Placed;
use flowra_core::{Error, MessageId, PortResult, UserId, WorkspaceId};
use salvo::websocket::Message;

use super::connection::Connection;
use super::delivery::Delivery;
use super::frame::{Resumed, Signal, text};
use super::index::Followed;
use super::live::Live;
use super::subject::Scribe;

/// How many events of the log are read at once; also how short the rest must be before the connection is woken.
const PAGE: u64 = 500;

/// A resumption under way. The caller sends each batch before it asks for the next, so a slow client slows its own reading only.
pub(crate) struct Resuming {
    live: Live,
    connection: Arc<Connection>,
    scribe: Scribe,
    /// What it follows, as far as it may; with the workspace, once that was checked.
    topics: Vec<(Topic, Option<WorkspaceId>)>,
    /// What came live before, and from where on.
    heard: Vec<Followed>,
    /// What concerned the person came live after this.
    heard_of_me: Position,
    /// Everything live came up to here.
    suspended_at: Position,
    /// Read up to here.
    cursor: Position,
    /// Awake since here; the rest goes up to it.
    until: Option<Position>,
    is_over: bool,
}

/// What becomes of a request to resume.
pub(crate) enum Resumption {
    /// The gap is too long; these are to be followed from now on.
    Resync(Vec<Topic>),
    /// The cursor is none of this log's.
    BadCursor,
    /// It begins, once all that is queued has been sent.
    Begins(Box<Resuming>),
}

impl Live {
    /// Begins to resume after a cursor.
    pub(crate) fn resume(&self, connection: &Arc<Connection>, after: &str, topics: Vec<Topic>) -> Resumption {
        let after = match after.parse() {
            Ok(number) => Position::new(number),
            Err(_) => return Resumption::BadCursor,
        };
        let mut index = self.hub.index();
        if after > index.position {
            return Resumption::BadCursor;
        }
        if index.position.get() - after.get() > self.hub.limits.replay {
            return Resumption::Resync(topics);
        }
        let suspended_at = index.position;
        let (heard_of_me, heard) = index.suspend(connection).unwrap_or((suspended_at, Vec::new()));
        drop(index);
        let mut wanted: Vec<Topic> = heard
            .iter()
            .map(|followed| followed.topic)
            .chain(topics)
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        Resumption::Begins(Box::new(Resuming {
            live: self.clone(),
            connection: Arc::clone(connection),
            scribe: Scribe::new(&self.app.ports),
            topics: wanted.into_iter().map(|topic| (topic, None)).collect(),
            heard,
            heard_of_me,
            suspended_at,
            cursor: after,
            until: None,
            is_over: false,
        }))
    }
}

impl Resuming {
    /// The next frames to send; `None` at the end.
    ///
    /// # Errors
    /// The store's failure. The connection is left suspended and must end.
    pub(crate) async fn next(&mut self) -> PortResult<Option<Vec<Message>>> {
        if self.is_over {
            return Ok(None);
        }
        let mut frames = Vec::new();
        let count = self.live.hub.rights();
        self.check_rights(&mut frames).await?;
        let entries = self.page().await?;
        self.scribe.forget();
        let placed = self.messages(&entries).await?;
        for entry in &entries {
            if let Some(frame) = self.frame(entry, &placed).await? {
                frames.push(frame);
            }
        }
        if let Some(last) = entries.last() {
            self.cursor = last.recorded.position;
        }
        match self.until {
            Some(until) if self.cursor >= until => {
                self.is_over = true;
                frames.extend(text(&Resumed { cursor: until }).ok());
            }
            Some(_) => {}
            None => self.wake(count),
        }
        Ok(Some(frames))
    }

    /// Leaves out what may not be followed (any more), and says so.
    async fn check_rights(&mut self, frames: &mut Vec<Message>) -> PortResult<()> {
        let user = self.user();
        let mut open = Vec::with_capacity(self.topics.len());
        for (topic, _) in std::mem::take(&mut self.topics) {
            match self.live.app.ports.may_follow(user, topic).await {
                Ok(workspace) => open.push((topic, Some(workspace))),
                Err(Error::Refused(refusal)) => frames.extend(
                    text(&Signal::Unsubscribed {
                        topic: topic.into(),
                        code: refusal.code().as_str(),
                    })
                    .ok(),
                ),
                Err(Error::Failed(failure)) => return Err(failure),
            }
        }
        self.topics = open;
        Ok(())
    }

    /// The next entries, none beyond the point at which the connection was woken.
    async fn page(&self) -> PortResult<Vec<Entry>> {
        let end = self.until.unwrap_or_else(|| self.live.hub.position());
        let rest = end.get().saturating_sub(self.cursor.get()).min(PAGE);
        match usize::try_from(rest) {
            Ok(limit) if limit > 0 => self.live.app.ports.log.read(self.cursor, limit).await,
            Ok(_) | Err(_) => Ok(Vec::new()),
        }
    }

    /// Once the rest is short: follows, and lets live frames come, unless a right was lost since they were checked.
    fn wake(&mut self, rights: u64) {
        let hub = &self.live.hub;
        let mut index = hub.index();
        if index.position.get() - self.cursor.get() > PAGE || index.rights != rights {
            return;
        }
        for (topic, workspace) in &self.topics {
            if let Some(workspace) = workspace {
                index.follow(&self.connection, *topic, *workspace);
            }
        }
        index.wake(&self.connection);
        self.until = Some(index.position);
    }

    /// The messages of these entries as they are now, in one read.
    async fn messages(&self, entries: &[Entry]) -> PortResult<HashMap<MessageId, Placed>> {
        let mut ids: Vec<MessageId> = entries
            .iter()
            .filter_map(|entry| match entry.recorded.stream {
                StreamId::Message(id) => Some(id),
                StreamId::User(_) | StreamId::Workspace(_) | StreamId::Chat(_) | StreamId::Task(_) => None,
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.live.app.ports.messages.load_many(ids).await?;
        Ok(found
            .into_iter()
            .map(|placed| (placed.message.id, placed))
            .collect())
    }

    /// The frame of an event that was missed, about its thing as it is now.
    async fn frame(
        &mut self,
        entry: &Entry,
        placed: &HashMap<MessageId, Placed>,
    ) -> PortResult<Option<Message>> {
        let recorded = &entry.recorded;
        let ports = Arc::clone(&self.live.app.ports);
        let place = match recorded.stream {
            StreamId::Message(id) => placed.get(&id),
            StreamId::User(_) | StreamId::Workspace(_) | StreamId::Chat(_) | StreamId::Task(_) => None,
        };
        let document = match place {
            Some(placed) => Document::Message(Arc::clone(&placed.message)),
            None => Delivery::current(&ports, recorded).await?,
        };
        let audience = Audience::of(recorded, &document);
        if !self.might_hear(&audience) {
            return Ok(None);
        }
        let delivery = Delivery::new(&ports, recorded, audience, document).await?;
        let mut delivery = delivery.placed(place.cloned());
        if !self.misses(recorded.position, &delivery) {
            return Ok(None);
        }
        let frame = delivery
            .frame_for(&self.connection.listener, &mut self.scribe)
            .await?;
        Ok(Some(frame))
    }

    /// Whether anything of the audience is followed here, before more is looked up.
    fn might_hear(&self, audience: &Audience) -> bool {
        audience.people.contains(&self.user())
            || self.topics.iter().any(|(topic, _)| match topic {
                Topic::Chat(id) => audience.chat == Some(*id),
                Topic::Workspace(id) => audience.workspace == Some(*id) && audience.reach != Reach::Message,
            })
    }

    /// Whether the client may hear of the event and did not hear of it live.
    fn misses(&self, position: Position, delivery: &Delivery) -> bool {
        let user = self.user();
        let came_live = position <= self.suspended_at
            && ((position > self.heard_of_me && delivery.concerns(user))
                || self
                    .heard
                    .iter()
                    .any(|followed| position > followed.since && self.hears(delivery, followed.topic)));
        !came_live
            && (delivery.concerns(user) || self.topics.iter().any(|(topic, _)| self.hears(delivery, *topic)))
    }

    /// Whether this topic carries the event. Of the chats followed here it is known that they can be read.
    fn hears(&self, delivery: &Delivery, topic: Topic) -> bool {
        if delivery.audience.reach == Reach::Message {
            delivery
                .audience
                .chat
                .is_some_and(|chat| topic == Topic::Chat(chat))
        } else {
            delivery.hears(self.user(), topic)
        }
    }

    fn user(&self) -> UserId {
        self.connection.listener.user
    }
}
