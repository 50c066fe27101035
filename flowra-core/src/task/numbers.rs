//! Which number the next task of a workspace gets: one after another, each as late as possible.
//!
//! Responsible for tasks that are made at the same time not getting in one another's way. It refuses to decide: the log does. A task's
//! creation claims its number and is stored only while the number before it is held
//! ([`NewTask::draft`](super::NewTask::draft)), so a number that is wrong (another server was first, or a commit with a smaller number
//! failed) ends in a conflict, never in a gap or in two tasks of the same number.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use crate::WorkspaceId;
use crate::app::Ports;
use crate::port::PortResult;

/// The numbers handed out in this process and perhaps not stored yet, and who waits for one.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    of: HashMap<WorkspaceId, Line>,
    /// Makes tickets and runs, of which no two are alike.
    count: u64,
}

/// Those who make tasks in one workspace, in the order in which they came.
#[derive(Debug)]
struct Line {
    /// Whose turn it is.
    holder: Option<u64>,
    waiting: VecDeque<(u64, Waker)>,
    /// The last number of a commit that was begun; 0 when the store knows better.
    last: u64,
    /// Stands for the commits that rest on one another; another one once one of them was not stored.
    run: u64,
}

/// How many workspaces are remembered. Beyond that those in which nobody waits are forgotten, which costs them one conflict at most.
const MAX_WORKSPACES: usize = 10_000;

impl Numbers {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn to number tasks in a workspace.
    ///
    /// Commits must reach the log in the order of their numbers, so one at a time is between its first number and the log's hands.
    /// Those in the log's hands are not waited for: they are stored together.
    pub(crate) async fn turn(self: Arc<Self>, workspace: WorkspaceId) -> Turn {
        let ticket = {
            let mut lines = self.lines();
            lines.count += 1;
            lines.count
        };
        // Made before the wait, so that who gives up waiting leaves the line.
        let mut turn = Turn {
            numbers: self,
            workspace,
            ticket,
            run: 0,
            last: None,
        };
        turn.run = poll_fn(|context| turn.numbers.lines().take(workspace, ticket, context.waker())).await;
        turn
    }

    /// Numbers by the store again, after a commit of this run was not stored.
    ///
    /// One failed commit fails all with greater numbers. Only the first of them that comes here starts a new run; were the others to do so
    /// too, they would take the same numbers from one another again and again.
    fn forget(&self, workspace: WorkspaceId, run: u64) {
        let mut lines = self.lines();
        lines.count += 1;
        let next_run = lines.count;
        if let Some(line) = lines.of.get_mut(&workspace)
            && line.run == run
        {
            line.run = next_run;
            line.last = 0;
        }
    }
}

impl Lines {
    /// The run, when it is this ticket's turn.
    fn take(&mut self, workspace: WorkspaceId, ticket: u64, waker: &Waker) -> Poll<u64> {
        if self.of.len() >= MAX_WORKSPACES && !self.of.contains_key(&workspace) {
            self.of.retain(|_, line| line.holder.is_some());
        }
        let line = self.of.entry(workspace).or_insert_with(|| Line {
            holder: None,
            waiting: VecDeque::new(),
            last: 0,
            run: ticket,
        });
        if *line.holder.get_or_insert(ticket) == ticket {
            return Poll::Ready(line.run);
        }
        match line.waiting.iter_mut().find(|(waiting, _)| *waiting == ticket) {
            Some((_, known)) => known.clone_from(waker),
            None => line.waiting.push_back((ticket, waker.clone())),
        }
        Poll::Pending
    }

    /// Takes a ticket out of the line; who is to be woken, if it was its turn.
    fn leave(&mut self, workspace: WorkspaceId, ticket: u64) -> Option<Waker> {
        let line = self.of.get_mut(&workspace)?;
        if line.holder == Some(ticket) {
            let next = line.waiting.pop_front();
            line.holder = next.as_ref().map(|(ticket, _)| *ticket);
            return next.map(|(_, waker)| waker);
        }
        line.waiting.retain(|(waiting, _)| *waiting != ticket);
        None
    }
}

/// The turn to number tasks in a workspace; dropping it gives the numbers back and lets the next one go on.
#[derive(Debug)]
pub(crate) struct Turn {
    numbers: Arc<Numbers>,
    workspace: WorkspaceId,
    ticket: u64,
    run: u64,
    /// The number given last in this turn.
    last: Option<u64>,
}

