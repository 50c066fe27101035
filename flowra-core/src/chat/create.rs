//! Making a chat.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Chat, ChatEvent, ChatKind, ChatRefusal, ChatRole, Chats, Title, Topic};
use crate::access::Membership;
use crate::app::Caller;
use crate::draft::{Attempts, Draft, Written, earlier};
use crate::event::Outcome;
use crate::port::fresh;
use crate::refusal::Error;
use crate::workspace::Role;
use crate::{ChatId, UserId, WorkspaceId};

/// Makes a chat with its first people; the creator is its first admin.
#[derive(Clone, Debug)]
pub struct CreateChat {
    /// Where.
    pub workspace: WorkspaceId,
    /// Which kind.
    pub kind: ChatKind,
    /// 1 to 200 characters; none for a direct chat.
    pub title: Option<String>,
    /// Up to 500 characters; none for a direct chat.
    pub topic: Option<String>,
    /// Who takes part besides the caller; exactly one person for a direct chat.
    pub participants: Vec<UserId>,
}

/// A chat that was asked for.
#[derive(Clone, Debug)]
pub struct Created {
    /// The chat.
    pub chat: Arc<Chat>,
    /// Whether this request (or its first sending) made it; a direct chat may have been there.
    pub is_new: bool,
}

impl Chats {
    /// Makes a chat, or finds the direct chat of the pair.
    ///
    /// # Errors
    /// [`ChatRefusal`] about title, topic and people; guests make no chats.
    pub async fn create(&self, caller: &Caller, command: CreateChat) -> Result<Created, Error> {
        let ports = &*self.ports;
        if let Some(Outcome::Chat(id)) = earlier(ports, caller).await? {
            return self.existing(caller, command.workspace, id, true).await;
        }
        let (title, topic) = texts(&command)?;
        let mut attempts = Attempts::new();
        loop {
            let membership = ports.membership(caller, command.workspace).await?;
            if membership.viewer.role == Role::Guest {
                return Err(ChatRefusal::GuestMayNot.into());
            }
            let participants = people(&membership, &command)?;
            let direct = pair(command.kind, &participants);
            if let Some((one, other)) = direct
                && let Some(id) = ports.chats.find_direct(command.workspace, one, other).await?
            {
                return self.existing(caller, command.workspace, id, false).await;
            }
            let mut draft = Draft::new(caller, ports.clock.now());
            draft.guard_user(&membership.user);
            draft.guard_workspace(&membership.workspace);
            let id: ChatId = fresh(&*ports.ids);
            let created = ChatEvent::Created {
                workspace_id: command.workspace,
                kind: command.kind,
                title: title.clone(),
                topic: topic.clone(),
                created_by: caller.user,
                participants: participants.into_iter().collect(),
                direct,
            };
            let chat = draft.new_chat(id, caller.user, vec![created])?;
            match draft.write(ports, caller, Outcome::Chat(id)).await? {
                Written::Now => return Ok(Created { chat, is_new: true }),
                Written::Before(Outcome::Chat(id)) => {
                    return self.existing(caller, command.workspace, id, true).await;
                }
                // Somebody else made the chat of the pair: the next try finds it.
                Written::Before(_) | Written::Conflict(_) => attempts.again()?,
            }
        }
    }

    /// A chat that is there already, if the caller may know of it.
    async fn existing(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        id: ChatId,
        is_new: bool,
    ) -> Result<Created, Error> {
        let (_, chat) = self.ports.visible_chat(caller, workspace, id).await?;
        Ok(Created { chat, is_new })
    }
}

fn texts(command: &CreateChat) -> Result<(Option<Title>, Topic), ChatRefusal> {
    let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    if command.kind == ChatKind::Direct {
        let plain = !given(&command.title) && !given(&command.topic);
        return if plain {
            Ok((None, Topic::default()))
        } else {
            Err(ChatRefusal::DirectHasNoTitle)
        };
    }
    let title = command.title.as_deref().ok_or(ChatRefusal::TitleMissing)?;
    let title = Title::parse(title).map_err(|fault| ChatRefusal::Invalid {
        field: "title",
        fault,
    })?;
    let topic =
        Topic::parse(command.topic.as_deref().unwrap_or_default()).map_err(|fault| ChatRefusal::Invalid {
            field: "topic",
            fault,
        })?;
    Ok((Some(title), topic))
}

/// Everybody with their roles, in the order of ids. In a direct chat both manage it.
fn people(membership: &Membership, command: &CreateChat) -> Result<BTreeMap<UserId, ChatRole>, ChatRefusal> {
    let role = if command.kind == ChatKind::Direct {
        ChatRole::Admin
    } else {
        ChatRole::Member
    };
    let mut people: BTreeMap<_, _> = command.participants.iter().map(|user| (*user, role)).collect();
    people.insert(membership.viewer.user, ChatRole::Admin);
    if command.kind == ChatKind::Direct && people.len() != 2 {
        return Err(ChatRefusal::DirectNeedsTwo);
    }
    if people
        .keys()
        .any(|user| membership.workspace.role_of(*user).is_none())
    {
        return Err(ChatRefusal::ParticipantNotMember {
            field: "participant_ids",
        });
    }
    Ok(people)
}

fn pair(kind: ChatKind, people: &BTreeMap<UserId, ChatRole>) -> Option<(UserId, UserId)> {
    match kind {
        ChatKind::Direct => Some((*people.first_key_value()?.0, *people.last_key_value()?.0)),
        ChatKind::Group | ChatKind::Channel => None,
    }
}
