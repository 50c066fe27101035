//! The runner of consumers: order, patience, dead letters, and one holder at a time, on a clock that is moved by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flowra_core::event::{
    CheckpointStore, Consumer, ConsumerObserver, ConsumerPorts, DeadLetter, Entry, EventLog, Failure, Fence,
    Lease, LeaseStore, LetterKey, Observation, Policy, Position, Runner, Turn, effect_key,
};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::{BoxFuture, PortFailure, PortResult, Timer};
use flowra_testkit::Memory;
use flowra_testkit::build::World;
use flowra_testkit::memory::{DamagedLog, TestClock};

const NAME: &str = "mail";

const POLICY: Policy = Policy {
    batch: 4,
    attempts: 3,
    first_delay: Duration::from_secs(1),
    longest_delay: Duration::from_mins(1),
    pause: Duration::ZERO,
    lease: Duration::from_secs(9),
};

type Answer = Box<dyn Fn(u64) -> Result<(), Failure> + Send + Sync>;

/// Notes each event that it is given, then answers as it is told.
struct Mailer {
    seen: Mutex<Vec<u64>>,
    answer: Mutex<Answer>,
}

impl Mailer {
    fn answering(answer: impl Fn(u64) -> Result<(), Failure> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            seen: Mutex::default(),
            answer: Mutex::new(Box::new(answer)),
        })
    }

    fn reliable() -> Arc<Self> {
        Self::answering(|_| Ok(()))
    }

    fn failing_at(bad: u64) -> Arc<Self> {
        Self::answering(move |position| {
            if position == bad {
                Err("no route to the mail server".into())
            } else {
                Ok(())
            }
        })
    }

    fn answer(&self, answer: impl Fn(u64) -> Result<(), Failure> + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Box::new(answer);
    }

    /// The positions of the events that came since the last call.
    fn take_seen(&self) -> Vec<u64> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

impl Consumer for Mailer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn handle<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let position = entry.recorded.position.get();
            self.seen.lock().unwrap().push(position);
            (self.answer.lock().unwrap())(position)
        })
    }
}

/// Writes down what it hears.
#[derive(Default)]
struct Diary(Mutex<Vec<String>>);

impl Diary {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl ConsumerObserver for Diary {
    fn observe(&self, consumer: &'static str, observation: Observation<'_>) {
        assert_eq!(consumer, NAME);
        let line = match observation {
            Observation::Holding(fence) => format!("holding under {fence}"),
            Observation::Lost => "lost".to_owned(),
            Observation::Lag(events) => format!("{events} behind"),
            Observation::Failed {
                position, attempt, ..
            } => format!("{position} failed, attempt {attempt}"),
            Observation::SetAside(position) => format!("{position} set aside"),
            Observation::Replayed(position) => format!("{position} replayed"),
            Observation::Interrupted(failure) => format!("interrupted: {failure}"),
        };
        self.0.lock().unwrap().push(line);
    }
}

/// One installation whose log has so many events.
struct Site {
    memory: Memory,
    world: World,
    ports: ConsumerPorts,
    diary: Arc<Diary>,
}

impl Site {
    async fn with_events(events: usize) -> Self {
        let memory = Memory::seeded(1);
        let mut site = Self {
            ports: memory.consumer_ports(),
            memory,
            world: World::new(1),
            diary: Arc::default(),
        };
        for number in 1..=events {
            site.event(number).await;
        }
        site
    }

    async fn event(&mut self, number: usize) {
        let (_, commit) = self.world.user(&format!("user{number}"));
        self.memory.append(commit).await.unwrap();
    }

    fn runner(&self, holder: &str, consumer: &Arc<Mailer>) -> Runner {
        Runner::new(
            consumer.clone(),
            holder.to_owned(),
            self.ports.clone(),
            self.diary.clone(),
            POLICY,
        )
    }

