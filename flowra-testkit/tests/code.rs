//! Whatever stands in code names nobody and means no tag, and no text upsets the reader.

use flowra_core::message::{Code, Mentions};
use flowra_core::tag;
use proptest::prelude::*;

proptest! {
    #[test]
    fn any_text_can_be_read(text in "(?s).{0,200}", marks in "[`~>#@ \\n\\-1.\\\\a]{0,80}") {
        for content in [&text, &marks] {
            let code = Code::find(content);
            let _ = (0..=content.len()).filter(|at| code.holds(*at)).count();
            let _ = (Mentions::parse(content), tag::parse(content));
        }
    }

    #[test]
    fn text_without_marks_has_no_code(text in "[^`~]{0,200}") {
        let code = Code::find(&text);
        prop_assert!(!(0..text.len()).any(|at| code.holds(at)));
    }

    #[test]
    fn what_is_fenced_names_nobody_and_means_nothing(
        containers in prop::collection::vec(prop::sample::select(vec!["> ", "- ", "1. ", "12) "]), 0..4),
        mark in prop::sample::select(vec!["`", "~"]),
        length in 3..6_usize,
        lines in prop::collection::vec("([`~]{0,2}|#task |@ada|> |- |1. |    |[a-z]{0,6}){0,6}", 0..8),
    ) {
        let fence = mark.repeat(length);
        // The line after the first goes on with a quote by its mark and with an item by its indent.
        let rest: String = containers
            .iter()
            .map(|marker| if *marker == "> " { "> ".to_owned() } else { " ".repeat(marker.len()) })
            .collect();
        let is_inside = |line: &&String| !line.contains(&fence);
        let inside: Vec<_> = lines.iter().filter(is_inside).map(|line| format!("{rest}{line}\n")).collect();
        let content = format!("{}{fence} rust\n{}{rest}{fence}\n\n", containers.concat(), inside.concat());
        prop_assert!(Mentions::parse(&content).is_empty(), "{content}");
        prop_assert!(tag::parse(&content).is_empty(), "{content}");
        let content = content + "#task Fix @ada";
        prop_assert_eq!(Mentions::parse(&content).names.len(), 1, "{}", content);
        prop_assert_eq!(tag::parse(&content).len(), 1, "{}", content);
    }

    #[test]
    fn what_is_in_a_span_names_nobody_and_means_nothing(
        ticks in 1..4_usize,
        words in prop::collection::vec("#close|#task x|@ada|[a-z]{1,6}|\n#task y|\n@ada", 1..12),
    ) {
        let marks = "`".repeat(ticks);
        let content = format!("see {marks}{}{marks}", words.join(" "));
        prop_assert!(Mentions::parse(&content).is_empty(), "{content}");
        prop_assert!(tag::parse(&content).is_empty(), "{content}");
        let content = content + "\n#task Fix @ada";
        prop_assert_eq!(Mentions::parse(&content).names.len(), 1, "{}", content);
        prop_assert_eq!(tag::parse(&content).len(), 1, "{}", content);
    }
}
