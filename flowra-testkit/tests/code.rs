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
        lines in prop::collection::vec("(#task|@ada|[a-z ]{0,12}){1,3}", 1..6),
        container in prop::sample::select(vec![("", ""), ("> ", "> "), ("- ", "  "), ("1. ", "   ")]),
    ) {
        let (first, rest) = container;
        let inside = lines.iter().map(String::as_str).chain(["```"]);
        let inside: Vec<String> = inside.map(|line| format!("{rest}{line}")).collect();
        let content = format!("{first}```\n{}", inside.join("\n"));
        prop_assert!(Mentions::parse(&content).is_empty(), "{content}");
        prop_assert!(tag::parse(&content).is_empty(), "{content}");
    }
}
