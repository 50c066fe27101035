//! Who is connected, and who follows what. Plain data under the hub's lock.

use std::collections::HashMap;
use std::sync::Arc;

use flowra_core::event::{Position, Topic};
use flowra_core::{UserId, WorkspaceId};

use super::connection::Connection;

/// Connections in the order of their ids: compact, quick to walk, and an end of one is found by halving.
#[derive(Debug, Default)]
pub(super) struct Line(Vec<Arc<Connection>>);

impl Line {
    fn add(&mut self, connection: &Arc<Connection>) {
        if let Err(at) = self.find(connection.id) {
            self.0.insert(at, Arc::clone(connection));
        }
    }

    fn remove(&mut self, id: u64) {
        if let Ok(at) = self.find(id) {
            self.0.remove(at);
        }
    }

    fn find(&self, id: u64) -> Result<usize, usize> {
        self.0.binary_search_by_key(&id, |connection| connection.id)
    }
}

/// A topic that a connection follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Followed {
    pub(super) topic: Topic,
    /// The topic's workspace.
    pub(super) workspace: WorkspaceId,
    /// Events after this position came, or will come, live.
    pub(super) since: Position,
}

#[derive(Debug)]
pub(super) struct Record {
    pub(super) connection: Arc<Connection>,
    pub(super) followed: Vec<Followed>,
    /// Its people's events after this position come live.
    pub(super) since: Position,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Index {
    /// All events up to here have been handed out.
    pub(super) position: Position,
    /// Grows whenever somebody may have lost a right; who checked one before that checks again.
    pub(super) rights: u64,
    next_id: u64,
    records: HashMap<u64, Record>,
    users: HashMap<UserId, Line>,
    topics: HashMap<Topic, Line>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            position: Position::START,
            rights: 0,
            next_id: 0,
            records: HashMap::new(),
            users: HashMap::new(),
            topics: HashMap::new(),
        }
    }
}

impl Index {
    pub(super) fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn connections(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.records.values().map(|record| &record.connection)
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// The connections of somebody.
    pub(super) fn of_user(&self, user: UserId) -> &[Arc<Connection>] {
        self.users.get(&user).map_or(&[], |line| &line.0)
    }

    /// Everybody who is connected.
    pub(super) fn users(&self) -> impl Iterator<Item = UserId> {
        self.users.keys().copied()
    }

    /// The connections that follow a topic.
    pub(super) fn followers(&self, topic: Topic) -> &[Arc<Connection>] {
        self.topics.get(&topic).map_or(&[], |line| &line.0)
    }

    /// Whether this is the user's first connection.
    pub(super) fn join(&mut self, connection: &Arc<Connection>) -> bool {
        let user = connection.listener.user;
        let is_first = !self.users.contains_key(&user);
        self.users.entry(user).or_default().add(connection);
        self.records.insert(
            connection.id,
            Record {
                connection: Arc::clone(connection),
                followed: Vec::new(),
                since: self.position,
            },
        );
        is_first
    }

    /// Whether that was the user's last connection.
    pub(super) fn leave(&mut self, connection: &Connection) -> bool {
        let Some(record) = self.records.remove(&connection.id) else {
            return false;
        };
        for followed in record.followed {
            self.drop_follower(followed.topic, connection.id);
        }
        self.drop_of_user(connection)
    }

    /// Follows a topic from here on; the position from which it does.
    pub(super) fn follow(
        &mut self,
        connection: &Arc<Connection>,
        topic: Topic,
        workspace: WorkspaceId,
    ) -> Position {
        let since = self.position;
        let Some(record) = self.records.get_mut(&connection.id) else {
            return since;
        };
        if !record.followed.iter().any(|followed| followed.topic == topic) {
            record.followed.push(Followed {
                topic,
                workspace,
                since,
            });
            self.topics.entry(topic).or_default().add(connection);
        }
        since
    }

    /// Whether it followed the topic until now.
    pub(super) fn unfollow(&mut self, connection: &Connection, topic: Topic) -> bool {
        let Some(record) = self.records.get_mut(&connection.id) else {
            return false;
        };
        let before = record.followed.len();
        record.followed.retain(|followed| followed.topic != topic);
        if record.followed.len() == before {
            return false;
        }
        if record.followed.is_empty() {
            record.followed = Vec::new();
        }
        self.drop_follower(topic, connection.id);
        true
    }

    /// From now on nothing comes live; what did until now is told by the record as it was.
    pub(super) fn suspend(&mut self, connection: &Connection) -> Option<(Position, Vec<Followed>)> {
        let record = self.records.get(&connection.id)?;
        connection.suspend(true);
        Some((record.since, record.followed.clone()))
    }

    /// From now on everything comes live again.
    pub(super) fn wake(&mut self, connection: &Connection) {
        if let Some(record) = self.records.get_mut(&connection.id) {
            record.since = self.position;
            for followed in &mut record.followed {
                followed.since = self.position;
            }
        }
        connection.suspend(false);
    }

    fn drop_follower(&mut self, topic: Topic, id: u64) {
        if let Some(line) = self.topics.get_mut(&topic) {
            line.remove(id);
            if line.0.is_empty() {
                self.topics.remove(&topic);
            }
        }
    }

    fn drop_of_user(&mut self, connection: &Connection) -> bool {
        let user = connection.listener.user;
        let Some(line) = self.users.get_mut(&user) else {
            return false;
        };
        line.remove(connection.id);
        let is_last = line.0.is_empty();
        if is_last {
            self.users.remove(&user);
        }
        is_last
    }
}
