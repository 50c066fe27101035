//! Which parts of a message are code, where nobody is named and no tag is meant.
//!
//! Of `CommonMark` it knows fenced blocks, also in lists and quotes, and code spans, also over several lines of a paragraph. It refuses to know
//! everything else: indented code is not told from text that somebody moved to the right.

use std::ops::Range;

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
        let mut paragraph = 0..0;
        let mut fence: Option<Fence<'_>> = None;
        let mut item = 0;
        let mut at = 0;
        for whole in content.split_inclusive('\n') {
            let here = at..at + whole.len();
            at = here.end;
            let line = Line::read(whole, item);
            if let Some(open) = fence.as_ref().filter(|open| open.goes_on(&line)) {
                if open.ends(&line) {
                    fence = None;
                }
                code.0.push(here);
                continue;
            }
            if !line.text.trim().is_empty() {
                item = line.item;
            }
            fence = Fence::open(&line);
            if fence.is_some()
                || line.text.trim().is_empty()
                || line.begins_item
                || line.quotes_change(content, &paragraph)
            {
                code.spans(content, &paragraph);
                paragraph = here.start..here.start;
            }
            if fence.is_some() {
                code.0.push(here.clone());
                paragraph = here.end..here.end;
            } else {
                paragraph.end = here.end;
            }
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

/// A line without what puts it into quotes and lists.
struct Line<'a> {
    /// How many quotes it is in.
    quotes: usize,
    /// How far the text of its list item is to the right; 0 outside of lists.
    item: usize,
    begins_item: bool,
    /// How far its text is to the right, within its list item.
    indent: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    /// Reads a line; `item` is how far the text of the list item before it is to the right.
    fn read(line: &'a str, item: usize) -> Self {
        let (mut rest, mut quotes, mut column) = (line, 0, 0);
        let (mut begins_item, mut inner) = (false, 0);
        loop {
            let spaces = rest.bytes().take_while(|byte| *byte == b' ').count();
            let text = &rest[spaces..];
            let limit = if begins_item || quotes > 0 { 3 } else { item + 3 };
            if spaces > limit {
                break;
            }
            if let Some(after) = text.strip_prefix('>') {
                quotes += 1;
                (rest, column, inner) = (after.strip_prefix(' ').unwrap_or(after), 0, 0);
                continue;
            }
            let Some(marker) = list_marker(text) else { break };
            begins_item = true;
            column += spaces + marker;
            inner = column;
            rest = &text[marker..];
        }
        let spaces = rest.bytes().take_while(|byte| *byte == b' ').count();
        let (item, indent) = if begins_item {
            (inner, spaces)
        } else if spaces >= item {
            (item, spaces - item)
        } else {
            (0, spaces)
        };
        Self {
            quotes,
            item,
            begins_item,
            indent,
            text: &rest[spaces..],
        }
    }

    /// Whether the paragraph before it is in other quotes.
    fn quotes_change(&self, content: &str, paragraph: &Range<usize>) -> bool {
        let before = content[paragraph.clone()].lines().next_back();
        before.is_some_and(|before| Line::read(before, self.item).quotes < self.quotes)
    }
}

/// The length of a bullet or a number with the space behind it.
fn list_marker(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let marker = match text.as_bytes().get(digits)? {
        b'-' | b'+' | b'*' if digits == 0 => 1,
        b'.' | b')' if (1..=9).contains(&digits) => digits + 1,
        _ => return None,
    };
    text[marker..].starts_with(' ').then_some(marker + 1)
}

/// A fenced block that is open.
struct Fence<'a> {
    marks: &'a str,
    quotes: usize,
    item: usize,
}

impl<'a> Fence<'a> {
    /// The block that begins with this line: three or more backticks or tildes, not too far to the right.
    fn open(line: &Line<'a>) -> Option<Self> {
        let mark = line
            .text
            .chars()
            .next()
            .filter(|mark| matches!(mark, '`' | '~'))?;
        let length = line.text.chars().take_while(|c| *c == mark).count();
        let (marks, rest) = line.text.split_at(length);
        // Backticks behind backticks make a span, as in ```` ```code``` ````.
        let is_span = mark == '`' && rest.contains('`');
        (length >= 3 && line.indent <= 3 && !is_span).then_some(Self {
            marks,
            quotes: line.quotes,
            item: line.item,
        })
    }

    /// Whether a line is in the same quotes and list item, outside of which no block goes on.
    fn goes_on(&self, line: &Line<'_>) -> bool {
        let is_blank = line.text.trim().is_empty();
        line.quotes >= self.quotes
            && (self.quotes > 0
                || is_blank
                || (line.item >= self.item && (self.item == 0 || !line.begins_item)))
    }

    /// Whether a line ends it: at least as many of the same marks, and nothing behind them.
    fn ends(&self, line: &Line<'_>) -> bool {
        let text = line.text.trim_end();
        text.starts_with(self.marks)
            && text.trim_start_matches(&self.marks[..1]).is_empty()
            && line.indent <= 3
    }
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
        assert_eq!(marked("- ```\n  a\n  ```\n- b"), "xxxxx\nxxx\nxxxxx\n- b");
        assert_eq!(
            marked("1. a\n   ```\n   b\n   ```\nc"),
            "1. a\nxxxxxx\nxxxx\nxxxxxx\nc"
        );
        assert_eq!(marked("- ```\n  a\nb"), "xxxxx\nxxx\nb");
        assert_eq!(marked("> ```\n> a\n> ```\n> b"), "xxxxx\nxxx\nxxxxx\n> b");
        assert_eq!(marked("> ```\n> a\nb"), "xxxxx\nxxx\nb");
    }
}
