//! Messages in memory.

use std::collections::BTreeSet;

use flowra_core::message::{MessageStore, Placed, Range, Which};
use flowra_core::page::{Limit, Page, PageRequest};
use flowra_core::{BoxFuture, ChatId, MessageId, PortResult};

use super::state::{State, count, index};
use super::{Memory, page_of};

impl MessageStore for Memory {
    fn load(&self, id: MessageId) -> BoxFuture<'_, PortResult<Option<Placed>>> {
        self.ask(move |state| state.placed(id))
    }

    fn load_many(&self, ids: Vec<MessageId>) -> BoxFuture<'_, PortResult<Vec<Placed>>> {
        let ids: BTreeSet<_> = ids.into_iter().collect();
        self.ask(move |state| ids.into_iter().filter_map(|id| state.placed(id)).collect())
    }

    fn page(&self, chat: ChatId, which: Which, range: Range) -> BoxFuture<'_, PortResult<Page<Placed>>> {
        self.ask(move |state| {
            let messages = state.rooms.get(&chat).map_or(&[][..], |room| match which {
                Which::Roots => &room.roots,
                Which::All => &room.all,
            });
            let (ids, has_more) = match range {
                Range::Newest(limit) => last(messages, limit),
                Range::Before(number, limit) => {
                    let before = index(number.saturating_sub(1)).min(messages.len());
                    last(&messages[..before], limit)
                }
                Range::After(number, limit) => {
                    let after = &messages[index(number).min(messages.len())..];
                    (&after[..limit.get().min(after.len())], after.len() > limit.get())
                }
            };
            Page {
                items: ids.iter().filter_map(|id| state.placed(*id)).collect(),
                has_more,
            }
        })
    }

    fn thread(&self, root: MessageId, page: PageRequest<u64>) -> BoxFuture<'_, PortResult<Page<Placed>>> {
        self.ask(move |state| {
            let replies = state.replies.get(&root).into_iter().flatten();
            page_of(
                replies.filter_map(|id| state.placed(*id)),
                |placed| placed.number,
                &page,
            )
        })
    }

    fn newest(&self, chats: Vec<ChatId>) -> BoxFuture<'_, PortResult<Vec<Placed>>> {
        let chats: BTreeSet<_> = chats.into_iter().collect();
        self.ask(move |state| {
            let newest = chats
                .iter()
                .filter_map(|chat| state.rooms.get(chat)?.roots.last());
            newest.filter_map(|id| state.placed(*id)).collect()
        })
    }
}

/// The last so many, and whether others stand before them.
fn last(messages: &[MessageId], limit: Limit) -> (&[MessageId], bool) {
    let from = messages.len().saturating_sub(limit.get());
    (&messages[from..], from > 0)
}

impl State {
    fn placed(&self, id: MessageId) -> Option<Placed> {
        let place = self.places.get(&id)?;
        Some(Placed {
            message: self.messages.get(&id)?.clone(),
            number: place.number,
            root_number: place.root_number,
            replies: self.replies.get(&id).map_or(0, |replies| count(replies)),
        })
    }
}
