//! The hub: one lock around who is connected, and the handing out of frames under it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flowra_core::cluster::Signal;
use flowra_core::event::{Audience, Position, Topic};
use flowra_core::user::{SessionId, TokenId};
use flowra_core::{UserId, WorkspaceId};
use salvo::websocket::Message;
use tokio::time::Instant;

use super::cluster::Cluster;
use super::connection::{Connection, Farewell, Listener};
use super::delivery::{Delivery, Wanted};
use super::frame::{Ack, text};
use super::index::{Followed, Index};
use super::presence::{Arrivals, Typists};

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many frames a connection may be behind before it is ended as too slow.
    pub queue: usize,
    /// How many events of the whole log a resumption may go back; beyond, the client is told to read everything anew.
    pub replay: u64,
    /// How often a connection is pinged.
    pub ping: Duration,
    /// After how much silence it is ended.
    pub silence: Duration,
    /// How often at most somebody is said to type in a chat.
    pub typing: Duration,
    /// Up to how many people a chat or workspace hears who comes and goes. Telling everybody of everybody costs the square of their number.
    pub presence_audience: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue: 1024,
            replay: 100_000,
            ping: Duration::from_secs(30),
            silence: Duration::from_mins(1),
            typing: Duration::from_secs(3),
            presence_audience: 500,
        }
    }
}

/// Who is connected and who follows what. All clones of its `Arc` are the same hub; a server has one.
#[derive(Debug)]
pub struct Hub {
    pub(crate) limits: Limits,
    /// The other servers, if this one is among any.
    pub(super) cluster: Option<Arc<Cluster>>,
    started: Instant,
    index: Mutex<Index>,
    pub(super) arrivals: Arrivals,
    pub(super) typists: Typists,
}

/// A right was lost somewhere between the check and the act: check again.
#[derive(Debug)]
pub(super) struct RightsMoved;

impl Hub {
    /// The hub, without connections, of a server on its own.
    #[must_use]
    pub fn new(limits: Limits) -> Arc<Self> {
        Self::of(limits, None)
    }

    /// The hub, without connections, of a server among others.
    #[must_use]
    pub fn among(limits: Limits, cluster: Arc<Cluster>) -> Arc<Self> {
        Self::of(limits, Some(cluster))
    }

    fn of(limits: Limits, cluster: Option<Arc<Cluster>>) -> Arc<Self> {
        Arc::new(Self {
            limits,
            cluster,
            started: Instant::now(),
            index: Mutex::default(),
            arrivals: Arrivals::default(),
            typists: Typists::default(),
        })
    }

    /// The other servers, if this one is among any.
    #[must_use]
    pub fn cluster(&self) -> Option<&Arc<Cluster>> {
        self.cluster.as_ref()
    }

    /// Tells the other servers, if there are any.
    pub(super) fn tell(&self, signal: Signal) {
        if let Some(cluster) = &self.cluster {
            cluster.tell(signal);
        }
    }

    /// Everybody who is connected here.
    pub(super) fn users(&self) -> Vec<UserId> {
        self.index().users().collect()
    }

