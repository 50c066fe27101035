//! The one task of a process that moves along the log: it adds groups, takes in those of others, and tells everybody.
//!
//! Commits that wait go into one group. An insert under the next number decides whether this process or another was first; who was not
//! takes in what the others logged and decides again.

mod admit;
mod apply;
mod follow;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use flowra_core::event::{AppendError, Appended, Conflict, Position};
use flowra_core::{PortFailure, PortResult};
use mongodb::bson::{Document, doc};
use mongodb::options::{ReadConcern, WriteConcern};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::fault::{Fault, Outcome, is_duplicate};
use crate::group::{Group, Prepared};
use crate::log::AHEAD;
use crate::{Shared, schema};
use admit::{Known, Verdict};
pub(crate) use apply::Changes;

const WHAT: &str = "mongo.event_log.append";
/// So many jobs may wait.
const QUEUE: usize = 1024;
/// So many commits, events and bytes of JSON at most are one group; a commit that is larger is one alone.
const COMMITS: usize = 256;
pub(crate) const EVENTS: usize = 1024;
const BYTES: usize = 8 << 20;
/// A commit may not have more events, so that the group of a position is found within a bounded range.
pub(crate) const EVENTS_OF_ONE: usize = 4096;
/// How often others' groups are looked for when nobody says that there are any, and when the database would say so.
const GLANCE: Duration = Duration::from_millis(50);
const SELDOM: Duration = Duration::from_secs(1);
/// So many things may be pending before the next group waits.
const PENDING: usize = 4096;
/// How long another process that writes, too, has for its turn after one of ours; it needs about half of it to hear of ours and to insert its own.
const TURN: Duration = Duration::from_millis(8);
/// How long is waited for a hint before its turn is looked for: less than a tick of the runtime's clock, so until the next one.
const LOOK: Duration = Duration::from_micros(300);
/// How long an insert is tried whose end is unknown.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) type Answer = Result<Appended, AppendError>;

/// What the sequencer is asked for.
pub(crate) enum Job {
    /// Store this.
    Commit(Box<Prepared>, oneshot::Sender<Answer>),
    /// Take in all that is logged now; answer where the log ends.
    Head(oneshot::Sender<PortResult<Position>>),
    /// Another process logged this.
    Logged(Box<Group>),
}

struct Waiting {
    prepared: Box<Prepared>,
    tell: oneshot::Sender<Answer>,
}

/// How an insert ended.
enum Inserted {
    Ours,
    /// Another process was first, with this group.
    Theirs(Box<Group>),
    /// Something in it is in another group that this process has taken in already or not yet.
    Clash,
}

/// Where in the log this process is.
pub(crate) struct Sequencer {
    shared: Arc<Shared>,
    seq: i64,
    head: u64,
    /// Whether another process writes, too.
    has_rival: bool,
    /// Until when the next group is the other process's to write.
    gives_way: Option<Instant>,
}

impl Sequencer {
    pub(crate) fn new(shared: Arc<Shared>, seq: i64, head: u64) -> Self {
        Self {
            shared,
            seq,
            head,
            has_rival: false,
            gives_way: None,
        }
    }

    /// Starts to take jobs, until nobody is left who could send one; and what adds those of other processes, which is to be ended when this is.
    pub(crate) fn start(mut self) -> (mpsc::Sender<Job>, AbortHandle) {
        let (send, mut jobs) = mpsc::channel(QUEUE);
        let follower = tokio::spawn(follow::run(Arc::clone(&self.shared), send.downgrade()));
        tokio::spawn(async move {
            loop {
                let glance = if self.is_told() { SELDOM } else { GLANCE };
                match tokio::time::timeout(glance, jobs.recv()).await {
                    Ok(Some(job)) => self.run(job, &mut jobs).await,
                    Ok(None) => return,
                    Err(_) => {
                        if let Err(error) = self.catch_up().await {
                            tracing::warn!(%error, "the log cannot be read: trying again");
                        }
                    }
                }
            }
        });
        (send, follower.abort_handle())
    }

    fn is_told(&self) -> bool {
        self.shared.is_told.load(Ordering::Relaxed)
    }

