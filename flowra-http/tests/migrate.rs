//! Carrying an installation over, between memories; with files and the program itself it is tried in `faults`.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flowra_core::chat::ChatKind;
use flowra_core::event::{
    AppendError, Appended, Commit, Entry, EventLog, Position, Recorded, Remembered, StreamId, Version,
};
use flowra_core::user::{Scopes, Token, TokenName};
use flowra_core::workspace::Role;
use flowra_core::{BoxFuture, Digest, PortFailure, PortResult, Ports, UserId};
use flowra_http::migrate::{Carried, MigrateError, Progress, Proof, Side, Step, carry, verify};
use flowra_testkit::Memory;
use flowra_testkit::build::{NewTask, World};

/// Carries over and verifies, as the command does.
async fn migrate(
    source: &Ports,
    target: &Ports,
    mut progress: impl FnMut(Progress),
) -> Result<(Carried, Proof), MigrateError> {
    let carried = carry(source, target, &mut progress).await?;
    Ok((carried, verify(source, target, carried, progress).await?))
}

/// An installation with everything that has to be carried, and whose it is.
struct Installation {
    memory: Memory,
    ports: Ports,
    world: World,
    ada: UserId,
}

impl Installation {
    /// People, a workspace, a channel with threads, a task, several batches of messages; a password, a token and read marks beside them.
    async fn new() -> Self {
        let memory = Memory::seeded(1);
        let ports = memory.ports();
        let mut world = World::new(1);
        let (ada, registered) = world.user("ada");
        store(&ports, registered).await;
        let (bob, registered) = world.user("bob");
        store(&ports, registered).await;
        let (team, founded) = world.workspace(ada, &[(bob, Role::Member)]);
        store(&ports, founded).await;
        let (chat, opened) = world.chat(team, ChatKind::Channel, &[ada, bob]);
        store(&ports, opened).await;
        let (root, answer, posted) = world.message_and_reply(chat, ada, bob);
        store(&ports, posted).await;
        for number in 0..3000 {
            let mentioned: &[UserId] = if number % 7 == 0 { &[bob] } else { &[] };
            let (_, posted) = world.message(chat, ada, mentioned);
            store(&ports, posted).await;
        }
        let (_, made) = world.task(team, ada, NewTask::titled("Carry it over"));
        store(&ports, made).await;
        let hash = "a hash".to_owned();
        ports.credentials.set_password_hash(ada, hash).await.unwrap();
        ports.tokens.add(token(&world, ada)).await.unwrap();
        ports.marks.mark(bob, chat, answer).await.unwrap();
        ports.marks.mark(ada, chat, root).await.unwrap();
        ports.marks.mute(ada, chat, true).await.unwrap();
        Self {
            memory,
            ports,
            world,
            ada,
        }
    }

    async fn head(&self) -> u64 {
        self.ports.log.head().await.unwrap().get()
    }
}

fn token(world: &World, user: UserId) -> Token {
    Token {
        id: world.id(),
        user,
        name: TokenName::parse("laptop").unwrap(),
        request: None,
        scopes: Scopes::ALL,
        digest: Digest::from_bytes([7; 32]),
        created_at: world.now(),
        last_used_at: None,
        expires_at: None,
    }
}

async fn store(ports: &Ports, commit: Commit) {
    ports.log.append(commit).await.unwrap();
}

#[tokio::test]
async fn everything_arrives_event_by_event() {
    let source = Installation::new().await;
    let target = Memory::seeded(2);
    let mut steps = Vec::new();
    let (carried, proof) = migrate(&source.ports, &target.ports(), |progress| steps.push(progress))
        .await
        .unwrap();

    assert_eq!(target.log_as_json_lines(), source.memory.log_as_json_lines());
    assert_eq!((carried.found, carried.carried), (0, source.head().await));
    assert_eq!(proof.events, source.head().await);
    // Two people, workspace, channel, task, and the messages.
    assert_eq!(proof.documents, 5 + 3002);
    assert!(steps.iter().all(|progress| progress.done <= progress.total));
    let last = steps.last().unwrap();
    assert_eq!((last.step, last.done), (Step::Prove, last.total));

    let ports = target.ports();
    let hash = ports.credentials.password_hash(source.ada).await.unwrap();
    assert_eq!(hash.as_deref(), Some("a hash"));
    let token = ports.tokens.by_digest(Digest::from_bytes([7; 32])).await.unwrap();
    assert_eq!(token.unwrap().user, source.ada);
}