    async fn checkpoint(&self) -> u64 {
        let checkpoint = self.ports.checkpoints.load(NAME).await.unwrap();
        checkpoint.map_or(0, |checkpoint| checkpoint.position.get())
    }

    async fn letters(&self) -> Vec<DeadLetter> {
        let page = PageRequest::first(Limit::MAX);
        self.ports.dead_letters.list(page).await.unwrap().items
    }

    async fn ask_replay(&self, position: u64) {
        let key = LetterKey {
            consumer: NAME.to_owned(),
            position: Position::new(position),
        };
        assert!(self.ports.dead_letters.ask_replay(key).await.unwrap());
    }
}

/// Takes turns until there is nothing to do; answers how it ended.
async fn to_the_end(runner: &mut Runner) -> Turn {
    loop {
        let turn = runner.turn().await.unwrap();
        if turn != Turn::Worked {
            return turn;
        }
    }
}

#[tokio::test]
async fn events_come_in_order_from_the_checkpoint_on() {
    let mut site = Site::with_events(10).await;
    let mailer = Mailer::reliable();
    let mut runner = site.runner("ada", &mailer);
    assert_eq!(to_the_end(&mut runner).await, Turn::Idle(Position::new(10)));
    assert_eq!(mailer.take_seen(), (1..=10).collect::<Vec<_>>());
    assert_eq!(site.checkpoint().await, 10);
    drop(runner);
    site.event(11).await;
    let mut next = site.runner("ada", &mailer);
    assert_eq!(to_the_end(&mut next).await, Turn::Idle(Position::new(11)));
    assert_eq!(mailer.take_seen(), [11]);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_set_aside_and_holds_up_no_other() {
    let mut site = Site::with_events(10).await;
    let log = Arc::new(DamagedLog::of(site.ports.log.clone()));
    log.damage(Position::new(7));
    site.ports.log = log.clone();
    let mailer = Mailer::reliable();
    let mut runner = site.runner("ada", &mailer);
    assert_eq!(to_the_end(&mut runner).await, Turn::Idle(Position::new(10)));
    assert_eq!(mailer.take_seen(), [1, 2, 3, 4, 5, 6, 8, 9, 10]);
    assert_eq!(site.checkpoint().await, 10);
    let letters = site.letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].key.position, Position::new(7));
    assert!(
        letters[0].reason.contains("it is damaged"),
        "{}",
        letters[0].reason
    );
    site.ask_replay(7).await;
    assert_eq!(to_the_end(&mut runner).await, Turn::Idle(Position::new(10)));
    assert_eq!(site.letters().await[0].failures, 2);
    log.damage(Position::START);
    site.ask_replay(7).await;
    to_the_end(&mut runner).await;
    assert_eq!(mailer.take_seen(), [7], "once it can be read");
    assert!(site.letters().await.is_empty());
}

#[tokio::test]
async fn lag_is_what_lies_between_the_checkpoint_and_the_head() {
    let site = Site::with_events(10).await;
    let mut runner = site.runner("ada", &Mailer::reliable());
    to_the_end(&mut runner).await;
    assert_eq!(
        site.diary.take(),
        ["holding under 1", "6 behind", "2 behind", "0 behind", "0 behind"]
    );
}

#[tokio::test]
async fn a_failing_event_is_tried_again_after_doubling_waits_and_none_overtakes_it() {
    let site = Site::with_events(3).await;
    let mailer = Mailer::reliable();
    let tries = Mutex::new(0);
    mailer.answer(move |position| {
        let mut tries = tries.lock().unwrap();
        *tries += u32::from(position == 2);
        if position == 2 && *tries < 3 {
            return Err("busy".into());
        }
        Ok(())
    });
    let mut runner = site.runner("ada", &mailer);
    runner.turn().await.unwrap();
    assert_eq!(mailer.take_seen(), [1, 2, 2, 2, 3]);
    assert_eq!(site.memory.timer.take_slept(), [1, 2].map(Duration::from_secs));
    assert_eq!(site.letters().await, []);
    assert_eq!(site.checkpoint().await, 3);
}

