//! Decoded documents in memory, so that the reads of every request touch no disk.
//!
//! The writer puts in what it committed before anybody hears of the commit. A reader that found nothing holds a place for what it loads; when
//! the writer puts in or removes the key meanwhile, the place is gone and the older value is not kept.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use flowra_core::chat::Chat;
use flowra_core::message::Placed;
use flowra_core::task::Task;
use flowra_core::user::{Session, Token, TokenId, User};
use flowra_core::workspace::Workspace;
use flowra_core::{ChatId, Digest, MessageId, TaskId, UserId, WorkspaceId};
use quick_cache::sync::{Cache, DefaultLifecycle, GuardResult, PlaceholderGuard};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

const MIB: u64 = 1 << 20;

/// All caches; together about 16 MiB when they are full.
pub(crate) struct Caches {
    pub(crate) users: Documents<UserId, Arc<User>>,
    /// Folded usernames; a username never changes.
    pub(crate) usernames: Documents<Arc<str>, UserId>,
    pub(crate) workspaces: Documents<WorkspaceId, Arc<Workspace>>,
    pub(crate) chats: Documents<ChatId, Arc<Chat>>,
    pub(crate) messages: Documents<MessageId, Arc<Placed>>,
    pub(crate) tasks: Documents<TaskId, Arc<Task>>,
    /// By the digest of the access token.
    pub(crate) sessions: Documents<Digest, Arc<Session>>,
    pub(crate) tokens: Documents<Digest, Arc<Token>>,
    /// When a token's use was written down last, in milliseconds.
    pub(crate) token_uses: Documents<TokenId, i64>,
}

impl Caches {
    pub(crate) fn new() -> Self {
        Self {
            users: Documents::new(2 * MIB, 512),
            usernames: Documents::new(MIB, 128),
            workspaces: Documents::new(3 * MIB, 4096),
            chats: Documents::new(3 * MIB, 1024),
            messages: Documents::new(3 * MIB, 1024),
            tasks: Documents::new(2 * MIB, 1024),
            sessions: Documents::new(2 * MIB, 256),
            tokens: Documents::new(MIB / 2, 256),
            token_uses: Documents::new(MIB / 4, 64),
        }
    }

    /// Forgets everything; for when the documents are exchanged as a whole.
    pub(crate) fn clear(&self) {
        self.users.0.clear();
        self.usernames.0.clear();
        self.workspaces.0.clear();
        self.chats.0.clear();
        self.messages.0.clear();
        self.tasks.0.clear();
    }
}

/// A cache of one kind of value, bounded by weight.
pub(crate) struct Documents<K, V>(Cache<K, V, ByWeight>);

type Place<'a, K, V> = PlaceholderGuard<'a, K, V, ByWeight, DefaultHashBuilder, DefaultLifecycle<K, V>>;

/// What a reader found.
pub(crate) enum Found<'a, K, V> {
    /// The value.
    Here(V),
    /// Nothing. What is loaded now may be put in through the place, if nobody else loads it already.
    Missing(Option<Place<'a, K, V>>),
}

impl<K, V> Documents<K, V>
where
    K: Hash + Eq + Clone,
    V: Clone + Weigh,
{
    fn new(weight: u64, usual: u64) -> Self {
        let items = usize::try_from(weight / usual).unwrap_or(usize::MAX);
        let options = OptionsBuilder::new()
            .shards(2)
            .estimated_items_capacity(items)
            .weight_capacity(weight)
            .build();
        Self(match options {
            Ok(options) => Cache::with_options(
                options,
                ByWeight,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            Err(_) => Cache::with_weighter(items, weight, ByWeight),
        })
    }

    /// The value, or the place for it.
    pub(crate) fn find(&self, key: &K) -> Found<'_, K, V> {
        match self.0.get_value_or_guard(key, Some(Duration::ZERO)) {
            GuardResult::Value(value) => Found::Here(value),
            GuardResult::Guard(place) => Found::Missing(Some(place)),
            GuardResult::Timeout => Found::Missing(None),
        }
    }

    /// The value, if it is there.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.0.get(key)
    }

    /// Puts in what was committed; the writer's alone.
    pub(crate) fn put(&self, key: K, value: V) {
        self.0.insert(key, value);
    }

    /// Takes out what was changed or removed; the writer's alone.
    pub(crate) fn remove(&self, key: &K) {
        self.0.remove(key);
    }
}

