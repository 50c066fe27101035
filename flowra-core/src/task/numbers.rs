//! Which number the next task of a workspace is likely to get.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::WorkspaceId;
use crate::app::Ports;
use crate::refusal::Error;

/// The numbers handed out in this process and perhaps not stored yet, so that tasks made at the same time do not all try the same one.
///
/// A hint and nothing more: the log decides. A task's creation claims its number and is stored only while the number before it is
/// held ([`NewTask::draft`](super::NewTask::draft)), so a hint that is wrong (another server was first, or a commit with a smaller
/// number failed) ends in a conflict, never in a gap or in two tasks of the same number. Whoever meets such a conflict calls
/// [`forget`](Self::forget) and decides again from what is stored.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    handed_out: Mutex<HandedOut>,
}

#[derive(Debug, Default)]
struct HandedOut {
    last: HashMap<WorkspaceId, Reserved>,
    runs: u64,
}

/// A number that one task is to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reserved {
    /// The number.
    pub(crate) number: u64,
    /// Numbers that were handed out one after another since the last time they were forgotten.
    run: u64,
}

/// How many workspaces are remembered. Beyond that all are forgotten, which costs the busy ones one conflict at most.
const MAX_WORKSPACES: usize = 10_000;

impl Numbers {
    /// The next number, where `last_stored` is the last one in the log. To be asked for as late as possible: the commit with a number must
    /// not reach the log after that with the next.
    pub(crate) fn reserve(&self, workspace: WorkspaceId, last_stored: u64) -> Reserved {
        let mut handed_out = self.handed_out.lock().unwrap_or_else(PoisonError::into_inner);
        let HandedOut { last, runs } = &mut *handed_out;
        if last.len() >= MAX_WORKSPACES && !last.contains_key(&workspace) {
            last.clear();
        }
        let reserved = last.entry(workspace).or_insert_with(|| {
            *runs += 1;
            Reserved {
                number: 0,
                run: *runs,
            }
        });
        reserved.number = last_stored.max(reserved.number) + 1;
        *reserved
    }

    /// Starts again from what is stored, after the commit with this number was not.
    ///
    /// One failed commit fails all with greater numbers. Only the first of them that comes here starts a new run; were the others to do so
    /// too, they would take the same numbers from one another again and again.
    pub(crate) fn forget(&self, workspace: WorkspaceId, failed: Reserved) {
        let mut handed_out = self.handed_out.lock().unwrap_or_else(PoisonError::into_inner);
        if handed_out
            .last
            .get(&workspace)
            .is_some_and(|last| last.run == failed.run)
        {
            handed_out.last.remove(&workspace);
        }
    }
}

/// The number to try for the next task of a workspace.
///
/// # Errors
/// When the store fails.
pub(crate) async fn next_number(
    ports: &Ports,
    numbers: &Numbers,
    workspace: WorkspaceId,
) -> Result<Reserved, Error> {
    let last_stored = ports.tasks.last_number(workspace).await?;
    Ok(numbers.reserve(workspace, last_stored))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
    const OTHER: WorkspaceId = WorkspaceId::from_bytes([2; 16]);

    #[test]
    fn those_who_ask_at_the_same_time_get_different_numbers() {
        let numbers = Numbers::default();
        assert_eq!([(); 3].map(|()| numbers.reserve(ONE, 7).number), [8, 9, 10]);
        assert_eq!(numbers.reserve(OTHER, 0).number, 1);
    }

    #[test]
    fn what_another_server_stored_counts() {
        let numbers = Numbers::default();
        assert_eq!(numbers.reserve(ONE, 0).number, 1);
        assert_eq!(numbers.reserve(ONE, 20).number, 21);
    }

    #[test]
    fn a_number_that_was_not_stored_is_tried_again_once_forgotten() {
        let numbers = Numbers::default();
        let failed = numbers.reserve(ONE, 7);
        numbers.forget(ONE, failed);
        assert_eq!(numbers.reserve(ONE, 7).number, 8);
    }

    #[test]
    fn commits_that_fail_together_get_different_numbers_again() {
        let numbers = Numbers::default();
        let failed = [(); 3].map(|()| numbers.reserve(ONE, 7));
        let again = failed.map(|failed| {
            numbers.forget(ONE, failed);
            numbers.reserve(ONE, 7).number
        });
        assert_eq!(again, [8, 9, 10]);
    }

    #[test]
    fn the_memory_is_bounded() {
        let numbers = Numbers::default();
        for workspace in 0..=2 * MAX_WORKSPACES as u128 {
            numbers.reserve(WorkspaceId::from_bytes(workspace.to_be_bytes()), 0);
        }
        assert!(numbers.handed_out.lock().unwrap().last.len() <= MAX_WORKSPACES);
    }
}
