//! What people write, as HTML that can do no harm.
//!
//! Raw HTML in a text is shown as it was typed. What the parser makes is cleaned once more by a list of what may stay, so that a fault of the
//! parser opens nothing.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;
use flowra_core::tag::TagName;
use flowra_core::user::Username;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, TextMergeStream, html};

use super::message::escaped;

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
pub(super) fn html(text: &str) -> String {
    let parser = Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES);
    let mut quiet = 0_u32;
    let events = TextMergeStream::new(parser).flat_map(|event| {
        match &event {
            Event::Start(Tag::CodeBlock(_) | Tag::Link { .. } | Tag::Image { .. }) => quiet += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::Link | TagEnd::Image) => quiet = quiet.saturating_sub(1),
            _ => {}
        }
        match event {
            Event::Text(text) if quiet == 0 => vec![Event::InlineHtml(CowStr::from(marked(&text)))],
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

/// Plain text with its mentions, tags and addresses marked.
fn marked(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(first) = rest.chars().next() {
        let is_inside_word = before.is_some_and(char::is_alphanumeric);
        let length = if is_inside_word { 0 } else { special(rest) };
        if length == 0 {
            html.push_str(&escaped(first.encode_utf8(&mut [0; 4])));
            rest = &rest[first.len_utf8()..];
            before = Some(first);
            continue;
        }
        let (token, after) = rest.split_at(length);
        let plain = escaped(token);
        match first {
            '@' => html.extend(["<span class=\"mention\">", &plain, "</span>"]),
            '#' => html.extend(["<span class=\"tag\">", &plain, "</span>"]),
            _ => html.extend(["<a href=\"", &plain, "\">", &plain, "</a>"]),
        }
        before = token.chars().next_back();
        rest = after;
    }
    html
}

/// How many bytes at the beginning are a mention, a tag or an address; 0 when none.
fn special(text: &str) -> usize {
    if let Some(name) = text.strip_prefix('@') {
        let length = name.bytes().take_while(|byte| Username::allows(*byte)).count();
        let name = name[..length].trim_end_matches(['.', '-', '_']);
        return if name.is_empty() { 0 } else { 1 + name.len() };
    }
    if let Some(name) = text.strip_prefix('#') {
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let is_tag = TagName::ALL.iter().any(|tag| tag.as_str() == &text[..=length]);
        return if is_tag { 1 + length } else { 0 };
    }
    if text.starts_with("https://") || text.starts_with("http://") {
        let end = text.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'));
        let address = text[..end.unwrap_or(text.len())].trim_end_matches(['.', ',', ')', '!', '?', ';', ':']);
        return if address.ends_with("//") { 0 } else { address.len() };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn markdown_becomes_html() {
        assert_eq!(
            html("**a** `b`").trim(),
            "<p><strong>a</strong> <code>b</code></p>"
        );
        assert!(html("a\nb").contains("<br>"));
        assert!(html("```\n@ada\n```").contains("<pre><code>@ada"));
    }

    #[test]
    fn mentions_tags_and_addresses_are_marked_outside_code() {
        let html = html("#task Oil it @ada. https://example.org/a?b=1&c. `@bob` x@y");
        assert!(html.contains("<span class=\"tag\">#task</span>"), "{html}");
        assert!(html.contains("<span class=\"mention\">@ada</span>."), "{html}");
        assert!(
            html.contains("href=\"https://example.org/a?b=1&amp;c\""),
            "{html}"
        );
        assert_eq!(html.matches("mention").count(), 1, "{html}");
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
            let html = html(text);
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
