//! What the strategies make keeps the rules, survives storage, and reaches the corners.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Debug;

use flowra_core::task::{Labels, Rank, SortBy};
use flowra_core::text::words;
use flowra_testkit::strategies::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn survives_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
}

proptest! {
    #[test]
    fn every_text_survives_storage(
        username in usernames(),
        email in emails(),
        name in display_names(),
        title in titles(),
        topic in topics(),
        content in contents(),
        emoji in emojis(),
        label in labels(),
        prefix in key_prefixes(),
    ) {
        survives_json(&username);
        survives_json(&email);
        survives_json(&name);
        survives_json(&title);
        survives_json(&topic);
        survives_json(&content);
        survives_json(&emoji);
        survives_json(&label);
        survives_json(&prefix);
    }

    #[test]
    fn every_value_survives_storage(
        id in ids::<()>(),
        digest in digests(),
        time in timestamps(),
        due in dues(),
        labels in label_sets(),
        rank in ranks(),
        scopes in scopes(),
    ) {
        survives_json(&id);
        survives_json(&digest);
        survives_json(&time);
        survives_json(&due);
        survives_json(&labels);
        survives_json(&rank);
        survives_json(&scopes);
    }

    #[test]
    fn a_set_of_labels_has_each_once_in_any_case(labels in label_sets()) {
        let mut folded: Vec<_> = labels.as_slice().iter().map(|label| label.as_str().to_lowercase()).collect();
        folded.sort();
        folded.dedup();
        prop_assert_eq!(folded.len(), labels.as_slice().len());
        prop_assert!(folded.len() <= Labels::MAX);
    }

    #[test]
    fn between_any_two_ranks_is_room(one in ranks(), other in ranks(), number in 1..1_000_u64) {
        let (low, high) = (one.clone().min(other.clone()), one.max(other));
        let middle = Rank::between(Some(&low), Some(&high), number);
        prop_assert_eq!(middle.is_none(), low == high);
        prop_assert!(middle.is_none_or(|middle| low < middle && middle < high));
    }

    #[test]
    fn words_are_found_again_in_what_they_came_from(text in anything()) {
        let found = words(&text);
        prop_assert_eq!(words(&found.join(" ")), found);
    }

    #[test]
    fn nothing_that_is_typed_makes_a_reader_panic(text in anything()) {
        let _ = flowra_core::time::Timestamp::parse(&text);
        let _ = flowra_core::Id::<()>::parse(&text);
        let _ = text.parse::<flowra_core::task::Due>();
        let _ = text.parse::<flowra_core::task::TaskKey>();
        let _ = text.parse::<flowra_core::Digest>();
        let _ = text.parse::<flowra_core::event::StreamId>();
    }
}

#[test]
fn titles_reach_both_ends_of_their_rule() {
    let lengths: Vec<_> = sample(titles(), 500)
        .iter()
        .map(|title| title.as_str().chars().count())
        .collect();
    assert!(lengths.contains(&1) && lengths.contains(&200), "{lengths:?}");
}

#[test]
fn contents_have_tags_and_mentions_in_them() {
    let contents = sample(contents(), 500);
    for piece in ["#task ", "@channel", "```"] {
        assert!(
            contents.iter().any(|content| content.as_str().contains(piece)),
            "{piece}"
        );
    }
}

#[test]
fn filters_and_sorts_are_of_every_kind() {
    let filters = sample(task_filters(), 500);
    assert!(filters.iter().any(|filter| filter.text.is_some()));
    assert!(filters.iter().any(|filter| filter.due_before.is_some()));
    let sorts = sample(task_sorts(), 100);
    assert!(
        sorts
            .iter()
            .any(|sort| sort.descending && sort.by == SortBy::DueDate)
    );
}

fn sample<S: Strategy>(strategy: S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    let next = |_| strategy.new_tree(&mut runner).unwrap().current();
    (0..count).map(next).collect()
}
