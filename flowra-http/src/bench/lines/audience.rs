//! People at their live connections, and the authors whom they hear: on the server through REST and WebSockets, on the floor through TCP.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::ops::Range;
use std::rc::Rc;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::bench::error::{BenchError, Result, within};
use crate::bench::floor::{publish, publisher, subscriber};
use crate::bench::seed::{Plan, World};
use crate::bench::wire::{Connection, Heard, Request, Socket, find};

/// Stands before the number in everything that is posted for an audience.
const MARK: &[u8] = b"seq:";
const DIGITS: usize = 10;

/// How many connections are opened side by side, and how long opening may take, in seconds.
const OPENING: usize = 32;
const PATIENCE: u64 = 180;

/// An event as long as the server's own, for runs of the floors alone, in bytes.
const USUAL_EVENT: usize = 620;

/// A workspace of people who are all in the first chat; the rest of the chats divide them evenly.
pub(super) fn crowd(name: &'static str, people: usize, groups: usize) -> Plan {
    let each = people.checked_div(groups).unwrap_or(0);
    let mut chats = Vec::new();
    chats.push(0..people);
    chats.extend((0..groups).map(|group| group * each..(group + 1) * each));
    Plan {
        name,
        people,
        chats,
        messages: 0,
        tasks: 0,
    }
}

/// Opens `count` connections, a few side by side, in order.
pub(super) async fn open_all<F>(people: Range<usize>, open: impl Fn(usize) -> F) -> Result<Vec<Socket>>
where
    F: Future<Output = Result<Socket>>,
{
    let opening = stream::iter(people.map(open)).buffered(OPENING).try_collect();
    within(PATIENCE, "opening the live connections", opening).await
}

/// Opens a person's WebSocket, subscribed to a chat.
pub(super) async fn listen(address: SocketAddr, world: &World, person: usize, chat: usize) -> Result<Socket> {
    let mut socket = Socket::open(address, &world.tokens[person]).await?;
    socket.subscribe(&world.chats[chat]).await?;
    Ok(socket)
}

/// Joins a group of the floor.
pub(super) async fn listen_bare(address: SocketAddr, group: u16) -> Result<Socket> {
    Socket::join(address, &subscriber(group)).await
}

/// What the audience has heard so far.
#[derive(Default)]
pub(super) struct Tally {
    frames: Cell<u64>,
    /// The length of the newest event, in bytes.
    event: Cell<usize>,
    failure: RefCell<Option<BenchError>>,
    changed: Notify,
}

impl Tally {
    pub(super) fn frames(&self) -> u64 {
        self.frames.get()
    }

    /// Waits until so many frames have been heard by all together.
    ///
    /// # Errors
    /// A connection that ended meanwhile.
    pub(super) async fn wait_for(&self, frames: u64) -> Result<()> {
        loop {
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if self.frames.get() >= frames {
                return Ok(());
            }
            self.changed.notified().await;
        }
    }

    pub(super) fn event_length(&self) -> usize {
        self.event.get()
    }
}

/// Connections that are read until this is dropped.
pub(super) struct Audience {
    pub(super) tally: Rc<Tally>,
    readers: Vec<JoinHandle<()>>,
}

impl Audience {
    /// Lets these connections be read; `hear` gets each numbered post with the index of the connection.
    ///
    /// Needs the local set of [`Bench`](crate::bench::bench::Bench).
    pub(super) fn gather(sockets: Vec<Socket>, hear: impl Fn(usize, u64) + 'static) -> Self {
        let (tally, hear) = (Rc::new(Tally::default()), Rc::new(hear));
        let readers = sockets
            .into_iter()
            .enumerate()
            .map(|(index, mut socket)| {
                let (tally, hear) = (Rc::clone(&tally), Rc::clone(&hear));
                tokio::task::spawn_local(async move {
                    let outcome = socket
                        .read(|frame| {
                            if let Some(number) = number(frame.payload) {
                                tally.frames.set(tally.frames.get() + 1);
                                tally.event.set(frame.payload.len());
                                hear(index, number);
                                tally.changed.notify_waiters();
                            }
                            Heard::GoOn
                        })
                        .await;
                    if let Err(error) = outcome {
                        tally.failure.replace(Some(error));
                        tally.changed.notify_waiters();
                    }
                })
            })
            .collect();
        Self { tally, readers }
    }
}

