//! One sample of every event, outcome and kind of document, with as much in it as there can be.

use flowra_core::chat::{ChatEvent, ChatKind, ChatRole, Title, Topic};
use flowra_core::event::{Document, Event, Outcome, Position, Recorded, StreamId, Version};
use flowra_core::message::{Content, Emoji, MessageEvent, MessageKind};
use flowra_core::tag::TagResult;
use flowra_core::task::{
    Label, Labels, Priority, Rank, Severity, Status, TaskDescription, TaskEvent, TaskKind, TaskTitle,
};
use flowra_core::time::Timestamp;
use flowra_core::user::{DisplayName, UserEvent};
use flowra_core::workspace::{Role, WorkspaceDescription, WorkspaceEvent, WorkspaceName};
use flowra_core::{Digest, Id};
use flowra_testkit::build::{text, valid};

/// An id that is easy to tell from others in a file.
fn id<K: ?Sized>(number: u8) -> Id<K> {
    let mut bytes = *b"\x01\x90\xa5\xe2\x7b\x3c\x7d\xef\x81\x23\0\0\0\0\0\0";
    bytes[15] = number;
    Id::from_bytes(bytes)
}

fn time(seconds: i64) -> Timestamp {
    valid::<Timestamp>("2026-11-22T09:30:00.250Z").plus_seconds(seconds)
}

/// Every event, with a stream on which it can stand.
pub(crate) fn events() -> Vec<(StreamId, Event)> {
    let mut events = Vec::new();
    events.extend(
        user()
            .into_iter()
            .map(|event| (StreamId::User(id(1)), event.into())),
    );
    events.extend(
        workspace()
            .into_iter()
            .map(|event| (StreamId::Workspace(id(2)), event.into())),
    );
    events.extend(
        chat()
            .into_iter()
            .map(|event| (StreamId::Chat(id(3)), event.into())),
    );
    events.extend(
        message()
            .into_iter()
            .map(|event| (StreamId::Message(id(4)), event.into())),
    );
    events.extend(
        task()
            .into_iter()
            .map(|event| (StreamId::Task(id(5)), event.into())),
    );
    events
}

/// One document of each kind: the fold of its samples but for those that take something away.
pub(crate) fn documents() -> Vec<Document> {
    vec![
        folded(StreamId::User(id(1)), user()),
        folded(StreamId::Workspace(id(2)), workspace()),
        folded(StreamId::Chat(id(3)), chat()),
        folded(StreamId::Message(id(4)), message()),
        folded(StreamId::Task(id(5)), task()),
    ]
}

pub(crate) fn outcomes() -> Vec<(&'static str, Outcome)> {
    let tag = TagResult {
        tag: "#status".to_owned(),
        ok: true,
        message: "Ada set the status of FLOW-12 to Done".to_owned(),
        task: Some((id(5), valid("FLOW-12"))),
    };
    let failed = TagResult {
        tag: "#priority".to_owned(),
        ok: false,
        message: "Urgent: not a priority".to_owned(),
        task: None,
    };
    vec![
        ("done", Outcome::Done),
        ("user", Outcome::User(id(1))),
        ("workspace", Outcome::Workspace(id(2))),
        ("chat", Outcome::Chat(id(3))),
        ("invite", Outcome::Invite(id(12))),
        ("message", Outcome::Message(id(4), vec![tag, failed])),
        ("task", Outcome::Task(id(5))),
    ]
}

fn folded<E: Into<Event>>(stream: StreamId, events: Vec<E>) -> Document {
    let endings = [
        "deactivated",
        "revoked",
        "removed",
        "unpinned",
        "cleared",
        "unassigned",
        "deleted",
    ];
    let takes = |event: &Event| endings.iter().any(|ending| event.name().ends_with(ending));
    let kept = events.into_iter().map(Into::into).filter(|event| !takes(event));
    let mut document: Option<Document> = None;
    for (number, event) in (1..).zip(kept) {
        let recorded = Recorded {
            position: Position::START,
            stream,
            version: Version::new(number),
            actor: id(1),
            time: time(i64::try_from(number).unwrap()),
            request: id(0),
            cause: None,
            event,
        };
        document = Some(Document::fold(document, &recorded).unwrap());
    }
    document.unwrap()
}

fn user() -> Vec<UserEvent> {
    vec![
        UserEvent::Registered {
            external_id: Some("f:1c:ada".to_owned()),
            username: valid("Ada.L"),
            email: valid("ada@example.org"),
            display_name: text("Ada", DisplayName::parse),
            is_admin: false,
            is_first: false,
        },
        UserEvent::ProfileUpdated {
            display_name: text("Ada Lovelace ✨", DisplayName::parse),
            email: valid("countess@example.org"),
            previous_email: valid("ada@example.org"),
        },
        UserEvent::Deactivated,
        UserEvent::Reactivated,
        UserEvent::AdminChanged { is_admin: true },
    ]
}

