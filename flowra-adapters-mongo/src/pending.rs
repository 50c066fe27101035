//! What is in the log and perhaps not yet in the collections that follow from it.
//!
//! Responsible for showing it to readers and for telling when it is in. It refuses to know how it is written.
//!
//! There are rows, which queries search, so that readers wait for them; and tallies, which change with nearly every message and are asked for by
//! their chat alone, so that readers look here first and nobody waits. Tallies are written seldom, each once however often it changed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use flowra_core::event::StreamId;
use flowra_core::{ChatId, Digest, InviteId, MessageId, UserId, WorkspaceId};
use tokio::sync::{Notify, watch};

use crate::cache::Stored;

/// One process that writes.
pub(crate) type Node = [u8; 16];

/// What something pending is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The document of a stream.
    Document(StreamId),
    /// A thread, by its root.
    Thread(MessageId),
    /// A chat's counters.
    Room(ChatId),
    /// A claim, by name.
    Claim(String),
    /// How far somebody read a chat.
    Mark(UserId, ChatId),
    /// An invite, by digest.
    Invite(Digest),
}

impl Key {
    /// Whether this is written seldom, and shown from memory until then.
    pub(crate) const fn is_tally(&self) -> bool {
        matches!(self, Self::Room(_) | Self::Mark(..))
    }
}

/// What is to be written.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Document(Box<Stored>),
    /// How many replies.
    Thread(u64),
    Room(Room),
    /// Who holds it.
    Claim(Option<StreamId>),
    Mark(Mark),
    Invite(WorkspaceId, InviteId),
}

/// How many messages a chat has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) last: u64,
    pub(crate) roots: u64,
}

/// How far an author came by posting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) number: u64,
    pub(crate) root_number: u64,
    pub(crate) message: MessageId,
}

/// Something pending.
#[derive(Clone, Debug)]
pub(crate) struct Late {
    pub(crate) value: Value,
    /// The last group that changed it.
    pub(crate) seq: i64,
    /// The first group that changed it since it was in its collection.
    first: i64,
    /// Who is to write it: this process, once it changed it, else who wrote the last group.
    pub(crate) node: Node,
    pub(crate) since: Instant,
}

impl Late {
    /// Something that this group changed.
    pub(crate) fn of(value: Value, seq: i64) -> Self {
        Self {
            value,
            seq,
            first: seq,
            node: Node::default(),
            since: Instant::now(),
        }
    }
}

/// Up to which groups the collections follow the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Up to this group all rows are in.
    pub(crate) rows: i64,
    /// Up to this group everything is in, tallies too.
    pub(crate) whole: i64,
}

/// Everything pending.
pub(crate) struct Pending {
    own: Node,
    /// Up to this group the rows were in before this process began.
    found: i64,
    late: Mutex<Everything>,
    /// The last group that was taken in.
    taken: watch::Sender<i64>,
    /// Up to this group all rows are in the collections.
    rows: watch::Sender<i64>,
    /// Up to this group everything is.
    whole: watch::Sender<i64>,
    more: Notify,
    /// Somebody waits for it to be written.
    hurry: Notify,
}

#[derive(Default)]
struct Everything {
    rows: HashMap<Key, Late>,
    tallies: HashMap<Key, Late>,
}

impl Everything {
    fn of(&self, key: &Key) -> &HashMap<Key, Late> {
        if key.is_tally() { &self.tallies } else { &self.rows }
    }

    fn of_mut(&mut self, key: &Key) -> &mut HashMap<Key, Late> {
        if key.is_tally() {
            &mut self.tallies
        } else {
            &mut self.rows
        }
    }
}

impl Pending {
    pub(crate) fn new(own: Node, reach: Reach) -> Self {
        Self {
            own,
            found: reach.rows,
            late: Mutex::default(),
            taken: watch::Sender::new(reach.whole),
            rows: watch::Sender::new(reach.whole),
            whole: watch::Sender::new(reach.whole),
            more: Notify::new(),
            hurry: Notify::new(),
        }
    }

