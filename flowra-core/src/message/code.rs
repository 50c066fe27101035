//! Which parts of a message are code, where nobody is named and no tag is meant.
//!
//! Of `CommonMark` it knows fenced blocks, also in lists and quotes, and code spans, also over several lines of a paragraph. It refuses to know
//! everything else: indented code is not told from text that somebody moved to the right, and HTML is text.

mod block;
mod cursor;

use std::ops::Range;

use block::{Blocks, Part};

/// The parts that are code, in order, as ranges of bytes: fenced blocks with their fences, and spans with their backticks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code(Vec<Range<usize>>);

impl Code {
    /// Finds the code of a message.
    #[must_use]
    pub fn find(content: &str) -> Self {
        let mut code = Self::default();
        // Without these marks there is none.
        if !content.contains(['`', '~']) {
            return code;
        }
        let mut blocks = Blocks::default();
        let mut paragraph = 0..0;
        let mut at = 0;
        for line in content.split_inclusive('\n') {
            let here = at..at + line.len();
            at = here.end;
            let part = blocks.read(line);
            if part == Part::Continues {
                paragraph.end = here.end;
                continue;
            }
            code.spans(content, &paragraph);
            paragraph = match part {
                Part::Begins | Part::Continues => here,
                Part::Alone => {
                    code.spans(content, &here);
                    0..0
                }
                Part::Fenced => {
                    code.0.push(here);
                    0..0
                }
                Part::Empty => 0..0,
            };
        }
        code.spans(content, &paragraph);
        code
    }

    /// Whether the byte at this place is code.
    #[must_use]
    pub fn holds(&self, at: usize) -> bool {
        let after = self.0.partition_point(|range| range.end <= at);
        self.0.get(after).is_some_and(|range| range.start <= at)
    }

    /// Adds the code spans of a paragraph: from a run of backticks to the next run of as many.
    fn spans(&mut self, content: &str, paragraph: &Range<usize>) {
        let bytes = content.as_bytes();
        let mut at = paragraph.start;
        while let Some(start) = find_tick(bytes, at..paragraph.end) {
            let ticks = run(bytes, start..paragraph.end);
            let is_escaped = bytes[paragraph.start..start]
                .iter()
                .rev()
                .take_while(|byte| **byte == b'\\')
                .count()
                % 2
                == 1;
            if is_escaped {
                at = start + 1;
                continue;
            }
            at = start + ticks;
            let mut end = at;
            while let Some(found) = find_tick(bytes, end..paragraph.end) {
                let closing = run(bytes, found..paragraph.end);
                end = found + closing;
                if closing == ticks {
                    self.0.push(start..end);
                    at = end;
                    break;
                }
            }
        }
    }
}

fn find_tick(bytes: &[u8], range: Range<usize>) -> Option<usize> {
    let start = range.start;
    bytes[range]
        .iter()
        .position(|byte| *byte == b'`')
        .map(|at| start + at)
}