#[tokio::test]
async fn what_precedes_a_failing_event_is_saved_before_the_wait() {
    let site = Site::with_events(3).await;
    let mailer = Mailer::reliable();
    let memory = site.memory.clone();
    mailer.answer(move |position| {
        // The checkpoint in memory answers at the first poll.
        let mut load = CheckpointStore::load(&memory, NAME);
        let saved = match load
            .as_mut()
            .poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
        {
            std::task::Poll::Ready(Ok(checkpoint)) => checkpoint.unwrap().position.get(),
            other => panic!("{other:?}"),
        };
        match position {
            3 => Err(format!("{saved} saved").into()),
            _ => Ok(()),
        }
    });
    site.runner("ada", &mailer).turn().await.unwrap();
    assert_eq!(site.letters().await[0].reason, "2 saved");
}

#[tokio::test]
async fn an_event_that_fails_too_often_becomes_a_dead_letter_and_the_rest_goes_on() {
    let site = Site::with_events(3).await;
    let mailer = Mailer::answering(|position| {
        if position != 2 {
            return Ok(());
        }
        let source = std::io::Error::other("connection refused");
        Err(PortFailure::unavailable("mail.send", source).into())
    });
    let mut runner = site.runner("ada", &mailer);
    to_the_end(&mut runner).await;
    assert_eq!(mailer.take_seen(), [1, 2, 2, 2, 3]);
    assert_eq!(site.checkpoint().await, 3);
    let letters = site.letters().await;
    let [letter] = &letters[..] else {
        panic!("one letter, and not {letters:?}");
    };
    assert_eq!(letter.key.consumer, NAME);
    assert_eq!(letter.key.position, Position::new(2));
    assert_eq!(letter.event, "user.registered");
    assert_eq!(letter.reason, "mail.send is unavailable: connection refused");
    assert_eq!(letter.failures, 3);
    assert!(site.diary.take().contains(&"2 set aside".to_owned()));
}

#[tokio::test]
async fn a_dead_letter_is_handled_once_more_when_an_operator_asks() {
    let site = Site::with_events(3).await;
    let mailer = Mailer::failing_at(2);
    let mut runner = site.runner("ada", &mailer);
    to_the_end(&mut runner).await;
    mailer.take_seen();

    site.ask_replay(2).await;
    to_the_end(&mut runner).await;
    assert_eq!(mailer.take_seen(), [2], "it fails again, and is tried once");
    let letters = site.letters().await;
    assert_eq!((letters[0].failures, letters[0].is_replay_due), (4, false));

    mailer.answer(|_| Ok(()));
    to_the_end(&mut runner).await;
    assert_eq!(mailer.take_seen(), [0; 0], "nobody asked");

    site.ask_replay(2).await;
    to_the_end(&mut runner).await;
    assert_eq!(mailer.take_seen(), [2]);
    assert_eq!(site.letters().await, []);
    assert_eq!(site.checkpoint().await, 3);
    assert!(site.diary.take().contains(&"2 replayed".to_owned()));
}

#[tokio::test]
async fn another_runner_takes_over_once_the_lease_has_run_out() {
    let mut site = Site::with_events(5).await;
    let mailer = Mailer::reliable();
    let (mut ada, mut bob) = (site.runner("ada", &mailer), site.runner("bob", &mailer));
    to_the_end(&mut ada).await;
    site.event(6).await;
    site.memory.clock.advance(Duration::from_millis(8_999));
    assert_eq!(bob.turn().await.unwrap(), Turn::Standby);
    site.memory.clock.advance(Duration::from_millis(1));
    mailer.take_seen();
    assert_eq!(to_the_end(&mut bob).await, Turn::Idle(Position::new(6)));
    assert_eq!(mailer.take_seen(), [6]);
}