impl Turn {
    /// The next number.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn next(&mut self, ports: &Ports) -> PortResult<u64> {
        let last = match self.last {
            Some(last) => last,
            None => {
                let stored = ports.tasks.last_number(self.workspace).await?;
                let lines = self.numbers.lines();
                stored.max(lines.of.get(&self.workspace).map_or(0, |line| line.last))
            }
        };
        self.last = Some(last + 1);
        Ok(last + 1)
    }

    /// Ends the turn: the commit with its numbers is in the log's hands.
    pub(crate) fn begun(self) -> Begun {
        if let Some(last) = self.last
            && let Some(line) = self.numbers.lines().of.get_mut(&self.workspace)
        {
            line.last = last;
            // The run may have ended since the turn began; then this commit belongs to the old one and fails with it.
            line.run = self.run;
        }
        Begun {
            numbers: Arc::clone(&self.numbers),
            workspace: self.workspace,
            run: self.run,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = self.numbers.lines().leave(self.workspace, self.ticket);
        if let Some(next) = next {
            next.wake();
        }
    }
}

/// A commit with new numbers in the log's hands.
#[derive(Debug)]
pub(crate) struct Begun {
    numbers: Arc<Numbers>,
    workspace: WorkspaceId,
    run: u64,
}

impl Begun {
    /// It was not stored.
    pub(crate) fn failed(self) {
        self.numbers.forget(self.workspace, self.run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
    const OTHER: WorkspaceId = WorkspaceId::from_bytes([2; 16]);

    /// The turn, when it can be had at once.
    fn turn(numbers: &Arc<Numbers>, workspace: WorkspaceId) -> Option<Turn> {
        let mut turn = Box::pin(Arc::clone(numbers).turn(workspace));
        poll(&mut turn)
    }

    fn poll(turn: &mut std::pin::Pin<Box<impl Future<Output = Turn>>>) -> Option<Turn> {
        let mut context = std::task::Context::from_waker(Waker::noop());
        match turn.as_mut().poll(&mut context) {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    fn last_of(numbers: &Numbers, workspace: WorkspaceId) -> u64 {
        numbers.lines().of[&workspace].last
    }

    /// Hands a commit with this number over to the log.
    fn begin(numbers: &Arc<Numbers>, number: u64) -> Begun {
        let mut turn = turn(numbers, ONE).unwrap();
        turn.last = Some(number);
        turn.begun()
    }

    #[test]
    fn one_at_a_time_numbers_tasks_in_a_workspace() {
        let numbers = Arc::default();
        let first = turn(&numbers, ONE).unwrap();
        assert!(turn(&numbers, ONE).is_none());
        assert!(turn(&numbers, OTHER).is_some());
        drop(first);
        assert!(turn(&numbers, ONE).is_some());
    }

    #[test]
    fn turns_come_in_the_order_of_arrival_and_pass_over_who_left() {
        let numbers: Arc<Numbers> = Arc::default();
        let first = turn(&numbers, ONE).unwrap();
        let mut waiting = [(); 3].map(|()| Box::pin(Arc::clone(&numbers).turn(ONE)));
        for turn in &mut waiting {
            assert!(poll(turn).is_none());
        }
        let [leaving, mut second, mut third] = waiting;
        drop(leaving);
        first.begun();
        assert!(poll(&mut third).is_none());
        let turn = poll(&mut second).unwrap();
        assert!(poll(&mut third).is_none());
        drop(turn);
        assert!(poll(&mut third).is_some());
    }

    #[test]
    fn numbers_that_were_not_used_are_given_back() {
        let numbers = Arc::default();
        begin(&numbers, 7);
        let mut dropped = turn(&numbers, ONE).unwrap();
        dropped.last = Some(8);
        drop(dropped);
        assert_eq!(last_of(&numbers, ONE), 7);
    }

    #[test]
    fn of_commits_that_fail_together_one_starts_again_from_the_store() {
        let numbers = Arc::default();
        let (first, second) = (begin(&numbers, 8), begin(&numbers, 9));
        first.failed();
        assert_eq!(last_of(&numbers, ONE), 0);
        begin(&numbers, 8);
        second.failed();
        assert_eq!(last_of(&numbers, ONE), 8);
    }

    #[test]
    fn a_turn_from_before_a_failure_fails_with_it_and_is_forgotten_too() {
        let numbers = Arc::default();
        let first = begin(&numbers, 8);
        let mut late = turn(&numbers, ONE).unwrap();
        late.last = Some(9);
        first.failed();
        late.begun().failed();
        assert_eq!(last_of(&numbers, ONE), 0);
    }

    #[test]
    fn the_memory_is_bounded() {
        let numbers = Arc::default();
        for workspace in 0..=2 * MAX_WORKSPACES as u128 {
            let workspace = WorkspaceId::from_bytes(workspace.to_be_bytes());
            assert!(turn(&numbers, workspace).is_some());
        }
        assert!(numbers.lines().of.len() <= MAX_WORKSPACES);
    }
}
