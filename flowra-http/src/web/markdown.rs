//! What people write, as HTML that can do no harm.
//!
//! Raw HTML in a text is shown as it was typed. What the parser makes is cleaned once more by a list of what may stay, so that a fault of the
//! parser opens nothing.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;
use flowra_core::WorkspaceId;
use flowra_core::tag::{self, Tag as ActingTag};
use flowra_core::user::Username;
use flowra_core::workspace::{KeyPrefix, Workspace};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, TextMergeWithOffset, html};

use super::message::escaped;
use crate::body::PersonBody;

/// What of a text is more than its words.
#[derive(Clone, Copy, Default)]
pub(super) struct Meaning<'a> {
    /// The people whom it names: everybody else's `@name` is plain text.
    pub(super) mentions: &'a [PersonBody],
    /// Whether `@channel` and the like reach anybody.
    pub(super) names_groups: bool,
    /// Whether tag lines act.
    pub(super) has_tags: bool,
    /// Whose tasks its keys lead to.
    pub(super) tasks: Option<&'a Tasks>,
}

/// The workspace of a text, and how the keys of its tasks begin.
#[derive(Clone)]
pub(super) struct Tasks {
    pub(super) workspace: WorkspaceId,
    pub(super) prefix: KeyPrefix,
}

impl Tasks {
    pub(super) fn of(workspace: &Workspace) -> Self {
        Self {
            workspace: workspace.id,
            prefix: workspace.key_prefix.clone(),
        }
    }

    /// How many bytes at the beginning are the key of a task, whether there is one or not; 0 when none.
    fn key(&self, text: &str) -> usize {
        let number = text.strip_prefix(self.prefix.as_str());
        let Some(number) = number.and_then(|rest| rest.strip_prefix('-')) else {
            return 0;
        };
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        let is_word = number[digits..].starts_with(|next: char| next.is_alphanumeric() || next == '_');
        if digits == 0 || is_word || number.starts_with('0') {
            return 0;
        }
        text.len() - number.len() + digits
    }
}

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags: HashSet<&str> = [
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "span",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
    .into();
    let classes = HashMap::from([("span", HashSet::from(["mention", "tag"]))]);
    let mut cleaner = Builder::new();
    cleaner
        .tags(tags)
        .allowed_classes(classes)
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner
});

/// The HTML of a text.
pub(super) fn html(text: &str, meaning: Meaning<'_>) -> String {
    let parser = Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES);
    let tags = if meaning.has_tags {
        tag::parse(text)
    } else {
        Vec::new()
    };
    let mut quiet = 0_u32;
    let events = TextMergeWithOffset::new(parser.into_offset_iter()).flat_map(|(event, range)| {
        match &event {
            Event::Start(Tag::CodeBlock(_) | Tag::Link { .. } | Tag::Image { .. }) => quiet += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::Link | TagEnd::Image) => quiet = quiet.saturating_sub(1),
            _ => {}
        }
        match event {
            Event::Text(text) if quiet == 0 => {
                let tags = tags.iter().filter(|tag| range.contains(&tag.at));
                vec![Event::InlineHtml(CowStr::from(marked(&text, tags, meaning)))]
            }
            Event::Html(raw) | Event::InlineHtml(raw) => vec![Event::Text(raw)],
            Event::SoftBreak => vec![Event::HardBreak],
            // An image is fetched from elsewhere, which pages do not do: it stays a link.
            Event::Start(Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            }) => vec![Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            })],
            Event::End(TagEnd::Image) => vec![Event::End(TagEnd::Link)],
            other => vec![other],
        }
    });
    let mut unsafe_html = String::with_capacity(text.len() * 2);
    html::push_html(&mut unsafe_html, events);
    CLEANER.clean(&unsafe_html).to_string()
}

/// Plain text with its mentions, tags and addresses marked; `tags` are those that begin in it.
fn marked<'a>(text: &str, tags: impl Iterator<Item = &'a ActingTag<'a>>, meaning: Meaning<'_>) -> String {
    let mut tags = tags.peekable();
    let mut html = String::with_capacity(text.len());
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(first) = rest.chars().next() {
        let is_inside_word = before.is_some_and(char::is_alphanumeric);
        let length = match first {
            _ if is_inside_word => 0,
            '@' => mention(&rest[1..], meaning).map_or(0, |name| 1 + name),
            '#' => tags
                .next_if(|tag| rest.starts_with(tag.name.as_str()))
                .map_or(0, |tag| tag.name.as_str().len()),
            'h' => address(rest),
            _ => meaning.tasks.map_or(0, |tasks| tasks.key(rest)),
        };
        if length == 0 {
            html.push_str(&escaped(first.encode_utf8(&mut [0; 4])));
            rest = &rest[first.len_utf8()..];
            before = Some(first);
            continue;
        }
        let (token, after) = rest.split_at(length);
        let plain = escaped(token);
        match (first, meaning.tasks) {
            ('@', _) => html.extend(["<span class=\"mention\">", &plain, "</span>"]),
            ('#', _) => html.extend(["<span class=\"tag\">", &plain, "</span>"]),
            ('A'..='Z', Some(tasks)) => {
                let address = format!("/w/{}/task/{plain}", tasks.workspace);
                html.extend(["<a href=\"", &address, "\">", &plain, "</a>"]);
            }
            _ => html.extend(["<a href=\"", &plain, "\">", &plain, "</a>"]),
        }
        before = token.chars().next_back();
        rest = after;
    }
    html
}