#[tokio::test]
async fn a_run_that_was_cut_off_goes_on_where_it_was() {
    let source = Installation::new().await;
    let target = Memory::seeded(2);
    let failing = Ports {
        log: Arc::new(Breaking {
            log: target.ports().log,
            left: AtomicUsize::new(1500),
        }),
        ..target.ports()
    };
    let cut = migrate(&source.ports, &failing, |_| {}).await.unwrap_err();
    assert!(matches!(cut, MigrateError::Store(_)), "{cut}");

    let (carried, proof) = migrate(&source.ports, &target.ports(), |_| {}).await.unwrap();
    assert!(carried.found >= 1000, "{carried:?}");
    assert_eq!(carried.found + carried.carried, source.head().await);
    assert_eq!(target.log_as_json_lines(), source.memory.log_as_json_lines());

    let again = migrate(&source.ports, &target.ports(), |_| {}).await.unwrap();
    assert_eq!((again.0.carried, again.1), (0, proof));
}

#[tokio::test]
async fn a_target_with_data_of_its_own_is_refused() {
    let source = Installation::new().await;
    let target = Memory::seeded(2);
    let (_, registered) = World::new(9).user("somebody");
    store(&target.ports(), registered).await;
    let before = target.log_as_json_lines();
    let refused = migrate(&source.ports, &target.ports(), |_| {}).await.unwrap_err();
    assert!(
        matches!(refused, MigrateError::Occupied { position } if position == Position::new(1)),
        "{refused}"
    );
    assert_eq!(target.log_as_json_lines(), before);
}

#[tokio::test]
async fn a_target_that_went_on_by_itself_is_refused() {
    let mut source = Installation::new().await;
    let target = Memory::seeded(2);
    migrate(&source.ports, &target.ports(), |_| {}).await.unwrap();
    let (_, registered) = source.world.user("cleo");
    store(&target.ports(), registered).await;
    let refused = migrate(&source.ports, &target.ports(), |_| {}).await.unwrap_err();
    let next = Position::new(source.head().await + 1);
    assert!(
        matches!(refused, MigrateError::Occupied { position } if position == next),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_in_the_middle_is_noticed() {
    let mut source = Installation::new().await;
    let target = Memory::seeded(2);
    let (_, registered) = source.world.user("cleo");
    let mut late = Some(registered);
    let ports = source.ports.clone();
    let noticed = migrate(&source.ports, &target.ports(), |progress| {
        if let Some(late) = late.take_if(|_| progress.step == Step::Carry) {
            let storing = store(&ports, late);
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(storing));
        }
    })
    .await
    .unwrap_err();
    assert!(
        matches!(noticed, MigrateError::Moving { side: Side::Source }),
        "{noticed}"
    );
}

/// A log that stores so many commits and then no more.
struct Breaking {
    log: Arc<dyn EventLog>,
    left: AtomicUsize,
}

impl EventLog for Breaking {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Appended, AppendError>> {
        let left = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() {
            return self.log.append(commit);
        }
        let broken = PortFailure::unavailable("log", "it broke");
        Box::pin(std::future::ready(Err(AppendError::Failed(broken))))
    }

    fn read(&self, after: Position, limit: usize) -> BoxFuture<'_, PortResult<Vec<Entry>>> {
        self.log.read(after, limit)
    }

    fn stream(
        &self,
        stream: StreamId,
        after: Version,
        limit: usize,
    ) -> BoxFuture<'_, PortResult<Vec<Recorded>>> {
        self.log.stream(stream, after, limit)
    }

    fn head(&self) -> BoxFuture<'_, PortResult<Position>> {
        self.log.head()
    }

    fn wait_past(&self, position: Position) -> BoxFuture<'_, PortResult<Position>> {
        self.log.wait_past(position)
    }

    fn outcome(&self, user: UserId, key: &str) -> BoxFuture<'_, PortResult<Option<Remembered>>> {
        self.log.outcome(user, key)
    }
}
