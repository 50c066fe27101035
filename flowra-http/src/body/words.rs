//! The words of closed sets, as the OpenAPI document lists them.

use std::marker::PhantomData;

use flowra_core::chat::{ChatKind, ChatRole, ChatState};
use flowra_core::message::MessageKind;
use flowra_core::task::{Column, Priority, Severity, Status, TaskKind};
use flowra_core::workspace::Role;
use salvo::oapi::{BasicType, Components, Object, RefOr, Schema, ToSchema};
use serde::Serialize;

/// In a schema: a text that is one of the words of `T`.
pub struct WordOf<T>(PhantomData<T>);

/// A set of words that clients may know by heart.
pub trait ClosedSet {
    /// All of them, in their natural order.
    fn words() -> Vec<String>;
}

impl<T: ClosedSet> ToSchema for WordOf<T> {
    fn to_schema(_components: &mut Components) -> RefOr<Schema> {
        Object::with_type(BasicType::String)
            .enum_values(T::words())
            .into()
    }
}

/// The words as bodies spell them.
fn spelled<T: Serialize>(all: impl IntoIterator<Item = T>) -> Vec<String> {
    let spell = |word: T| match serde_json::to_value(word) {
        Ok(serde_json::Value::String(text)) => Some(text),
        Ok(_) | Err(_) => None,
    };
    all.into_iter().filter_map(spell).collect()
}

impl ClosedSet for TaskKind {
    fn words() -> Vec<String> {
        Self::ALL.map(|word| word.as_str().to_owned()).into()
    }
}

impl ClosedSet for Status {
    fn words() -> Vec<String> {
        Self::ALL.map(|word| word.as_str().to_owned()).into()
    }
}

impl ClosedSet for Column {
    fn words() -> Vec<String> {
        Self::ALL.map(|word| word.as_str().to_owned()).into()
    }
}

impl ClosedSet for Priority {
    fn words() -> Vec<String> {
        Self::ALL.map(|word| word.as_str().to_owned()).into()
    }
}

impl ClosedSet for Severity {
    fn words() -> Vec<String> {
        Self::ALL.map(|word| word.as_str().to_owned()).into()
    }
}

impl ClosedSet for ChatKind {
    fn words() -> Vec<String> {
        spelled([Self::Direct, Self::Group, Self::Channel])
    }
}

impl ClosedSet for ChatState {
    fn words() -> Vec<String> {
        spelled([Self::Open, Self::Closed])
    }
}

impl ClosedSet for ChatRole {
    fn words() -> Vec<String> {
        spelled([Self::Admin, Self::Member])
    }
}

impl ClosedSet for Role {
    fn words() -> Vec<String> {
        spelled([Self::Owner, Self::Admin, Self::Member, Self::Guest])
    }
}

impl ClosedSet for MessageKind {
    fn words() -> Vec<String> {
        spelled([Self::User, Self::Bot, Self::System])
    }
}
