//! What the message's use cases need from outside.

use std::sync::Arc;

use super::Message;
use crate::page::{Limit, Page, PageRequest};
use crate::port::{BoxFuture, PortResult};
use crate::{ChatId, MessageId};

/// A message in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The message.
    pub message: Arc<Message>,
    /// Its place in its chat, roots and replies together: 1, 2, 3 … in the order of the log, without holes.
    pub number: u64,
    /// How many roots the chat had with it; for a root its place among them.
    pub root_number: u64,
    /// How many replies its thread has, deleted ones included; 0 for a reply.
    pub replies: u64,
}

/// The messages as the log's fold shows them, each in its place.
///
/// - MUST show every commit that was acknowledged before the call. Proven by `the_author_reads_their_own_write`.
/// - MUST number a chat's messages in the order of the log without holes, roots also by themselves. Proven by `messages_are_numbered_in_log_order`.
/// - MUST read a page by bounded ranges of these numbers, whatever the length of the chat. Proven by `a_page_of_messages_is_a_range`.
pub trait MessageStore: Send + Sync {
    /// The message with this id.
    fn load(&self, id: MessageId) -> BoxFuture<'_, PortResult<Option<Placed>>>;

    /// Those of these messages that exist, in no particular order, in one read.
    fn load_many(&self, ids: Vec<MessageId>) -> BoxFuture<'_, PortResult<Vec<Placed>>>;

    /// A page of a chat, oldest first within the page.
    fn page(&self, chat: ChatId, which: Which, range: Range) -> BoxFuture<'_, PortResult<Page<Placed>>>;

    /// The replies of a thread, oldest first; the keys are their numbers ([`Placed::number`]).
    fn thread(&self, root: MessageId, page: PageRequest<u64>) -> BoxFuture<'_, PortResult<Page<Placed>>>;

    /// The newest root message of each of these chats that has one, in no particular order, in one read.
    fn newest(&self, chats: Vec<ChatId>) -> BoxFuture<'_, PortResult<Vec<Placed>>>;
}

/// Which messages of a chat a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Roots only; ranges are of [`Placed::root_number`].
    Roots,
    /// Roots and replies; ranges are of [`Placed::number`].
    All,
}

/// Where in a chat a page lies, by the numbers that [`Which`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// The newest; `has_more` tells whether older ones exist.
    Newest(Limit),
    /// The newest before this number; `has_more` tells whether older ones exist.
    Before(u64, Limit),
    /// The oldest after this number; `has_more` tells whether newer ones exist.
    After(u64, Limit),
}
