//! One connection as the hub sees it: whose it is, and the bounded queue of what it has yet to send.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use flowra_core::UserId;
use flowra_core::time::Timestamp;
use flowra_core::user::{SessionId, TokenId};
use salvo::websocket::Message;

/// In what form a client hears of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// As REST would answer, for programs.
    #[default]
    Json,
    /// As a page shows it: one fragment for everybody, in which what differs between readers is left to the page.
    Html,
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// How they want to hear of events.
    pub form: Form,
    /// As whom they listen.
    pub user: UserId,
    /// The session that ends the connection when it ends; none for a personal token.
    pub session: Option<SessionId>,
    /// The personal token that ends the connection when it is revoked; none for a session.
    pub token: Option<TokenId>,
    /// When their proof of identity ends, and the connection with it.
    pub expires_at: Option<Timestamp>,
}

/// Why the server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// The server stops.
    Shutdown,
    /// The client broke the WebSocket protocol.
    Protocol,
    /// The client sent something that is no text.
    NotText,
    /// The client sent text that is no UTF-8.
    NotUtf8,
    /// The client sent more than a frame may have.
    TooLarge,
    /// The client sent too many frames, again and again.
    TooMany,
    /// The server could not tell what happened.
    Failed,
    /// Token, session or account came to an end, or were never shown.
    Unauthenticated,
    /// The client did not take its events as fast as they came; it may come back and resume.
    Slow,
    /// Nothing was heard from the client.
    Silent,
}

impl Farewell {
    /// The close code that the client sees.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Shutdown => 1001,
            Self::Protocol => 1002,
            Self::NotText => 1003,
            Self::NotUtf8 => 1007,
            Self::TooMany => 1008,
            Self::TooLarge => 1009,
            Self::Failed => 1011,
            Self::Unauthenticated => 4001,
            Self::Slow => 4008,
            Self::Silent => 4009,
        }
    }

    /// The reason that the client sees.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Shutdown => "the server stops: connect again and resume",
            Self::Protocol => "this is no WebSocket protocol",
            Self::NotText => "frames must be text",
            Self::NotUtf8 => "text must be UTF-8",
            Self::TooMany => "too many frames: slow down",
            Self::TooLarge => "a frame may have 64 KiB",
            Self::Failed => "the server could not read what happened: connect again and resume",
            Self::Unauthenticated => "sign in again",
            Self::Slow => "too slow for the events: connect again and resume",
            Self::Silent => "nothing was heard for too long",
        }
    }
}

/// A connection. The hub pushes frames; the connection's own task takes and sends them.
#[derive(Debug)]
pub struct Connection {
    /// Grows from one connection to the next.
    pub(super) id: u64,
    /// Who is at the other end.
    pub(super) listener: Listener,
    /// The second of the hub's time in which the client was heard last.
    heard: AtomicU32,
    /// It is being told what it missed; changed and read under the hub's lock.
    is_suspended: AtomicBool,
    queue: Mutex<Queue>,
}

/// Holds no memory while it is empty: the taker gets the frames together with their allocation.
#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Message>,
    farewell: Option<Farewell>,
    taker: Option<Waker>,
    /// The taker is busy with what it took; only a farewell is worth waking it.
    is_busy: bool,
}

/// What a connection's task finds in its queue.
pub(crate) enum Take {
    /// Frames, the oldest first.
    Frames(VecDeque<Message>),
    /// The connection is over; what was queued is gone.
    Farewell(Farewell),
}

impl Connection {
    pub(super) fn new(id: u64, listener: Listener, second: u32) -> Self {
        Self {
            id,
            listener,
            heard: AtomicU32::new(second),
            is_suspended: AtomicBool::new(false),
            queue: Mutex::default(),
        }
    }

    /// Who is at the other end.
    #[must_use]
    pub const fn listener(&self) -> Listener {
        self.listener
    }

    /// Notes that the client was heard in this second of the hub's time.
    pub(super) fn hear(&self, second: u32) {
        self.heard.store(second, Ordering::Relaxed);
    }

    pub(super) fn heard(&self) -> u32 {
        self.heard.load(Ordering::Relaxed)
    }

    pub(super) fn suspend(&self, is_suspended: bool) {
        self.is_suspended.store(is_suspended, Ordering::Relaxed);
    }

    pub(super) fn is_suspended(&self) -> bool {
        self.is_suspended.load(Ordering::Relaxed)
    }

    /// Queues a frame that must not be lost: when there is no room the connection ends, and its client resumes.
    pub(super) fn push(&self, frame: Message, capacity: usize) {
        let mut queue = self.queue();
        if queue.farewell.is_some() {
            return;
        }
        if queue.frames.len() < capacity {
            queue.frames.push_back(frame);
            if !queue.is_busy {
                wake(queue);
            }
        } else {
            part(queue, Farewell::Slow);
        }
    }

    /// Queues a frame that may be lost; it never takes the last half of the queue from events.
    pub(super) fn push_transient(&self, frame: Message, capacity: usize) {
        let mut queue = self.queue();
        if queue.farewell.is_none() && queue.frames.len() < capacity / 2 {
            queue.frames.push_back(frame);
            if !queue.is_busy {
                wake(queue);
            }
        }
    }

    /// Ends the connection. The first reason stands.
    pub(crate) fn end(&self, farewell: Farewell) {
        let queue = self.queue();
        if queue.farewell.is_none() {
            part(queue, farewell);
        }
    }

    /// All that is queued, or why the connection ends; waits for either.
    pub(crate) fn poll_take(&self, cx: &Context<'_>) -> Poll<Take> {
        let mut queue = self.queue();
        if let Some(farewell) = queue.farewell {
            return Poll::Ready(Take::Farewell(farewell));
        }
        if !queue.frames.is_empty() {
            return Poll::Ready(Take::Frames(std::mem::take(&mut queue.frames)));
        }
        queue.wait(cx, false);
        Poll::Pending
    }

    /// Why the connection ends; waits for that only, so that a stuck client does not cost a wake-up for each frame.
    pub(crate) fn poll_farewell(&self, cx: &Context<'_>) -> Poll<Farewell> {
        let mut queue = self.queue();
        if let Some(farewell) = queue.farewell {
            return Poll::Ready(farewell);
        }
        queue.wait(cx, true);
        Poll::Pending
    }

    /// No code that holds the lock can panic, so a poisoned queue is a whole one.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn wait(&mut self, cx: &Context<'_>, is_busy: bool) {
        self.is_busy = is_busy;
        match &mut self.taker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }
}

fn part(mut queue: MutexGuard<'_, Queue>, farewell: Farewell) {
    queue.farewell = Some(farewell);
    queue.frames = VecDeque::new();
    wake(queue);
}

/// Wakes the taker after the lock is released, so that it does not run into it.
fn wake(mut queue: MutexGuard<'_, Queue>) {
    let waker = queue.taker.take();
    drop(queue);
    if let Some(waker) = waker {
        waker.wake();
    }
}
