//! The feed: reads the log in its order and hands out every event, one after the other.

use std::sync::Arc;
use std::time::Duration;

use flowra_core::chat::ChatEvent;
use flowra_core::event::{Audience, Entry, Event, Position, StreamId, Topic};
use flowra_core::user::UserEvent;
use flowra_core::workspace::WorkspaceEvent;
use flowra_core::{Error, PortFailure, PortResult, Ports, UserId, WorkspaceId};
use tokio::task::{JoinError, JoinSet};

use super::cluster;
use super::connection::{Connection, Farewell};
use super::delivery::Delivery;
use super::frame::{Signal, text};
use super::hub::Hub;
use super::index::Followed;
use super::pulse;
use super::rights;
use super::subject::Scribe;

/// How many events are read at once.
const BATCH: usize = 256;

/// After so many deliveries the connections get a turn to send them, so that the feed does not fill queues that are only waiting for it.
const TURN: usize = 2_000;

/// How long to wait before reading again after a failure.
const PAUSE: Duration = Duration::from_millis(200);

/// Follows the log, and keeps the hub's beat, until it is dropped.
#[derive(Debug)]
pub struct Feed {
    tasks: JoinSet<()>,
}

impl Feed {
    /// Starts at the head of the log: connections that come later hear what happens from now on, or resume from where they were.
    ///
    /// # Errors
    /// The log's failure to tell its head.
    pub async fn start(hub: Arc<Hub>, ports: Arc<Ports>) -> PortResult<Self> {
        let head = ports.log.head().await?;
        hub.index().position = head;
        let mut tasks = JoinSet::new();
        tasks.spawn(pulse::beat(Arc::clone(&hub), Arc::clone(&ports)));
        tasks.spawn(pulse::announcements(Arc::clone(&hub), Arc::clone(&ports)));
        tasks.spawn(pulse::proofs(Arc::clone(&hub), Arc::clone(&ports)));
        if let Some(cluster) = &hub.cluster {
            tasks.spawn(cluster::tell(Arc::clone(cluster)));
            let hearing = cluster::hear(Arc::clone(cluster), Arc::clone(&hub), Arc::clone(&ports));
            tasks.spawn(hearing);
        }
        let follower = Follower {
            scribe: Scribe::new(&ports),
            hub,
            ports,
            since_turn: 0,
        };
        tasks.spawn(follower.run(head));
        Ok(Self { tasks })
    }

    /// Resolves when a part of it has ended, which happens by a panic only: the others go on, and clients are short of what it did.
    pub async fn broken(&mut self) -> FeedBroken {
        loop {
            match self.tasks.join_next().await {
                Some(Err(died)) => return FeedBroken(died),
                Some(Ok(())) => {}
                None => std::future::pending().await,
            }
        }
    }
}