#[tokio::test]
async fn a_runner_keeps_its_lease_as_long_as_it_takes_turns() {
    let site = Site::with_events(1).await;
    let mailer = Mailer::reliable();
    let (mut ada, mut bob) = (site.runner("ada", &mailer), site.runner("bob", &mailer));
    for _ in 0..20 {
        assert_ne!(ada.turn().await.unwrap(), Turn::Standby);
        assert_eq!(bob.turn().await.unwrap(), Turn::Standby);
        site.memory.clock.advance(POLICY.lease / 2);
    }
}

#[tokio::test]
async fn a_runner_keeps_its_lease_while_it_waits_to_try_again() {
    let site = Site::with_events(1).await;
    let patient = Policy {
        first_delay: POLICY.lease * 4,
        ..POLICY
    };
    let mut runner = Runner::new(
        Mailer::failing_at(1),
        "ada".to_owned(),
        site.ports.clone(),
        site.diary.clone(),
        patient,
    );
    assert_eq!(runner.turn().await.unwrap(), Turn::Worked);
    assert!(!site.diary.take().contains(&"lost".to_owned()));
    assert_eq!(site.letters().await.len(), 1);
}

#[tokio::test]
async fn a_holder_that_was_paused_stops_at_once_and_writes_nothing() {
    let site = Site::with_events(8).await;
    let bobs = Mailer::reliable();
    let adas = Mailer::reliable();
    let clock = Arc::clone(&site.memory.clock);
    adas.answer(move |position| {
        if position == 2 {
            clock.advance(POLICY.lease);
        }
        Ok(())
    });
    let mut ada = site.runner("ada", &adas);
    assert_eq!(ada.turn().await.unwrap(), Turn::Standby);
    assert_eq!(adas.take_seen(), [1, 2], "3 is left to who holds the lease");
    assert_eq!(site.checkpoint().await, 0);
    assert_eq!(site.diary.take(), ["holding under 1", "lost"]);

    let mut bob = site.runner("bob", &bobs);
    to_the_end(&mut bob).await;
    assert_eq!(bobs.take_seen(), (1..=8).collect::<Vec<_>>());
    assert_eq!(ada.turn().await.unwrap(), Turn::Standby);
    assert_eq!(adas.take_seen(), [0; 0]);
}

/// A clock that stands still for one node, as for a process that was paused between looking at the time and writing.
#[tokio::test]
async fn a_holder_that_does_not_know_that_it_was_paused_is_refused_by_its_fence() {
    let site = Site::with_events(8).await;
    let slow = ConsumerPorts {
        clock: Arc::new(TestClock::default()),
        ..site.ports.clone()
    };
    let adas = Mailer::failing_at(3);
    let mut ada = Runner::new(
        adas.clone(),
        "ada".to_owned(),
        slow,
        site.diary.clone(),
        Policy {
            batch: 1,
            attempts: 1,
            ..POLICY
        },
    );
    ada.turn().await.unwrap();
    ada.turn().await.unwrap();
    assert_eq!(site.checkpoint().await, 2);

    site.memory.clock.advance(POLICY.lease);
    let bobs = Mailer::reliable();
    let mut bob = site.runner("bob", &bobs);
    assert_eq!(bob.turn().await.unwrap(), Turn::Worked);
    assert_eq!(site.checkpoint().await, 6);

    assert_eq!(ada.turn().await.unwrap(), Turn::Standby);
    assert_eq!(adas.take_seen(), [1, 2, 3]);
    assert_eq!(site.letters().await, [], "no letter under an old fence");
    assert_eq!(site.checkpoint().await, 6);
}

