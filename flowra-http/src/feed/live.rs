//! What a connection asks of the feed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flowra_core::chat::ChatRef;
use flowra_core::cluster::Signal;
use flowra_core::event::{Position, Topic};
use flowra_core::{App, Caller, ChatId, Error, MessageId, PortResult, RequestId};

use super::connection::Connection;
use super::hub::{Hub, RightsMoved};

/// How long a client waits that is ahead of this server, and how often is looked whether it still is.
const PATIENCE: Duration = Duration::from_secs(5);
const GLANCE: Duration = Duration::from_millis(20);

/// The hub together with the ports in which rights are looked up. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    pub(super) hub: Arc<Hub>,
    pub(super) app: App,
}

impl Live {
    /// The feed's side of connections.
    #[must_use]
    pub const fn new(hub: Arc<Hub>, app: App) -> Self {
        Self { hub, app }
    }

    /// The hub.
    #[must_use]
    pub const fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Does what was asked for; when it is refused, once more after a look at what other servers stored, which may be what it rests on.
    ///
    /// # Errors
    /// The refusal that stands; the store's failure.
    pub(crate) async fn caught_up<T, F>(&self, act: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        match act().await {
            Err(Error::Refused(_)) => {
                self.app.ports.log.head().await?;
                act().await
            }
            done => done,
        }
    }

    /// Waits until this server has handed out all up to a place in the log, which a client may know from another server; whether it has.
    ///
    /// # Errors
    /// The store's failure.
    pub(crate) async fn reach(&self, place: Position) -> PortResult<bool> {
        if place <= self.hub.position() {
            return Ok(true);
        }
        if place > self.app.ports.log.head().await? {
            return Ok(false);
        }
        let begin = Instant::now();
        while place > self.hub.position() && begin.elapsed() < PATIENCE {
            tokio::time::sleep(GLANCE).await;
        }
        Ok(place <= self.hub.position())
    }

    /// Follows a topic, and tells the client so, with the cursor from which on its events come.
    ///
    /// # Errors
    /// The refusal that reading it would get; the store's failure.
    pub(crate) async fn follow(&self, connection: &Arc<Connection>, topic: Topic) -> Result<(), Error> {
        loop {
            // Rights that are lost after this count was read make the hub refuse; those lost before, the check sees.
            let count = self.hub.rights();
            let workspace = self.app.ports.may_follow(connection.listener.user, topic).await?;
            // A right was lost meanwhile, perhaps this one: check again.
            let Err(RightsMoved) = self.hub.follow(connection, topic, workspace, count) else {
                return Ok(());
            };
        }
    }

    /// Stops following a topic, and tells the client so.
    pub(crate) fn unfollow(&self, connection: &Connection, topic: Topic) {
        self.hub.unfollow(connection, topic);
    }

    /// Tells the others in a chat that this one types.
    ///
    /// # Errors
    /// `NOT_FOUND` or `NOT_PARTICIPANT`; the store's failure.
    pub(crate) async fn typing(&self, connection: &Connection, chat: ChatId) -> Result<(), Error> {
        let user = connection.listener.user;
        let user = self.app.ports.may_type(user, chat).await?;
        if self.hub.say_typing(chat, user.id, user.username.as_str()) {
            self.hub.tell(Signal::Typing { chat, user: user.id });
        }
        Ok(())
    }

    /// Moves the reader's mark to this message; the position at which it was moved.
    ///
    /// # Errors
    /// As REST has it for the same; the store's failure.
    pub(crate) async fn read(
        &self,
        connection: &Connection,
        chat: ChatId,
        message: MessageId,
    ) -> Result<(), Error> {
        let (user, ports) = (connection.listener.user, &self.app.ports);
        let workspace = ports.may_follow(user, Topic::Chat(chat)).await?;
        let caller = Caller::new(user, RequestId::from_bytes(ports.ids.next()));
        let chat_ref = ChatRef {
            workspace,
            chat,
            expected: None,
        };
        self.app.chats.read(&caller, chat_ref, message).await?;
        self.hub.confirm(connection, "read", Topic::Chat(chat));
        Ok(())
    }
}
