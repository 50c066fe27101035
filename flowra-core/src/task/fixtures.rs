//! Tasks and what surrounds them, for the unit tests of this module.

use super::{Labels, Priority, Task, TaskDescription, TaskEvent, TaskKind};
use crate::access::Viewer;
use crate::chat::{Chat, ChatEvent, ChatKind, ChatRole, Topic};
use crate::text::Line;
use crate::time::Timestamp;
use crate::workspace::{KeyPrefix, Role, Workspace, WorkspaceDescription, WorkspaceEvent};
use crate::{ChatId, TaskId, UserId, WorkspaceId};

pub(super) const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([10; 16]);
pub(super) const REPORTER: UserId = UserId::from_bytes([1; 16]);
pub(super) const STRANGER: UserId = UserId::from_bytes([2; 16]);
pub(super) const EPOCH: Timestamp = Timestamp::from_millis(0);

pub(super) fn line<const MIN: usize, const MAX: usize>(text: &str) -> Line<MIN, MAX> {
    Line::parse(text).unwrap()
}

pub(super) const fn viewer(user: UserId, role: Role) -> Viewer {
    Viewer { user, role }
}

pub(super) fn workspace() -> Workspace {
    let created = WorkspaceEvent::Created {
        name: line("Flow"),
        description: WorkspaceDescription::default(),
        owner_id: REPORTER,
        key_prefix: KeyPrefix::parse("FLOW").unwrap(),
        edit_window_seconds: 86_400,
    };
    Workspace::created(WORKSPACE, &created, EPOCH).unwrap()
}

pub(super) fn chat(kind: ChatKind, participants: &[(UserId, ChatRole)]) -> Chat {
    let created = ChatEvent::Created {
        workspace_id: WORKSPACE,
        kind,
        title: None,
        topic: Topic::default(),
        created_by: REPORTER,
        participants: participants.to_vec(),
        direct: None,
    };
    Chat::created(ChatId::from_bytes([20; 16]), &created, EPOCH).unwrap()
}

pub(super) fn task() -> Task {
    new(30, TaskKind::Task)
}

pub(super) fn bug() -> Task {
    new(31, TaskKind::Bug)
}

pub(super) fn epic() -> Task {
    new(32, TaskKind::Epic)
}

pub(super) fn of_kind(kind: TaskKind) -> Task {
    new(33, kind)
}

fn new(id: u8, kind: TaskKind) -> Task {
    let created = TaskEvent::Created {
        workspace_id: WORKSPACE,
        key_prefix: KeyPrefix::parse("FLOW").unwrap(),
        number: u64::from(id),
        kind,
        title: line("Mend the roof"),
        description: TaskDescription::default(),
        priority: Priority::Medium,
        severity: None,
        assignee_id: None,
        reporter_id: REPORTER,
        due_date: None,
        labels: Labels::default(),
        epic_id: None,
        rank: super::Rank::initial(u64::from(id)),
        chat_id: None,
        message_id: None,
    };
    Task::created(TaskId::from_bytes([id; 16]), &created, REPORTER, EPOCH).unwrap()
}
