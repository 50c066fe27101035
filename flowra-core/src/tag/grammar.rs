//! Which lines of a message are tag lines, and what stands in them.
//!
//! ```text
//! tag-line := tag (" " tag)*          tag := "#" name [" " value]
//! value    := the text up to the next " #" followed by a known tag name, or the end of the line, trimmed
//! ```

use crate::message::Code;
use crate::task::TaskKind;

/// The name of a tag; known names only, case-sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagName {
    /// `#task`, `#bug`, `#epic`: makes one.
    Create(TaskKind),
    /// `#status`
    Status,
    /// `#assignee`
    Assignee,
    /// `#priority`
    Priority,
    /// `#severity`
    Severity,
    /// `#due`
    Due,
    /// `#title`
    Title,
    /// `#label`
    Label,
    /// `#on`
    On,
    /// `#invite`
    Invite,
    /// `#remove`
    Remove,
    /// `#close`
    Close,
    /// `#reopen`
    Reopen,
}

impl TagName {
    /// All names, in the order in which they are explained.
    pub const ALL: [Self; 15] = [
        Self::Create(TaskKind::Task),
        Self::Create(TaskKind::Bug),
        Self::Create(TaskKind::Epic),
        Self::Status,
        Self::Assignee,
        Self::Priority,
        Self::Severity,
        Self::Due,
        Self::Title,
        Self::Label,
        Self::On,
        Self::Invite,
        Self::Remove,
        Self::Close,
        Self::Reopen,
    ];

    /// The name as it is written, with its `#`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create(TaskKind::Task) => "#task",
            Self::Create(TaskKind::Bug) => "#bug",
            Self::Create(TaskKind::Epic) => "#epic",
            Self::Status => "#status",
            Self::Assignee => "#assignee",
            Self::Priority => "#priority",
            Self::Severity => "#severity",
            Self::Due => "#due",
            Self::Title => "#title",
            Self::Label => "#label",
            Self::On => "#on",
            Self::Invite => "#invite",
            Self::Remove => "#remove",
            Self::Close => "#close",
            Self::Reopen => "#reopen",
        }
    }
}

/// One tag of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// Its name.
    pub name: TagName,
    /// Its value; empty when it has none.
    pub value: &'a str,
    /// The byte of the message at which it begins.
    pub at: usize,
}

/// The tags of a message, in their order.
#[must_use]
pub fn parse(content: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    if !content.contains('#') {
        return tags;
    }
    let code = Code::find(content);
    let mut at = 0;
    for line in content.split_inclusive('\n') {
        let text = line.trim_start();
        read_line(text, at + line.len() - text.len(), &code, &mut tags);
        at += line.len();
    }
    tags
}

/// Reads a line that begins at this byte of the message; what is code is never a tag, though it may stand in a value.
fn read_line<'a>(line: &'a str, at: usize, code: &Code, tags: &mut Vec<Tag<'a>>) {
    let mut begins = 0;
    while let Some((name, after)) = known_name(&line[begins..]).filter(|_| !code.holds(at + begins)) {
        let value = line.len() - after.len();
        let end = value + next_tag(after, |tag| !code.holds(at + value + tag));
        tags.push(Tag {
            name,
            value: line[value..end].trim(),
            at: at + begins,
        });
        begins = end;
    }
}

/// The known name with which the text begins, and what stands behind it; a name ends at white space or the end of the line.
fn known_name(text: &str) -> Option<(TagName, &str)> {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    TagName::ALL
        .into_iter()
        .find(|name| name.as_str() == word)
        .map(|name| (name, rest))
}

/// Where the next tag begins: at a `#` behind white space with a known name, at a place where one may stand.
fn next_tag(text: &str, may_stand: impl Fn(usize) -> bool) -> usize {
    text.match_indices('#')
        .map(|(at, _)| at)
        .find(|&at| {
            text[..at].ends_with(char::is_whitespace) && known_name(&text[at..]).is_some() && may_stand(at)
        })
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Vec<(&str, &str)> {
        parse(content)
            .into_iter()
            .map(|tag| (tag.name.as_str(), tag.value))
            .collect()
    }

    #[test]
    fn a_tag_line_begins_with_a_known_tag() {
        assert_eq!(read("#task Fix it"), [("#task", "Fix it")]);
        assert_eq!(read("   #close"), [("#close", "")]);
        assert_eq!(read("see #task Fix it"), []);
        assert_eq!(read("# Heading\n#123\n##task x\n#taskforce\n#"), []);
    }

    #[test]
    fn several_tags_share_a_line() {
        assert_eq!(
            read("#task Fix it #priority High #assignee @bob"),
            [("#task", "Fix it"), ("#priority", "High"), ("#assignee", "@bob")]
        );
        assert_eq!(read("#assignee #due"), [("#assignee", ""), ("#due", "")]);
    }

    #[test]
    fn a_tag_is_where_its_hash_stands() {
        let content = "Über allem\n  #task Öl #priority High\nand #on nothing";
        let at: Vec<&str> = parse(content).iter().map(|tag| &content[tag.at..]).collect();
        assert_eq!(at.len(), 2);
        assert!(
            at[0].starts_with("#task Öl") && at[1].starts_with("#priority High"),
            "{at:?}"
        );
    }

    #[test]
    fn a_hash_before_anything_else_is_part_of_the_value() {
        assert_eq!(
            read("#task Fix issue #123 today"),
            [("#task", "Fix issue #123 today")]
        );
        assert_eq!(
            read("#task C#status #Status x"),
            [("#task", "C#status #Status x")]
        );
        assert_eq!(read("#title a #statuses b"), [("#title", "a #statuses b")]);
    }

    #[test]
    fn names_are_case_sensitive() {
        assert_eq!(read("#Status Done\n#STATUS Done"), []);
    }

    #[test]
    fn lines_in_a_code_block_are_text() {
        assert_eq!(read("```\n#task a\n```\n#task b"), [("#task", "b")]);
        assert_eq!(
            read("~~~~ sh\n#task a\n~~~\n#task b\n~~~~\n#task c"),
            [("#task", "c")]
        );
        assert_eq!(read("```\n#task never closed"), []);
        assert_eq!(read("```inline``` text\n#task a"), [("#task", "a")]);
        assert_eq!(read("```\n> ```\n#task a\n```\n#task b"), [("#task", "b")]);
        assert_eq!(read("- ```\n  > a\n  #task b\n  ```"), []);
    }

    #[test]
    fn a_tag_in_a_code_span_is_text_and_stays_in_the_value() {
        assert_eq!(
            read("#task Explain ` #close ` #status Done"),
            [("#task", "Explain ` #close `"), ("#status", "Done")]
        );
        assert_eq!(read("write `\n#close\n`"), []);
    }

    #[test]
    fn line_ends_of_any_system_and_odd_characters_do_no_harm() {
        assert_eq!(read("#close\r\n#reopen\r\n"), [("#close", ""), ("#reopen", "")]);
        assert_eq!(
            read("#task\u{a0}Fïx\u{2003}#close"),
            [("#task", "Fïx"), ("#close", "")]
        );
    }
}