/// How long the name behind an `@` is, if it is somebody's who was reached: its longest reading first, as the core reads it.
fn mention(text: &str, meaning: Meaning<'_>) -> Option<usize> {
    let length = text.bytes().take_while(|byte| Username::allows(*byte)).count();
    let longest = &text[..length];
    let trimmed = longest.trim_end_matches(['.', '-', '_']);
    let is_somebody = |name: &&str| {
        let mut named = meaning.mentions.iter();
        named.any(|person| person.username.eq_ignore_ascii_case(name))
    };
    let is_group = meaning.names_groups && ["channel", "here", "admins"].contains(&trimmed);
    let name = [longest, trimmed].into_iter().find(is_somebody);
    name.or(is_group.then_some(trimmed)).map(str::len)
}

/// How many bytes at the beginning are an address; 0 when none.
fn address(text: &str) -> usize {
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return 0;
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'));
    let address = text[..end.unwrap_or(text.len())].trim_end_matches(['.', ',', ')', '!', '?', ';', ':']);
    if address.ends_with("//") { 0 } else { address.len() }
}

#[cfg(test)]
mod tests {
    use flowra_core::UserId;

    use super::{KeyPrefix, Meaning, PersonBody, Tasks, WorkspaceId, html};

    /// As the HTML of a message that reached Ada.
    fn said(text: &str) -> String {
        let ada = PersonBody {
            id: UserId::from_bytes([1; 16]),
            username: "ada".to_owned(),
            display_name: "Ada".to_owned(),
        };
        let meaning = Meaning {
            mentions: &[ada],
            names_groups: true,
            has_tags: true,
            tasks: Some(&Tasks {
                workspace: WorkspaceId::from_bytes([2; 16]),
                prefix: KeyPrefix::parse("FLOW").unwrap(),
            }),
        };
        html(text, meaning)
    }

    #[test]
    fn the_key_of_a_task_leads_to_it() {
        let link = |number: u32| {
            let workspace = WorkspaceId::from_bytes([2; 16]);
            format!(
                "<a href=\"/w/{workspace}/task/FLOW-{number}\" rel=\"noopener noreferrer nofollow\">FLOW-{number}</a>"
            )
        };
        assert_eq!(
            said("See FLOW-12, **FLOW-3**.").trim(),
            format!("<p>See {}, <strong>{}</strong>.</p>", link(12), link(3))
        );
        for plain in [
            "OVERFLOW-1",
            "FLOW-",
            "FLOW-1a",
            "FLOW-012",
            "flow-1",
            "UTF-8",
            "FLOWER-1",
        ] {
            assert_eq!(said(plain).trim(), format!("<p>{plain}</p>"));
        }
        assert_eq!(said("`FLOW-1`").trim(), "<p><code>FLOW-1</code></p>");
        assert_eq!(
            said("#on FLOW-1 #status Done").trim(),
            format!(
                "<p><span class=\"tag\">#on</span> {} <span class=\"tag\">#status</span> Done</p>",
                link(1)
            )
        );
    }

    #[test]
    fn markdown_becomes_html() {
        assert_eq!(
            said("**a** `b`").trim(),
            "<p><strong>a</strong> <code>b</code></p>"
        );
        assert!(said("a\nb").contains("<br>"));
        assert!(said("```\n@ada\n```").contains("<pre><code>@ada"));
    }

    #[test]
    fn mentions_tags_and_addresses_are_marked_outside_code() {
        let html = said("#task Oil it @ada. https://example.org/a?b=1&c. `@ada` x@y");
        assert!(html.contains("<span class=\"tag\">#task</span>"), "{html}");
        assert!(html.contains("<span class=\"mention\">@ada</span>."), "{html}");
        assert!(
            html.contains("href=\"https://example.org/a?b=1&amp;c\""),
            "{html}"
        );
        assert_eq!(html.matches("mention").count(), 1, "{html}");
    }

    #[test]
    fn only_what_reached_somebody_or_did_something_is_marked() {
        for (text, marks) in [
            ("@Ada and @bob", 1),
            ("@channel @here", 2),
            ("see #task for more", 0),
            ("see #task\n#task Oil it #priority High", 2),
            ("`#task` is code\n\n    #task too", 0),
            ("#task &amp; #on FLOW-1", 2),
            ("- #task in a list", 0),
        ] {
            let html = said(text);
            assert_eq!(html.matches("<span class").count(), marks, "{text} became {html}");
        }
        let plain = html("#task Oil it @ada @channel", Meaning::default());
        assert!(!plain.contains("<span"), "{plain}");
    }

    #[test]
    fn hostile_text_stays_text() {
        let corpus = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[a](javascript:alert(1))",
            "![a](javascript:alert(1))",
            "<a href=\"jav&#x09;ascript:alert(1)\">x</a>",
            "[a](data:text/html;base64,PHNjcmlwdD4=)",
            "@<b onmouseover=alert(1)>",
            "https://x/\"onmouseover=alert(1)",
            "<svg/onload=alert(1)>",
            "`<iframe src=javascript:alert(1)>`",
            "<div style=position:fixed>",
        ];
        for text in corpus {
            let html = said(text);
            let bare = html.replace("&lt;", "").to_lowercase();
            for bad in [
                "<script",
                "<img",
                "<iframe",
                "<svg",
                "<div",
                "<b ",
                "href=\"javascript",
                "href=\"data",
                " onmouseover=\"",
            ] {
                assert!(!bare.contains(bad), "{text} became {html}");
            }
        }
    }
}