    /// Does a job and all that wait with it, as far as they go in one group.
    async fn run(&mut self, first: Job, jobs: &mut mpsc::Receiver<Job>) {
        let mut gathered = VecDeque::from([first]);
        if matches!(gathered.front(), Some(Job::Commit(..)))
            && let Some(until) = self.gives_way.take()
        {
            self.give_way(until, &mut gathered, jobs).await;
        }
        let (mut commits, mut heads) = (Vec::new(), Vec::new());
        let (mut events, mut bytes) = (0, 0);
        while let Some(job) = gathered.pop_front() {
            match job {
                Job::Commit(prepared, tell) => {
                    events += prepared.events;
                    bytes += prepared.bytes;
                    commits.push(Waiting { prepared, tell });
                }
                Job::Head(tell) => heads.push(tell),
                Job::Logged(group) => self.hear(&group).await,
            }
            let is_full = commits.len() >= COMMITS || events >= EVENTS || bytes >= BYTES;
            if gathered.is_empty() && !is_full {
                gathered.extend(jobs.try_recv());
            }
        }
        // A group of ours that went in shows that nobody was before it since the jobs came.
        let mut is_caught_up = false;
        if !commits.is_empty() {
            self.shared.pending.room_for(PENDING).await;
            // What is too much for one group goes into the next.
            while !commits.is_empty() {
                let (mut events, mut bytes) = (0, 0);
                let fit = commits
                    .iter()
                    .take_while(|waiting| {
                        events += waiting.prepared.events;
                        bytes += waiting.prepared.bytes;
                        events <= EVENTS && bytes <= BYTES
                    })
                    .count()
                    .max(1);
                let rest = commits.split_off(fit);
                is_caught_up |= self.store(std::mem::replace(&mut commits, rest)).await;
            }
        }
        if !heads.is_empty() {
            let caught = if is_caught_up {
                Ok(())
            } else {
                self.catch_up().await
            };
            for tell in heads {
                let answer = match &caught {
                    Ok(()) => Ok(Position::new(self.head)),
                    Err(fault) => Err(fault.clone().into_failure("mongo.event_log.head")),
                };
                // Who asked may have gone.
                drop(tell.send(answer));
            }
        }
    }

    /// Lets another process that writes, too, have the next number, until its turn is over. Two that try at once for each number would do everything
    /// twice; in turns each writes what has gathered meanwhile. Who comes later than that waits for nobody.
    async fn give_way(
        &mut self,
        until: Instant,
        gathered: &mut VecDeque<Job>,
        jobs: &mut mpsc::Receiver<Job>,
    ) {
        while Instant::now() < until {
            let is_told = self.is_told();
            let told = async {
                while gathered.len() < COMMITS {
                    let Some(job) = jobs.recv().await else { break };
                    match job {
                        Job::Logged(group) => return Some(group),
                        // Who asks for the head may have heard that there is more.
                        Job::Head(_) if !is_told => {
                            gathered.push_back(job);
                            return None;
                        }
                        _ => gathered.push_back(job),
                    }
                }
                std::future::pending().await
            };
            let wait = if is_told {
                until.saturating_duration_since(Instant::now())
            } else {
                LOOK
            };
            let told = tokio::time::timeout(wait, told).await.unwrap_or(None);
            if let Some(group) = told {
                self.hear(&group).await;
                return;
            }
            if is_told {
                continue;
            }
            let taken = match self.logged(self.seq + 1).await {
                Ok(Some(group)) => self.take_in(&group).await,
                Ok(None) => continue,
                Err(fault) => Err(fault),
            };
            // What cannot be read now is told to those whose commits come next.
            drop(taken);
            return;
        }
        self.has_rival = false;
    }

    /// Stores what can be stored; whether anything was.
    async fn store(&mut self, waiting: Vec<Waiting>) -> bool {
        match self.decide(&waiting).await {
            Ok(answers) => {
                let is_stored = answers
                    .iter()
                    .any(|answer| matches!(answer, Ok(Appended::Now(_))));
                for (waiting, answer) in waiting.into_iter().zip(answers) {
                    drop(waiting.tell.send(answer));
                }
                is_stored
            }
            Err(fault) => {
                tracing::warn!(error = %fault, "the log cannot be written");
                for waiting in waiting {
                    drop(waiting.tell.send(Err(fault.clone().into_failure(WHAT).into())));
                }
                false
            }
        }
    }

    /// Stores what can be stored of these commits; one answer a commit, in their order.
    async fn decide(&mut self, waiting: &[Waiting]) -> Outcome<Vec<Answer>> {
        // The first time is quick: what only another process can know about is asked for when a refusal or a clash gives reason to.
        let mut is_thorough = false;
        loop {
            let mut known = Known::new(&self.shared, self.seq + 1, self.head, is_thorough);
            known.prepare(waiting.iter().map(|one| &*one.prepared)).await?;
            let mut verdicts = Vec::with_capacity(waiting.len());
            for one in waiting {
                verdicts.push(match known.admit(&one.prepared).await {
                    // What one of them rests on is damaged; the others rest on something else.
                    Err(fault @ Fault::Corrupt { .. }) => Verdict::Refused(fault.into()),
                    verdict => verdict?,
                });
            }
            let is_refused = verdicts
                .iter()
                .any(|verdict| matches!(verdict, Verdict::Refused(_)));
            if is_refused && !is_thorough {
                self.catch_up().await?;
                is_thorough = true;
                continue;
            }
            if let Some(group) = known.group()? {
                // What follows from the group is worked out while the database stores it.
                let (inserted, changes) =
                    tokio::join!(self.insert(&group), self.own_changes(waiting, &verdicts));
                match inserted? {
                    Inserted::Ours => self.take_own(&group, changes?)?,
                    Inserted::Theirs(theirs) => {
                        self.take_in(&theirs).await?;
                        continue;
                    }
                    Inserted::Clash => {
                        self.catch_up().await?;
                        if is_thorough {
                            return Ok(self.decide_alone(waiting).await);
                        }
                        is_thorough = true;
                        continue;
                    }
                }
            }
            return Ok(verdicts.into_iter().map(Verdict::into_answer).collect());
        }
    }

