//! Texts that keep the rule of their type, and texts that keep none.

use flowra_core::chat::{Title, Topic};
use flowra_core::message::{Content, Emoji};
use flowra_core::task::{Label, TaskDescription, TaskTitle};
use flowra_core::text::{Line, Prose};
use flowra_core::user::{DisplayName, Email, TokenName, Username};
use flowra_core::workspace::{KeyPrefix, WorkspaceDescription, WorkspaceName};
use proptest::prelude::*;
use proptest::sample::select;

/// Any text at all, for what must refuse or keep it and never panic.
pub fn anything() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,40}", any::<String>(), "[ \t\r\n\\x00#@`-]{0,12}"]
}

/// Any username.
pub fn usernames() -> impl Strategy<Value = Username> {
    prop_oneof![4 => "[A-Za-z][A-Za-z0-9._-]{0,12}", 1 => "[A-Za-z0-9._-]{1,64}"]
        .prop_filter_map("no username", |text| Username::parse(&text).ok())
}

/// Any e-mail address.
pub fn emails() -> impl Strategy<Value = Email> {
    "[A-Za-z0-9.+_-]{1,20}@[a-z]{1,12}(\\.[a-z]{2,4})?"
        .prop_filter_map("no e-mail address", |text| Email::parse(&text).ok())
}

/// Any display name.
pub fn display_names() -> impl Strategy<Value = DisplayName> {
    lines()
}

/// Any name of a token.
pub fn token_names() -> impl Strategy<Value = TokenName> {
    lines()
}

/// Any name of a workspace.
pub fn workspace_names() -> impl Strategy<Value = WorkspaceName> {
    lines()
}

/// Any description of a workspace.
pub fn workspace_descriptions() -> impl Strategy<Value = WorkspaceDescription> {
    proses()
}

/// Any beginning of task keys.
pub fn key_prefixes() -> impl Strategy<Value = KeyPrefix> {
    "[A-Z]{2,5}".prop_filter_map("no prefix", |text| KeyPrefix::parse(&text).ok())
}

/// Any title of a chat.
pub fn titles() -> impl Strategy<Value = Title> {
    lines()
}

/// Any topic of a chat.
pub fn topics() -> impl Strategy<Value = Topic> {
    proses()
}

/// Any content of a message: often with what the grammar of tags and mentions looks for.
pub fn contents() -> impl Strategy<Value = Content> {
    let piece = select(vec![
        "#task ",
        "#bug ",
        "#status ",
        "#assignee ",
        "#due ",
        "#on ",
        "#close",
        "#Status ",
        "#123",
        "# ",
        "@ada",
        "@channel",
        "@none",
        "`",
        "```\n",
        "    ",
        "\n",
        " ",
        "Done",
        "2026-11-22",
        "FLOW-1",
    ]);
    let pieces = prop::collection::vec(prop_oneof![piece.prop_map(str::to_owned), "\\PC{0,8}"], 1..12);
    let tagged = pieces.prop_map(|pieces| pieces.concat());
    prop_oneof![
        2 => tagged.prop_filter_map("no content", |text| Content::parse(&text).ok()),
        1 => proses(),
    ]
}

/// Any reaction.
pub fn emojis() -> impl Strategy<Value = Emoji> {
    let known = select(vec!["👍", "🎉", "❤️", "👩‍💻", ":tada:", ":+1:"]);
    let known = known.prop_filter_map("no reaction", |text| Emoji::parse(text).ok());
    prop_oneof![4 => known, 1 => lines()]
}

/// Any title of a task.
pub fn task_titles() -> impl Strategy<Value = TaskTitle> {
    lines()
}

/// Any description of a task.
pub fn task_descriptions() -> impl Strategy<Value = TaskDescription> {
    proses()
}

/// Any label.
pub fn labels() -> impl Strategy<Value = Label> {
    prop_oneof![2 => "[A-Za-z]{1,4}", 1 => "\\PC{1,50}"]
        .prop_filter_map("no label", |text| Label::parse(&text).ok())
}

/// Lines of any length that the type allows: mostly short, sometimes as long as it goes, in any script.
fn lines<const MIN: usize, const MAX: usize>() -> impl Strategy<Value = Line<MIN, MAX>> {
    lengths(MIN, MAX)
        .prop_flat_map(|(least, most)| prop::collection::vec(letters(), least..=most))
        .prop_filter_map("no line", |letters| {
            Line::parse(&letters.into_iter().collect::<String>()).ok()
        })
}

/// The same with line breaks and tabs.
fn proses<const MIN: usize, const MAX: usize>() -> impl Strategy<Value = Prose<MIN, MAX>> {
    let letters = || prop_oneof![8 => letters(), 1 => select(vec!['\n', '\t'])];
    lengths(MIN, MAX)
        .prop_flat_map(move |(least, most)| prop::collection::vec(letters(), least..=most))
        .prop_filter_map("no prose", |letters| {
            Prose::parse(&letters.into_iter().collect::<String>()).ok()
        })
}

fn lengths(min: usize, max: usize) -> impl Strategy<Value = (usize, usize)> {
    let long = max.min(600);
    prop_oneof![
        8 => Just((min.max(1), max.min(24))),
        1 => Just((long, long)),
        1 => Just((min, min.max(1))),
    ]
}

fn letters() -> impl Strategy<Value = char> {
    prop_oneof![
        8 => proptest::char::range('a', 'z'),
        2 => proptest::char::range('A', 'Z'),
        1 => select(vec![' ', '#', '@', '\'', '"', '%', '<', '&', 'ß', 'İ', 'ё', '中', '🚀', '\u{301}']),
    ]
}
