//! Runs one consumer on one node, whenever this node holds the consumer's lease.

use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::race::{First, race};
use super::{
    Consumer, ConsumerObserver, ConsumerPorts, DeadLetter, Failure, Lease, LetterKey, Observation, Policy,
};
use crate::event::{Entry, Position, Recorded};
use crate::port::{BoxFuture, PortFailure, PortResult};

/// The name of an event that cannot be read, in its dead letter.
const UNREADABLE: &str = "unreadable";

/// The longest reason that a dead letter keeps, in characters.
const REASON: usize = 2_000;

/// Runs a consumer.
///
/// Any number of runners of the same consumer may run at once; the one with the lease works, the others stand by.
pub struct Runner {
    consumer: Arc<dyn Consumer>,
    holder: String,
    ports: ConsumerPorts,
    observer: Arc<dyn ConsumerObserver>,
    policy: Policy,
    held: Option<Held>,
    /// The last turn had all there was to do.
    has_caught_up: bool,
}

/// What a runner has while it holds the lease.
struct Held {
    lease: Lease,
    /// As far as the checkpoint is saved.
    saved: Position,
}

/// What a turn of a runner came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Events or dead letters were dealt with; there may be more.
    Worked,
    /// The log was read to its end, which is here.
    Idle(Position),
    /// Another runner holds the lease.
    Standby,
}

/// Why a turn ended early.
enum Halt {
    Lost,
    Failed(PortFailure),
}

impl From<PortFailure> for Halt {
    fn from(failure: PortFailure) -> Self {
        Self::Failed(failure)
    }
}

impl Runner {
    /// A runner that holds nothing yet. The holder is a name that no other runner of this consumer has, in any process.
    #[must_use]
    pub fn new(
        consumer: Arc<dyn Consumer>,
        holder: String,
        ports: ConsumerPorts,
        observer: Arc<dyn ConsumerObserver>,
        policy: Policy,
    ) -> Self {
        Self {
            consumer,
            holder,
            ports,
            observer,
            policy,
            held: None,
            has_caught_up: false,
        }
    }

    /// Takes turns until `stop` is ready, then gives the lease back. What was being handled then is handled again by the next runner.
    pub async fn run(mut self, stop: impl Future<Output = ()> + Send) {
        {
            let mut turns = pin!(self.turns());
            let mut stop = pin!(stop);
            race(&mut stop, &mut turns).await;
        }
        if let Some(held) = self.held.take()
            && let Err(failure) = self.ports.leases.release(&held.lease).await
        {
            self.tell(Observation::Interrupted(&failure));
        }
    }

    async fn turns(&mut self) {
        let timer = Arc::clone(&self.ports.timer);
        let log = Arc::clone(&self.ports.log);
        let mut failures = 0;
        loop {
            let turn = self.turn().await;
            failures = if turn.is_ok() { 0 } else { failures + 1 };
            match turn {
                Ok(Turn::Worked) if self.has_caught_up && !self.policy.pause.is_zero() => {
                    timer.sleep(self.policy.pause).await;
                }
                Ok(Turn::Worked) => {}
                Ok(Turn::Idle(head)) => {
                    let (mut news, mut beat) = (log.wait_past(head), timer.sleep(self.policy.beat()));
                    if let First::This(Err(failure)) = race(&mut news, &mut beat).await {
                        self.tell(Observation::Interrupted(&failure));
                        beat.await;
                    }
                }
                Ok(Turn::Standby) => timer.sleep(self.policy.beat()).await,
                Err(failure) => {
                    self.tell(Observation::Interrupted(&failure));
                    timer.sleep(self.policy.delay(failures)).await;
                }
            }
        }
    }

    /// Handles one batch, if this runner has the lease or can get it.
    ///
    /// # Errors
    /// Those of the stores and the log; the next turn begins with asking for the lease.
    pub async fn turn(&mut self) -> PortResult<Turn> {
        let halt = match self.work().await {
            Ok(turn) => return Ok(turn),
            Err(halt) => halt,
        };
        if self.held.take().is_some() {
            self.tell(Observation::Lost);
        }
        match halt {
            Halt::Lost => Ok(Turn::Standby),
            Halt::Failed(failure) => Err(failure),
        }
    }