/// Fills a place; when the writer was faster, its value stays.
pub(crate) fn fill<K, V>(place: Option<Place<'_, K, V>>, value: &V)
where
    K: Hash + Eq + Clone,
    V: Clone + Weigh,
{
    if let Some(place) = place {
        // The value comes back when the place is gone; it is older than what replaced it.
        drop(place.insert(value.clone()));
    }
}

/// Weighs by [`Weigh`].
#[derive(Clone)]
pub(crate) struct ByWeight;

impl<K, V: Weigh> Weighter<K, V> for ByWeight {
    fn weight(&self, _key: &K, value: &V) -> u64 {
        value.bytes()
    }
}

/// About how many bytes of memory a value takes, its place in the cache included.
pub(crate) trait Weigh {
    fn bytes(&self) -> u64;
}

/// What an entry costs whatever its value.
const ENTRY: usize = 96;

fn bytes(of: usize) -> u64 {
    (ENTRY + of) as u64
}

impl Weigh for UserId {
    fn bytes(&self) -> u64 {
        bytes(64)
    }
}

impl Weigh for i64 {
    fn bytes(&self) -> u64 {
        bytes(0)
    }
}

impl Weigh for Arc<User> {
    fn bytes(&self) -> u64 {
        bytes(256 + self.email.as_str().len() + self.display_name.as_str().len())
    }
}

impl Weigh for Arc<Workspace> {
    fn bytes(&self) -> u64 {
        bytes(512 + self.description.as_str().len() + 48 * self.members.len() + 128 * self.invites.len())
    }
}

impl Weigh for Arc<Chat> {
    fn bytes(&self) -> u64 {
        bytes(384 + self.topic.as_str().len() + 48 * self.participants.len() + 16 * self.pins.len())
    }
}

impl Weigh for Arc<Placed> {
    fn bytes(&self) -> u64 {
        let reactions: usize = self
            .message
            .reactions
            .iter()
            .map(|reaction| 64 + 16 * reaction.users.len())
            .sum();
        let content = self
            .message
            .content
            .as_ref()
            .map_or(0, |text| text.as_str().len());
        bytes(384 + content + reactions + 16 * self.message.mentions.len())
    }
}

impl Weigh for Arc<Task> {
    fn bytes(&self) -> u64 {
        bytes(640 + self.description.as_str().len() + 64 * self.labels.as_slice().len())
    }
}

impl Weigh for Arc<Session> {
    fn bytes(&self) -> u64 {
        bytes(160)
    }
}

impl Weigh for Arc<Token> {
    fn bytes(&self) -> u64 {
        bytes(256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> Documents<TokenId, i64> {
        Documents::new(MIB, 64)
    }

    #[test]
    fn a_reader_does_not_put_back_what_the_writer_replaced() {
        let (cache, key) = (cache(), TokenId::from_bytes([1; 16]));
        let Found::Missing(place) = cache.find(&key) else {
            panic!("nothing was put in");
        };
        cache.put(key, 2);
        fill(place, &1);
        assert_eq!(cache.get(&key), Some(2));
    }

    #[test]
    fn a_reader_does_not_put_back_what_the_writer_removed() {
        let (cache, key) = (cache(), TokenId::from_bytes([1; 16]));
        let Found::Missing(place) = cache.find(&key) else {
            panic!("nothing was put in");
        };
        cache.remove(&key);
        fill(place, &1);
        assert_eq!(cache.get(&key), None);
    }

    #[test]
    fn a_reader_does_not_put_back_what_was_cleared() {
        let (cache, key) = (cache(), TokenId::from_bytes([1; 16]));
        let Found::Missing(place) = cache.find(&key) else {
            panic!("nothing was put in");
        };
        cache.0.clear();
        fill(place, &1);
        assert_eq!(cache.get(&key), None);
    }

    #[test]
    fn a_second_reader_is_not_kept_waiting() {
        let (cache, key) = (cache(), TokenId::from_bytes([1; 16]));
        let first = cache.find(&key);
        assert!(matches!(cache.find(&key), Found::Missing(None)));
        drop(first);
    }
}