#[tokio::test]
async fn a_stopped_runner_gives_its_lease_back() {
    let site = Site::with_events(5).await;
    let mailer = Mailer::reliable();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let signal = Mutex::new(Some(stop));
    mailer.answer(move |position| {
        if position == 5
            && let Some(stop) = signal.lock().unwrap().take()
        {
            stop.send(()).unwrap();
        }
        Ok(())
    });
    let running = site.runner("ada", &mailer).run(async {
        stopped.await.unwrap();
    });
    tokio::time::timeout(Duration::from_secs(20), running)
        .await
        .unwrap();
    let mut bob = site.runner("bob", &mailer);
    assert_ne!(bob.turn().await.unwrap(), Turn::Standby);
}

#[tokio::test]
async fn a_running_consumer_hears_of_each_new_event() {
    let mut site = Site::with_events(1).await;
    let mailer = Mailer::reliable();
    let ports = ConsumerPorts {
        timer: Arc::new(Never),
        ..site.ports.clone()
    };
    let runner = Runner::new(
        mailer.clone(),
        "ada".to_owned(),
        ports,
        site.diary.clone(),
        POLICY,
    );
    let running = tokio::spawn(runner.run(pending()));
    for number in 2..=5 {
        site.event(number).await;
        let heard = async {
            while mailer.seen.lock().unwrap().len() < number {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), heard)
            .await
            .unwrap();
    }
    assert_eq!(mailer.take_seen(), [1, 2, 3, 4, 5]);
    running.abort();
}

#[tokio::test]
async fn only_a_batch_that_was_not_full_is_followed_by_a_pause() {
    let site = Site::with_events(2 * POLICY.batch + 1).await;
    let pause = POLICY.lease * 9;
    let runner = Runner::new(
        Mailer::reliable(),
        "ada".to_owned(),
        site.ports.clone(),
        site.diary.clone(),
        Policy { pause, ..POLICY },
    );
    let mut slept = Vec::new();
    let idle = async {
        while !slept.contains(&(POLICY.lease / 3)) {
            slept.extend(site.memory.timer.take_slept());
            tokio::task::yield_now().await;
        }
    };
    runner.run(idle).await;
    assert_eq!(slept.iter().filter(|sleep| **sleep == pause).count(), 1);
    assert_eq!(slept[0], pause);
}

/// A timer that nobody waits for in vain, since nothing is to time out.
struct Never;

impl Timer for Never {
    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        Box::pin(pending())
    }
}

/// A store of leases that lets everybody down.
struct NoLeases;

impl LeaseStore for NoLeases {
    fn acquire(
        &self,
        _: &str,
        _: &str,
        _: Fence,
        _: Timestamp,
        _: Duration,
    ) -> BoxFuture<'_, PortResult<Option<Lease>>> {
        Box::pin(ready(Err(PortFailure::unavailable(
            "test.lease_store.acquire",
            "gone",
        ))))
    }

    fn renew(&self, _: &Lease, _: Timestamp, _: Duration) -> BoxFuture<'_, PortResult<Option<Lease>>> {
        Box::pin(ready(Err(PortFailure::unavailable(
            "test.lease_store.renew",
            "gone",
        ))))
    }

    fn release(&self, _: &Lease) -> BoxFuture<'_, PortResult<()>> {
        Box::pin(ready(Err(PortFailure::unavailable(
            "test.lease_store.release",
            "gone",
        ))))
    }
}

#[tokio::test]
async fn without_a_store_of_leases_nothing_is_handled() {
    let site = Site::with_events(3).await;
    let mailer = Mailer::reliable();
    let ports = ConsumerPorts {
        leases: Arc::new(NoLeases),
        ..site.ports.clone()
    };
    let mut runner = Runner::new(
        mailer.clone(),
        "ada".to_owned(),
        ports,
        site.diary.clone(),
        POLICY,
    );
    assert!(runner.turn().await.is_err());
    assert_eq!(mailer.take_seen(), [0; 0]);
}

#[test]
fn effects_of_different_events_and_consumers_have_different_keys() {
    assert_eq!(effect_key(NAME, Position::new(7)), "mail/7");
    assert_ne!(
        effect_key(NAME, Position::new(7)),
        effect_key("search", Position::new(7))
    );
}
