//! One connection's life, from the moment it is known who is there.

use std::sync::Arc;

use flowra_core::cluster::Who;
use flowra_core::event::{Position, Topic};
use flowra_core::user::UserRefusal;
use flowra_core::{ChatId, Error, MessageId, UserId};
use salvo::websocket::{Message, WebSocket};

use super::command::{Command, ResumeFields, TopicFields};
use super::socket::{Incoming, Socket, part};
use crate::feed::{Connection, ErrorFrame, Farewell, Hello, Listener, Live, Resumption, Signal, text};
use crate::http::limit::RateLimits;

/// After so many refused frames on end a connection is ended.
const PATIENCE: u32 = 60;

/// A client that is let in.
pub(super) struct Session {
    live: Live,
    connection: Arc<Connection>,
    socket: Socket,
    limits: Arc<RateLimits>,
    /// How many frames on end were too many.
    refused: u32,
    may_write: bool,
    presence: Presence,
}

/// Leaves the hub whatever ends the session.
struct Presence {
    live: Live,
    connection: Arc<Connection>,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.live.hub().leave(&self.connection);
    }
}

impl Session {
    /// Joins the hub and says hello. `is_still_good` asks once more whether the token is: one that ended while the client came in was
    /// not found among the connections to end.
    pub(super) async fn begin(
        live: Live,
        socket: WebSocket,
        (listener, may_write): (Listener, bool),
        limits: Arc<RateLimits>,
        is_still_good: impl Future<Output = bool>,
    ) -> Option<Self> {
        let (connection, cursor) = live.hub().join(listener);
        let presence = Presence {
            live: live.clone(),
            connection: Arc::clone(&connection),
        };
        if !is_still_good.await {
            part(socket, Farewell::Unauthenticated).await;
            return None;
        }
        let mut session = Self {
            socket: Socket::new(socket, Arc::clone(live.hub()), Arc::clone(&connection)),
            live,
            connection,
            limits,
            refused: 0,
            may_write,
            presence,
        };
        session.greet(listener.user, cursor);
        Some(session)
    }

    /// Lives until the client or the server has enough.
    pub(super) async fn run(mut self) {
        let end = self.listen().await;
        drop(self.presence);
        if let Incoming::Farewell(farewell) = end {
            // In a box: a farewell is short, and the wait before it long.
            Box::pin(part(self.socket.into_inner(), farewell)).await;
        }
    }

    fn greet(&mut self, user_id: UserId, cursor: Position) {
        self.answer(text(&Hello { user_id, cursor }));
    }

    /// Obeys the client until one of both has enough.
    async fn listen(&mut self) -> Incoming {
        loop {
            let message = match self.socket.next().await {
                Incoming::Text(message) => message,
                end @ (Incoming::Farewell(_) | Incoming::Gone) => return end,
            };
            // In a box: a connection waits most of its life, and then has no need for the room that commands take.
            if let Err(end) = Box::pin(self.take(message)).await {
                return end;
            }
        }
    }

    /// Obeys a frame unless its sender has sent too many, over all their connections.
    async fn take(&mut self, message: Message) -> Result<(), Incoming> {
        let who = Who::User(self.connection.listener().user);
        let verdict = self.limits.frame(who).await;
        if verdict.is_none_or(|verdict| verdict.retry_after.is_none()) {
            self.refused = 0;
            return self.obey(message).await;
        }
        self.refused += 1;
        if self.refused >= PATIENCE {
            return Err(Incoming::Farewell(Farewell::TooMany));
        }
        self.refuse(
            "RATE_LIMIT_EXCEEDED",
            "too many frames: wait a second for each further one",
        );
        Ok(())
    }

    async fn obey(&mut self, message: Message) -> Result<(), Incoming> {
        let command = match Command::read(message.as_str().unwrap_or_default()) {
            Ok(command) => command,
            Err(fault) => {
                self.refuse(fault.code(), fault.message());
                return Ok(());
            }
        };
        let done = match command {
            Command::Auth(_) => {
                self.refuse(
                    "INVALID_STATE",
                    "you are signed in already: connect anew to come as somebody else",
                );
                Ok(())
            }
            Command::Ping => {
                self.answer(text(&Signal::Pong));
                Ok(())
            }
            Command::Subscribe(fields) => self.subscribe(fields).await,
            Command::Unsubscribe(fields) => {
                self.unsubscribe(fields);
                Ok(())
            }
            Command::Typing(field) => self.typing(field.chat_id).await,
            Command::Read(fields) => self.read(fields.chat_id, fields.message_id).await,
            Command::Resume(fields) => return self.resume(fields).await,
        };
        if let Err(error) = done {
            self.refuse_with(&error);
        }
        Ok(())
    }

