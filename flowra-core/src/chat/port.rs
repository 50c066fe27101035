//! What the chat's use cases need from outside.

use std::sync::Arc;

use super::Chat;
use crate::page::{Page, PageRequest};
use crate::port::{BoxFuture, PortResult};
use crate::{ChatId, MessageId, UserId, WorkspaceId};

/// The chats as the log's fold shows them.
///
/// - MUST show every commit that was acknowledged before the call. Proven by `the_author_reads_their_own_write`.
/// - MUST list by [`ChatScope`] exactly, in the order of ids, and no deleted chat. Proven by `chats_are_listed_by_scope`.
pub trait ChatStore: Send + Sync {
    /// The chat with this id, deleted ones included.
    fn load(&self, id: ChatId) -> BoxFuture<'_, PortResult<Option<Arc<Chat>>>>;

    /// The direct chat of two people, the smaller id first, that is not deleted.
    fn find_direct(
        &self,
        workspace: WorkspaceId,
        one: UserId,
        other: UserId,
    ) -> BoxFuture<'_, PortResult<Option<ChatId>>>;

    /// The chats of a workspace within somebody's scope, in the order of their ids, which are the keys.
    fn list(
        &self,
        workspace: WorkspaceId,
        scope: ChatScope,
        page: PageRequest<ChatId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Chat>>>>;

    /// All chats of a workspace in which somebody takes part, deleted ones left out; for use when they leave it.
    fn of_participant(&self, workspace: WorkspaceId, user: UserId) -> BoxFuture<'_, PortResult<Vec<ChatId>>>;
}

/// Which chats of a workspace are listed for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatScope {
    /// Those in which this user takes part: a guest's.
    Taken(UserId),
    /// Those and all channels: a member's.
    TakenAndChannels(UserId),
    /// Those, all channels, and all groups: an admin's.
    TakenChannelsAndGroups(UserId),
}

/// How far each person has read, and what they muted. No events: marks are many, personal, and only grow.
///
/// - MUST count as unread the chat's root messages after the mark, and as mentions the messages of any kind after it that mention the
///   person as they read now (edited ones by their last text, deleted ones not at all). Proven by
///   `unread_counts_are_roots_after_the_mark`, `mention_counts_are_those_after_the_mark`.
/// - MUST move a mark forward only. Proven by `a_read_mark_never_goes_back`.
/// - MUST move the author's own mark to a post when it is stored. Proven by `posting_moves_ones_own_mark`.
pub trait ReadMarks: Send + Sync {
    /// Moves somebody's mark to this message of the chat; `false` when the chat has no such message.
    fn mark(&self, user: UserId, chat: ChatId, message: MessageId) -> BoxFuture<'_, PortResult<bool>>;

    /// Mutes or unmutes a chat for somebody.
    fn mute(&self, user: UserId, chat: ChatId, muted: bool) -> BoxFuture<'_, PortResult<()>>;

    /// Where somebody stands in these chats, one answer a chat in their order, in one read.
    fn standings(&self, user: UserId, chats: Vec<ChatId>) -> BoxFuture<'_, PortResult<Vec<Standing>>>;

    /// Where these people stand in one chat, one answer a person in their order, in one read.
    fn standings_of(&self, chat: ChatId, users: Vec<UserId>) -> BoxFuture<'_, PortResult<Vec<Standing>>>;
}

/// Where somebody stands in a chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Root messages after their mark.
    pub unread: u64,
    /// Mentions of them after their mark.
    pub mentions: u64,
    /// Whether they muted it.
    pub is_muted: bool,
    /// The last message they read.
    pub last_read: Option<MessageId>,
}

/// Who is online.
///
/// - MUST answer for all servers together, and never fail a use case: who cannot be asked is not online. Proven by
///   `who_is_unknown_is_not_online`.
pub trait Presence: Send + Sync {
    /// Those of these people who are online.
    fn online(&self, users: Vec<UserId>) -> BoxFuture<'_, Vec<UserId>>;
}
