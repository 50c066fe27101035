//! One client's socket together with its queue: writes what is queued in as few writes as it takes, and reads meanwhile.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{Sink, SinkExt, Stream};
use salvo::Error;
use salvo::websocket::{Message, WebSocket};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite;

use crate::feed::{Connection, Farewell, Hub, Take};

/// The longest frame that a client may send.
pub(super) const MAX_FRAME: usize = 64 * 1024;

/// How long a client gets to take what was written before its farewell, which a slow one needs.
const PARTING: Duration = Duration::from_secs(30);

/// How long a client gets to answer the farewell.
const LAST_WORD: Duration = Duration::from_secs(2);

/// What came in.
pub(super) enum Incoming {
    /// A text.
    Text(Message),
    /// The connection is to end, for this reason.
    Farewell(Farewell),
    /// The client is gone, or has said goodbye.
    Gone,
}

/// Receives one frame; used before there is a queue.
pub(super) async fn receive(socket: &mut WebSocket) -> Incoming {
    loop {
        let received = poll_fn(|cx| Pin::new(&mut *socket).poll_next(cx)).await;
        if let Some(incoming) = understand(received) {
            return incoming;
        }
    }
}

/// What a frame is to us; `None` for pings and pongs, which answer themselves.
fn understand(received: Option<Result<Message, Error>>) -> Option<Incoming> {
    match received {
        None => Some(Incoming::Gone),
        Some(Ok(message)) if message.is_text() => {
            if message.as_bytes().len() > MAX_FRAME {
                Some(Incoming::Farewell(Farewell::TooLarge))
            } else {
                Some(Incoming::Text(message))
            }
        }
        Some(Ok(message)) if message.is_binary() => Some(Incoming::Farewell(Farewell::NotText)),
        Some(Ok(message)) if message.is_close() => Some(Incoming::Gone),
        Some(Ok(_)) => None,
        Some(Err(error)) => Some(fault(&error)),
    }
}

fn fault(error: &Error) -> Incoming {
    let Error::Other(error) = error else {
        return Incoming::Gone;
    };
    match error.downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Capacity(_)) => Incoming::Farewell(Farewell::TooLarge),
        Some(tungstenite::Error::Utf8(_)) => Incoming::Farewell(Farewell::NotUtf8),
        Some(tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        )) => Incoming::Gone,
        Some(tungstenite::Error::Protocol(_)) => Incoming::Farewell(Farewell::Protocol),
        Some(_) | None => Incoming::Gone,
    }
}

/// Says farewell: what was written before goes out first, then the client may answer.
pub(super) async fn part(mut socket: WebSocket, farewell: Farewell) {
    let close = Message::close_with(farewell.code(), farewell.reason());
    if !matches!(
        timeout(PARTING, SinkExt::send(&mut socket, close)).await,
        Ok(Ok(()))
    ) {
        return;
    }
    // Closing with unread bytes would reset the connection, and the farewell could be lost on the way.
    let ended = async { while let Some(Ok(_)) = socket.recv().await {} };
    if timeout(LAST_WORD, ended).await.is_ok() && farewell == Farewell::TooLarge {
        // What is left of a frame that was too large cannot be read; give the client time to read why.
        tokio::time::sleep(LAST_WORD).await;
    }
}

/// See the module.
pub(super) struct Socket {
    stream: WebSocket,
    hub: Arc<Hub>,
    connection: Arc<Connection>,
    /// Taken from the queue, not written yet.
    outgoing: VecDeque<Message>,
    /// How many of them there may be: a queue taken as a whole, and as many answers.
    most: usize,
    /// Something was written that was not flushed.
    is_dirty: bool,
}

impl Socket {
    pub(super) fn new(stream: WebSocket, hub: Arc<Hub>, connection: Arc<Connection>) -> Self {
        Self {
            stream,
            most: 2 * hub.limits.queue,
            hub,
            connection,
            outgoing: VecDeque::new(),
            is_dirty: false,
        }
    }

