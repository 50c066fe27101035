//! Whom a text names.
//!
//! `@` is read where no letter or digit stands before it (so an e-mail address names nobody), and never inside code.

use super::Code;
use crate::user::Username;

/// How many different people one message can name; further names are plain text.
const MAX_NAMES: usize = 100;

/// Whom a text names, before anybody asks who that is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Names in the order of their first appearance. Each comes with its longest reading first and, where it ends in punctuation that a
    /// username may have, without that: `@ada.` is `ada.` if there is such a person, else `ada`.
    pub names: Vec<Vec<Username>>,
    /// `@channel`: every participant.
    pub channel: bool,
    /// `@here`: the participants who are online.
    pub here: bool,
    /// `@admins`: the chat's admins.
    pub admins: bool,
}

impl Mentions {
    /// Reads a message.
    #[must_use]
    pub fn parse(content: &str) -> Self {
        let mut mentions = Self::default();
        if !content.contains('@') {
            return mentions;
        }
        let code = Code::find(content);
        // Where the last word with a sign in it ended: `x@y.@ada` is one.
        let mut word = None;
        for (at, _) in content.match_indices('@') {
            let is_in_word = word == Some(at) || content[..at].ends_with(char::is_alphanumeric);
            let rest = &content[at + 1..];
            let length = rest.bytes().take_while(|byte| Username::allows(*byte)).count();
            word = (is_in_word || length > 0).then_some(at + 1 + length);
            if !is_in_word && !code.holds(at) {
                mentions.add(&rest[..length]);
            }
        }
        mentions
    }

    /// Whether it names nobody at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && !self.channel && !self.here && !self.admins
    }

    fn add(&mut self, name: &str) {
        match name.trim_end_matches(['.', '-', '_']) {
            "channel" => self.channel = true,
            "here" => self.here = true,
            "admins" => self.admins = true,
            trimmed => {
                let readings: Vec<Username> = readings(name, trimmed);
                if !readings.is_empty() && self.names.len() < MAX_NAMES && !self.names.contains(&readings) {
                    self.names.push(readings);
                }
            }
        }
    }
}

fn readings(name: &str, trimmed: &str) -> Vec<Username> {
    let mut readings: Vec<Username> = [name, trimmed]
        .into_iter()
        .filter_map(|name| Username::parse(name).ok())
        .collect();
    readings.dedup();
    readings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(content: &str) -> Vec<String> {
        Mentions::parse(content)
            .names
            .into_iter()
            .map(|readings| readings[0].to_string())
            .collect()
    }

    #[test]
    fn people_are_named_behind_an_at_sign() {
        assert_eq!(
            names("@ada, look: @bob-2 and (@c.d_e)!"),
            ["ada", "bob-2", "c.d_e"]
        );
        assert_eq!(names("@ada @ada"), ["ada"]);
        assert_eq!(names("mail ada@example.org or @ alone"), Vec::<String>::new());
        assert_eq!(
            names("x@y@ada, ä@bob, x@y.@cleo, x@y_@dora, x@@eve"),
            Vec::<String>::new()
        );
        assert_eq!(names("@@ada and _@bob_ or `x`@cleo"), ["ada", "bob_", "cleo"]);
    }

    #[test]
    fn punctuation_behind_a_name_may_belong_to_the_sentence() {
        let mentions = Mentions::parse("thanks @ada.");
        let readings: Vec<_> = mentions.names[0].iter().map(Username::as_str).collect();
        assert_eq!(readings, ["ada.", "ada"]);
    }

    #[test]
    fn groups_have_words_of_their_own() {
        let mentions = Mentions::parse("@channel and @here.");
        assert!(mentions.channel && mentions.here && !mentions.admins && mentions.names.is_empty());
        assert!(Mentions::parse("@admins").admins);
    }

    #[test]
    fn code_names_nobody() {
        assert_eq!(names("`@ada` ``@bob ` @c`` @dora"), ["dora"]);
        assert_eq!(names("```\n@ada\n```\n@bob"), ["bob"]);
        assert_eq!(names("a ` alone @ada"), ["ada"]);
        assert_eq!(names("- ```\n  @ada\n  ```\n- `@bob\n@cleo` @dora"), ["dora"]);
    }

    #[test]
    fn no_more_than_a_hundred_people_are_named() {
        let many: Vec<String> = (0..150).map(|number| format!("@user{number}")).collect();
        assert_eq!(Mentions::parse(&many.join(" ")).names.len(), 100);
    }
}