    /// How many connections there are.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.index().len()
    }

    /// All events up to here have been handed out.
    #[must_use]
    pub fn position(&self) -> Position {
        self.index().position
    }

    /// Ends the connections of a session, which is over.
    pub fn end_session(&self, session: SessionId) {
        self.end_where(Farewell::Unauthenticated, |listener| {
            listener.session == Some(session)
        });
    }

    /// Ends the connections that rest on a personal token, which was revoked.
    pub fn end_token(&self, token: TokenId) {
        self.end_where(Farewell::Unauthenticated, |listener| {
            listener.token == Some(token)
        });
    }

    /// Ends the connections of somebody's sessions, all of which are over.
    pub fn end_sessions_of(&self, user: UserId) {
        for connection in self.index().of_user(user) {
            if connection.listener.session.is_some() {
                connection.end(Farewell::Unauthenticated);
            }
        }
    }

    /// Ends all connections of somebody.
    pub fn end_user(&self, user: UserId) {
        for connection in self.index().of_user(user) {
            connection.end(Farewell::Unauthenticated);
        }
    }

    /// Ends all connections, because the server stops.
    pub fn shut_down(&self) {
        self.end_where(Farewell::Shutdown, |_| true);
    }

    fn end_where(&self, farewell: Farewell, which: impl Fn(&Listener) -> bool) {
        for connection in self.index().connections() {
            if which(&connection.listener) {
                connection.end(farewell);
            }
        }
    }

    /// Lets somebody in. What concerns them comes from the position on that is answered.
    pub(crate) fn join(&self, listener: Listener) -> (Arc<Connection>, Position) {
        let second = self.second();
        let mut index = self.index();
        let connection = Arc::new(Connection::new(index.next_id(), listener, second));
        let is_first = index.join(&connection);
        let position = index.position;
        drop(index);
        if is_first {
            self.arrivals.note(listener.user);
        }
        (connection, position)
    }

    /// Forgets a connection.
    pub(crate) fn leave(&self, connection: &Connection) {
        let was_last = self.index().leave(connection);
        if was_last {
            self.arrivals.note(connection.listener.user);
        }
    }

    /// Notes that the client of a connection was heard.
    pub(crate) fn hear(&self, connection: &Connection) {
        connection.hear(self.second());
    }

    /// The seconds since the hub began.
    pub(super) fn second(&self) -> u32 {
        u32::try_from(self.started.elapsed().as_secs()).unwrap_or(u32::MAX)
    }

    /// Follows a topic, if no right was lost since `rights` was read; tells the client from which position on its events come, before the
    /// first of them.
    pub(super) fn follow(
        &self,
        connection: &Arc<Connection>,
        topic: Topic,
        workspace: WorkspaceId,
        rights: u64,
    ) -> Result<(), RightsMoved> {
        let mut index = self.index();
        if index.rights != rights {
            return Err(RightsMoved);
        }
        let cursor = index.follow(connection, topic, workspace);
        self.acknowledge(connection, "subscribe", topic, cursor);
        Ok(())
    }

    /// Stops following a topic; tells the client up to which position its events came, after the last of them.
    pub(super) fn unfollow(&self, connection: &Connection, topic: Topic) {
        let mut index = self.index();
        index.unfollow(connection, topic);
        self.acknowledge(connection, "unsubscribe", topic, index.position);
    }

    /// Tells a client that something was done, after all events that it was sent.
    pub(super) fn confirm(&self, connection: &Connection, action: &'static str, topic: Topic) {
        let index = self.index();
        self.acknowledge(connection, action, topic, index.position);
    }

    /// Under the index's lock, so that the answer has its place among the events.
    fn acknowledge(&self, connection: &Connection, action: &'static str, topic: Topic, cursor: Position) {
        let topic = topic.into();
        if let Ok(frame) = text(&Ack {
            action,
            topic,
            cursor,
        }) {
            connection.push(frame, self.limits.queue);
        }
    }

    /// The count of lost rights, for [`follow`](Self::follow).
    pub(super) fn rights(&self) -> u64 {
        self.index().rights
    }

    /// Rights were lost: tells which connections follow what may no longer be theirs.
    pub(super) fn rights_lost(
        &self,
        concerns: impl Fn(UserId, &Followed) -> bool,
    ) -> Vec<(Arc<Connection>, Followed)> {
        let mut index = self.index();
        index.rights += 1;
        let mut lost = Vec::new();
        for record in index.records() {
            for followed in &record.followed {
                if concerns(record.connection.listener.user, followed) {
                    lost.push((Arc::clone(&record.connection), *followed));
                }
            }
        }
        lost
    }

    /// Ends a topic for a connection and tells its client.
    pub(super) fn expel(&self, connection: &Connection, topic: Topic, notice: Message) {
        let mut index = self.index();
        if index.unfollow(connection, topic) {
            connection.push(notice, self.limits.queue);
        }
    }

    /// Hands out an event: everybody who hears of it gets their frame, and the position moves on, at one stroke. When frames are wanting,
    /// nothing happens but that they are named.
    pub(super) fn publish(&self, position: Position, delivery: &Delivery) -> Result<usize, Wanted> {
        let mut index = self.index();
        let delivered = delivery.hand_out(&index, self.limits.queue)?;
        index.position = position;
        Ok(delivered)
    }

    /// Moves the position over an event that nobody hears; `false` when somebody might.
    pub(super) fn pass(&self, position: Position, audience: &Audience) -> bool {
        let mut index = self.index();
        let topics = [
            audience.chat.map(Topic::Chat),
            audience.workspace.map(Topic::Workspace),
        ];
        let is_followed = topics
            .into_iter()
            .flatten()
            .any(|topic| !index.followers(topic).is_empty());
        let is_concerning = || {
            audience
                .people
                .iter()
                .any(|user| !index.of_user(*user).is_empty())
        };
        if is_followed || is_concerning() {
            return false;
        }
        index.position = position;
        true
    }

    /// Moves the position over any events while nobody is connected; `false` when somebody is.
    pub(super) fn pass_all(&self, position: Position) -> bool {
        let mut index = self.index();
        let is_empty = index.is_empty();
        if is_empty {
            index.position = position;
        }
        is_empty
    }

    /// Gives up an event that cannot be read: everybody's connection ends, so that nobody is silently short of it.
    pub(super) fn give_up(&self, position: Position) {
        self.end_where(Farewell::Failed, |_| true);
        self.index().position = position;
    }

    /// No code that holds the lock leaves the index half changed.
    pub(super) fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