    /// The bare socket, for the farewell.
    pub(super) fn into_inner(self) -> WebSocket {
        self.stream
    }

    /// Sends this with what comes next. Answers pile up while a client writes and does not read: then it is too slow, as with events.
    pub(super) fn send(&mut self, message: Message) {
        if self.outgoing.len() < self.most {
            self.outgoing.push_back(message);
        } else {
            self.connection.end(Farewell::Slow);
        }
    }

    /// Sends what is queued until something comes in.
    pub(super) async fn next(&mut self) -> Incoming {
        poll_fn(|cx| {
            if let Poll::Ready(incoming) = self.poll_write(cx, true) {
                return Poll::Ready(incoming);
            }
            loop {
                let received = ready!(Pin::new(&mut self.stream).poll_next(cx));
                self.hub.hear(&self.connection);
                if let Some(incoming) = understand(received) {
                    return Poll::Ready(incoming);
                }
            }
        })
        .await
    }

    /// Sends what is queued now, without waiting for more.
    pub(super) async fn drain(&mut self) -> Result<(), Incoming> {
        let taken = poll_fn(|cx| Poll::Ready(self.connection.poll_take(cx))).await;
        match taken {
            Poll::Ready(Take::Frames(frames)) => self.send_all(frames).await,
            Poll::Ready(Take::Farewell(farewell)) => Err(Incoming::Farewell(farewell)),
            Poll::Pending => Ok(()),
        }
    }

    /// Sends these before anything that is queued, as fast as the client takes them.
    pub(super) async fn send_all(
        &mut self,
        frames: impl IntoIterator<Item = Message>,
    ) -> Result<(), Incoming> {
        self.outgoing.extend(frames);
        poll_fn(|cx| match self.poll_write(cx, false) {
            Poll::Ready(incoming) => Poll::Ready(Err(incoming)),
            Poll::Pending if self.outgoing.is_empty() && !self.is_dirty => Poll::Ready(Ok(())),
            Poll::Pending => Poll::Pending,
        })
        .await?;
        self.hub.hear(&self.connection);
        Ok(())
    }

    /// Writes as much as the socket takes; ready only when the connection is over. With `takes`, goes on with the queue.
    fn poll_write(&mut self, cx: &mut Context<'_>, takes: bool) -> Poll<Incoming> {
        loop {
            if self.outgoing.is_empty() && takes {
                match self.connection.poll_take(cx) {
                    Poll::Ready(Take::Frames(frames)) => self.outgoing = frames,
                    Poll::Ready(Take::Farewell(farewell)) => {
                        return Poll::Ready(Incoming::Farewell(farewell));
                    }
                    Poll::Pending => {}
                }
            }
            if self.outgoing.is_empty() {
                // The memory of a burst is not kept for the quiet after it.
                self.outgoing = VecDeque::new();
                return self.poll_flush(cx, takes);
            }
            while !self.outgoing.is_empty() {
                match Pin::new(&mut self.stream).poll_ready(cx) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(_)) => return Poll::Ready(Incoming::Gone),
                    Poll::Pending => return self.connection.poll_farewell(cx).map(Incoming::Farewell),
                }
                if let Some(message) = self.outgoing.pop_front() {
                    self.is_dirty = true;
                    if Pin::new(&mut self.stream).start_send(message).is_err() {
                        return Poll::Ready(Incoming::Gone);
                    }
                }
            }
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>, takes: bool) -> Poll<Incoming> {
        if self.is_dirty {
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Ready(Ok(())) => self.is_dirty = false,
                Poll::Ready(Err(_)) => return Poll::Ready(Incoming::Gone),
                Poll::Pending => {}
            }
        }
        if takes {
            // The queue was found empty and will wake this task.
            Poll::Pending
        } else {
            self.connection.poll_farewell(cx).map(Incoming::Farewell)
        }
    }
}