    async fn work(&mut self) -> Result<Turn, Halt> {
        if self.held.is_none() {
            self.acquire().await?;
        }
        let has_replayed = self.replay().await?;
        let mut done = self.saved()?;
        let entries = match self.ports.log.read(done, self.policy.batch).await {
            // What can be read of it comes one by one; the event that cannot is set aside, and the others go on.
            Err(PortFailure::Corrupt { .. }) => match self.ports.log.read(done, 1).await {
                Err(failure @ PortFailure::Corrupt { .. }) => {
                    let damaged = done.next();
                    self.set_aside(damaged, UNREADABLE, 1, &failure).await?;
                    self.save(damaged).await?;
                    return Ok(Turn::Worked);
                }
                read => read?,
            },
            read => read?,
        };
        self.has_caught_up = !has_replayed && entries.len() < self.policy.batch;
        for entry in &entries {
            self.deliver(entry, done).await?;
            done = entry.recorded.position;
        }
        self.save(done).await?;
        if entries.is_empty() {
            self.tell(Observation::Lag(0));
            return Ok(if has_replayed {
                Turn::Worked
            } else {
                Turn::Idle(done)
            });
        }
        let head = self.ports.log.head().await?;
        self.tell(Observation::Lag(head.get().saturating_sub(done.get())));
        Ok(Turn::Worked)
    }

    /// The fence of the checkpoint goes along, so that fences go on growing where the store of leases has lost what it knew.
    async fn acquire(&mut self) -> Result<(), Halt> {
        let name = self.consumer.name();
        let checkpoint = self.ports.checkpoints.load(name).await?;
        let above = checkpoint.map_or(super::Fence::NONE, |checkpoint| checkpoint.fence);
        let now = self.ports.clock.now();
        let asked = self
            .ports
            .leases
            .acquire(name, &self.holder, above, now, self.policy.lease);
        let lease = asked.await?.ok_or(Halt::Lost)?;
        let claimed = self.ports.checkpoints.claim(name, lease.fence).await?;
        let saved = claimed.ok_or(Halt::Lost)?;
        self.tell(Observation::Holding(lease.fence));
        self.held = Some(Held { lease, saved });
        Ok(())
    }

    fn saved(&self) -> Result<Position, Halt> {
        self.held.as_ref().map(|held| held.saved).ok_or(Halt::Lost)
    }

    /// The lease, renewed if a third of it has passed. A process that was paused for longer than it lasted learns of it here.
    async fn lease(&mut self) -> Result<&Lease, Halt> {
        let held = self.held.as_mut().ok_or(Halt::Lost)?;
        let now = self.ports.clock.now();
        if now >= held.lease.until {
            return Err(Halt::Lost);
        }
        let left = held.lease.until.millis().abs_diff(now.millis());
        if u128::from(left) + self.policy.beat().as_millis() <= self.policy.lease.as_millis() {
            let renewed = self
                .ports
                .leases
                .renew(&held.lease, now, self.policy.lease)
                .await?;
            held.lease = renewed.ok_or(Halt::Lost)?;
        }
        Ok(&held.lease)
    }

    async fn save(&mut self, position: Position) -> Result<(), Halt> {
        let fence = self.lease().await?.fence;
        let held = self.held.as_mut().ok_or(Halt::Lost)?;
        if held.saved == position {
            return Ok(());
        }
        let name = self.consumer.name();
        if !self.ports.checkpoints.save(name, fence, position).await? {
            return Err(Halt::Lost);
        }
        held.saved = position;
        Ok(())
    }

