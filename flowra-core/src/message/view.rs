//! Reading messages.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::{Content, Message, MessageEvent, MessageRefusal, Messages, Placed, Range, Which};
use crate::access::Membership;
use crate::app::Caller;
use crate::chat::{Chat, ChatRef, ChatRefusal};
use crate::event::{Event, Recorded, StreamId};
use crate::history::walk;
use crate::page::{Limit, Page, PageRequest};
use crate::refusal::Error;
use crate::time::Timestamp;
use crate::{ChatId, MessageId, UserId};

/// Where in a chat a page is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At the end.
    Newest,
    /// Directly before this message.
    Before(MessageId),
    /// Directly after this message.
    After(MessageId),
    /// With this message in the middle.
    Around(MessageId),
    /// By numbers, as a page before this one ended.
    Numbers(Range),
}

/// A page of a chat.
#[derive(Clone, Debug)]
pub struct MessagePage {
    /// Oldest first.
    pub items: Vec<Placed>,
    /// Whether messages follow in the direction in which one pages: newer ones behind [`Anchor::After`], else older ones.
    pub has_more: bool,
    /// Whether one pages towards newer messages.
    pub is_forward: bool,
}

/// What a message said at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// The text.
    pub content: Content,
    /// Since when.
    pub at: Timestamp,
    /// Who wrote it.
    pub by: UserId,
}

impl Messages {
    /// A message, its chat, and the caller, who may read both.
    pub(super) async fn readable(
        &self,
        caller: &Caller,
        id: MessageId,
    ) -> Result<(Membership, Arc<Chat>, Placed), Error> {
        let placed = self
            .ports
            .messages
            .load(id)
            .await?
            .ok_or(MessageRefusal::NotFound)?;
        let (workspace, chat) = (placed.message.workspace_id, placed.message.chat_id);
        match self.ports.readable_chat(caller, workspace, chat).await {
            Ok((member, chat)) => Ok((member, chat, placed)),
            // The message was named, not its chat: who may not read it must not learn that it exists.
            Err(Error::Refused(refusal)) if refusal.code().class() != crate::Class::Unauthenticated => {
                Err(MessageRefusal::NotFound.into())
            }
            Err(other) => Err(other),
        }
    }

    /// A message.
    ///
    /// # Errors
    /// [`MessageRefusal::NotFound`].
    pub async fn find(&self, caller: &Caller, id: MessageId) -> Result<Placed, Error> {
        Ok(self.readable(caller, id).await?.2)
    }

    /// A page of a chat.
    ///
    /// # Errors
    /// [`ChatRefusal::NotFound`], [`ChatRefusal::NotParticipant`]; [`MessageRefusal::AnchorNotFound`].
    pub async fn list(
        &self,
        caller: &Caller,
        chat: ChatRef,
        which: Which,
        anchor: Anchor,
        limit: Limit,
    ) -> Result<MessagePage, Error> {
        self.ports
            .readable_chat(caller, chat.workspace, chat.chat)
            .await?;
        let chat = chat.chat;
        match anchor {
            Anchor::Newest => self.range(chat, which, Range::Newest(limit)).await,
            Anchor::Numbers(range) => self.range(chat, which, range).await,
            Anchor::Before(id) => {
                let (number, _) = self.number(chat, which, id, "before").await?;
                self.range(chat, which, Range::Before(number, limit)).await
            }
            Anchor::After(id) => {
                let (_, number) = self.number(chat, which, id, "after").await?;
                self.range(chat, which, Range::After(number, limit)).await
            }
            Anchor::Around(id) => {
                let (before, _) = self.number(chat, which, id, "around").await?;
                self.around(chat, which, before, limit).await
            }
        }
    }

    async fn range(&self, chat: ChatId, which: Which, range: Range) -> Result<MessagePage, Error> {
        let Page { items, has_more } = self.ports.messages.page(chat, which, range).await?;
        Ok(MessagePage {
            items,
            has_more,
            is_forward: matches!(range, Range::After(..)),
        })
    }

    /// The message with this number in the middle; half of the page before it, the rest from it on.
    async fn around(
        &self,
        chat: ChatId,
        which: Which,
        number: u64,
        limit: Limit,
    ) -> Result<MessagePage, Error> {
        let from = Limit::parse(limit.get().div_ceil(2))?;
        let newer = self
            .ports
            .messages
            .page(chat, which, Range::After(number.saturating_sub(1), from))
            .await?;
        let Ok(before) = Limit::parse(limit.get() - newer.items.len().min(limit.get())) else {
            return Ok(MessagePage {
                items: newer.items,
                has_more: number > 1,
                is_forward: false,
            });
        };
        let older = self
            .ports
            .messages
            .page(chat, which, Range::Before(number, before))
            .await?;
        let items = older.items.into_iter().chain(newer.items).collect();
        Ok(MessagePage {
            items,
            has_more: older.has_more,
            is_forward: false,
        })
    }

    /// The number before which, and the one after which, a page next to this message begins. A reply among roots stands behind the
    /// root that was the newest when it was posted.
    async fn number(
        &self,
        chat: ChatId,
        which: Which,
        id: MessageId,
        field: &'static str,
    ) -> Result<(u64, u64), Error> {
        let placed = self
            .ports
            .messages
            .load(id)
            .await?
            .filter(|placed| placed.message.chat_id == chat);
        let placed = placed.ok_or(MessageRefusal::AnchorNotFound { field })?;
        Ok(match which {
            Which::All => (placed.number, placed.number),
            Which::Roots if placed.message.parent.is_some() => (placed.root_number + 1, placed.root_number),
            Which::Roots => (placed.root_number, placed.root_number),
        })
    }

    /// The replies of a thread, oldest first; the keys are [`Placed::number`]s.
    ///
    /// # Errors
    /// [`MessageRefusal::NotFound`].
    pub async fn thread(
        &self,
        caller: &Caller,
        id: MessageId,
        page: PageRequest<u64>,
    ) -> Result<Page<Placed>, Error> {
        let (_, _, placed) = self.readable(caller, id).await?;
        Ok(self.ports.messages.thread(placed.message.thread(), page).await?)
    }

    /// All that a message ever said, the first text first; for admins of its chat.
    ///
    /// # Errors
    /// [`ChatRefusal::NotChatAdmin`]; [`MessageRefusal::Deleted`], since a deleted message has lost its texts.
    pub async fn history(&self, caller: &Caller, id: MessageId) -> Result<Vec<Edition>, Error> {
        let (member, chat, placed) = self.readable(caller, id).await?;
        if !chat.is_managed_by(member.viewer) {
            return Err(ChatRefusal::NotChatAdmin.into());
        }
        if placed.message.is_deleted() {
            return Err(MessageRefusal::Deleted.into());
        }
        let mut editions = Vec::new();
        self.past(&placed.message, |recorded| {
            if let Event::Message(
                MessageEvent::Posted { content, .. } | MessageEvent::Edited { content, .. },
            ) = recorded.event
            {
                editions.push(Edition {
                    content,
                    at: recorded.time,
                    by: recorded.actor,
                });
            }
        })
        .await?;
        Ok(editions)
    }

    /// Hands out the events of a message up to its version, in their order.
    pub(super) async fn past(
        &self,
        message: &Message,
        mut each: impl FnMut(Recorded) + Send,
    ) -> Result<(), Error> {
        let stream = StreamId::Message(message.id);
        let every = |recorded| {
            each(recorded);
            ControlFlow::Continue(())
        };
        Ok(walk(&*self.ports.log, stream, message.version, every).await?)
    }
}
