//! Chats and read marks in memory.

use std::sync::Arc;

use flowra_core::chat::{Chat, ChatKind, ChatScope, ChatStore, ReadMarks, Standing};
use flowra_core::page::{Page, PageRequest};
use flowra_core::{BoxFuture, ChatId, MessageId, PortResult, UserId, WorkspaceId};

use super::state::{Place, State, count, index};
use super::{Memory, page_of};

impl ChatStore for Memory {
    fn load(&self, id: ChatId) -> BoxFuture<'_, PortResult<Option<Arc<Chat>>>> {
        self.ask(move |state| state.chats.get(&id).cloned())
    }

    fn find_direct(
        &self,
        workspace: WorkspaceId,
        one: UserId,
        other: UserId,
    ) -> BoxFuture<'_, PortResult<Option<ChatId>>> {
        self.ask(move |state| {
            let mut chats = state.live_chats(workspace);
            chats
                .find(|chat| chat.direct_pair() == Some((one, other)))
                .map(|chat| chat.id)
        })
    }

    fn list(
        &self,
        workspace: WorkspaceId,
        scope: ChatScope,
        page: PageRequest<ChatId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Chat>>>> {
        self.ask(move |state| {
            let chats = state.live_chats(workspace).filter(|chat| is_within(scope, chat));
            page_of(chats.cloned(), |chat| chat.id, &page)
        })
    }

    fn of_participant(&self, workspace: WorkspaceId, user: UserId) -> BoxFuture<'_, PortResult<Vec<ChatId>>> {
        self.ask(move |state| {
            let chats = state.live_chats(workspace);
            chats
                .filter(|chat| chat.participants.contains_key(&user))
                .map(|chat| chat.id)
                .collect()
        })
    }
}

fn is_within(scope: ChatScope, chat: &Chat) -> bool {
    let takes_part = |user| chat.participants.contains_key(&user);
    match scope {
        ChatScope::Taken(user) => takes_part(user),
        ChatScope::TakenAndChannels(user) => takes_part(user) || chat.kind == ChatKind::Channel,
        ChatScope::TakenChannelsAndGroups(user) => takes_part(user) || chat.kind != ChatKind::Direct,
    }
}

impl ReadMarks for Memory {
    fn mark(&self, user: UserId, chat: ChatId, message: MessageId) -> BoxFuture<'_, PortResult<bool>> {
        self.ask(move |state| {
            let stands_here = state
                .messages
                .get(&message)
                .is_some_and(|one| one.chat_id == chat);
            if stands_here {
                state.mark(user, chat, message);
            }
            stands_here
        })
    }

    fn mute(&self, user: UserId, chat: ChatId, muted: bool) -> BoxFuture<'_, PortResult<()>> {
        self.ask(move |state| state.marks.entry((user, chat)).or_default().is_muted = muted)
    }

    fn standings(&self, user: UserId, chats: Vec<ChatId>) -> BoxFuture<'_, PortResult<Vec<Standing>>> {
        self.ask(move |state| chats.into_iter().map(|chat| state.standing(user, chat)).collect())
    }

    fn standings_of(&self, chat: ChatId, users: Vec<UserId>) -> BoxFuture<'_, PortResult<Vec<Standing>>> {
        self.ask(move |state| users.into_iter().map(|user| state.standing(user, chat)).collect())
    }
}

impl State {
    fn live_chats(&self, workspace: WorkspaceId) -> impl Iterator<Item = &Arc<Chat>> {
        let chats = self.chats.values();
        chats.filter(move |chat| chat.workspace_id == workspace && !chat.is_deleted)
    }

    fn standing(&self, user: UserId, chat: ChatId) -> Standing {
        let mark = self.marks.get(&(user, chat)).copied().unwrap_or_default();
        let read = mark.last_read.and_then(|message| self.places.get(&message));
        let read = read.copied().unwrap_or(Place {
            number: 0,
            root_number: 0,
        });
        let (unread, mentions) = self.rooms.get(&chat).map_or((0, 0), |room| {
            let later = room.all.iter().skip(index(read.number));
            let mentions = later.filter(|id| {
                let message = self.messages.get(id);
                message.is_some_and(|message| message.mentions.contains(&user))
            });
            (count(&room.roots) - read.root_number, mentions.count() as u64)
        });
        Standing {
            unread,
            mentions,
            is_muted: mark.is_muted,
            last_read: mark.last_read,
        }
    }
}