    /// Handles an event or sets it aside. `done` is what precedes it; that is saved before the first wait.
    async fn deliver(&mut self, entry: &Entry, done: Position) -> Result<(), Halt> {
        let mut attempt = 1;
        loop {
            let Err(failure) = self.attempt(entry, attempt).await? else {
                return Ok(());
            };
            if attempt >= self.policy.attempts {
                let Recorded { position, event, .. } = &*entry.recorded;
                return self.set_aside(*position, event.name(), attempt, &*failure).await;
            }
            self.save(done).await?;
            self.wait(self.policy.delay(attempt)).await?;
            attempt += 1;
        }
    }

    async fn attempt(&mut self, entry: &Entry, attempt: u32) -> Result<Result<(), Failure>, Halt> {
        let consumer = Arc::clone(&self.consumer);
        let handled = self.while_held(consumer.handle(entry)).await?;
        if let Err(failure) = &handled {
            self.tell(Observation::Failed {
                position: entry.recorded.position,
                attempt,
                failure,
            });
        }
        Ok(handled)
    }

    /// Does the work while the lease can be kept; drops it when it cannot.
    async fn while_held<T>(&mut self, mut work: BoxFuture<'_, T>) -> Result<T, Halt> {
        let timer = Arc::clone(&self.ports.timer);
        loop {
            self.lease().await?;
            let mut beat = timer.sleep(self.policy.beat());
            if let First::This(done) = race(&mut work, &mut beat).await {
                return Ok(done);
            }
        }
    }

    async fn wait(&mut self, mut left: Duration) -> Result<(), Halt> {
        while !left.is_zero() {
            let slice = left.min(self.policy.beat());
            self.ports.timer.sleep(slice).await;
            self.lease().await?;
            left = left.saturating_sub(slice);
        }
        Ok(())
    }

    async fn set_aside(
        &mut self,
        position: Position,
        event: &str,
        failures: u32,
        failure: &(dyn Error + Send + Sync),
    ) -> Result<(), Halt> {
        let letter = DeadLetter {
            key: LetterKey {
                consumer: self.consumer.name().to_owned(),
                position,
            },
            event: event.to_owned(),
            reason: reason(failure),
            failures,
            time: self.ports.clock.now(),
            is_replay_due: false,
        };
        let fence = self.lease().await?.fence;
        if !self.ports.dead_letters.put(letter, fence).await? {
            return Err(Halt::Lost);
        }
        self.tell(Observation::SetAside(position));
        Ok(())
    }

    /// Tries the next dead letter whose replay was asked for, once: who asked sees whether it helped, and may ask again.
    async fn replay(&mut self) -> Result<bool, Halt> {
        let name = self.consumer.name();
        let Some(letter) = self.ports.dead_letters.next_replay(name).await? else {
            return Ok(false);
        };
        let position = letter.key.position;
        let before = Position::new(position.get().saturating_sub(1));
        let failures = letter.failures.saturating_add(1);
        let entries = match self.ports.log.read(before, 1).await {
            Err(failure @ PortFailure::Corrupt { .. }) => {
                self.set_aside(position, &letter.event, failures, &failure)
                    .await?;
                return Ok(true);
            }
            read => read?,
        };
        let Some(entry) = entries.first() else {
            let missing = format!("the log has no event {position}");
            return Err(PortFailure::corrupt(format!("dead letter {name} {position}"), missing).into());
        };
        if let Err(failure) = self.attempt(entry, failures).await? {
            self.set_aside(position, entry.recorded.event.name(), failures, &*failure)
                .await?;
        } else {
            self.ports.dead_letters.remove(letter.key).await?;
            self.tell(Observation::Replayed(position));
        }
        Ok(true)
    }

    fn tell(&self, observation: Observation<'_>) {
        self.observer.observe(self.consumer.name(), observation);
    }
}

/// The failure and its causes in one line.
fn reason(failure: &(dyn Error + Send + Sync)) -> String {
    let mut reason = failure.to_string();
    let mut source = failure.source();
    while let Some(cause) = source {
        reason = format!("{reason}: {cause}");
        source = cause.source();
    }
    reason.chars().take(REASON).collect()
}
