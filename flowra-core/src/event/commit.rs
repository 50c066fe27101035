//! What a use case asks the log to store.

use std::sync::Arc;

use super::{Document, Event, Position, StreamId, Version};
use crate::chat::ChatEvent;
use crate::task::TaskEvent;
use crate::time::Timestamp;
use crate::user::UserEvent;
use crate::{ChatId, InviteId, MessageId, RequestId, TaskId, UserId, WorkspaceId};

/// All that one request changes: stored as a whole or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The request that asked for it.
    pub request: RequestId,
    /// When it was decided; every event bears this time.
    pub time: Timestamp,
    /// The event that caused it, when no person did.
    pub cause: Option<Position>,
    /// The events, in the order in which they are to stand in the log.
    pub appends: Vec<Append>,
    /// What the decision rested on and did not change.
    pub guards: Vec<Guard>,
    /// The caller's key and what it is to be answered when it comes again.
    pub idempotency: Option<(Idempotency, Outcome)>,
}

/// Events for the end of one stream. A commit has at most one for each stream.
#[derive(Clone, Debug)]
pub struct Append {
    /// The stream.
    pub stream: StreamId,
    /// The version that the stream must have before.
    pub expected: Version,
    /// Who did it.
    pub actor: UserId,
    /// The events; at least one.
    pub events: Vec<Event>,
    /// The aggregate after them.
    pub document: Document,
}

/// Something that must still be so when the commit is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The stream has this version.
    Unchanged(StreamId, Version),
    /// The claim is held by somebody.
    Held(Claim),
}

/// A value that only one can have: held from the commit that takes it to the one that releases it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// A username, in lower case.
    Username(String),
    /// An e-mail address, in lower case.
    Email(String),
    /// The person at the identity provider.
    ExternalId(String),
    /// The first account of the installation.
    FirstAccount,
    /// The direct chat of two people, the smaller id first.
    DirectChat(WorkspaceId, UserId, UserId),
    /// A task's number in its workspace.
    TaskNumber(WorkspaceId, u64),
}

impl Claim {
    /// The claim as a name that is unique over all kinds.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Username(name) => format!("username/{name}"),
            Self::Email(email) => format!("email/{email}"),
            Self::ExternalId(id) => format!("external/{id}"),
            Self::FirstAccount => "first-account".to_owned(),
            Self::DirectChat(workspace, one, other) => format!("direct/{workspace}/{one}/{other}"),
            Self::TaskNumber(workspace, number) => format!("task-number/{workspace}/{number}"),
        }
    }
}

/// What an event does to a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimChange {
    /// Nobody may hold it; from now on the event's stream does.
    Take(Claim),
    /// Free again.
    Release(Claim),
}

impl Event {
    /// The claims that this event takes and releases. They follow from the event alone, so that a log read elsewhere claims the same.
    #[must_use]
    pub fn claims(&self) -> Vec<ClaimChange> {
        use ClaimChange::{Release, Take};
        match self {
            Self::User(UserEvent::Registered {
                external_id,
                username,
                email,
                is_first,
                ..
            }) => {
                let mut claims = vec![
                    Take(Claim::Username(username.folded())),
                    Take(Claim::Email(email.folded())),
                ];
                claims.extend(external_id.clone().map(|id| Take(Claim::ExternalId(id))));
                claims.extend(is_first.then_some(Take(Claim::FirstAccount)));
                claims
            }
            Self::User(UserEvent::ProfileUpdated {
                email,
                previous_email,
                ..
            }) => {
                if email.folded() == previous_email.folded() {
                    Vec::new()
                } else {
                    vec![
                        Release(Claim::Email(previous_email.folded())),
                        Take(Claim::Email(email.folded())),
                    ]
                }
            }
            Self::Chat(ChatEvent::Created {
                workspace_id,
                direct: Some((one, other)),
                ..
            }) => {
                vec![Take(Claim::DirectChat(*workspace_id, *one, *other))]
            }
            Self::Chat(ChatEvent::Deleted {
                workspace_id,
                direct: Some((one, other)),
            }) => {
                vec![Release(Claim::DirectChat(*workspace_id, *one, *other))]
            }
            Self::Task(TaskEvent::Created {
                workspace_id, number, ..
            }) => {
                vec![Take(Claim::TaskNumber(*workspace_id, *number))]
            }
            Self::User(_) | Self::Workspace(_) | Self::Chat(_) | Self::Message(_) | Self::Task(_) => {
                Vec::new()
            }
        }
    }
}

/// The caller's promise that a repeated request is the same one.
///
/// Keys are each caller's own. They are kept for at least 24 hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// Whose key it is.
    pub user: UserId,
    /// The key, as the caller chose it; 1 to 255 bytes.
    pub key: Arc<str>,
    /// Stands for what was asked: equal for equal requests, different for different ones.
    pub fingerprint: [u8; 32],
}

/// What a request made, by name; enough to answer a repeated request as the first was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Outcome {
    /// Something was changed that the request itself names.
    Done,
    /// A user was made.
    User(UserId),
    /// A workspace was made.
    Workspace(WorkspaceId),
    /// An invite was made.
    Invite(InviteId),
    /// A chat was made.
    Chat(ChatId),
    /// A message was posted, and its tags did this.
    Message(MessageId, Vec<crate::tag::TagResult>),
    /// A task was made.
    Task(TaskId),
}