/// A part of the feed panicked.
#[derive(Debug, thiserror::Error)]
#[error(
    "a part of the live feed died, which is an error in the program: start the server again, and report what stands in the log before this"
)]
pub struct FeedBroken(#[source] JoinError);

struct Follower {
    hub: Arc<Hub>,
    ports: Arc<Ports>,
    scribe: Scribe,
    /// Deliveries since the connections had their turn.
    since_turn: usize,
}

impl Follower {
    async fn run(mut self, mut position: Position) {
        loop {
            match self.read_on(position).await {
                Ok(last) => position = last,
                Err(failure) => {
                    tracing::warn!(
                        error = &failure as &dyn std::error::Error,
                        "the feed could not read on"
                    );
                    tokio::time::sleep(PAUSE).await;
                    // What was handed out before the failure stays handed out.
                    position = self.hub.position();
                }
            }
        }
    }

    /// Waits for events after this position and hands out a batch; answers where it ends.
    async fn read_on(&mut self, position: Position) -> PortResult<Position> {
        self.ports.log.wait_past(position).await?;
        let entries = match self.ports.log.read(position, BATCH).await {
            // What can be read of it is handed out one by one; the event that cannot is given up, and the feed goes on behind it.
            Err(PortFailure::Corrupt { .. }) => match self.ports.log.read(position, 1).await {
                Err(failure @ PortFailure::Corrupt { .. }) => {
                    let damaged = position.next();
                    self.give_up(damaged, &failure);
                    return Ok(damaged);
                }
                read => read?,
            },
            read => read?,
        };
        let Some(last) = entries.last().map(|entry| entry.recorded.position) else {
            return Ok(position);
        };
        if self.hub.pass_all(last) {
            return Ok(last);
        }
        self.scribe.forget();
        for entry in &entries {
            match self.hand_out(entry).await {
                Ok(()) => {}
                Err(failure @ PortFailure::Unavailable { .. }) => return Err(failure),
                Err(failure @ PortFailure::Corrupt { .. }) => {
                    self.give_up(entry.recorded.position, &failure);
                }
            }
        }
        Ok(last)
    }

    fn give_up(&self, position: Position, failure: &PortFailure) {
        let error = failure as &dyn std::error::Error;
        tracing::error!(position = position.get(), error, "an event cannot be handed out");
        self.hub.give_up(position);
    }

    async fn hand_out(&mut self, entry: &Entry) -> PortResult<()> {
        let recorded = &entry.recorded;
        let document = Delivery::document(&self.ports, entry).await?;
        let audience = Audience::of(recorded, &document);
        if !self.hub.pass(recorded.position, &audience) {
            let mut delivery = Delivery::new(&self.ports, recorded, audience, document).await?;
            // Who comes while a frame is made wants one too; the next round has it.
            let delivered = loop {
                match self.hub.publish(recorded.position, &delivery) {
                    Ok(delivered) => break delivered,
                    Err(wanted) => delivery.make(wanted, &mut self.scribe).await?,
                }
            };
            self.since_turn += delivered;
        }
        self.end_lost_rights(&recorded.event, recorded.stream).await;
        if self.since_turn >= TURN {
            self.since_turn = 0;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// After an event that may take a right from somebody, ends what they may no longer follow. A right that cannot be looked up is not kept:
    /// the connection ends, and its client comes back and is asked again.
    async fn end_lost_rights(&self, event: &Event, stream: StreamId) {
        let Some(loss) = Loss::of(event, stream) else {
            return;
        };
        if let Loss::Account(user) = loss {
            self.hub.end_user(user);
        }
        for (connection, followed) in self
            .hub
            .rights_lost(|user, followed| loss.may_concern(user, followed))
        {
            if let Err(failure) = self.recheck(&connection, followed).await {
                let error = &failure as &dyn std::error::Error;
                tracing::warn!(error, "a right could not be looked up: its connection ends");
                connection.end(Farewell::Failed);
            }
        }
    }

    async fn recheck(&self, connection: &Connection, followed: Followed) -> PortResult<()> {
        let topic = followed.topic;
        let code = match rights::lost(&self.ports, connection.listener.user, topic).await {
            Ok(Some(code)) => code,
            Ok(None) | Err(Error::Refused(_)) => return Ok(()),
            Err(Error::Failed(failure)) => return Err(failure),
        };
        let notice = text(&Signal::Unsubscribed {
            topic: topic.into(),
            code: code.as_str(),
        });
        if let Ok(notice) = notice {
            self.hub.expel(connection, topic, notice);
        }
        Ok(())
    }
}

/// Whose rights an event may have taken.
#[derive(Clone, Copy)]
enum Loss {
    /// Everything of somebody.
    Account(UserId),
    /// Something of somebody in a workspace.
    InWorkspace(UserId, WorkspaceId),
    /// Something of somebody in one topic.
    InTopic(UserId, Topic),
    /// This topic of everybody.
    Topic(Topic),
    /// This workspace, and all in it, of everybody.
    Workspace(WorkspaceId),
}

impl Loss {
    fn of(event: &Event, stream: StreamId) -> Option<Self> {
        match (event, stream) {
            (Event::User(UserEvent::Deactivated), StreamId::User(user)) => Some(Self::Account(user)),
            (Event::Workspace(event), StreamId::Workspace(workspace)) => match event {
                WorkspaceEvent::MemberRemoved { user_id }
                | WorkspaceEvent::MemberRoleChanged { user_id, .. } => {
                    Some(Self::InWorkspace(*user_id, workspace))
                }
                WorkspaceEvent::Deleted => Some(Self::Workspace(workspace)),
                WorkspaceEvent::Created { .. }
                | WorkspaceEvent::Renamed { .. }
                | WorkspaceEvent::Described { .. }
                | WorkspaceEvent::MemberAdded { .. }
                | WorkspaceEvent::OwnershipTransferred { .. }
                | WorkspaceEvent::InviteCreated { .. }
                | WorkspaceEvent::InviteAccepted { .. }
                | WorkspaceEvent::InviteRevoked { .. } => None,
            },
            (Event::Chat(ChatEvent::ParticipantRemoved { user_id }), StreamId::Chat(chat)) => {
                Some(Self::InTopic(*user_id, Topic::Chat(chat)))
            }
            (Event::Chat(ChatEvent::Deleted { .. }), StreamId::Chat(chat)) => {
                Some(Self::Topic(Topic::Chat(chat)))
            }
            (
                Event::User(_) | Event::Chat(_) | Event::Message(_) | Event::Task(_) | Event::Workspace(_),
                _,
            ) => None,
        }
    }

    fn may_concern(self, user: UserId, followed: &Followed) -> bool {
        match self {
            Self::Account(who) => user == who,
            Self::InWorkspace(who, workspace) => user == who && followed.workspace == workspace,
            Self::InTopic(who, topic) => user == who && followed.topic == topic,
            Self::Topic(topic) => followed.topic == topic,
            Self::Workspace(workspace) => followed.workspace == workspace,
        }
    }
}