impl Drop for Audience {
    fn drop(&mut self) {
        self.readers.iter().for_each(JoinHandle::abort);
    }
}

/// The number of a post in an event's text.
fn number(text: &[u8]) -> Option<u64> {
    let at = find(text, MARK)? + MARK.len();
    std::str::from_utf8(text.get(at..at + DIGITS)?).ok()?.parse().ok()
}

/// Somebody who posts, one post after the other, each with its number.
pub(super) struct Author {
    voice: Voice,
    bytes: Vec<u8>,
    digits: Range<usize>,
}

enum Voice {
    Rest(Connection),
    Bare(Socket),
}

impl Author {
    /// A person who posts to a chat through REST.
    pub(super) async fn rest(address: SocketAddr, world: &World, person: usize, chat: usize) -> Result<Self> {
        let chat = &world.chats[chat];
        let path = format!("/api/v1/workspaces/{}/chats/{chat}/messages", world.workspace);
        let body = format!(
            r#"{{"content":"{}{} and a few words of an ordinary message"}}"#,
            mark(),
            zeros()
        );
        let bytes = Request::bytes("POST", &path, Some(&world.tokens[person]), Some(&body));
        Self::new(Voice::Rest(Connection::open(address).await?), bytes)
    }

    /// A publisher to a group of the floor, of events as long as the server's were.
    pub(super) async fn bare(address: SocketAddr, group: u16, event: Option<usize>) -> Result<Self> {
        let mut text = format!(r#"{{"type":"message.posted","content":"{}{}"#, mark(), zeros()).into_bytes();
        text.resize(event.unwrap_or(USUAL_EVENT).max(text.len()), b'.');
        let socket = Socket::open_bare(address, &publisher()).await?;
        Self::new(Voice::Bare(socket), publish(group, &text))
    }

    fn new(voice: Voice, bytes: Vec<u8>) -> Result<Self> {
        let at = find(&bytes, MARK)
            .ok_or_else(|| BenchError::Unexpected("a post without a number".to_owned()))?
            + MARK.len();
        Ok(Self {
            voice,
            bytes,
            digits: at..at + DIGITS,
        })
    }

    /// Posts; returns once it is acknowledged, or on the floor once it is sent.
    pub(super) async fn post(&mut self, number: u64) -> Result<()> {
        let digits = format!("{number:0DIGITS$}");
        self.bytes[self.digits.clone()].copy_from_slice(digits.as_bytes());
        match &mut self.voice {
            Voice::Rest(connection) => connection.send(&self.bytes).await?.expect(201, "a post"),
            Voice::Bare(socket) => socket.send(&self.bytes).await,
        }
    }
}

fn mark() -> std::borrow::Cow<'static, str> {
    String::from_utf8_lossy(MARK)
}

fn zeros() -> String {
    "0".repeat(DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_known_by_its_number() {
        assert_eq!(number(br#"{"content":"seq:0000000042 and"}"#), Some(42));
        assert_eq!(number(br#"{"content":"seq:42"}"#), None);
        assert_eq!(number(br#"{"type":"presence.changed"}"#), None);
    }

    #[test]
    fn a_crowd_is_in_one_chat_and_in_its_groups() {
        assert_eq!(crowd("x", 10, 2).chats, [0..10, 0..5, 5..10]);
        assert_eq!(
            crowd("x", 10, 0).chats,
            std::iter::once(0..10).collect::<Vec<_>>()
        );
    }
}
