//! A place in a line, in columns: a tab reaches to the next multiple of four, and a container may take a part of it.

/// How far apart the stops of tabs are.
const TAB: usize = 4;

/// What is left of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
    column: usize,
    /// The columns of a tab before `rest` that nobody took.
    owed: usize,
}

impl<'a> Cursor<'a> {
    /// The beginning of a line.
    pub(super) const fn new(line: &'a str) -> Self {
        Self {
            rest: line,
            column: 0,
            owed: 0,
        }
    }

    /// Whether nothing but white space is left.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.text().as_bytes().first(), None | Some(b'\r' | b'\n'))
    }

    /// What is left, from the first character that is no space or tab on.
    pub(super) fn text(&self) -> &'a str {
        self.rest.trim_start_matches([' ', '\t'])
    }

    /// How many columns of spaces and tabs stand before [`text`](Self::text).
    pub(super) fn indent(&self) -> usize {
        let from = self.column + self.owed;
        let blanks = self.rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t'));
        blanks.fold(from, after) - self.column
    }

    /// Takes up to so many columns of spaces and tabs.
    pub(super) fn skip(&mut self, columns: usize) {
        let to = self.column + columns;
        while self.column + self.owed < to {
            let Some(blank @ (b' ' | b'\t')) = self.rest.bytes().next() else {
                break;
            };
            let from = self.column + self.owed;
            (self.column, self.owed) = (from, after(from, blank) - from);
            self.rest = &self.rest[1..];
        }
        let taken = self.owed.min(to.saturating_sub(self.column));
        self.column += taken;
        self.owed -= taken;
    }

    /// Takes so many ASCII characters that are no white space.
    pub(super) fn take(&mut self, length: usize) {
        self.rest = &self.rest[length..];
        self.column += length;
    }
}

/// The column behind a space or a tab that stands at this one.
const fn after(column: usize, blank: u8) -> usize {
    if blank == b'\t' {
        column + TAB - column % TAB
    } else {
        column + 1
    }
}
