//! Reads what people give for a task's fields; a refusal names the field.

use std::str::FromStr;

use super::{Due, Label, Labels, TaskDescription, TaskRefusal, TaskTitle};
use crate::id::Id;
use crate::text::TextFault;
use crate::text::UnknownWord;

/// Reads what may be left out.
pub(super) fn given<T>(
    text: Option<&str>,
    read: impl FnOnce(&str) -> Result<T, TaskRefusal>,
) -> Result<Option<T>, TaskRefusal> {
    text.map(read).transpose()
}

pub(super) fn title(text: &str) -> Result<TaskTitle, TaskRefusal> {
    TaskTitle::parse(text).map_err(|fault| TaskRefusal::Invalid {
        field: "title",
        fault,
    })
}

pub(super) fn description(text: &str) -> Result<TaskDescription, TaskRefusal> {
    TaskDescription::parse(text).map_err(|fault| TaskRefusal::Invalid {
        field: "description",
        fault,
    })
}

/// A word of a closed set, in any case.
pub(super) fn word<T: FromStr<Err = UnknownWord>>(field: &'static str, text: &str) -> Result<T, TaskRefusal> {
    text.parse()
        .map_err(|UnknownWord { allowed }| TaskRefusal::UnknownWord { field, allowed })
}

pub(super) fn label(field: &'static str, text: &str) -> Result<Label, TaskRefusal> {
    Label::parse(text).map_err(|fault| TaskRefusal::Invalid { field, fault })
}

/// Labels; of two that differ in case only, the first.
pub(super) fn labels(field: &'static str, texts: &[String]) -> Result<Labels, TaskRefusal> {
    let labels: Vec<Label> = texts
        .iter()
        .map(|text| label(field, text))
        .collect::<Result<_, _>>()?;
    Labels::parse(labels)
}

pub(super) fn due(field: &'static str, text: &str) -> Result<Due, TaskRefusal> {
    text.parse().map_err(|_| TaskRefusal::Invalid {
        field,
        fault: TextFault::Malformed {
            rule: "a day such as 2026-11-22 or a time such as 2026-11-22T09:30:00Z",
        },
    })
}

pub(super) fn id<K: ?Sized>(field: &'static str, text: &str) -> Result<Id<K>, TaskRefusal> {
    text.parse().map_err(|_| TaskRefusal::Invalid {
        field,
        fault: TextFault::Malformed {
            rule: "an id such as 0190a5e2-7b3c-7def-8123-456789abcdef",
        },
    })
}