fn workspace() -> Vec<WorkspaceEvent> {
    vec![
        WorkspaceEvent::Created {
            name: text("Engines", WorkspaceName::parse),
            description: WorkspaceDescription::default(),
            owner_id: id(1),
            key_prefix: valid("FLOW"),
            edit_window_seconds: 86_400,
        },
        WorkspaceEvent::Renamed {
            name: text("Analytical Engines", WorkspaceName::parse),
        },
        WorkspaceEvent::Described {
            description: text("They weave\nalgebraical patterns", WorkspaceDescription::parse),
        },
        WorkspaceEvent::MemberAdded {
            user_id: id(11),
            role: Role::Guest,
        },
        WorkspaceEvent::MemberRoleChanged {
            user_id: id(11),
            role: Role::Member,
        },
        WorkspaceEvent::OwnershipTransferred {
            from: id(1),
            to: id(11),
        },
        WorkspaceEvent::InviteCreated {
            invite_id: id(12),
            digest: Digest::from_bytes([0xab; 32]),
            role: Role::Admin,
            max_uses: 5,
            expires_at: time(604_800),
            created_by: id(1),
        },
        WorkspaceEvent::InviteAccepted {
            invite_id: id(12),
            user_id: id(13),
        },
        WorkspaceEvent::InviteRevoked { invite_id: id(12) },
        WorkspaceEvent::MemberRemoved { user_id: id(1) },
        WorkspaceEvent::Deleted,
    ]
}

fn chat() -> Vec<ChatEvent> {
    vec![
        ChatEvent::Created {
            workspace_id: id(2),
            kind: ChatKind::Channel,
            title: Some(text("General", Title::parse)),
            topic: Topic::default(),
            created_by: id(1),
            participants: vec![(id(1), ChatRole::Admin), (id(11), ChatRole::Member)],
            direct: None,
        },
        ChatEvent::Renamed {
            title: text("Gears", Title::parse),
        },
        ChatEvent::TopicSet {
            topic: text("What sticks", Topic::parse),
        },
        ChatEvent::ParticipantAdded {
            user_id: id(13),
            role: ChatRole::Member,
        },
        ChatEvent::ParticipantRoleChanged {
            user_id: id(11),
            role: ChatRole::Admin,
        },
        ChatEvent::ParticipantRemoved { user_id: id(13) },
        ChatEvent::MessagePinned { message_id: id(4) },
        ChatEvent::MessageUnpinned { message_id: id(4) },
        ChatEvent::Reopened,
        ChatEvent::Closed,
        ChatEvent::Deleted {
            workspace_id: id(2),
            direct: Some((id(1), id(11))),
        },
    ]
}

fn message() -> Vec<MessageEvent> {
    let reaction: Emoji = text("👍", Emoji::parse);
    vec![
        MessageEvent::Posted {
            workspace_id: id(2),
            chat_id: id(3),
            kind: MessageKind::User,
            content: text("The **gears** stick, @bob", Content::parse),
            parent_id: Some(id(41)),
            attachments: vec![id(6)],
        },
        MessageEvent::Mentioned { user_id: id(11) },
        MessageEvent::Edited {
            content: text("The gears stick on Tuesdays, @bob and @ada", Content::parse),
            mentions: vec![id(11), id(1)],
        },
        MessageEvent::ReactionAdded {
            user_id: id(11),
            emoji: reaction.clone(),
        },
        MessageEvent::ReactionRemoved {
            user_id: id(11),
            emoji: reaction,
        },
        MessageEvent::Deleted,
    ]
}

fn task() -> Vec<TaskEvent> {
    vec![
        TaskEvent::Created {
            workspace_id: id(2),
            key_prefix: valid("FLOW"),
            number: 12,
            kind: TaskKind::Bug,
            title: text("Gears stick", TaskTitle::parse),
            description: TaskDescription::default(),
            priority: Priority::Medium,
            severity: Some(Severity::Minor),
            assignee_id: None,
            reporter_id: id(1),
            due_date: Some(valid("2026-12-01")),
            labels: Labels::default(),
            epic_id: None,
            rank: Rank::initial(12),
            chat_id: Some(id(3)),
            message_id: Some(id(4)),
        },
        TaskEvent::Renamed {
            title: text("Gears stick on Tuesdays", TaskTitle::parse),
        },
        TaskEvent::Described {
            description: text("Only *then*", TaskDescription::parse),
        },
        TaskEvent::StatusChanged {
            from: Status::New,
            to: Status::Investigating,
        },
        TaskEvent::Assigned { assignee_id: id(11) },
        TaskEvent::Unassigned,
        TaskEvent::PrioritySet {
            priority: Priority::Critical,
        },
        TaskEvent::SeveritySet {
            severity: Some(Severity::Major),
        },
        TaskEvent::DueDateSet {
            due_date: valid("2026-12-01T08:00:00Z"),
        },
        TaskEvent::DueDateCleared,
        TaskEvent::LabelsChanged {
            labels: Labels::parse(["brass", "Gear box"].map(|label| text(label, Label::parse))).unwrap(),
        },
        TaskEvent::EpicSet {
            epic_id: Some(id(51)),
        },
        TaskEvent::Moved {
            rank: Rank::between(None, Some(&Rank::initial(12)), 12).unwrap(),
        },
        TaskEvent::ThreadBegun { message_id: id(31) },
        TaskEvent::AttachmentAdded { file_id: id(6) },
        TaskEvent::AttachmentRemoved { file_id: id(6) },
        TaskEvent::Deleted,
    ]
}
