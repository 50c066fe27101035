//! What the application itself has to say in a chat.

use std::sync::Arc;

use super::change::content;
use super::{Message, MessageEvent, MessageKind, MessageRefusal, Messages};
use crate::app::Caller;
use crate::chat::ChatRef;
use crate::draft::{Attempts, Draft, Written, earlier};
use crate::event::Outcome;
use crate::port::fresh;
use crate::refusal::Error;
use crate::user::BOT;

/// Says something in the bot's name.
#[derive(Clone, Debug)]
pub struct Announce {
    /// Where; its version is not asked.
    pub chat: ChatRef,
    /// 1 to 10,000 characters.
    pub content: String,
}

impl Messages {
    /// Posts in the bot's name, on behalf of a caller who may post there. It is for the application's own words, such as a welcome, and never for
    /// what a person wrote: no tag in it acts, and nobody is mentioned.
    ///
    /// # Errors
    /// [`MessageRefusal`] about the content; [`ChatRefusal::NotFound`](crate::chat::ChatRefusal::NotFound),
    /// [`NotParticipant`](crate::chat::ChatRefusal::NotParticipant), [`Closed`](crate::chat::ChatRefusal::Closed).
    pub async fn announce(&self, caller: &Caller, command: Announce) -> Result<Arc<Message>, Error> {
        let ports = &*self.ports;
        let content = content(&command.content)?;
        let mut said = match earlier(ports, caller).await? {
            Some(Outcome::Message(id, _)) => Some(id),
            _ => None,
        };
        let mut attempts = Attempts::new();
        loop {
            let ChatRef { workspace, chat, .. } = command.chat;
            let (member, chat) = ports.readable_chat(caller, workspace, chat).await?;
            if let Some(id) = said {
                let placed = ports.messages.load(id).await?;
                return Ok(placed.ok_or(MessageRefusal::NotFound)?.message);
            }
            chat.may_post(member.viewer, false)?;
            let mut draft = Draft::new(caller, ports.clock.now());
            draft.guard_user(&member.user);
            draft.guard_workspace(&member.workspace);
            draft.guard_chat(&chat);
            let posted = MessageEvent::Posted {
                workspace_id: chat.workspace_id,
                chat_id: chat.id,
                kind: MessageKind::Bot,
                content: content.clone(),
                parent_id: None,
                attachments: Vec::new(),
            };
            let message = draft.new_message(fresh(&*ports.ids), BOT, vec![posted])?;
            let outcome = Outcome::Message(message.id, Vec::new());
            match draft.write(ports, caller, outcome).await? {
                Written::Now => return Ok(message),
                Written::Before(Outcome::Message(id, _)) => said = Some(id),
                Written::Before(_) | Written::Conflict(_) => attempts.again()?,
            }
        }
    }
}
