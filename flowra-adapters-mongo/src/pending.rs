//! What is in the log and perhaps not yet in the collections that follow from it.
//!
//! Responsible for showing it to readers and for telling when it is in. It refuses to know how it is written.

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

/// Everything pending.
pub(crate) struct Pending {
    own: Node,
    late: Mutex<HashMap<Key, Late>>,
    /// The last group that was taken in.
    taken: watch::Sender<i64>,
    /// Up to this group all is in the collections.
    settled: watch::Sender<i64>,
    more: Notify,
    /// Somebody waits for it to be written.
    hurry: Notify,
}

impl Pending {
    pub(crate) fn new(own: Node, seq: i64) -> Self {
        Self {
            own,
            late: Mutex::new(HashMap::new()),
            taken: watch::Sender::new(seq),
            settled: watch::Sender::new(seq),
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
        self.late().get(key).map(|late| late.value.clone())
    }

    /// All of it, with the last group in it.
    pub(crate) fn snapshot(&self) -> (i64, Vec<(Key, Late)>) {
        let late = self.late();
        let all = late
            .iter()
            .map(|(key, late)| (key.clone(), late.clone()))
            .collect();
        (*self.taken.borrow(), all)
    }

    /// Forgets what is in the collections now; `until` is the last group of the snapshot from which it was.
    pub(crate) fn settle(&self, until: i64, written: &[(Key, Late)]) {
        let mut late = self.late();
        for (key, was) in written {
            if let Some(now) = late.get_mut(key) {
                if now.seq == was.seq {
                    late.remove(key);
                } else {
                    now.first = until + 1;
                }
            }
        }
        let settled = late
            .values()
            .map(|late| late.first - 1)
            .min()
            .unwrap_or_else(|| *self.taken.borrow());
        self.settled.send_replace(settled);
    }

    pub(crate) fn len(&self) -> usize {
        self.late().len()
    }

    /// Up to which group all is in the collections.
    pub(crate) fn settled(&self) -> i64 {
        *self.settled.borrow()
    }

    /// Waits until all that is pending at the call is in the collections.
    pub(crate) async fn barrier(&self) {
        let until = *self.taken.borrow();
        if self.settled() >= until {
            return;
        }
        self.hurry.notify_one();
        // The sender lives as long as this does, so the wait cannot fail.
        drop(
            self.settled
                .subscribe()
                .wait_for(|settled| *settled >= until)
                .await,
        );
    }

    /// Waits until there are fewer than so many.
    pub(crate) async fn room_for(&self, most: usize) {
        let mut settled = self.settled.subscribe();
        while self.len() > most {
            self.hurry.notify_one();
            if settled.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until something was taken in.
    pub(crate) async fn more(&self) {
        self.more.notified().await;
    }

    /// Waits so long, or until somebody wants it to be written.
    pub(crate) async fn pause(&self, time: Duration) {
        // Which of the two it was makes no difference.
        drop(tokio::time::timeout(time, self.hurry.notified()).await);
    }

    /// Whether somebody waits for it to be written.
    pub(crate) fn is_awaited(&self) -> bool {
        self.settled.receiver_count() > 0
    }

    fn late(&self) -> MutexGuard<'_, HashMap<Key, Late>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
