//! Decoded documents in memory, so that the reads of every request touch no server.
//!
//! The sequencer puts in what was logged before anybody hears of it. A reader that found nothing holds a place for what it loads; when the
//! sequencer puts in or removes the key meanwhile, the place is gone and the older value is not kept.

use std::time::Duration;

use flowra_core::ChatId;
use flowra_core::event::{Document, StreamId};
use quick_cache::sync::{Cache, DefaultLifecycle, GuardResult, PlaceholderGuard};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, UnitWeighter};

use crate::pending::Room;

/// At most so many documents.
const DOCUMENTS: usize = 16_384;

/// A document and, for a message, where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) document: Document,
    pub(crate) place: Option<Place>,
}

/// Where a message stands in its chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) number: u64,
    pub(crate) root_number: u64,
    /// Of a root: how many replies its thread has. Of a reply: its number among them.
    pub(crate) replies: u64,
}

/// The documents of late.
pub(crate) struct Documents(Cache<StreamId, Stored>);

type Vacancy<'a> = PlaceholderGuard<
    'a,
    StreamId,
    Stored,
    UnitWeighter,
    DefaultHashBuilder,
    DefaultLifecycle<StreamId, Stored>,
>;

/// At most so many chats.
const ROOMS: usize = 16_384;

/// How many messages chats have. Only the sequencer puts in, what it loaded and what was logged, so nothing here is ever older than the log
/// as this process knows it.
pub(crate) struct Rooms(Cache<ChatId, Room>);

impl Rooms {
    pub(crate) fn new() -> Self {
        Self(Cache::new(ROOMS))
    }

    pub(crate) fn get(&self, chat: ChatId) -> Option<Room> {
        self.0.get(&chat)
    }

    /// Puts in what was loaded or logged; the sequencer's alone.
    pub(crate) fn put(&self, chat: ChatId, room: Room) {
        self.0.insert(chat, room);
    }
}

/// What a reader found.
pub(crate) enum Found<'a> {
    /// The document.
    Here(Stored),
    /// Nothing. What is loaded now may be put in through the place, if nobody else loads it already.
    Missing(Option<Vacancy<'a>>),
}

impl Documents {
    pub(crate) fn new() -> Self {
        // Half of it is for what came last, since those who follow the log ask for all of that once.
        let options = OptionsBuilder::new()
            .estimated_items_capacity(DOCUMENTS)
            .weight_capacity(DOCUMENTS as u64)
            .hot_allocation(0.5)
            .build();
        let of = |options| {
            Cache::with_options(
                options,
                UnitWeighter,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            )
        };
        // It has all that it needs, so building cannot fail.
        Self(options.map_or_else(|_| Cache::new(DOCUMENTS), of))
    }

    /// The document, or the place for it.
    pub(crate) fn find(&self, stream: StreamId) -> Found<'_> {
        match self.0.get_value_or_guard(&stream, Some(Duration::ZERO)) {
            GuardResult::Value(stored) => Found::Here(stored),
            GuardResult::Guard(place) => Found::Missing(Some(place)),
            GuardResult::Timeout => Found::Missing(None),
        }
    }

    /// The document, if it is there.
    pub(crate) fn get(&self, stream: StreamId) -> Option<Stored> {
        self.0.get(&stream)
    }

    /// Puts in what was logged; the sequencer's alone.
    pub(crate) fn put(&self, stream: StreamId, stored: Stored) {
        self.0.insert(stream, stored);
    }

    /// A thread has so many replies now; the sequencer's alone.
    pub(crate) fn count(&self, root: StreamId, replies: u64) {
        match self.0.get(&root) {
            Some(mut stored) => {
                if let Some(place) = &mut stored.place {
                    place.replies = place.replies.max(replies);
                }
                self.0.insert(root, stored);
            }
            None => drop(self.0.remove(&root)),
        }
    }
}

/// Fills a place; when the sequencer was faster, its value stays.
pub(crate) fn fill(place: Option<Vacancy<'_>>, stored: &Stored) {
    if let Some(place) = place {
        // The value comes back when the place is gone; it is older than what replaced it.
        drop(place.insert(stored.clone()));
    }
}
