//! The keyboard shortcuts of the pages: a panel that a page shows in a dialog, and that is a page without scripts.
//!
//! Responsible for what people are told about keys. What keys do is the scripts' in `assets`; a test compares both, and the guide with the
//! sheet, so that none of them tells what is not so.

use askama::Template;
use salvo::http::StatusCode;
use salvo::{Request, Router, Writer, handler};

use super::problem::Problem;
use super::reply::Reply;
use super::rooms::panel;
use super::visitor::Reader;
use crate::http::extract::path;

pub(super) fn router() -> Router {
    Router::with_path("w/{workspace}/keys").get(show)
}

/// What keys do at one place.
struct Part {
    place: &'static str,
    keys: &'static [Key],
}

/// What one key does, or one of some.
struct Key {
    /// Each way to press it: the keys that are held together.
    chords: &'static [&'static [&'static str]],
    does: &'static str,
    /// The script that acts on it.
    #[cfg(test)]
    script: &'static str,
    /// The keys as that script names them; none when it leaves them to the browser.
    #[cfg(test)]
    codes: &'static [&'static str],
}

macro_rules! sheet {
    ($($place:literal { $($script:literal $does:literal: $([$($key:literal)+])+ => $($code:literal)*;)+ })+) => {
        &[$(Part {
            place: $place,
            keys: &[$(Key {
                chords: &[$(&[$($key),+]),+],
                does: $does,
                #[cfg(test)]
                script: $script,
                #[cfg(test)]
                codes: &[$($code),*],
            }),+],
        }),+]
    };
}

/// All shortcuts, by the place where they work.
static SHEET: &[Part] = sheet! {
    "Everywhere" {
        "palette.js" "Jump to a chat, person, task or action": ["Ctrl" "K"] => "k";
        "keys.js" "Show these keys; ? only outside of fields": ["?"] ["Ctrl" "/"] => "?" "/";
        "keys.js" "Previous and next chat": ["Alt" "↑"] ["Alt" "↓"] => "ArrowUp" "ArrowDown";
        "keys.js" "Previous and next unread chat": ["Alt" "Shift" "↑"] ["Alt" "Shift" "↓"] => "ArrowUp" "ArrowDown";
        "palette.js" "In the palette: choose": ["↑"] ["↓"] => "ArrowUp" "ArrowDown";
        "palette.js" "In the palette: go there, or do it": ["Enter"] => "Enter";
        "palette.js" "Close the palette or a dialog": ["Esc"] => "Escape";
    }
    "Writing" {
        "composer.js" "Send": ["Enter"] => "Enter";
        "composer.js" "Break the line": ["Shift" "Enter"] => "Enter";
        "composer.js" "In an empty field: edit your last message": ["↑"] => "ArrowUp";
        "complete.js" "Choose a suggestion": ["↑"] ["↓"] => "ArrowUp" "ArrowDown";
        "complete.js" "Take the suggestion": ["Enter"] ["Tab"] => "Enter" "Tab";
        "complete.js" "Close the suggestions": ["Esc"] => "Escape";
        "actions.js" "Save an edited message": ["Enter"] => "Enter";
        "actions.js" "Leave an edited message as it was": ["Esc"] => "Escape";
    }
    "Messages" {
        "actions.js" "Next message": ["J"] ["↓"] => "j" "ArrowDown";
        "actions.js" "Previous message, or the newest": ["K"] ["↑"] => "k" "ArrowUp";
        "actions.js" "Reply in a thread": ["R"] => "r";
        "actions.js" "Edit your own": ["E"] => "e";
        "actions.js" "React with an emoji": ["+"] => "+";
        "actions.js" "Pin or unpin": ["P"] => "p";
        "actions.js" "Copy the link": ["C"] => "c";
        "actions.js" "Delete, after a question": ["Delete"] => "Delete";
        "actions.js" "Back to the field where you write": ["Esc"] => "Escape";
        "thread.js" "In a thread: close it": ["Esc"] => "Escape";
        "emoji.js" "Among emoji: go to another": ["↑"] ["↓"] ["←"] ["→"] => "ArrowUp" "ArrowDown" "ArrowLeft" "ArrowRight";
        "emoji.js" "In the search for emoji: take the first": ["Enter"] => "Enter";
    }
    "Board" {
        "board.js" "Go to another card": ["↑"] ["↓"] ["←"] ["→"] => "ArrowUp" "ArrowDown" "ArrowLeft";
        "board.js" "Open the task beside the board": ["Enter"] =>;
        "board.js" "Move the card": ["Alt" "Arrow key"] => "ArrowUp" "ArrowDown" "ArrowLeft";
        "board.js" "Begin or end moving with arrow keys alone": ["M"] => "m";
        "board.js" "End moving or dragging, or close the task": ["Esc"] => "Escape";
    }
    "Task list" {
        "list.js" "Next row, or the first": ["J"] ["↓"] => "j" "ArrowDown";
        "list.js" "Previous row": ["K"] ["↑"] => "k" "ArrowUp";
        "list.js" "Open the task beside the list": ["Enter"] =>;
        "list.js" "Select the row, or let go of it": ["X"] => "x";
        "list.js" "Close the task, or let go of all that is selected": ["Esc"] => "Escape";
    }
};

