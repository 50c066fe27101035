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
    handed_out: Mutex<HashMap<WorkspaceId, u64>>,
}

/// How many workspaces are remembered. Beyond that all are forgotten, which costs the busy ones one conflict at most.
const MAX_WORKSPACES: usize = 10_000;

impl Numbers {
    /// The next number, where `last_stored` is the last one in the log. To be asked for as late as possible: the commit with a number must
    /// not reach the log after that with the next.
    pub(crate) fn reserve(&self, workspace: WorkspaceId, last_stored: u64) -> u64 {
        let mut handed_out = self.handed_out.lock().unwrap_or_else(PoisonError::into_inner);
        if handed_out.len() >= MAX_WORKSPACES && !handed_out.contains_key(&workspace) {
            handed_out.clear();
        }
        let last = handed_out.entry(workspace).or_insert(0);
        *last = last_stored.max(*last) + 1;
        *last
    }

    /// Starts again from what is stored, after a commit with a reserved number was not.
    pub(crate) fn forget(&self, workspace: WorkspaceId) {
        self.handed_out
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&workspace);
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
) -> Result<u64, Error> {
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
        assert_eq!([(); 3].map(|()| numbers.reserve(ONE, 7)), [8, 9, 10]);
        assert_eq!(numbers.reserve(OTHER, 0), 1);
    }

    #[test]
    fn what_another_server_stored_counts() {
        let numbers = Numbers::default();
        assert_eq!(numbers.reserve(ONE, 0), 1);
        assert_eq!(numbers.reserve(ONE, 20), 21);
    }

    #[test]
    fn a_number_that_was_not_stored_is_tried_again_once_forgotten() {
        let numbers = Numbers::default();
        numbers.reserve(ONE, 7);
        numbers.forget(ONE);
        assert_eq!(numbers.reserve(ONE, 7), 8);
    }

    #[test]
    fn the_memory_is_bounded() {
        let numbers = Numbers::default();
        for workspace in 0..=2 * MAX_WORKSPACES as u128 {
            numbers.reserve(WorkspaceId::from_bytes(workspace.to_be_bytes()), 0);
        }
        assert!(numbers.handed_out.lock().unwrap().len() <= MAX_WORKSPACES);
    }
}
