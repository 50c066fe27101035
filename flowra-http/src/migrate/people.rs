//! What people have in no log: passwords, personal tokens, and what they have read.

use flowra_core::chat::{Chat, ChatKind, Standing};
use flowra_core::event::{Position, StreamId, Version};
use flowra_core::page::{Limit, PageRequest};
use flowra_core::{PortResult, Ports, UserId, WorkspaceId};

use super::{BATCH, MigrateError};

/// Carries it all over. What is there already is left as it is, so that running it again adds what is missing.
pub(super) async fn carry(
    source: &Ports,
    target: &Ports,
    mut told: impl FnMut(Position),
) -> Result<(), MigrateError> {
    let mut at = Position::START;
    loop {
        let batch = source.log.read(at, BATCH).await?;
        let Some(last) = batch.last() else {
            return Ok(());
        };
        at = last.recorded.position;
        for entry in batch
            .iter()
            .filter(|entry| entry.recorded.version == Version::NONE.next())
        {
            match entry.recorded.stream {
                StreamId::User(user) => {
                    password(source, target, user).await?;
                    tokens(source, target, user).await?;
                }
                StreamId::Chat(chat) => {
                    if let Some(chat) = source.chats.load(chat).await? {
                        marks(source, target, &chat).await?;
                    }
                }
                StreamId::Workspace(_) | StreamId::Message(_) | StreamId::Task(_) => {}
            }
        }
        told(at);
    }
}

async fn password(source: &Ports, target: &Ports, user: UserId) -> PortResult<()> {
    match source.credentials.password_hash(user).await? {
        Some(hash) => target.credentials.set_password_hash(user, hash).await,
        None => Ok(()),
    }
}

async fn tokens(source: &Ports, target: &Ports, user: UserId) -> PortResult<()> {
    let mut page = PageRequest::first(Limit::MAX);
    loop {
        let tokens = source.tokens.of_user(user, page.clone()).await?;
        for token in &tokens.items {
            if target.tokens.by_digest(token.digest).await?.is_none() {
                target.tokens.add((**token).clone()).await?;
            }
            if let Some(at) = token.last_used_at {
                target.tokens.used(token.id, at).await?;
            }
        }
        match tokens.items.last() {
            Some(last) if tokens.has_more => page.after = Some(last.id),
            _ => return Ok(()),
        }
    }
}

async fn marks(source: &Ports, target: &Ports, chat: &Chat) -> Result<(), MigrateError> {
    let readers = readers(source, chat).await?;
    for some in readers.chunks(Limit::MAX.get()) {
        let wanted = source.marks.standings_of(chat.id, some.to_vec()).await?;
        let present = target.marks.standings_of(chat.id, some.to_vec()).await?;
        if wanted == present {
            continue;
        }
        for ((user, wanted), present) in some.iter().zip(&wanted).zip(&present) {
            mark(target, chat, *user, (wanted, present)).await?;
        }
        let differs = target.marks.standings_of(chat.id, some.to_vec()).await? != wanted;
        if differs {
            return Err(MigrateError::Differs {
                what: format!("what people have read in chat {}", chat.id),
            });
        }
    }
    Ok(())
}

async fn mark(
    target: &Ports,
    chat: &Chat,
    user: UserId,
    (wanted, present): (&Standing, &Standing),
) -> PortResult<()> {
    if let Some(message) = wanted.last_read
        && wanted.last_read != present.last_read
    {
        target.marks.mark(user, chat.id, message).await?;
    }
    if wanted.is_muted != present.is_muted {
        target.marks.mute(user, chat.id, wanted.is_muted).await?;
    }
    Ok(())
}

/// Who may have marks in a chat: who takes part, and of a channel all who may read it.
async fn readers(source: &Ports, chat: &Chat) -> PortResult<Vec<UserId>> {
    let mut readers: Vec<_> = chat.participants.keys().copied().collect();
    if chat.kind == ChatKind::Channel {
        readers.extend(members(source, chat.workspace_id).await?);
        readers.sort_unstable();
        readers.dedup();
    }
    Ok(readers)
}

async fn members(source: &Ports, workspace: WorkspaceId) -> PortResult<Vec<UserId>> {
    let mut members = Vec::new();
    let mut page = PageRequest::first(Limit::MAX);
    loop {
        let some = source.workspaces.members(workspace, page.clone()).await?;
        members.extend(some.items.iter().map(|(user, _)| *user));
        if !some.has_more {
            return Ok(members);
        }
        page.after = members.last().copied();
    }
}
