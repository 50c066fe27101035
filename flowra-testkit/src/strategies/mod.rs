//! `proptest` strategies for what people put in: ids, texts, every value that a command takes, and whole [`commands`].
//!
//! Responsible for reaching the corners of each rule: shortest and longest, other scripts, white space, case. It refuses to generate
//! what the types rule out; for that there is [`anything`], to be parsed.

pub mod commands;
mod tasks;
mod texts;

pub use tasks::{
    columns, dues, label_sets, priorities, ranks, severities, statuses, statuses_of, task_filters,
    task_kinds, task_sorts,
};
pub use texts::{
    anything, contents, display_names, emails, emojis, key_prefixes, labels, task_descriptions, task_titles,
    titles, token_names, topics, usernames, workspace_descriptions, workspace_names,
};

use flowra_core::chat::{ChatKind, ChatRole};
use flowra_core::page::Limit;
use flowra_core::time::Timestamp;
use flowra_core::user::Scopes;
use flowra_core::workspace::Role;
use flowra_core::{Digest, Id};
use proptest::prelude::*;
use proptest::sample::select;

/// Any id; unlikely to repeat.
pub fn ids<K: ?Sized>() -> impl Strategy<Value = Id<K>> {
    any::<[u8; 16]>().prop_map(Id::from_bytes)
}

/// Any digest.
pub fn digests() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest::from_bytes)
}

/// Any point that RFC 3339 can write, mostly within this century.
pub fn timestamps() -> impl Strategy<Value = Timestamp> {
    let century = 946_684_800_000..4_102_444_800_000_i64;
    let ever = Timestamp::MIN.millis()..=Timestamp::MAX.millis();
    prop_oneof![4 => century, 1 => ever].prop_map(Timestamp::from_millis)
}

/// Any role in a workspace below the owner's, which is given by a transfer only.
pub fn roles() -> impl Strategy<Value = Role> {
    select(vec![Role::Guest, Role::Member, Role::Admin])
}

/// Any role in a chat.
pub fn chat_roles() -> impl Strategy<Value = ChatRole> {
    select(vec![ChatRole::Member, ChatRole::Admin])
}

/// Any kind of chat.
pub fn chat_kinds() -> impl Strategy<Value = ChatKind> {
    select(vec![ChatKind::Direct, ChatKind::Group, ChatKind::Channel])
}

/// Any choice of a token's scopes, none included.
pub fn scopes() -> impl Strategy<Value = Scopes> {
    any::<[bool; 3]>().prop_map(|[read, write, admin]| Scopes { read, write, admin })
}

/// Any length that a page may have, mostly a short one.
pub fn limits() -> impl Strategy<Value = Limit> {
    prop_oneof![3 => 1..=5_usize, 1 => 1..=Limit::MAX.get()]
        .prop_filter_map("a limit is within 1 and 100", |items| Limit::parse(items).ok())
}