    /// Takes in what a group changes.
    pub(crate) fn take(&self, seq: i64, node: Node, changes: Vec<(Key, Value)>) {
        {
            let mut late = self.late();
            let since = Instant::now();
            for (key, value) in changes {
                if seq <= self.found && !key.is_tally() {
                    continue;
                }
                let late = late.of_mut(&key);
                let before = late.get(&key);
                let first = before.map_or(seq, |before| before.first);
                let since = before.map_or(since, |before| before.since);
                let is_own = before.is_some_and(|before| before.node == self.own);
                let node = if is_own { self.own } else { node };
                late.insert(
                    key,
                    Late {
                        value,
                        seq,
                        first,
                        node,
                        since,
                    },
                );
            }
            self.taken.send_replace(seq);
        }
        self.more.notify_one();
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Value> {
        self.late().of(key).get(key).map(|late| late.value.clone())
    }

    /// All rows, and all tallies if they are wanted, with the last group in them.
    pub(crate) fn snapshot(&self, with_tallies: bool) -> (i64, Vec<(Key, Late)>) {
        let late = self.late();
        let tallies = with_tallies.then_some(&late.tallies);
        let all = late.rows.iter().chain(tallies.into_iter().flatten());
        let all = all.map(|(key, late)| (key.clone(), late.clone())).collect();
        (*self.taken.borrow(), all)
    }

    /// Forgets what is in the collections now; `until` is the last group of the snapshot from which it was.
    pub(crate) fn settle(&self, until: i64, written: &[(Key, Late)]) {
        let mut late = self.late();
        for (key, was) in written {
            let late = late.of_mut(key);
            if let Some(now) = late.get_mut(key) {
                if now.seq == was.seq {
                    late.remove(key);
                } else {
                    now.first = until + 1;
                }
            }
        }
        let taken = *self.taken.borrow();
        let before = |late: &HashMap<Key, Late>| late.values().map(|late| late.first - 1).min();
        let rows = before(&late.rows).unwrap_or(taken);
        let tallies = before(&late.tallies).unwrap_or(taken);
        self.rows.send_replace(rows);
        self.whole.send_replace(rows.min(tallies));
    }

    fn len(&self) -> usize {
        let late = self.late();
        late.rows.len() + late.tallies.len()
    }

    pub(crate) fn has_tallies(&self) -> bool {
        !self.late().tallies.is_empty()
    }

    /// Up to which groups what was pending is in the collections.
    pub(crate) fn reach(&self) -> Reach {
        Reach {
            rows: *self.rows.borrow(),
            whole: *self.whole.borrow(),
        }
    }

    /// Waits until all rows that are pending at the call are in the collections.
    pub(crate) async fn barrier(&self) {
        self.reached(&self.rows).await;
    }

    /// Waits until everything that is pending at the call is in the collections.
    pub(crate) async fn whole_barrier(&self) {
        self.reached(&self.whole).await;
    }

    async fn reached(&self, mark: &watch::Sender<i64>) {
        let until = *self.taken.borrow();
        if *mark.borrow() >= until {
            return;
        }
        // In this order, since who is hurried looks who waits.
        let mut mark = mark.subscribe();
        self.hurry.notify_one();
        // The sender lives as long as this does, so the wait cannot fail.
        drop(mark.wait_for(|reached| *reached >= until).await);
    }

    /// Waits until there are fewer than so many.
    pub(crate) async fn room_for(&self, most: usize) {
        if self.len() <= most {
            return;
        }
        let mut whole = self.whole.subscribe();
        while self.len() > most {
            self.hurry.notify_one();
            if whole.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until something was taken in, somebody wants it to be written, or this time is over.
    pub(crate) async fn more(&self, most: Option<Duration>) {
        let over = async {
            match most {
                Some(most) => tokio::time::sleep(most).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.more.notified() => {}
            () = self.hurry.notified() => {}
            () = over => {}
        }
    }

    /// Waits so long, or until somebody wants it to be written.
    pub(crate) async fn pause(&self, time: Duration) {
        // Which of the two it was makes no difference.
        drop(tokio::time::timeout(time, self.hurry.notified()).await);
    }

    /// Whether somebody waits for anything to be written.
    pub(crate) fn is_awaited(&self) -> bool {
        self.rows.receiver_count() > 0 || self.is_whole_awaited()
    }

    /// Whether somebody waits for tallies too.
    pub(crate) fn is_whole_awaited(&self) -> bool {
        self.whole.receiver_count() > 0
    }

    fn late(&self) -> MutexGuard<'_, Everything> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
