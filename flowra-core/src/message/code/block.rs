//! Which kind of block each line of a message is in.
//!
//! Responsible for the containers of `CommonMark` (quotes and list items), for the fences in them, and for where a paragraph ends. What a line
//! owes to the containers that it goes on with is taken off first, so what looks like a quote or a list inside a fence is code.

use super::cursor::Cursor;

/// How many quotes and list items can be within one another; deeper ones are text. It bounds the work on a hostile message.
const MAX_DEPTH: usize = 64;

/// Text that is this many columns to the right begins no fence, quote or list.
const TOO_FAR: usize = 4;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// In a fenced block, or one of its fences.
    Fenced,
    /// The first line of a paragraph.
    Begins,
    /// The next line of the paragraph before it.
    Continues,
    /// Text by itself, such as a heading.
    Alone,
    /// No text: blank, or a rule.
    Empty,
}

/// What is open at the end of a line.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// From the outermost on.
    containers: Vec<Container>,
    /// What is open in the innermost of them.
    leaf: Leaf,
}

#[derive(Debug)]
enum Container {
    Quote,
    Item {
        /// How many columns the lines of the item are to the right.
        width: usize,
        /// Whether there was nothing behind its marker yet; a blank line ends such an item.
        is_empty: bool,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Leaf {
    #[default]
    None,
    Paragraph,
    Fence {
        mark: char,
        length: usize,
    },
}

impl Blocks {
    /// Reads the next line.
    pub(super) fn read(&mut self, line: &str) -> Part {
        let mut rest = Cursor::new(line);
        let mut depth = self.go_on(&mut rest);
        let stays = depth == self.containers.len();
        if let Leaf::Fence { mark, length } = self.leaf {
            if stays {
                if ends_fence(rest, mark, length) {
                    self.leaf = Leaf::None;
                }
                return Part::Fenced;
            }
            self.leaf = Leaf::None;
        }
        // What is left of the paragraph before: a line may interrupt it, or be its next one.
        let mut open = self.leaf == Leaf::Paragraph;
        while let Some(container) = begins_container(&mut rest, depth, open && stays) {
            self.containers.truncate(depth);
            self.containers.push(container);
            self.leaf = Leaf::None;
            depth += 1;
            open = false;
        }
        let (part, leaf) = begins_leaf(rest, open, stays);
        // The text of a paragraph goes on although its quote or list item does not.
        if part != Part::Continues {
            self.containers.truncate(depth);
        }
        self.leaf = leaf;
        part
    }

    /// Takes off what the line owes to the open containers, and tells with how many of them it goes on.
    fn go_on(&mut self, rest: &mut Cursor<'_>) -> usize {
        let goes_on = |container: &mut Container| match container {
            Container::Quote => rest.indent() < TOO_FAR && takes_quote(rest),
            Container::Item { is_empty, .. } if rest.is_blank() => !*is_empty,
            Container::Item { width, is_empty } => {
                let is_in = rest.indent() >= *width;
                if is_in {
                    rest.skip(*width);
                    *is_empty = false;
                }
                is_in
            }
        };
        let ended = self
            .containers
            .iter_mut()
            .map(goes_on)
            .position(|goes_on| !goes_on);
        ended.unwrap_or(self.containers.len())
    }
}

/// The quote or list item that begins here, taken off the line; a paragraph is interrupted by few lists.
fn begins_container(rest: &mut Cursor<'_>, depth: usize, interrupts: bool) -> Option<Container> {
    if depth >= MAX_DEPTH || rest.indent() >= TOO_FAR {
        return None;
    }
    if takes_quote(rest) {
        return Some(Container::Quote);
    }
    let text = rest.text();
    if is_rule(text) || (interrupts && is_underline(text)) {
        return None;
    }
    let marker = list_marker(text)?;
    let margin = rest.indent();
    let mut behind = *rest;
    behind.skip(margin);
    behind.take(marker);
    let is_empty = behind.is_blank();
    // In the middle of a paragraph a number is most often just a number.
    let is_number = marker > 1 && &text[..marker - 1] != "1";
    if interrupts && (is_empty || is_number) {
        return None;
    }
    let spaces = behind.indent();
    // Text far to the right of its marker is indented within the item.
    let gap = if is_empty || spaces > TOO_FAR { 1 } else { spaces };
    behind.skip(gap);
    *rest = behind;
    Some(Container::Item {
        width: margin + marker + gap,
        is_empty,
    })
}

/// What a line is behind its containers, and what it leaves open.
fn begins_leaf(rest: Cursor<'_>, open: bool, stays: bool) -> (Part, Leaf) {
    if rest.is_blank() {
        return (Part::Empty, Leaf::None);
    }
    let text = rest.text();
    if rest.indent() < TOO_FAR {
        if is_heading(text) {
            return (Part::Alone, Leaf::None);
        }
        if let Some((mark, length)) = opens_fence(text) {
            return (Part::Fenced, Leaf::Fence { mark, length });
        }
        if is_rule(text) || (open && stays && is_underline(text)) {
            return (Part::Empty, Leaf::None);
        }
    } else if !open {
        return (Part::Alone, Leaf::None);
    }
    let part = if open { Part::Continues } else { Part::Begins };
    (part, Leaf::Paragraph)
}

/// Takes `>` and the space behind it off.
fn takes_quote(rest: &mut Cursor<'_>) -> bool {
    let is_quote = rest.text().starts_with('>');
    if is_quote {
        rest.skip(rest.indent());
        rest.take(1);
        rest.skip(1);
    }
    is_quote
}

/// The length of a bullet, or of a number with its mark, that has a space or nothing behind it.
fn list_marker(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let marker = match text.as_bytes().get(digits)? {
        b'-' | b'+' | b'*' if digits == 0 => 1,
        b'.' | b')' if (1..=9).contains(&digits) => digits + 1,
        _ => return None,
    };
    let rest = &text[marker..];
    (rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n'])).then_some(marker)
}

/// `# Plan`, as `CommonMark` has it: a tag has no space behind its `#`.
fn is_heading(text: &str) -> bool {
    let rest = text.trim_start_matches('#');
    (1..=6).contains(&(text.len() - rest.len()))
        && (rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Three or more of `-`, `*` or `_` and nothing else.
fn is_rule(text: &str) -> bool {
    let mut marks = text.chars().filter(|c| !c.is_ascii_whitespace());
    let Some(first) = marks.next().filter(|mark| matches!(mark, '-' | '*' | '_')) else {
        return false;
    };
    let mut more = 0;
    marks.all(|mark| {
        more += 1;
        mark == first
    }) && more >= 2
}

/// What makes a heading of the paragraph above it.
fn is_underline(text: &str) -> bool {
    let text = text.trim_ascii_end();
    let mark = if text.starts_with('=') { '=' } else { '-' };
    !text.is_empty() && text.chars().all(|c| c == mark)
}

/// The mark of a fence and how many there are.
fn opens_fence(text: &str) -> Option<(char, usize)> {
    let mark = text.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let rest = text.trim_start_matches(mark);
    let length = text.len() - rest.len();
    // Backticks behind backticks make a span, as in ```` ```code``` ````.
    let is_span = mark == '`' && rest.contains('`');
    (length >= 3 && !is_span).then_some((mark, length))
}

/// At least as many of the same marks, not too far to the right, and nothing behind them.
fn ends_fence(rest: Cursor<'_>, mark: char, length: usize) -> bool {
    let marks = rest.text().trim_ascii_end();
    rest.indent() < TOO_FAR && marks.len() >= length && marks.chars().all(|c| c == mark)
}