fn run(bytes: &[u8], range: Range<usize>) -> usize {
    bytes[range].iter().take_while(|byte| **byte == b'`').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The content with an x for each byte of code.
    fn marked(content: &str) -> String {
        let code = Code::find(content);
        let mark = |(at, c): (usize, char)| if code.holds(at) && c != '\n' { 'x' } else { c };
        content.char_indices().map(mark).collect()
    }

    #[test]
    fn spans_are_code_also_over_lines_of_a_paragraph() {
        assert_eq!(marked("a `b` c"), "a xxx c");
        assert_eq!(marked("a ``b ` c`` d"), "a xxxxxxxxx d");
        assert_eq!(marked("a `b\nc` d"), "a xx\nxx d");
        assert_eq!(marked("a `b\n\nc` d"), "a `b\n\nc` d");
        assert_eq!(marked("a ` b `` c"), "a ` b `` c");
        assert_eq!(marked(r"a \`b` c"), r"a \`b` c");
    }

    #[test]
    fn fenced_blocks_are_code_with_their_fences() {
        assert_eq!(marked("a\n```rust\nb\n```\nc"), "a\nxxxxxxx\nx\nxxx\nc");
        assert_eq!(marked("~~~\na\n```\n~~~~\nb"), "xxx\nx\nxxx\nxxxx\nb");
        assert_eq!(marked("```\nnever closed"), "xxx\nxxxxxxxxxxxx");
        assert_eq!(marked("   ```\na\n   ```\nb"), "xxxxxx\nx\nxxxxxx\nb");
    }

    #[test]
    fn a_fence_too_far_to_the_right_opens_nothing() {
        assert_eq!(marked("    ```\na"), "    ```\na");
    }

    #[test]
    fn blocks_in_lists_and_quotes_end_with_them() {
        for (content, expected) in [
            ("- ```\n  a\n  ```\n- b", "xxxxx\nxxx\nxxxxx\n- b"),
            ("1. a\n   ```\n   b\n   ```\nc", "1. a\nxxxxxx\nxxxx\nxxxxxx\nc"),
            ("10) ```\n    a\n   b", "xxxxxxx\nxxxxx\n   b"),
            ("- ```\n  a\nb", "xxxxx\nxxx\nb"),
            ("- ```\n\n  a", "xxxxx\n\nxxx"),
            ("> ```\n> a\n> ```\n> b", "xxxxx\nxxx\nxxxxx\n> b"),
            ("> ```\n> a\nb", "xxxxx\nxxx\nb"),
            ("> ```\n> a\n\n> b", "xxxxx\nxxx\n\n> b"),
            ("> - ~~~\n>   a\n>   ~~~\n> - b", "xxxxxxx\nxxxxx\nxxxxxxx\n> - b"),
            ("- - ```\n    a\n  - b", "xxxxxxx\nxxxxx\n  - b"),
            ("-\t```\n\ta\n    b\n\t```\nc", "xxxxx\nxx\nxxxxx\nxxxx\nc"),
            (
                "- a\n\n     ```\n  b\n     ```\nc",
                "- a\n\nxxxxxxxx\nxxx\nxxxxxxxx\nc",
            ),
        ] {
            assert_eq!(marked(content), expected, "{content}");
        }
    }

    #[test]
    fn what_looks_like_a_quote_or_a_list_inside_a_block_is_code() {
        for (content, expected) in [
            ("```\n> ```\na\n```\nb", "xxx\nxxxxx\nx\nxxx\nb"),
            ("```\n- ```\na\n```\nb", "xxx\nxxxxx\nx\nxxx\nb"),
            ("```\n1. a\nb", "xxx\nxxxx\nx"),
            ("- ```\n  > a\n  b\n  ```\nc", "xxxxx\nxxxxx\nxxx\nxxxxx\nc"),
            ("> ```\n> - ```\n> a", "xxxxx\nxxxxxxx\nxxx"),
            ("```\na\n    ```\nb\n```\nc", "xxx\nx\nxxxxxxx\nx\nxxx\nc"),
        ] {
            assert_eq!(marked(content), expected, "{content}");
        }
    }

    #[test]
    fn a_span_ends_with_its_paragraph() {
        for (content, expected) in [
            ("> a `b\n> c` d", "> a xx\nxxxx d"),
            ("> a `b\nc` d", "> a xx\nxx d"),
            ("- a `b\n  c` d", "- a xx\nxxxx d"),
            ("- a `b\n- c` d", "- a `b\n- c` d"),
            ("a `b\n> c` d", "a `b\n> c` d"),
            ("a `b\n# c` d", "a `b\n# c` d"),
            ("# a `b\nc` d", "# a `b\nc` d"),
            ("a `b\n---\nc` d", "a `b\n---\nc` d"),
            ("a `b\n===\nc` d", "a `b\n===\nc` d"),
            ("a `b\n```\nc` d", "a `b\nxxx\nxxxx"),
            ("a `b\n2. c` d", "a xx\nxxxxx d"),
            ("a `b\n     c` d", "a xx\nxxxxxxx d"),
        ] {
            assert_eq!(marked(content), expected, "{content}");
        }
    }

    #[test]
    fn a_hostile_message_is_read_in_no_time() {
        let depth = ">".repeat(5_000) + &"\n".repeat(5_000) + "`a`";
        assert!(Code::find(&depth).holds(depth.len() - 1));
        let items = "- ".repeat(2_500) + "a" + &"\n".repeat(4_990) + "`";
        assert!(!Code::find(&items).holds(items.len() - 1));
        let runs: String = (1..140).map(|length| "`".repeat(length) + " ").collect();
        assert!(!Code::find(&runs).holds(0));
    }
}