#[derive(Template)]
#[template(path = "keys.html")]
struct Keys;

#[handler]
async fn show(req: &mut Request, reader: Reader) -> Result<Reply, Problem> {
    let workspace = path(req, "workspace")?;
    panel(
        req,
        &reader,
        workspace,
        "Keyboard shortcuts",
        StatusCode::OK,
        &Keys,
    )
    .await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Keys that a script may name anywhere; letters are told only where they are compared.
    const NAMED: [&str; 13] = [
        "ArrowUp",
        "ArrowDown",
        "ArrowLeft",
        "ArrowRight",
        "Enter",
        "Escape",
        "Tab",
        "Delete",
        "Backspace",
        "Home",
        "End",
        "PageUp",
        "PageDown",
    ];

    fn read(path: &str) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(root.join(path)).unwrap()
    }

    fn names(text: &str, key: &str) -> bool {
        text.contains(&format!("\"{key}\"")) || text.contains(&format!(" {key}: "))
    }

    /// The keys on which a script acts: what it compares a key with, and what it names.
    fn keys_of(text: &str) -> BTreeSet<String> {
        let named = NAMED.into_iter().filter(|key| names(text, key));
        let mut keys: BTreeSet<String> = named.map(str::to_owned).collect();
        for comparison in ["=== \"", "!== \""] {
            let parts = text.match_indices(comparison);
            keys.extend(parts.filter_map(|(at, _)| {
                let before = text[..at].trim_end();
                let is_key = before.rsplit('.').take(2).any(|part| part == "key");
                let value = text[at + comparison.len()..].split('"').next()?;
                is_key.then(|| value.to_owned())
            }));
        }
        if let Some((_, map)) = text.split_once("const KEYS = new Map([") {
            let map = map.split_once("]);").unwrap().0;
            let entries = map.split("[\"").skip(1);
            keys.extend(entries.filter_map(|entry| Some(entry.split('"').next()?.to_owned())));
        }
        keys
    }

    #[test]
    fn the_sheet_tells_the_keys_of_the_scripts_all_and_no_others() {
        let all = || SHEET.iter().flat_map(|part| part.keys);
        for key in all() {
            let text = read(&format!("assets/{}", key.script));
            for code in key.codes.iter().copied().filter(|code| *code != "Escape") {
                assert!(
                    names(&text, code),
                    "{}: {} acts on no {code}",
                    key.does,
                    key.script
                );
            }
        }
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")).unwrap() {
            let script = entry.unwrap().file_name().into_string().unwrap();
            if Path::new(&script).extension().is_none_or(|kind| kind != "js") {
                continue;
            }
            let told: BTreeSet<&str> = all()
                .filter(|key| key.script == script)
                .flat_map(|key| key.codes.iter().copied())
                .collect();
            for key in keys_of(&read(&format!("assets/{script}"))) {
                assert!(
                    told.contains(key.as_str()),
                    "{script} acts on {key}, of which the sheet tells nothing"
                );
            }
        }
    }

    #[test]
    fn the_guide_tells_each_key_as_the_sheet_does() {
        let guide = read("../docs/guide/keys.md");
        for key in SHEET.iter().flat_map(|part| part.keys) {
            let chords: Vec<String> = key
                .chords
                .iter()
                .map(|chord| {
                    let keys: Vec<String> = chord.iter().map(|key| format!("`{key}`")).collect();
                    keys.join("+")
                })
                .collect();
            let row = format!("| {} | {} |", chords.join(" "), key.does);
            assert!(guide.contains(&row), "{row}");
        }
    }
}