    async fn subscribe(&mut self, fields: TopicFields) -> Result<(), Error> {
        match self.topic(fields) {
            Some(topic) => {
                let (live, connection) = (&self.live, &self.connection);
                live.caught_up(|| live.follow(connection, topic)).await
            }
            None => Ok(()),
        }
    }

    fn unsubscribe(&mut self, fields: TopicFields) {
        if let Some(topic) = self.topic(fields) {
            self.live.unfollow(&self.connection, topic);
        }
    }

    fn topic(&mut self, fields: TopicFields) -> Option<Topic> {
        let topic = fields.topic();
        if topic.is_none() {
            self.refuse("VALIDATION_ERROR", "give chat_id or workspace_id, one of them");
        }
        topic
    }

    async fn typing(&mut self, chat: ChatId) -> Result<(), Error> {
        self.check_scope()?;
        let (live, connection) = (&self.live, &self.connection);
        live.caught_up(|| live.typing(connection, chat)).await
    }

    async fn read(&mut self, chat: ChatId, message: MessageId) -> Result<(), Error> {
        self.check_scope()?;
        let (live, connection) = (&self.live, &self.connection);
        live.caught_up(|| live.read(connection, chat, message)).await
    }

    fn check_scope(&self) -> Result<(), Error> {
        if self.may_write {
            Ok(())
        } else {
            Err(UserRefusal::ScopeMissing.into())
        }
    }

    async fn resume(&mut self, fields: ResumeFields) -> Result<(), Incoming> {
        let chats = fields.chat_ids.into_iter().map(Topic::Chat);
        let workspaces = fields.workspace_ids.into_iter().map(Topic::Workspace);
        let topics = chats.chain(workspaces).collect();
        if let Ok(after) = fields.after.parse()
            && let Err(failure) = self.live.reach(Position::new(after)).await
        {
            tracing::warn!(
                error = &failure as &dyn std::error::Error,
                "a client could not be resumed"
            );
            return Err(Incoming::Farewell(Farewell::Failed));
        }
        let mut resuming = match self.live.resume(&self.connection, &fields.after, topics) {
            Resumption::Begins(resuming) => resuming,
            Resumption::Resync(topics) => return self.resync(topics).await,
            Resumption::BadCursor => {
                self.refuse(
                    "VALIDATION_ERROR",
                    "after is not a cursor of this server: read everything anew",
                );
                return Ok(());
            }
        };
        self.socket.drain().await?;
        loop {
            match resuming.next().await {
                Ok(Some(frames)) => self.socket.send_all(frames).await?,
                Ok(None) => return Ok(()),
                Err(failure) => {
                    tracing::warn!(
                        error = &failure as &dyn std::error::Error,
                        "a client could not be resumed"
                    );
                    return Err(Incoming::Farewell(Farewell::Failed));
                }
            }
        }
    }

    /// What was missed is lost to the client, and what comes is not: it follows what it asked for before it is told to read everything anew.
    async fn resync(&mut self, topics: Vec<Topic>) -> Result<(), Incoming> {
        for topic in topics {
            match self.live.follow(&self.connection, topic).await {
                Ok(()) => {}
                Err(Error::Refused(refusal)) => self.answer(text(&Signal::Unsubscribed {
                    topic: topic.into(),
                    code: refusal.code().as_str(),
                })),
                Err(Error::Failed(failure)) => {
                    tracing::warn!(
                        error = &failure as &dyn std::error::Error,
                        "a client could not be resumed"
                    );
                    return Err(Incoming::Farewell(Farewell::Failed));
                }
            }
        }
        self.answer(text(&Signal::Resync));
        Ok(())
    }

    fn refuse_with(&mut self, error: &Error) {
        match error {
            Error::Refused(refusal) => self.refuse(refusal.code().as_str(), &refusal.to_string()),
            Error::Failed(failure) => {
                tracing::warn!(
                    error = failure as &dyn std::error::Error,
                    "a frame could not be obeyed"
                );
                self.refuse(
                    "UNAVAILABLE",
                    "something that this needs is unavailable: try again",
                );
            }
        }
    }

    fn refuse(&mut self, code: &str, message: &str) {
        self.answer(text(&ErrorFrame { code, message }));
    }

    fn answer(&mut self, frame: Result<Message, serde_json::Error>) {
        match frame {
            Ok(frame) => self.socket.send(frame),
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "a frame has no JSON"),
        }
    }
}
