//! What somebody typed into the palette, and how well a name fits it.

use flowra_core::text::words;

/// More than this nobody types; the rest is left out.
const LONGEST: usize = 100;

/// The one kind that a first letter asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// After `#`.
    Chats,
    /// After `@`.
    People,
    /// After `>`.
    Actions,
}

/// What is looked for.
#[derive(Debug)]
pub(super) struct Wanted {
    /// As it was typed, without the letter that asks for one kind.
    pub(super) text: String,
    only: Option<Kind>,
    lower: String,
    words: Vec<String>,
}

impl Wanted {
    /// Reads what was typed; nothing of it can be wrong.
    pub(super) fn parse(typed: &str) -> Self {
        let typed: String = typed.trim().chars().take(LONGEST).collect();
        let (only, text) = match typed.chars().next() {
            Some('#') => (Some(Kind::Chats), &typed[1..]),
            Some('@') => (Some(Kind::People), &typed[1..]),
            Some('>') => (Some(Kind::Actions), &typed[1..]),
            _ => (None, typed.as_str()),
        };
        let text = text.trim().to_owned();
        // The number of a task is written with a `#`, too.
        let only = only.filter(|_| !typed.starts_with('#') || !is_number(&text));
        Self {
            only,
            lower: text.to_lowercase(),
            words: words(&text),
            text,
        }
    }

    /// Whether nothing was typed.
    pub(super) const fn is_blank(&self) -> bool {
        self.only.is_none() && self.text.is_empty()
    }

    /// Whether this kind is looked for.
    pub(super) fn wants(&self, kind: Kind) -> bool {
        self.only.is_none_or(|only| only == kind)
    }

    /// Whether tasks are looked for.
    pub(super) const fn wants_tasks(&self) -> bool {
        self.only.is_none() && !self.text.is_empty()
    }

    /// The key of a task, when what was typed may be one, of a workspace whose keys begin so: `flo-12`, or `12` alone.
    pub(super) fn key(&self, prefix: &str) -> Option<String> {
        if is_number(&self.text) {
            return Some(format!("{prefix}-{}", self.text));
        }
        let (before, number) = self.text.split_once('-')?;
        let is_key = before.chars().all(|c| c.is_ascii_alphanumeric()) && is_number(number);
        is_key.then(|| self.text.to_ascii_uppercase())
    }

    /// How well something fits that has these names; the smaller, the better. 0: one begins so; 1: each word begins one of theirs; 2: one has it
    /// somewhere.
    pub(super) fn fit(&self, names: &[&str]) -> Option<u8> {
        let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        if names.iter().any(|name| name.starts_with(&self.lower)) {
            return Some(0);
        }
        let theirs: Vec<String> = names.iter().flat_map(|name| words(name)).collect();
        let begins_one = |word: &String| theirs.iter().any(|one| one.starts_with(word.as_str()));
        if !self.words.is_empty() && self.words.iter().all(begins_one) {
            return Some(1);
        }
        names.iter().any(|name| name.contains(&self.lower)).then_some(2)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= 9 && text.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_begins_so_goes_before_one_with_such_words_and_one_that_has_it_inside() {
        let wanted = Wanted::parse(" Rel ");
        assert_eq!(wanted.fit(&["Release notes"]), Some(0));
        assert_eq!(wanted.fit(&["old-releases"]), Some(1));
        assert_eq!(wanted.fit(&["Barrels"]), Some(2));
        assert_eq!(wanted.fit(&["general"]), None);
        assert_eq!(Wanted::parse("not rel").fit(&["Release notes"]), Some(1));
        assert_eq!(Wanted::parse("rel x").fit(&["Release notes"]), None);
    }

    #[test]
    fn keys_are_read_in_any_case_and_by_their_number() {
        assert_eq!(Wanted::parse("flo-12").key("FLO").as_deref(), Some("FLO-12"));
        assert_eq!(Wanted::parse("#12").key("FLO").as_deref(), Some("FLO-12"));
        assert_eq!(Wanted::parse("12").key("FLO").as_deref(), Some("FLO-12"));
        for text in ["flo", "flo-", "flo-x", "-", "1234567890", "a b-1"] {
            assert_eq!(Wanted::parse(text).key("FLO"), None, "{text}");
        }
    }

    #[test]
    fn a_first_letter_asks_for_one_kind() {
        let people = Wanted::parse("@b");
        assert!(people.wants(Kind::People) && !people.wants(Kind::Chats) && !people.wants_tasks());
        assert!(Wanted::parse("#7").wants_tasks());
        assert!(!Wanted::parse(">").is_blank() && Wanted::parse(" ").is_blank());
        assert_eq!(Wanted::parse(&"ä".repeat(500)).text.chars().count(), LONGEST);
    }
}
