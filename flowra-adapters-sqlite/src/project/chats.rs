//! The rows of chats and their participants.

use std::collections::BTreeSet;

use flowra_core::UserId;
use flowra_core::chat::{Chat, ChatEvent};
use flowra_core::event::Event;
use rusqlite::{Connection, params};

use super::Change;
use crate::codec;
use crate::fault::Outcome;
use crate::sql::{self, Prepare};

pub(super) fn write(db: &Connection, chat: &Chat, change: &Change<'_>) -> Outcome<()> {
    db.statement(sql::CHAT_UPSERT)?.execute(params![
        chat.id.as_bytes(),
        chat.workspace_id.as_bytes(),
        codec::chat_kind(chat.kind),
        chat.is_deleted,
        change.json
    ])?;
    for user in touched(change.events) {
        match chat.participants.get(&user) {
            Some(participant) => db.statement(sql::PARTICIPANT_UPSERT)?.execute(params![
                chat.id.as_bytes(),
                user.as_bytes(),
                chat.workspace_id.as_bytes(),
                codec::word(&participant.role)?,
                participant.joined_at.millis()
            ])?,
            None => db
                .statement(sql::PARTICIPANT_DELETE)?
                .execute(params![chat.id.as_bytes(), user.as_bytes()])?,
        };
    }
    Ok(())
}

/// The participants that events concern; the document says what became of them.
fn touched(events: &[&Event]) -> BTreeSet<UserId> {
    let mut users = BTreeSet::new();
    for event in events {
        let Event::Chat(event) = event else {
            continue;
        };
        match event {
            ChatEvent::Created { participants, .. } => {
                users.extend(participants.iter().map(|(user, _)| *user));
            }
            ChatEvent::ParticipantAdded { user_id, .. }
            | ChatEvent::ParticipantRemoved { user_id }
            | ChatEvent::ParticipantRoleChanged { user_id, .. } => {
                users.insert(*user_id);
            }
            ChatEvent::Renamed { .. }
            | ChatEvent::TopicSet { .. }
            | ChatEvent::Closed
            | ChatEvent::Reopened
            | ChatEvent::Deleted { .. }
            | ChatEvent::MessagePinned { .. }
            | ChatEvent::MessageUnpinned { .. } => {}
        }
    }
    users
}
