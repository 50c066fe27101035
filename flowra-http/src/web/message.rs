//! A message as pages show it: the same partial in a page, in the answer to a post, and in a live fragment.

use std::fmt::Write;

use askama::Template;
use flowra_core::message::MessageKind;
use flowra_core::time::Timestamp;
use flowra_core::{ChatId, MessageId, UserId, WorkspaceId};

use super::markdown::{self, Meaning, Tasks};
use crate::body::{MessageBody, ReactionBody};

/// Within how many milliseconds what somebody says next stands below the same name.
const GROUP_MILLIS: i64 = 5 * 60 * 1000;

/// A message. What depends on its neighbours (whether it opens a day, whether it follows the same author's) is an attribute, which a page
/// sets again where messages come to stand together later.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct MessageView {
    /// Tells the places of a page apart in which the same message may stand.
    pub(super) place: &'static str,
    pub(super) id: MessageId,
    pub(super) version: u64,
    pub(super) workspace: WorkspaceId,
    pub(super) chat: ChatId,
    pub(super) parent: Option<MessageId>,
    pub(super) author: UserId,
    pub(super) name: String,
    pub(super) initials: String,
    /// Which of the colours of avatars, 0 to 11.
    pub(super) hue: u8,
    pub(super) is_bot: bool,
    pub(super) content: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) edited_at: Option<Timestamp>,
    pub(super) replies: u64,
    pub(super) reactions: Vec<ReactionBody>,
    /// Opens its day.
    pub(super) opens_day: bool,
    /// Follows shortly after another one of its author's.
    pub(super) follows: bool,
}

/// The link to a thread below its root.
#[derive(Template)]
#[template(path = "replies.html")]
pub(super) struct ThreadLink {
    pub(super) id: MessageId,
    pub(super) workspace: WorkspaceId,
    pub(super) chat: ChatId,
    pub(super) replies: u64,
}

impl MessageView {
    /// The message by itself.
    pub(super) fn new(tasks: &Tasks, body: MessageBody) -> Self {
        let name = body.author.display_name;
        let content = body.content;
        let meaning = Meaning {
            mentions: &body.mentions,
            names_groups: true,
            has_tags: body.kind == MessageKind::User,
            tasks: Some(tasks),
        };
        Self {
            place: "m",
            id: body.id,
            version: body.version,
            workspace: tasks.workspace,
            chat: body.chat_id,
            parent: body.parent_id,
            author: body.author.id,
            initials: initials(&name),
            hue: hue(body.author.id),
            name,
            is_bot: body.kind != MessageKind::User,
            content: content.map(|content| markdown::html(&content, meaning)),
            created_at: body.created_at,
            edited_at: body.edited_at,
            replies: body.reply_count,
            reactions: body.reactions,
            opens_day: false,
            follows: false,
        }
    }

    /// The same at the head of its thread.
    pub(super) const fn in_thread(mut self) -> Self {
        self.place = "t";
        self
    }

    /// The same in a list of messages that are not its neighbours.
    pub(super) const fn in_list(mut self) -> Self {
        self.place = "p";
        self
    }

    /// The day it was said, in UTC; a page with scripts shows the reader's own.
    fn day(&self) -> String {
        self.created_at.date().to_string()
    }

    /// The minute, in UTC.
    fn clock(&self) -> String {
        self.created_at
            .to_string()
            .get(11..16)
            .unwrap_or_default()
            .to_owned()
    }
}

/// Who reacted how, for those who do not see it.
fn told(reaction: &ReactionBody) -> String {
    let names: Vec<&str> = reaction
        .users
        .iter()
        .map(|user| user.display_name.as_str())
        .collect();
    format!("{} {}: {}", reaction.emoji, reaction.count, names.join(", "))
}

/// Which of the twelve colours of avatars somebody has.
pub(super) fn hue(user: UserId) -> u8 {
    user.as_bytes().iter().fold(0, |sum, byte| (sum + byte % 12) % 12)
}

/// The ids of who reacted, for a page to find its reader among them.
fn reacted(reaction: &ReactionBody) -> String {
    let ids: Vec<String> = reaction.users.iter().map(|user| user.id.to_string()).collect();
    ids.join(" ")
}

/// Messages that stand below one another, oldest first.
pub(super) fn group(tasks: &Tasks, bodies: Vec<MessageBody>) -> Vec<MessageView> {
    let mut views: Vec<MessageView> = Vec::with_capacity(bodies.len());
    for body in bodies {
        let mut view = MessageView::new(tasks, body);
        view.opens_day = views.last().is_none_or(|before| before.day() != view.day());
        view.follows = !view.opens_day
            && views.last().is_some_and(|before| {
                before.author == view.author
                    && view.created_at.millis() - before.created_at.millis() < GROUP_MILLIS
            });
        views.push(view);
    }
    views
}

/// The first letters of a name.
pub(super) fn initials(name: &str) -> String {
    let words = name.split_whitespace().filter_map(|word| word.chars().next());
    words.take(2).flat_map(char::to_uppercase).collect()
}

/// Plain text as HTML.
pub(super) fn escaped(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut html, c| {
            match c {
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '&' => html.push_str("&amp;"),
                '"' | '\'' => {
                    let _ = write!(html, "&#{};", u32::from(c));
                }
                c => html.push(c),
            }
            html
        })
}