    /// Stores commits one by one, of which some clash with what this process cannot see; those alone are refused.
    async fn decide_alone(&mut self, waiting: &[Waiting]) -> Vec<Answer> {
        if let [one] = waiting {
            return vec![Err(stale(&one.prepared))];
        }
        let mut answers = Vec::with_capacity(waiting.len());
        for one in waiting {
            match Box::pin(self.decide(std::slice::from_ref(one))).await {
                Ok(answer) => answers.extend(answer),
                Err(fault) => answers.push(Err(fault.into())),
            }
        }
        answers
    }

    /// Inserts a group; when the server does not say how it ended, asks until it is known.
    async fn insert(&self, group: &Group) -> Outcome<Inserted> {
        let log = self.shared.database.collection::<Group>(schema::LOG);
        let begin = Instant::now();
        loop {
            let durable = WriteConcern::builder()
                .w(mongodb::options::Acknowledgment::Majority)
                .journal(true)
                // Who waits is told that it is not known, rather than nothing for as long as the majority is away.
                .w_timeout(PATIENCE)
                .build();
            let Err(error) = log.insert_one(group).write_concern(durable).await else {
                return Ok(Inserted::Ours);
            };
            let is_duplicate = is_duplicate(&error);
            match self.logged(group.seq).await {
                Ok(Some(stored)) if stored.nonce == group.nonce => return Ok(Inserted::Ours),
                Ok(Some(stored)) => return Ok(Inserted::Theirs(Box::new(stored))),
                // What is there and not with the majority yet may be ours or another's, and may go again: only time tells.
                Ok(None) if is_duplicate && self.is_free(group.seq).await => return Ok(Inserted::Clash),
                Ok(None) | Err(_) if begin.elapsed() > PATIENCE => return Err(error.into()),
                Ok(None) | Err(_) => tokio::time::sleep(GLANCE).await,
            }
        }
    }

    /// Whether no member of the database is known to have a group of this number.
    async fn is_free(&self, seq: i64) -> bool {
        let log = self.shared.database.collection::<Document>(schema::LOG);
        let found = log.find_one(doc! { "_id": seq }).projection(doc! { "_id": 1 });
        found
            .read_concern(ReadConcern::local())
            .await
            .is_ok_and(|found| found.is_none())
    }

    /// Takes in what another process logged, unless that is done.
    async fn hear(&mut self, group: &Group) {
        let heard = match group.seq - self.seq {
            ..=0 => return,
            1 => self.take_in(group).await,
            _ => self.catch_up().await,
        };
        if let Err(error) = heard {
            // Who needs it is told so when it is looked for.
            tracing::warn!(%error, "a group cannot be taken in: trying again");
        }
    }

    /// Takes in all groups that are logged now.
    pub(crate) async fn catch_up(&mut self) -> Outcome<()> {
        loop {
            let end = self.seq.saturating_add(AHEAD);
            let mut groups = self.shared.groups_ahead(self.seq).await?;
            while groups.advance().await? {
                let group = groups.deserialize_current()?;
                if group.seq != self.seq + 1 {
                    break;
                }
                self.take_in(&group).await?;
            }
            // What was logged when this was asked for is read before the first number that was not there.
            if self.seq < end {
                return Ok(());
            }
            self.shared.pending.room_for(PENDING).await;
        }
    }

    /// The group of this number.
    async fn logged(&self, seq: i64) -> Outcome<Option<Group>> {
        let log = self.shared.database.collection::<Group>(schema::LOG);
        let found = log
            .find_one(doc! { "_id": seq })
            .read_concern(ReadConcern::majority())
            .await?;
        Ok(found)
    }
}

fn stale(prepared: &Prepared) -> AppendError {
    match prepared.commit.appends.first() {
        Some(append) => AppendError::Conflict(Conflict::Stale(append.stream)),
        None => PortFailure::unavailable(WHAT, "it clashes with another commit").into(),
    }
}

/// The failure of a store whose sequencer is gone.
pub(crate) fn gone(what: &'static str) -> PortFailure {
    PortFailure::unavailable(what, "the store is closing")
}

impl From<Fault> for AppendError {
    fn from(fault: Fault) -> Self {
        fault.into_failure(WHAT).into()
    }
}
